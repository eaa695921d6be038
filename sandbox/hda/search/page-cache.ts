/** Pages that were made before, as bytes, so that a long search costs the sandbox next to nothing. */

const MOST = 640 * 1024 * 1024;

export class PageCache {
  private pages = new Map<string, Buffer>();
  private size = 0;

  get(key: string): Buffer | undefined {
    const page = this.pages.get(key);
    if (page) {
      this.pages.delete(key);
      this.pages.set(key, page);
    }
    return page;
  }

  set(key: string, page: Buffer): void {
    this.pages.set(key, page);
    this.size += page.length;
    for (const [oldest, bytes] of this.pages) {
      if (this.size <= MOST) break;
      this.pages.delete(oldest);
      this.size -= bytes.length;
    }
  }

  clear(): void {
    this.pages.clear();
    this.size = 0;
  }
}

/** The same text for every order in which clients write the members of a search body; any other text as it is. */
export function sameQuestion(body: string): string {
  try {
    return JSON.stringify(inOrder(JSON.parse(body)));
  } catch {
    return body;
  }
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => [name, inOrder(inner)]);
}
