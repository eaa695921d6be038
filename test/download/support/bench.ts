/** One place to try a transfer: servers that misbehave as told, a folder, a real door, and what came out. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createRawServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  Downloads,
  transfersOf,
  type DownloadOptions,
  type FileDone,
  type Progress,
} from "../../../src/download/index.js";
import { EoError } from "../../../src/errors.js";
import { AccountDoor } from "../../../src/http/account-door.js";
import { accountDispatcher } from "../../../src/http/dispatcher.js";
import { OwnedOrigins } from "../../../src/http/origins.js";
import { RateLimit } from "../../../src/http/pace.js";

export const TOKEN = "Bearer planted-secret-token";

export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
}

export interface Origin {
  url: string;
  seen: Seen[];
  server: Server;
}

export interface Result {
  files: FileDone[];
  progress: Progress[];
  notes: string[];
  error: EoError | undefined;
}

export class Bench {
  folder = "";
  memoryFolder = "";
  readonly #root: string[] = [];
  readonly #closers: (() => Promise<void>)[] = [];
  readonly #doors: AccountDoor[] = [];

  async start(): Promise<this> {
    const root = await mkdtemp(path.join(tmpdir(), "eo-download-"));
    this.#root.push(root);
    this.folder = path.join(root, "data");
    this.memoryFolder = path.join(root, "memory");
    return this;
  }

  /** A server answering with `handler`; every request is kept in `seen`. */
  async origin(handler: (request: IncomingMessage, response: ServerResponse, n: number) => void): Promise<Origin> {
    const seen: Seen[] = [];
    const server = createServer((request, response) => {
      seen.push({ method: request.method ?? "", path: request.url ?? "", headers: request.headers });
      handler(request, response, seen.length);
    });
    await this.#listen(server);
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, server };
  }

  /** A server on bare sockets: `handler` gets the socket once the request's head has come. */
  async raw(handler: (socket: Socket, head: string, n: number) => void): Promise<{ url: string; heads: string[] }> {
    const heads: string[] = [];
    const sockets = new Set<Socket>();
    const server = createRawServer((socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      socket.on("error", () => undefined);
      let head = "";
      socket.on("data", (data) => {
        head += data.toString("latin1");
        if (!head.includes("\r\n\r\n")) return;
        heads.push(head);
        const whole = head;
        head = "";
        handler(socket, whole, heads.length);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.#closers.push(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heads };
  }

  async #listen(server: Server): Promise<void> {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.#closers.push(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
  }

  /** A door whose credentials go to the origins named. */
  door(...owned: string[]): AccountDoor {
    const door = new AccountDoor({
      dispatcher: accountDispatcher(),
      origins: new OwnedOrigins(owned, ""),
      rate: new RateLimit(0),
      secrets: () => [TOKEN, TOKEN.slice(7)],
      ...(owned.length === 0
        ? {}
        : {
            credentials: {
              headers: () => Promise.resolve({ authorization: TOKEN }),
              renew: () => Promise.resolve(false),
            },
          }),
    });
    this.#doors.push(door);
    return door;
  }

  downloads(door: AccountDoor = this.door(), parallel?: number): Downloads {
    return new Downloads({ door, memoryFolder: this.memoryFolder, ...(parallel === undefined ? {} : { parallel }) });
  }

  /** One message through a node. */
  async run(
    payload: unknown,
    options: Partial<DownloadOptions> & { assets?: string } = {},
    downloads = this.downloads(),
    signal?: AbortSignal,
    onProgress?: (progress: Progress) => void,
  ): Promise<Result> {
    const result: Result = { files: [], progress: [], notes: [], error: undefined };
    try {
      const { assets, ...rest } = options;
      const files = transfersOf(payload, assets === undefined ? {} : { assets });
      await downloads.run(
        files,
        { folder: this.folder, stallTimeout: 5, retries: 0, ...rest },
        {
          ...(signal ? { signal } : {}),
          onFile: (file) => result.files.push(file),
          onProgress: (progress) => {
            result.progress.push(progress);
            onProgress?.(progress);
          },
          onNote: (text) => result.notes.push(text),
        },
      );
    } catch (error) {
      if (!(error instanceof EoError)) throw error;
      result.error = error;
    }
    return result;
  }

  /** Names in the download folder, sorted. */
  async names(): Promise<string[]> {
    return (await readdir(this.folder).catch(() => [])).sort();
  }

  async stop(): Promise<void> {
    for (const door of this.#doors) await door.close();
    for (const close of this.#closers) await close();
    for (const root of this.#root) await rm(root, { recursive: true, force: true });
  }
}

/** A body that looks like nothing in particular and differs at every place. */
export function bytes(length: number, seed = 1): Buffer {
  const buffer = Buffer.alloc(length);
  let state = seed >>> 0 || 1;
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    buffer[at] = state >>> 24;
  }
  buffer[0] = 0;
  return buffer;
}

export function item(id: string, assets: Record<string, object>, extra: object = {}): object {
  return {
    type: "Feature",
    stac_version: "1.1.0",
    id,
    collection: "C",
    geometry: null,
    properties: { datetime: "2026-04-20T01:02:03Z" },
    links: [],
    assets,
    ...extra,
  };
}
