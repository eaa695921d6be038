/** Tokens given out: who they belong to, until when they hold, and whether they were taken back. */
import { randomUUID } from "node:crypto";
import type { SigningKey } from "./signing-key.js";

export interface Issued {
  token: string;
  claims: Record<string, unknown>;
  realm: string;
  clientId: string;
  /** Milliseconds since 1970. */
  until: number;
  kind: "access" | "refresh" | "id";
  session: string;
}

export class TokenStore {
  private issued = new Map<string, Issued>();
  private readonly endedTokens = new Set<string>();
  private lastSweep = Date.now();

  constructor(private readonly key: SigningKey) {}

  /** Signs and remembers a token that holds `ttl` seconds. */
  issue(kind: Issued["kind"], realm: string, clientId: string, ttl: number, session: string, claims: object): Issued {
    const now = Date.now();
    const iat = Math.floor(now / 1000);
    const all = { exp: iat + ttl, iat, jti: randomUUID(), ...claims };
    const issued: Issued = {
      token: this.key.sign(all),
      claims: all,
      realm,
      clientId,
      until: now + ttl * 1000,
      kind,
      session,
    };
    this.sweep(now);
    if (kind !== "id") this.issued.set(issued.token, issued);
    return issued;
  }

  /** The token, if it was given out here, is still good and was not taken back. */
  good(token: string | undefined, realm?: string): Issued | undefined {
    const issued = token === undefined ? undefined : this.issued.get(token);
    if (!issued || Date.now() >= issued.until) return undefined;
    return realm === undefined || issued.realm === realm ? issued : undefined;
  }

  revoke(token: string): boolean {
    return this.issued.delete(token);
  }

  revokeAll(): number {
    const count = this.issued.size;
    this.issued.clear();
    return count;
  }

  endSession(session: string): void {
    for (const [token, issued] of this.issued) {
      if (issued.session !== session) continue;
      this.issued.delete(token);
      this.endedTokens.add(token);
    }
  }

  /** Whether the session of this token was ended. */
  ended(token: string): boolean {
    return this.endedTokens.has(token);
  }

  private sweep(now: number): void {
    if (now - this.lastSweep < 60_000) return;
    this.lastSweep = now;
    for (const [token, issued] of this.issued) if (now >= issued.until) this.issued.delete(token);
  }
}
