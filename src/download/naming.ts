/** The file name a request gets: the user's template, else what the server says, else the item, else the address. */
import type { DoorAnswer } from "../http/door.js";
import { nameInHeader } from "./content-disposition.js";
import {
  extensionInUrl,
  extensionOfBytes,
  extensionOfType,
  fill,
  nameInUrl,
  needsAnswer,
  safeName,
  safePart,
  split,
  type Placeholder,
} from "./names.js";
import type { FileRequest } from "./requests.js";

/** What of an answer a name is taken from. */
type AnswerHead = Pick<DoorAnswer, "headers" | "url">;

/** The name in the answer's Content-Disposition, made safe; undefined when it names none that can be used. */
export function nameSent(answer: AnswerHead): string | undefined {
  const raw = nameInHeader(answer.headers.all("content-disposition"));
  return raw === undefined ? undefined : safeName(raw);
}

/** The final name where the server has no say in it. @param template checked by `checkTemplate` */
export function fixedNameOf(request: FileRequest, template: string): string | undefined {
  if (needsAnswer(template)) return undefined;
  return fill(template, valuesOf(request, "")) ?? "download";
}

/**
 * The final name once the server has answered (contract, `filename`).
 * @param head the first bytes of the body
 */
export function nameOf(request: FileRequest, template: string, answer: AnswerHead, head: Buffer): string {
  const sent = nameSent(answer);
  if (template !== "") {
    const name = sent ?? madeUp(request, answer, head, false);
    return fill(template, valuesOf(request, name)) ?? name;
  }
  const prefix = request.several && request.itemId !== undefined ? `${safePart(request.itemId)}_` : "";
  if (sent !== undefined) return safeName(prefix + sent) ?? sent;
  return madeUp(request, answer, head, request.several);
}

/** What to call a file before anything is known from the server; for progress and messages only. */
export function provisionalName(request: FileRequest): string {
  const raw = request.itemId ?? nameInUrl(request.url) ?? request.title ?? "a file";
  return safeName(safePart(raw)) ?? "a file";
}

/** Item id + extension, else the last part of the address that is a name. */
function madeUp(request: FileRequest, answer: AnswerHead, head: Buffer, several: boolean): string {
  const ext =
    extensionInUrl(request.url) ||
    extensionOfType(request.type) ||
    extensionInUrl(answer.url) ||
    extensionOfType(answer.headers.get("content-type")) ||
    extensionOfBytes(head);
  const withExt = (stem: string): string =>
    ext === "" || stem.toLowerCase().endsWith(`.${ext.toLowerCase()}`) ? stem : `${stem}.${ext}`;
  if (request.itemId !== undefined) {
    const id = safePart(request.itemId);
    if (!several) return safeName(withExt(id)) ?? "download";
    const inUrl = nameInUrl(request.url);
    const own = inUrl === undefined ? undefined : safeName(inUrl);
    return safeName(`${id}_${own ?? withExt(safePart(request.asset ?? "file"))}`) ?? "download";
  }
  for (const url of [request.url, answer.url]) {
    const raw = nameInUrl(url);
    const name = raw === undefined ? undefined : safeName(raw);
    if (name !== undefined) return name;
  }
  const title = request.title === undefined ? undefined : safeName(safePart(request.title));
  return title ?? safeName(withExt(folderInUrl(request.url) ?? "download")) ?? "download";
}

/** The part of the path before the last, as in `…/Products(id)/$value`. */
function folderInUrl(url: string): string | undefined {
  const parts = new URL(url).pathname.split("/").filter((part) => part !== "");
  const part = parts[parts.length - 2];
  return part === undefined ? undefined : safeName(part);
}

function valuesOf(request: FileRequest, name: string): Record<Placeholder, string> {
  const { stem, ext } = split(name);
  const date = request.date ?? new Date();
  return {
    collection: request.collection ?? "",
    id: request.itemId ?? (stem || split(nameInUrl(request.url) ?? "download").stem),
    asset: request.asset ?? "",
    name: stem,
    ext,
    YYYY: String(date.getUTCFullYear()).padStart(4, "0"),
    MM: String(date.getUTCMonth() + 1).padStart(2, "0"),
    DD: String(date.getUTCDate()).padStart(2, "0"),
  };
}
