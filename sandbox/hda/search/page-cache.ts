/** Pages that were made before, as bytes, so that a long search costs the sandbox next to nothing. */

const MOST = 384 * 1024 * 1024;

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
