/** The files of an EO DataHub workspace over HTTPS, with the API key (EODH user documentation, "Workspace files"). */
import type { Account } from "../accounts/account.js";
import { EoError, badInput } from "../errors.js";
import type { Door, DoorAnswer, DoorRequest } from "../http/door.js";
import { safeUrl } from "../http/origins.js";
import { isRecord } from "../stac/item.js";
import { workspaceUrl, type WorkspaceStore } from "../eodh/workspace.js";
import { inUrl, storagePath } from "./path.js";
import type { Condition, PutSource, Standing, Store, StoredFile } from "./store.js";

const LIST_BYTES = 64 * 1024 * 1024;
/** For the answer after the last byte was sent; the time for the bytes themselves is watched where they are read. */
const PUT_MS = 2 ** 31 - 1;
const PAGE = 1_000;
/** An object store's limit for one request (S3 user guide, "Uploading objects"). */
export const MOST_PUT_BYTES = 5 * 1024 ** 3;

export class WorkspaceFiles implements Store {
  readonly door: Door;
  readonly #account: Account;
  readonly #place: WorkspaceStore;
  readonly #deep: () => Promise<Store>;

  /** @param deep the same files by S3, for what HTTPS cannot list */
  constructor(account: Account, place: WorkspaceStore, deep: () => Promise<Store>) {
    this.door = account.door;
    this.#account = account;
    this.#place = place;
    this.#deep = deep;
    if (account.door.owns(place.filesUrl)) return;
    const { host } = new URL(place.filesUrl);
    throw new EoError(
      "FOREIGN_HOST",
      `The workspace's files are at ${host}, which is not one of the account's hosts. If you trust it, add it to the account's hosts.`,
      { url: safeUrl(place.filesUrl) },
    );
  }

  url(path: string): string {
    storagePath(path);
    return `${this.#place.filesUrl}/${inUrl(path)}`;
  }

  /** The service lists files at the root only; the rest is seen by S3. */
  async *list(path: string, recursive: boolean, signal: AbortSignal): AsyncGenerator<StoredFile[], void, undefined> {
    if (path !== "" || recursive) {
      yield* (await this.#deep()).list(path, recursive, signal);
      return;
    }
    const answer = await this.#account.door.json(
      {
        url: workspaceUrl(this.#account, "/files?store=object"),
        what: "listing the workspace",
        headers: { accept: "application/json" },
        signal,
      },
      { maxBytes: LIST_BYTES },
    );
    const items = isRecord(answer.value) ? answer.value["items"] : undefined;
    if (!Array.isArray(items)) {
      const url = safeUrl(answer.url);
      throw new EoError(
        "BAD_RESPONSE",
        `Listing the workspace failed: ${url} answered with JSON that is no list of files.`,
        {
          status: answer.status,
          url,
        },
      );
    }
    const files = items.flatMap(flatFile);
    for (let at = 0; at < files.length; at += PAGE) yield files.slice(at, at + PAGE);
  }

  async head(path: string, signal: AbortSignal): Promise<Standing | undefined> {
    const what = `looking at ${path}`;
    const answer = await this.#account.door.whole({ method: "HEAD", url: this.url(path), what, signal });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw this.#account.door.errorOfWhole(answer, what);
    const length = Number(answer.headers.get("content-length") ?? NaN);
    const modified = Date.parse(answer.headers.get("last-modified") ?? "");
    const etag = plainTag(answer.headers.get("etag"));
    return {
      path,
      bytes: length,
      ...(Number.isNaN(modified) ? {} : { modified: new Date(modified).toISOString() }),
      ...(etag === undefined ? {} : { etag }),
    };
  }

  async put(path: string, source: PutSource, condition: Condition, signal: AbortSignal): Promise<string | undefined> {
    if (source.length > MOST_PUT_BYTES) {
      throw badInput(
        `${path} has ${source.length} bytes; over HTTPS at most ${MOST_PUT_BYTES} go in one file. Set Via to S3.`,
      );
    }
    const headers: Record<string, string> = {
      "content-type": source.type,
      "content-md5": Buffer.from(source.md5, "hex").toString("base64"),
      ...conditionHeaders(condition),
    };
    const request = { method: "PUT", url: this.url(path), headers, body: source } as const;
    const answer = await this.#send({ ...request, what: `putting ${path}`, headTimeout: PUT_MS, signal });
    answer.body.resume();
    return plainTag(answer.headers.get("etag"));
  }

  async remove(path: string, signal: AbortSignal): Promise<void> {
    const answer = await this.#send({ method: "DELETE", url: this.url(path), what: `deleting ${path}`, signal }, [404]);
    answer.body.resume();
  }

  async #send(request: DoorRequest, fine: number[] = []): Promise<DoorAnswer> {
    // A login page or another host is no place for a file.
    const answer = await this.door.open({ ...request, redirects: 0, bodyTimeout: 30_000 });
    if ((answer.status >= 200 && answer.status < 300) || fine.includes(answer.status)) return answer;
    throw await this.door.errorOf(answer, request.what);
  }
}

/** An ETag without its quotes; a weak one tells nothing. */
export function plainTag(etag: string | undefined): string | undefined {
  return /^"([^"]+)"$/.exec(etag ?? "")?.[1];
}

export function conditionHeaders(condition: Condition): Record<string, string> {
  if (!condition) return {};
  return "absent" in condition ? { "if-none-match": "*" } : { "if-match": `"${condition.etag}"` };
}

function flatFile(item: unknown): StoredFile[] {
  if (!isRecord(item) || typeof item["fileName"] !== "string") return [];
  const { fileName: path, size, lastModified, etag } = item;
  if (item["storeType"] !== undefined && item["storeType"] !== "object") return [];
  return [
    {
      path,
      bytes: typeof size === "number" ? size : 0,
      ...(typeof lastModified === "string" ? { modified: lastModified } : {}),
      ...(typeof etag === "string" ? { etag: etag.replaceAll('"', "") } : {}),
    },
  ];
}
