/** Our nodes' side: search → filter latest → download in a real Node-RED, and what came of it. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { RunningNodeRed, Seen } from "../../support/node-red.js";

export interface Feature {
  id: string;
  collection: string;
  properties: Record<string, unknown>;
  assets: Record<string, { href: string; [key: string]: unknown }>;
  links?: { rel: string; href: string }[];
}

export interface OurFlow {
  /** Properties of the eo-account. */
  account: Record<string, unknown>;
  credentials: Record<string, string>;
  /** Properties of the search node. */
  search?: Record<string, unknown>;
  /** Properties of the filter node. */
  filter?: Record<string, unknown>;
  /** Properties of the download node; absent: nothing is downloaded. */
  download?: Record<string, unknown>;
  /** Given to the first node in place of a search: an item, a URL. */
  payload?: unknown;
  /** Waited for when the flow runs, before its button is pressed. */
  before?: () => Promise<unknown>;
  /** More config nodes. */
  config?: object[];
  /** Seconds. [60] */
  patience?: number;
}

export interface OurResult {
  items: Feature[];
  search: { pages: number; items: number; complete: boolean; warning?: string } | undefined;
  /** What filter latest kept. */
  newest: Feature | undefined;
  file: OurFile | undefined;
  /** States that the download reported, in their order. */
  states: string[];
  error: { code: string; message: string; cause?: Record<string, unknown> } | undefined;
}

export interface OurFile {
  name: string;
  bytes: number;
  /** Of the file as it lies on disk. */
  sha256: string;
  verified: string[];
}

let flows = 0;

/** Deploys the flow, presses its button and waits until it has ended, well or badly. */
export async function runOurFlow(nodeRed: RunningNodeRed, flow: OurFlow): Promise<OurResult> {
  const run = `r${++flows}`;
  const id = (name: string): string => `${run}-${name}`;
  const node = (name: string, type: string, properties: object, ...wires: string[][]) => ({
    ...{ id: id(name), type, z: id("tab"), x: 0, y: 0, wires: wires.map((names) => names.map(id)) },
    ...properties,
  });
  const sink = (name: string) => node(name, "debug", { active: true, tosidebar: false, complete: "true" });
  const last = flow.download ? "file" : flow.search || flow.filter ? "newest" : "found";
  const { account, credentials, search, filter, download, payload, config = [] } = flow;
  const start =
    payload === undefined
      ? { payload: "", payloadType: "date" }
      : { payload: JSON.stringify(payload), payloadType: "json" };
  const afterFilter = download ? ["newest", "download"] : ["newest"];
  const afterSearch = filter ? ["found", "filter"] : download ? ["found", "download"] : ["found"];
  const first = search ? "search" : filter ? "filter" : "download";
  await nodeRed.deploy([
    { id: id("tab"), type: "tab", label: run },
    ...config,
    { id: id("account"), type: "eo-account", ...account, credentials },
    node("go", "inject", { props: [{ p: "payload" }], ...start }, [first]),
    ...(search ? [node("search", "eo-stac-search", { account: id("account"), ...search }, afterSearch)] : []),
    ...(filter ? [node("filter", "eo-filter-latest", filter, afterFilter, ["nothing"])] : []),
    ...(download
      ? [node("download", "eo-download", { account: id("account"), ...download }, ["file"], ["progress"])]
      : []),
    ...["found", "newest", "nothing", "file", "progress", "failed"].map(sink),
    node("catch", "catch", { scope: null }, ["failed"]),
  ]);
  const received = (name: string): Seen[] =>
    nodeRed.seen.filter((seen) => seen.event === "receive" && seen.id === id(name));
  await flow.before?.();
  await nodeRed.inject(id("go"));
  const ends = [last, "nothing", "failed"].map(id);
  const patience = (flow.patience ?? 60) * 1000;
  await nodeRed.waitFor((seen) => seen.event === "receive" && ends.includes(seen.id), patience);

  const found = received("found")[0]?.msg;
  const file = received("file")[0]?.msg?.["payload"] as { path: string; bytes: number; verified: string[] } | undefined;
  return {
    items: ((found?.["payload"] as { features?: Feature[] } | undefined)?.features ?? []) as Feature[],
    search: found?.["search"] as OurResult["search"],
    newest: received("newest")[0]?.msg?.["payload"] as Feature | undefined,
    file: file && {
      name: path.basename(file.path),
      bytes: file.bytes,
      sha256: createHash("sha256").update(readFileSync(file.path)).digest("hex"),
      verified: file.verified,
    },
    states: received("progress").map((seen) => String((seen.msg?.["payload"] as { state?: string }).state)),
    error: received("failed")[0]?.msg?.["error"] as OurResult["error"],
  };
}

/** The result, unless it is an error: then rejects with its code and words. */
export async function runOurFlowWell(nodeRed: RunningNodeRed, flow: OurFlow): Promise<OurResult> {
  const result = await runOurFlow(nodeRed, flow);
  if (result.error) throw new Error(`our flow ended in ${result.error.code}: ${result.error.message}`);
  return result;
}
