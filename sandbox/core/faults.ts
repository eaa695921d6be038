/** Faults: which requests they hit, how often, and what they do. Switched on by tests, never by names in a request. */
import type { ErrorName } from "./canned-errors.js";
import { patchModes, type Modes, type ModesPatch } from "./settings.js";

/** Which requests a fault hits; every key given must fit. */
export interface FaultMatch {
  origin?: string;
  route?: string;
  method?: string;
  /** Part of path and query. */
  path?: string;
  collection?: string;
  item?: string;
  asset?: string;
  /** Whether an Authorization header came. */
  authorized?: boolean;
  /** Whether a Range header came. */
  range?: boolean;
}

/** An answer given instead of the route's own. */
export interface FaultAnswer {
  status?: number;
  headers?: Record<string, string | string[]>;
  body?: string;
  bodyBase64?: string;
  json?: unknown;
  /** A named error document, see canned-errors.ts. */
  error?: ErrorName;
  redirect?: FaultRedirect;
  /** A JSON `{href}` to the same product elsewhere. */
  pointer?: "store" | "foreign" | (string & {});
  /** The connection is closed and nothing is said. */
  close?: "before-head";
}

export interface FaultRedirect {
  /** `store`: a signed address that rejects Authorization; `foreign`: an origin that is not ours; `self`: for ever; `ping-pong`: between two hosts for ever; else a URL. */
  to: "store" | "foreign" | "self" | "ping-pong" | (string & {});
  status?: number;
  /** So many hops to itself come first. */
  hops?: number;
}

/** How the bytes of an answer go wrong on the wire. */
export interface FaultTransfer {
  /** The connection breaks after so many body bytes. */
  cutAfter?: number;
  /** With `cutAfter`: by a reset. */
  reset?: boolean;
  /** The body ends cleanly after so many bytes, although it is cut. */
  endAfter?: number;
  /** Nothing more comes after so many bytes, for `stallFor` ms [for ever]. */
  stallAfter?: number;
  stallFor?: number;
  /** So many bytes, then a pause of `every` ms. */
  drip?: { bytes: number; every: number };
  /** The declared length is wrong by so many bytes. */
  lengthOff?: number;
  /** The byte at this offset is turned over. */
  flipAt?: number;
  /** So many bytes follow the real end. */
  extra?: number;
}

export interface Fault extends ModesPatch {
  id?: string;
  match?: FaultMatch;
  /** Matching requests that pass first. */
  skip?: number;
  /** Matching requests that are hit; absent: all. */
  times?: number;
  /** Milliseconds before the head of the answer. */
  delay?: number;
  answer?: FaultAnswer;
  /** Headers over those of the answer; null removes one. */
  headers?: Record<string, string | string[] | null>;
  transfer?: FaultTransfer;
}

/** What a request is, as far as a fault may ask. */
export interface FaultSubject {
  origin: string;
  route: string;
  method: string;
  path: string;
  collection?: string | undefined;
  item?: string | undefined;
  asset?: string | undefined;
  authorized: boolean;
  range: boolean;
}

/** Everything that hits one request. */
export interface FaultEffect {
  ids: string[];
  delay: number;
  answer?: FaultAnswer;
  headers: Record<string, string | string[] | null>;
  transfer: FaultTransfer;
  modes: Modes;
}

const KNOWN_KEYS = new Set([
  "id",
  "match",
  "skip",
  "times",
  "delay",
  "answer",
  "headers",
  "transfer",
  "search",
  "download",
  "order",
  "token",
  "gateway",
  "deltatwin",
  "sesameo",
  "eodh",
]);
const KNOWN_MATCH = new Set([
  "origin",
  "route",
  "method",
  "path",
  "collection",
  "item",
  "asset",
  "authorized",
  "range",
]);
const MODE_PARTS = ["search", "download", "order", "token", "gateway", "deltatwin", "sesameo", "eodh"] as const;

/** The faults that are switched on, in the order they were added. */
export class FaultBook {
  private rules: { fault: Fault & { id: string }; seen: number; hit: number }[] = [];
  private count = 0;

  /** Switches a fault on and returns its id. Throws a TypeError for a key that does not exist. */
  add(fault: Fault): string {
    for (const key of Object.keys(fault)) {
      if (!KNOWN_KEYS.has(key)) throw new TypeError(`a fault has no key ${key}`);
    }
    for (const key of Object.keys(fault.match ?? {})) {
      if (!KNOWN_MATCH.has(key)) throw new TypeError(`a fault cannot match on ${key}`);
    }
    const id = fault.id ?? `fault-${++this.count}`;
    this.rules.push({ fault: { ...fault, id }, seen: 0, hit: 0 });
    return id;
  }

  set(faults: Fault[]): string[] {
    this.clear();
    return faults.map((fault) => this.add(fault));
  }

  remove(id: string): boolean {
    const before = this.rules.length;
    this.rules = this.rules.filter((rule) => rule.fault.id !== id);
    return this.rules.length < before;
  }

  clear(): void {
    this.rules = [];
  }

  list(): (Fault & { id: string; seen: number; hit: number })[] {
    return this.rules.map(({ fault, seen, hit }) => ({ ...fault, seen, hit }));
  }

  /** Counts the request against every fault that fits it and returns what they do to it together. */
  effectOn(subject: FaultSubject, modes: Modes): FaultEffect {
    const effect: FaultEffect = { ids: [], delay: 0, headers: {}, transfer: {}, modes };
    for (const rule of this.rules) {
      const { fault } = rule;
      if (!fits(fault.match, subject)) continue;
      rule.seen += 1;
      if (rule.seen <= (fault.skip ?? 0)) continue;
      if (fault.times !== undefined && rule.hit >= fault.times) continue;
      rule.hit += 1;
      effect.ids.push(fault.id);
      effect.delay += fault.delay ?? 0;
      if (fault.answer) effect.answer = fault.answer;
      Object.assign(effect.headers, fault.headers);
      Object.assign(effect.transfer, fault.transfer);
      for (const part of MODE_PARTS) {
        if (fault[part]) effect.modes = patchModes(effect.modes, { [part]: fault[part] });
      }
    }
    return effect;
  }
}

function fits(match: FaultMatch | undefined, subject: FaultSubject): boolean {
  if (!match) return true;
  for (const key of ["origin", "route", "method", "collection", "item", "asset", "authorized", "range"] as const) {
    if (match[key] !== undefined && match[key] !== subject[key]) return false;
  }
  return match.path === undefined || subject.path.includes(match.path);
}
