/** The objects of every workspace, as its file host and its listing show them; here in memory, gone with the sandbox. */
import { createHash } from "node:crypto";
import { bufferContent, type FarContent } from "../core/content.js";

export interface StoredObject {
  content: FarContent;
  /** Without quotes: the MD5 of an object that came in one part. */
  etag: string;
  /** Milliseconds since 1970. */
  modified: number;
  type: string;
}

/** What a listing tells of an object. */
export type ListedObject = Pick<StoredObject, "etag" | "modified"> & { content: { size: number } };

type Soon<T> = T | Promise<T>;

/** Where the objects of the workspaces are kept. */
export interface Objects {
  get(workspace: string, path: string): Soon<StoredObject | undefined>;
  /** Undefined when it should be new and there was one. */
  put(
    workspace: string,
    path: string,
    body: Buffer,
    type: string,
    shouldBeNew?: boolean,
  ): Soon<Pick<StoredObject, "etag"> | undefined>;
  delete(workspace: string, path: string): Soon<void>;
  /** In the order of their names as bytes. */
  list(workspace: string): Soon<[string, ListedObject][]>;
  /** As they were at the start. */
  reset(): Soon<void>;
}

export class ObjectStore implements Objects {
  private readonly spaces = new Map<string, Map<string, StoredObject>>();
  /** What was there from the start: workspace, path, object. */
  readonly seeded: [string, string, StoredObject][] = [];

  seed(workspace: string, path: string, object: StoredObject): void {
    this.seeded.push([workspace, path, object]);
    this.space(workspace).set(path, object);
  }

  put(workspace: string, path: string, body: Buffer, type: string, shouldBeNew = false): StoredObject | undefined {
    if (shouldBeNew && this.space(workspace).has(path)) return undefined;
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

  delete(workspace: string, path: string): void {
    this.space(workspace).delete(path);
  }

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
