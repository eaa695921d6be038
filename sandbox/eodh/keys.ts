/** API keys of the EO DataHub: each opens one workspace until it expires, and is shown once. */
import { randomBytes, randomUUID } from "node:crypto";

export interface KeyRecord {
  id: string;
  user: string;
  name: string;
  workspace: string;
  /** Milliseconds since 1970. */
  created: number;
  expiry: number;
  /** The secret: hex that begins with "EODH". */
  key: string;
}

const DAY = 86_400_000;
export const MOST_DAYS = 30;

export class KeyBook {
  private records: KeyRecord[] = [];

  /** A new key. `days` may be a fraction, or negative for one that is dead already. */
  issue(workspace: string, user: string, days: number = MOST_DAYS, name = "API Token"): KeyRecord {
    const created = Date.now() - (days < 0 ? MOST_DAYS * DAY : 0);
    const record = {
      id: randomUUID(),
      user,
      name,
      workspace,
      created,
      expiry: Date.now() + days * DAY,
      key: `454f4448${randomBytes(12).toString("hex")}`,
    };
    this.records.push(record);
    return record;
  }

  /** The record of a key that is good now. */
  good(key: string | undefined): KeyRecord | undefined {
    return this.records.find((record) => record.key === key && record.expiry > Date.now());
  }

  of(workspace: string): KeyRecord[] {
    return this.records.filter((record) => record.workspace === workspace);
  }

  /** Moves the end of a key's life; a time in the past kills it. Returns whether there is such a key. */
  expire(key: string, at: number): boolean {
    const record = this.records.find((one) => one.key === key);
    if (record) record.expiry = at;
    return record !== undefined;
  }

  remove(id: string): boolean {
    const before = this.records.length;
    this.records = this.records.filter((record) => record.id !== id);
    return this.records.length < before;
  }

  /** Only these keys are left, with a whole life before them. */
  keep(records: KeyRecord[]): void {
    this.records = records;
    for (const record of records) record.expiry = Date.now() + MOST_DAYS * DAY;
  }
}
