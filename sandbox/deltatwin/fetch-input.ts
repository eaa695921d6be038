/** Fetches a Data input over a real socket into a file. Only addresses on this machine: a sandbox never asks the world. */
import { createWriteStream } from "node:fs";
import { get as httpGet, type IncomingMessage } from "node:http";
import { get as httpsGet } from "node:https";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";

export interface FetchOptions {
  /** Where the bytes go. */
  file: string;
  /** Headers for the first origin only. */
  headers: Record<string, string>;
  /** Trusted over https. */
  ca: string | undefined;
  signal: AbortSignal;
}

export interface Fetched {
  file: string;
  name: string;
  size: number;
}

const MOST_HOPS = 5;

/** Rejects with a plain Error for anything but a whole 200. */
export async function fetchInput(url: string, options: FetchOptions): Promise<Fetched> {
  let at = new URL(url);
  const first = at.origin;
  for (let hop = 0; hop <= MOST_HOPS; hop++) {
    if (!/^(127\.0\.0\.1|localhost|\[::1\])$/.test(at.hostname)) throw new Error(`no route to ${at.hostname}`);
    const answer = await ask(at, at.origin === first ? options.headers : {}, options);
    const { statusCode = 0, headers } = answer;
    if (statusCode >= 301 && statusCode <= 308 && headers.location !== undefined) {
      answer.resume();
      at = new URL(headers.location, at);
      continue;
    }
    if (statusCode !== 200) {
      answer.resume();
      throw new Error(`status ${statusCode}`);
    }
    await pipeline(answer, createWriteStream(options.file), { signal: options.signal });
    const { size } = await stat(options.file);
    const declared = headers["content-length"];
    if (declared !== undefined && Number(declared) !== size) throw new Error(`${size} of ${declared} bytes`);
    return { file: options.file, name: nameOf(headers["content-disposition"], at), size };
  }
  throw new Error("too many redirects");
}

function ask(url: URL, headers: Record<string, string>, { ca, signal }: FetchOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const get = url.protocol === "https:" ? httpsGet : httpGet;
    get(url, { agent: false, headers, signal, ...(ca === undefined ? {} : { ca }) }, resolve).on("error", reject);
  });
}

function nameOf(disposition: string | undefined, url: URL): string {
  const named = /filename="?([^";]+)/.exec(disposition ?? "")?.[1];
  const name = (named ?? url.pathname).split("/").at(-1) ?? "";
  return name === "" ? "input" : name;
}
