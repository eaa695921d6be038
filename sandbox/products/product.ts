/** A product: bytes that can be read from any place, with the name and type they are sent under. */
import { createHash } from "node:crypto";
import type { Content } from "../core/content.js";

export interface Product {
  content: Content;
  /** File name, as the service calls it. */
  name: string;
  type: string;
  /** MD5 in hex; computed once. */
  md5(): string;
}

const STEP = 1024 * 1024;

/** Digest of a whole content, read piece by piece. */
export function digest(content: Content, algorithm: "md5" | "sha256"): string {
  const hash = createHash(algorithm);
  for (let offset = 0; offset < content.size; offset += STEP) {
    hash.update(content.read(offset, Math.min(STEP, content.size - offset)));
  }
  return hash.digest("hex");
}

/** A product whose MD5 is found by reading it. */
export function simpleProduct(content: Content, name: string, type: string): Product {
  let known: string | undefined;
  return { content, name, type, md5: () => (known ??= digest(content, "md5")) };
}
