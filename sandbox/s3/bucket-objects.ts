/** The objects of every workspace in a real bucket, read and written there each time. */
import type { IncomingHttpHeaders } from "node:http";
import type { ListedObject, ObjectStore, Objects, StoredObject } from "../eodh/object-store.js";
import type { Ceph } from "./ceph.js";
import { encoded, signedRequest, type Sent } from "./signed-request.js";

/** What is there from the start may take this many bytes of memory; the files over it are shown by the file host only. */
const MOST_STOCK = 256 * 1024 * 1024;

export class BucketObjects implements Objects {
  /** Stock files too large for the bucket. */
  private readonly apart = new Map<string, StoredObject>();

  constructor(
    private readonly ceph: Ceph,
    private readonly bucket: string,
    private readonly stock: ObjectStore,
  ) {}

  async get(workspace: string, path: string): Promise<StoredObject | undefined> {
    const key = `${workspace}/${path}`;
    const { status, headers } = await this.ask([200, 404], "HEAD", key);
    if (status === 404) return this.apart.get(key);
    const etag = bare(headers.etag);
    const read = async (offset: number, length: number): Promise<Buffer> => {
      if (length === 0) return Buffer.alloc(0);
      // Never the bytes of two versions.
      const same = { range: `bytes=${offset}-${offset + length - 1}`, "if-match": `"${etag}"` };
      return (await this.ask([206], "GET", key, { headers: same })).body;
    };
    return {
      content: { size: Number(headers["content-length"]), read },
      etag,
      modified: Date.parse(headers["last-modified"] ?? ""),
      type: headers["content-type"] ?? "binary/octet-stream",
    };
  }

  async put(
    workspace: string,
    path: string,
    body: Buffer,
    type: string,
    shouldBeNew = false,
  ): Promise<{ etag: string } | undefined> {
    const key = `${workspace}/${path}`;
    const headers = { "content-type": type, ...(shouldBeNew ? { "if-none-match": "*" } : {}) };
    const answer = await this.ask([200, 412], "PUT", key, { headers, body });
    if (answer.status === 412) return undefined;
    this.apart.delete(key);
    return { etag: bare(answer.headers.etag) };
  }

  async delete(workspace: string, path: string): Promise<void> {
    const key = `${workspace}/${path}`;
    await this.ask([204, 404], "DELETE", key);
    this.apart.delete(key);
  }

  async list(workspace: string): Promise<[string, ListedObject][]> {
    const found = new Map<string, ListedObject>();
    for (const [key, object] of this.apart) if (key.startsWith(`${workspace}/`)) found.set(key, object);
    for (let after = ""; ;) {
      const query = { "list-type": "2", "encoding-type": "url", prefix: `${workspace}/`, "start-after": after };
      const text = (await this.ask([200], "GET", "", { query })).body.toString();
      for (const [, entry = ""] of text.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
        const value = (name: string): string => new RegExp(`<${name}>([^<]*)</${name}>`).exec(entry)?.[1] ?? "";
        after = decodeURIComponent(value("Key"));
        const etag = bare(value("ETag").replaceAll("&quot;", '"'));
        const modified = Date.parse(value("LastModified"));
        found.set(after, { content: { size: Number(value("Size")) }, etag, modified });
      }
      if (!text.includes("<IsTruncated>true</IsTruncated>")) break;
    }
    return [...found]
      .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map(([key, object]) => [key.slice(workspace.length + 1), object]);
  }

  async reset(): Promise<void> {
    const workspaces = new Set(this.stock.seeded.map(([workspace]) => workspace));
    for (const workspace of workspaces)
      for (const [path] of await this.list(workspace)) await this.delete(workspace, path);
    let left = MOST_STOCK;
    for (const [workspace, path, object] of this.stock.seeded) {
      const { content, type } = object;
      if (content.size > left) this.apart.set(`${workspace}/${path}`, object);
      else await this.put(workspace, path, Buffer.from(await content.read(0, content.size)), type);
      left -= content.size > left ? 0 : content.size;
    }
  }

  /** Rejects when the status is none of the wanted ones. */
  private async ask(
    wanted: number[],
    method: string,
    key: string,
    sent: Sent = {},
  ): Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }> {
    const path = ["", this.bucket, ...(key === "" ? [] : key.split("/"))].map(encoded).join("/");
    const answer = await signedRequest(this.ceph.keys, "s3", method, this.ceph.endpoint, path, sent);
    if (wanted.includes(answer.status)) return answer;
    throw new Error(`${method} ${path} at the object store: ${answer.status} ${answer.body.toString().slice(0, 300)}`);
  }
}

function bare(etag = ""): string {
  return etag.replace(/^"|"$/g, "");
}
