/** What every origin of the sandbox was asked: the last ten thousand requests, for tests to look at. */

export interface SeenRequest {
  n: number;
  /** ISO time at which the head of the request was read. */
  time: string;
  origin: string;
  route: string;
  method: string;
  /** Path and query as they came. */
  url: string;
  collection?: string;
  item?: string;
  asset?: string;
  /** 0 until an answer has begun, or when none was given. */
  status: number;
  headerNames: string[];
  headers: Record<string, string | string[]>;
  authorization?: string;
  cookie?: string;
  /** The value of x-api-key, apikey or x-auth-token. */
  apiKey?: string;
  range?: string;
  body?: string;
  /** Body bytes given to the socket. */
  sent: number;
  end: "open" | "complete" | "client-closed" | "cut";
  faults: string[];
}

const KEPT = 10_000;

export class RequestLog {
  private entries: SeenRequest[] = [];
  private count = 0;

  add(entry: Omit<SeenRequest, "n">): SeenRequest {
    const seen: SeenRequest = { n: ++this.count, ...entry };
    this.entries.push(seen);
    if (this.entries.length > KEPT * 1.2) this.entries = this.entries.slice(-KEPT);
    return seen;
  }

  list(): SeenRequest[] {
    return this.entries.slice();
  }

  clear(): void {
    this.entries = [];
  }
}
