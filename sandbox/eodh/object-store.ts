/** The objects of every workspace, as its file host and its listing show them: in memory, gone with the sandbox. */
import { createHash } from "node:crypto";
import { bufferContent, type Content } from "../core/content.js";

export interface StoredObject {
  content: Content;
  /** Without quotes: the MD5 of an object that came in one part. */
  etag: string;
  /** Milliseconds since 1970. */
  modified: number;
  type: string;
}

export class ObjectStore {
  private readonly spaces = new Map<string, Map<string, StoredObject>>();
  private readonly seeded: [string, string, StoredObject][] = [];

  /** An object that was there from the start. */
  seed(workspace: string, path: string, object: StoredObject): void {
    this.seeded.push([workspace, path, object]);
    this.space(workspace).set(path, object);
  }

  put(workspace: string, path: string, body: Buffer, type: string): StoredObject {
    const object = {
      content: bufferContent(body),
      etag: createHash("md5").update(body).digest("hex"),
      modified: Date.now(),
      type,
    };
    this.space(workspace).set(path, object);
    return object;
  }

  get(workspace: string, path: string): StoredObject | undefined {
    return this.space(workspace).get(path);
  }

  delete(workspace: string, path: string): boolean {
    return this.space(workspace).delete(path);
  }

  /** In the order of their names as bytes, as an object store lists them. */
  list(workspace: string): [string, StoredObject][] {
    return [...this.space(workspace)].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

  reset(): void {
    this.spaces.clear();
    for (const [workspace, path, object] of this.seeded) this.space(workspace).set(path, object);
  }

  private space(workspace: string): Map<string, StoredObject> {
    const space = this.spaces.get(workspace) ?? new Map<string, StoredObject>();
    this.spaces.set(workspace, space);
    return space;
  }
}
