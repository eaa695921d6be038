/** The drive: resources that people upload, and artifacts made of run outputs. */
import { randomUUID } from "node:crypto";
import { publicationDate } from "./dates.js";

export type DriveKind = "resources" | "artifacts";

export interface Stored {
  id: string;
  kind: DriveKind;
  name: string;
  /** Name of the file it is downloaded as. */
  filename: string;
  bytes: Buffer;
  type: string;
  owner: string;
  visibility: "public" | "private";
  description: string;
  topics: string[];
  /** Milliseconds since 1970; an artifact is there some time after it was asked for. */
  published: number;
  /** The component an artifact comes from. */
  origin?: { name: string; version: string };
}

export class Drive {
  private all: Stored[] = [];

  add(given: Omit<Stored, "id">): Stored {
    const stored = { ...given, id: randomUUID() };
    this.all.push(stored);
    return stored;
  }

  of(owner: string, kind?: DriveKind): Stored[] {
    const now = Date.now();
    return this.all.filter(
      (one) =>
        (kind === undefined || one.kind === kind) &&
        one.published <= now &&
        (one.owner === owner || one.visibility === "public"),
    );
  }

  find(id: string, owner: string, kind?: DriveKind): Stored | undefined {
    return this.of(owner, kind).find((one) => one.id === id);
  }

  remove(stored: Stored): void {
    this.all = this.all.filter((one) => one !== stored);
  }

  /** Bytes that a person's things take. */
  occupied(owner: string): number {
    return this.all.filter((one) => one.owner === owner).reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  reset(): void {
    this.all = [];
  }
}

export function storedDocument(stored: Stored): object {
  const { id, name, visibility, description, owner, topics, bytes, published, kind, type, origin } = stored;
  const common = {
    id,
    name,
    publication_date: publicationDate(published),
    size: bytes.length,
    visibility,
    description,
    owner,
    topics,
  };
  return kind === "artifacts"
    ? { ...common, deltatwin_name: origin?.name ?? null, deltatwin_version: origin?.version ?? null }
    : { ...common, content_type: type, publish_by: owner, type_file: "file" };
}
