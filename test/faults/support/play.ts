/** Plays one line of the table through the real node in a real runtime, and holds everything that came of it together. */
import assert from "node:assert/strict";
import { lstatSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { forgetRanges } from "../../../src/download/range-memory.js";
import { timing } from "../../../src/download/timing.js";
import { errorOf, startRuntime, type Message, type Runtime } from "../../support/runtime.js";
import "../../support/thread-troubles.js";
import { Origin, type Request, type Script } from "./origin.js";
import { BODY } from "./steps.js";

export const KEY = "planted-key-5fe1";
/** A secret in an address. */
export const SIGNATURE = "planted-signature-9c2b";

/** What a case may look at and touch. */
export interface Stage {
  /** The account's own origin. */
  own: Origin;
  /** Another one, which must never see a secret. */
  foreign: Origin;
  folder: string;
  userDir: string;
  runtime: Runtime;
  /** Places to wait for: resolves when the node has sent a progress of this state. */
  state: (state: string) => Promise<void>;
  send: (message?: Record<string, unknown>) => void;
  /** Waits for the own origin's requests, and for ends of messages, each counted from the start. */
  asked: (requests: number) => Promise<void>;
  ended: (messages: number) => Promise<void>;
  /** Puts a function in the place of another until the case is over. */
  patch: <T extends object, K extends keyof T>(object: T, name: K, make: (original: T[K]) => T[K]) => void;
}

export interface Played extends Stage {
  /** Payloads of output 1. */
  files: Record<string, unknown>[];
  messages: Message[];
  progress: Record<string, unknown>[];
  errors: { code: string; message: string; cause: Record<string, unknown> }[];
  /** Names in the folder, sorted. */
  names: string[];
}

export interface Case {
  /** What the server, disk or user does → what has to come of it. */
  name: string;
  /** The account's origin. */
  own?: Script;
  foreign?: Script;
  /** Properties of the download node. */
  node?: Record<string, unknown>;
  /** The message's payload; by default an item with one asset at `/product.bin`. */
  payload?: (stage: Stage) => unknown;
  /** More of that asset. */
  asset?: Record<string, unknown>;
  /** How often the message is sent, each after the end of the one before. [1] */
  runs?: number;
  before?: (stage: Stage) => void | Promise<void>;
  /** Node-RED is stopped in the middle of the first run, then, and the message sent again. */
  stopAt?: (stage: Stage) => Promise<void>;
  /** Node-RED is stopped and started before the second run. */
  restart?: boolean;
  /** The account node and its credentials, in place of one with a key. */
  account?: (stage: { own: Origin; foreign: Origin }) => {
    node: Record<string, unknown>;
    credentials: Record<string, string>;
  };
  /** After the first run. */
  between?: (stage: Stage) => void | Promise<void>;
  /** While the (last) run goes on. */
  during?: (stage: Stage) => void | Promise<void>;
  /** "whole", or the code of the error, of the last run; "" for neither. */
  want: string;
  /** Contents the files may have. [the body] */
  contents?: Buffer[];
  /** Requests in all: at the own origin, at the foreign one; or by path at the own one, where looks go on in between. */
  requests: number | [number, number] | Record<string, number>;
  /** Names in the folder in the end. ["product.bin"] for "whole", else [] */
  names?: string[];
  /** Which of several files are there is left to chance. */
  anyNames?: boolean;
  verified?: string[];
  check?: (played: Played) => void | Promise<void>;
}

export function item(
  id: string,
  assets: Record<string, unknown>,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    type: "Feature",
    stac_version: "1.1.0",
    id,
    collection: "C",
    geometry: null,
    properties: { datetime: "2026-04-20T01:02:03Z" },
    links: [],
    assets,
    ...more,
  };
}

/** Quick clocks; what they measure stays the same. */
const QUICK = {
  firstPause: 4,
  longestPause: 10,
  leaseBeat: 40,
  leaseStale: 500,
  leaseLook: 15,
  recordEvery: 10,
  pollFirst: 25,
  pollLongest: 60,
};

/**
 * Plays a case in an empty folder. @throws AssertionError where something is not as it must be
 * @param patience for each thing that is waited for, in ms
 */
