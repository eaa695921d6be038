/** The software behind the Data Lake, stac-fastapi-eodag, with stand-ins for what lies behind it. */
import path from "node:path";
import { freePort } from "../support/free-port.js";
import { startGateway, type Gateway, type GatewayOptions } from "../support/gateway.js";
import { answers, Server } from "../support/processes.js";
import { pythonWith } from "../support/python.js";
import { startJobServer, type JobServer } from "./job-server.js";
import { startMarineStore, type MarineStore } from "./marine-store.js";
import { writeProviders } from "./providers.js";

export interface HdaServer {
  /** Where a client searches: `http://host:port/stac/v2`. */
  stac: string;
  gateway: Gateway;
  /** Downloads have a host of their own, as in production. */
  downloads: Gateway;
  marine: MarineStore;
  jobs: JobServer;
  /** What the server wrote. */
  output(): string;
  stop(): Promise<void>;
}

export interface HdaServerOptions {
  folder: string;
  /** The bytes of the file of an item. */
  content: (id: string) => Buffer<ArrayBuffer>;
  refuse: GatewayOptions["refuse"];
}

export async function startHdaServer({ folder, content, refuse }: HdaServerOptions): Promise<HdaServer> {
  const python = await pythonWith("server");
  const closers: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.reverse()) await close();
  };
  try {
    const marine = await startMarineStore(python, content);
    closers.push(() => marine.stop());
    const jobs = await startJobServer(content("order"));
    closers.push(() => jobs.close());

    const port = await freePort();
    const target = `http://127.0.0.1:${port}`;
    const forwarded = (host: string) => ({
      authorization: undefined,
      "x-forwarded-host": host.split(":")[0],
      "x-forwarded-port": host.split(":")[1],
      "x-forwarded-proto": "http",
    });
    const gateway = await startGateway({
      routes: [{ prefix: "/stac/v2", target }],
      refuse: (token, place) => (isOpen(place) ? undefined : refuse(token, place)),
      onward: forwarded,
    });
    closers.push(() => gateway.close());
    const downloads = await startGateway({ routes: [{ prefix: "", target }], refuse, onward: forwarded });
    closers.push(() => downloads.close());

    const env = {
      ...writeProviders(folder, python, marine.url, jobs.origin),
      KEEP_ORIGIN_URL: "true",
      DOWNLOAD_BASE_URL: `${downloads.origin}/`,
    };
    const args = [
      "stac_fastapi.eodag.app:app",
      "--host",
      "127.0.0.1",
      "--port",
      String(port),
      "--root-path",
      "/stac/v2",
    ];
    const server = new Server(path.join(python.bin, "uvicorn"), args, { cwd: folder, env });
    closers.push(() => server.stop());
    await server.until(() => answers(`${target}/conformance`), 90);
    return { stac: `${gateway.origin}/stac/v2`, gateway, downloads, marine, jobs, output: () => server.output, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What may be read without a token: everything but searches, items, orders and services. */
const isOpen = (place: string): boolean => !/\/(search|items|order)(\/|\?|$)/.test(place);
