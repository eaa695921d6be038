/** Which files a download would make of a message, and what they would be called, before anything is fetched. */
import type { DoorAnswer } from "../http/door.js";
import { fixedNames } from "./downloads.js";
import { checkTemplate } from "./names.js";
import { nameOf, provisionalName } from "./naming.js";
import { transfersOf, type ChoiceOptions, type FileRequest } from "./requests.js";
import { EoError } from "../errors.js";

export interface FilePreview {
  item?: string;
  asset?: string;
  name: string;
  /** False: the server may name it otherwise. */
  certain: boolean;
  /** As declared. */
  bytes?: number;
  /** It has to be ordered first. */
  order?: boolean;
}

export interface FilesPreview {
  count: number;
  files: FilePreview[];
  /** Of the files that cannot be fetched, why the first cannot. */
  problems: { count: number; first?: EoError };
}

/**
 * The files of a message, the first `most` with their names.
 * @throws EoError BAD_INPUT as the download: no STAC, a wrong template, no file that could be fetched
 */
export function previewFiles(
  payload: unknown,
  filename: string | undefined,
  choice: ChoiceOptions,
  most: number,
): FilesPreview {
  const template = (filename ?? "").trim();
  checkTemplate(template);
  const requests = transfersOf(payload, choice);
  const fixed = fixedNames(requests, template);
  const problems = requests.flatMap((request) => (request.problem ? [request.problem] : []));
  const first = problems[0];
  if (first && problems.length === requests.length) throw first;
  const files = requests
    .map((request, place) => ({ request, name: fixed[place] }))
    .filter(({ request }) => request.problem === undefined)
    .slice(0, most)
    .map(({ request, name }) => filePreview(request, name, template));
  return { count: requests.length, files, problems: { count: problems.length, ...(first ? { first } : {}) } };
}

function filePreview(request: FileRequest, fixed: string | undefined, template: string): FilePreview {
  const isOrder = request.order === true;
  const name =
    fixed ?? (isOrder ? provisionalName(request) : nameOf(request, template, silence(request.url), Buffer.alloc(0)));
  return {
    ...(request.itemId === undefined ? {} : { item: request.itemId }),
    ...(request.asset === undefined ? {} : { asset: request.asset }),
    name,
    certain: fixed !== undefined,
    ...(request.size === undefined ? {} : { bytes: request.size }),
    ...(isOrder ? { order: true } : {}),
  };
}

/** An answer that says nothing, for the name that comes out when the server names none. */
function silence(url: string): Pick<DoorAnswer, "headers" | "url"> {
  return { url, headers: { get: () => undefined, all: () => [] } };
}