export async function play(one: Case, dir: string, patience = 25_000): Promise<Played> {
  const usual = { ...timing };
  Object.assign(timing, QUICK);
  forgetRanges();
  const own = await new Origin(one.own ?? []).listen();
  const foreign = await new Origin(one.foreign ?? []).listen();
  const folder = path.join(dir, "data");
  mkdirSync(folder, { recursive: true });
  const account = one.account?.({ own, foreign }) ?? {
    node: { provider: "stac", url: own.base, auth: "bearer" },
    credentials: { apiKey: KEY },
  };
  const begin = () =>
    startRuntime({
      flow: [
        { id: "account", type: "eo-account", ...account.node },
        {
          id: "dl",
          type: "eo-download",
          account: "account",
          folder,
          stallTimeout: "5",
          retries: "0",
          ...one.node,
          wires: [["out"], ["progress"]],
        },
        { id: "out", type: "helper" },
        { id: "progress", type: "helper" },
      ],
      credentials: { account: account.credentials },
      settings: { userDir: dir },
    });
  let runtime = await begin();
  const restore: (() => void)[] = [];
  try {
    const progressOf = () => runtime.messages("progress").map((message) => message.payload as Record<string, unknown>);
    const state = (wanted: string) =>
      runtime.until(() => progressOf().some((payload) => payload["state"] === wanted), `the state ${wanted}`, patience);
    const payload = (): unknown =>
      one.payload
        ? one.payload(stage)
        : item("product", { downloadLink: { href: `${own.base}/product.bin`, ...one.asset } });
    const send = (message: Record<string, unknown> = {}): void => {
      runtime.send("dl", { payload: payload(), topic: "kept", ...message });
    };
    // Commands have an end of their own.
    const ends = (): number =>
      [...runtime.completed, ...runtime.errors].filter((message) => message["topic"] === "kept").length;
    const asked = (n: number) => runtime.until(() => own.seen.length >= n, `${n} requests`, patience);
    const ended = (n: number) => runtime.until(() => ends() >= n, `${n} ends`, patience);
    const patch: Stage["patch"] = (object, name, make) => {
      const original = object[name];
      object[name] = make(original);
      restore.push(() => (object[name] = original));
    };
    const stage: Stage = { own, foreign, folder, userDir: dir, runtime, state, send, asked, ended, patch };
    await one.before?.(stage);
    if (one.stopAt) {
      send();
      await one.stopAt(stage);
      await runtime.stop();
      runtime = await begin();
      stage.runtime = runtime;
    }
    const runs = one.runs ?? (one.between || one.restart ? 2 : 1);
    for (let run = 1; run <= runs; run += 1) {
      if (run === 2 && one.restart) {
        await runtime.stop();
        runtime = await begin();
        stage.runtime = runtime;
      }
      if (run === 2) await one.between?.(stage);
      const before = ends();
      send();
      if (run === runs) await one.during?.(stage);
      await runtime.until(() => ends() > before, "the end of the message", patience);
    }
    const messages = runtime.messages("out");
    const played: Played = {
      ...stage,
      messages,
      files: messages.map((message) => message.payload as Record<string, unknown>),
      progress: progressOf(),
      errors: runtime.errors.map(errorOf),
      names: readdirSync(folder).sort(),
    };
    await judge(one, played, one.restart ? runs - 1 : runs);
    return played;
  } finally {
    for (const undo of restore.reverse()) undo();
    await runtime.stop();
    await own.close();
    await foreign.close();
    Object.assign(timing, usual);
  }
}

/** No case has a reason for more, however long it waits. */
const MOST_LOOKS = 60;

