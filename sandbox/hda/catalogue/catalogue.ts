/** All collections, in the order in which they are listed. */
import type { CollectionInfo } from "./collection-info.js";
import { COLLECTIONS } from "./collections.js";

export class Catalogue {
  private byId = new Map(COLLECTIONS.map((one) => [one.id, one]));

  all(): readonly CollectionInfo[] {
    return COLLECTIONS;
  }

  find(id: string): CollectionInfo | undefined {
    return this.byId.get(id);
  }
}
