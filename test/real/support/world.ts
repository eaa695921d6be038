/** What the parts share: the sandbox over http and over https, and one Node-RED with our nodes. All made on first use. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { packAndInstall } from "../../support/packed.js";
import { startNodeRed, type RunningNodeRed } from "../../support/node-red.js";
import type { Sandbox } from "../../support/sandbox.js";
import { makeDir, removeDir } from "../../support/temp.js";
import { startSandbox } from "../../../sandbox/index.js";
import { certificateFor } from "./authority.js";
import { startConnectProxy, type ConnectProxy } from "./connect-proxy.js";
import { runOurFlowWell, type OurFlow, type OurResult } from "./our-flow.js";

export type Scheme = "http" | "https";

/** The sandbox as a client sees it. */
export interface Lake {
  scheme: Scheme;
  sandbox: Sandbox;
  /** For Python programs: whom to trust. */
  trust: Record<string, string>;
}

export interface World {
  /** An empty folder, removed at the end. */
  folder(): Promise<string>;
  /** The sandbox, put back to its first state. */
  lake(scheme: Scheme): Promise<Lake>;
  /** The proxy that leads the service's own addresses to the https sandbox. */
  proxy(): Promise<ConnectProxy>;
  nodeRed(): Promise<RunningNodeRed>;
  /** Our search, filter and download against the sandbox in its first state. */
  ours(scheme: Scheme): Promise<OurResult>;
  close(): Promise<void>;
}

/** Items in the sandbox's collection: more than a page of any client. */
export const ITEMS = 60;
/** What the notebook looks for. */
export const WANTED = "plankton_nrt_l3-olci-300m_P1D";
export const HDA_HOST = "hda.data.destination-earth.eu";
export const IDENTITY_HOST = "identity.data.destination-earth.eu";

export function makeWorld(): World {
  const closers: (() => Promise<unknown>)[] = [];
  let closing = false;
  const later = <T>(make: () => Promise<T>): (() => Promise<T>) => {
    let made: Promise<T> | undefined;
    return () => (made ??= make());
  };
  const folder = async (): Promise<string> => {
    if (closing) throw new Error("The run is ending.");
    const made = await makeDir();
    closers.push(() => removeDir(made));
    return made;
  };
  const start = async (tls: boolean): Promise<Sandbox> => {
    const sandbox = await startSandbox({ port: 0, tls, seedWeek: true, items: ITEMS });
    closers.push(() => sandbox.close());
    return sandbox;
  };
  const sandboxes = { http: later(() => start(false)), https: later(() => start(true)) };

  /** Both authorities in one file. */
  const trust = later(async () => {
    const place = await folder();
    const certificate = certificateFor([HDA_HOST, IDENTITY_HOST], place);
    const { ca = "" } = (await sandboxes.https()).ready;
    const sandboxCa = readFileSync(ca, "utf8");
    const bundle = path.join(place, "trusted.pem");
    writeFileSync(bundle, sandboxCa + certificate.ca);
    return { certificate, sandboxCa, bundle };
  });

  const proxy = later(async () => {
    const { certificate, sandboxCa } = await trust();
    const { hda, identity } = (await sandboxes.https()).origins;
    if (hda === undefined || identity === undefined) throw new Error("The sandbox lacks an origin.");
    const started = await startConnectProxy({ [HDA_HOST]: hda, [IDENTITY_HOST]: identity }, certificate, sandboxCa);
    closers.push(() => started.close());
    return started;
  });

  const nodeRed = later(async () => {
    await packAndInstall();
    const { bundle } = await trust();
    const started = await startNodeRed({ version: "4", env: { NODE_EXTRA_CA_CERTS: bundle }, observe: [] });
    closers.push(() => started.dispose());
    return started;
  });

  const lake = async (scheme: Scheme): Promise<Lake> => {
    const sandbox = await sandboxes[scheme]();
    sandbox.reset();
    if (scheme === "http") return { scheme, sandbox, trust: {} };
    const { bundle } = await trust();
    return { scheme, sandbox, trust: { REQUESTS_CA_BUNDLE: bundle, SSL_CERT_FILE: bundle } };
  };

  const ours = async (scheme: Scheme): Promise<OurResult> => {
    const { sandbox } = await lake(scheme);
    return runOurFlowWell(await nodeRed(), lakeFlow(sandbox, await folder()));
  };
  const ourResults = { http: later(() => ours("http")), https: later(() => ours("https")) };

  return {
    folder,
    lake,
    proxy,
    nodeRed,
    ours: (scheme) => ourResults[scheme](),
    async close() {
      closing = true;
      // Each is closed once, whoever asks.
      for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
    },
  };
}

/** The first example's flow: the last seven days, the newest plankton product, to disk. */
export function lakeFlow(sandbox: Sandbox, into: string): OurFlow {
  const { stac, tokenUrl, hosts, clientId, clientSecret, collection } = sandbox.ready.hda;
  return {
    account: { provider: "dedl", url: stac, tokenUrl, hosts },
    credentials: { clientId, clientSecret },
    search: { collections: collection, datetime: "P7D", output: "collection" },
    filter: { match: WANTED },
    download: { folder: into },
  };
}

/** Seven days back from 00:00 UTC to the end of today, as RFC 3339. */
export function lastSevenDays(): string {
  const day = (offset: number): string => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
  return `${day(-7)}T00:00:00Z/${day(0)}T23:59:59.999999Z`;
}