/** What holds for every case. */
async function judge(one: Case, played: Played, runs: number): Promise<void> {
  const { files, messages, errors, names, own, foreign, runtime, folder } = played;
  const story = JSON.stringify({
    errors,
    names,
    requests: own.seen.map((r) => `${r.method} ${r.path} ${r.headers["range"] ?? ""}`),
  });
  const last = errors.at(-1);
  if (one.want === "whole") {
    assert.ok(files.length > 0, `no file came: ${story}`);
    const ends = [...runtime.completed, ...runtime.errors].filter((message) => message["topic"] === "kept");
    if (!one.during) assert.equal(ends.length, runs, story);
    assert.ok(runtime.completed.length > 0, story);
  } else if (one.want === "") assert.deepEqual(errors, []);
  else assert.equal(last?.code, one.want, story);

  // The bytes on disk: right, or not there.
  const contents = one.contents ?? [BODY];
  for (const name of names.filter((found) => !/\.part(\.[a-z0-9]+)?$/.test(found))) {
    const full = path.join(folder, name);
    if (!lstatSync(full).isFile()) continue;
    const bytes = readFileSync(full);
    assert.ok(
      contents.some((content) => content.equals(bytes)),
      `${name} has ${bytes.length} bytes that are no version of the product: ${story}`,
    );
  }
  if (!one.anyNames) assert.deepEqual(names, one.names ?? (one.want === "whole" ? ["product.bin"] : []), story);
  for (const file of files) {
    const bytes = readFileSync(String(file["path"]));
    assert.equal(file["bytes"], bytes.length);
    assert.equal(path.dirname(String(file["path"])), folder);
  }
  if (one.verified) assert.deepEqual(files.at(-1)?.["verified"], one.verified);

  // The requests every origin saw.
  const { requests } = one;
  if (typeof requests === "number" || Array.isArray(requests)) {
    assert.deepEqual([own.seen.length, foreign.seen.length], [requests, 0].flat().slice(0, 2), story);
  } else {
    const counted = Object.keys(requests).map((wanted) => [wanted, own.seen.filter((r) => r.path === wanted).length]);
    assert.deepEqual(Object.fromEntries(counted), requests, story);
    assert.ok(own.seen.length <= MOST_LOOKS, story);
    assert.equal(foreign.seen.length, 0, story);
  }

  // What reached outputs and Catch.
  for (const message of messages) {
    assert.equal(message["topic"], "kept");
    assert.equal(message["filename"], (message.payload as Record<string, unknown>)["path"]);
  }
  for (const message of runtime.errors) assert.equal(message["topic"], "kept");
  for (const state of played.progress) assert.equal(typeof state["file"], "string");
  assert.deepEqual(
    played.progress.filter((state) => state["state"] === "done").map((state) => state["file"]),
    files.map((file) => path.basename(String(file["path"]))),
  );

  noSecret(played);
  await one.check?.(played);
}

/** The key reached no foreign origin, and no secret any message, log or file. */
function noSecret({ foreign, runtime, userDir, messages, errors }: Played): void {
  for (const { raw, headers } of foreign.seen) {
    assert.ok(!raw.includes(KEY), `the key reached another origin: ${raw}`);
    // The signature is in the address where that origin gave it; nowhere else.
    assert.ok(!JSON.stringify(headers).includes(SIGNATURE), `a signature reached another origin: ${raw}`);
    for (const name of ["authorization", "cookie", "referer", "proxy-authorization"])
      assert.equal(headers[name], undefined, raw);
  }
  const told = [
    runtime.log(),
    JSON.stringify(messages.map(({ payload, item: _item, ...rest }) => [payload, { ...rest, _event: undefined }])),
    JSON.stringify(errors),
    JSON.stringify(runtime.messages("progress").map((message) => message.payload)),
  ].join("\n");
  for (const secret of [KEY, SIGNATURE])
    assert.ok(!told.includes(secret), `${secret} was told: ${told.slice(0, 2000)}`);
  for (const file of filesIn(userDir)) {
    const content = readFileSync(file).toString("latin1");
    for (const secret of [KEY, SIGNATURE]) assert.ok(!content.includes(secret), `${secret} is in ${file}`);
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(full);
    // Node-RED's own store of the account.
    return entry.isFile() && !/flows_cred|\.config|package\.json/.test(entry.name) ? [full] : [];
  });
}

/** The Range headers the own origin was sent, in order; "" for none. */
export function ranges(seen: Request[]): string[] {
  return seen.map((request) => request.headers["range"] ?? "");
}
