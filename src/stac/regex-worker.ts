/** What runs in the worker thread of the regex runner: plain JavaScript text, so it is found from source and from dist. */

/** One job: texts to try a pattern on. */
export interface RegexJob {
  id: number;
  source: string;
  flags: string;
  texts: string[];
}

/** `ready` once, then for each job `started` and one of the others. */
export type RegexReply =
  | { type: "ready" }
  | { type: "started"; id: number }
  | { type: "done"; id: number; matches: ([name: string, value: string][] | null)[] }
  | { type: "failed"; id: number; message: string };

/** Started with `eval`; takes RegexJob messages and answers with RegexReply messages. */
export const REGEX_WORKER_CODE = `"use strict";
const { parentPort } = require("node:worker_threads");
parentPort.on("message", (job) => {
  parentPort.postMessage({ type: "started", id: job.id });
  try {
    const regex = new RegExp(job.source, job.flags);
    const matches = job.texts.map((text) => {
      regex.lastIndex = 0;
      const match = regex.exec(text);
      if (!match) return null;
      const named = Object.entries(match.groups ?? {}).filter((entry) => entry[1] !== undefined);
      return [["0", match[0]], ...named];
    });
    parentPort.postMessage({ type: "done", id: job.id, matches });
  } catch (error) {
    parentPort.postMessage({ type: "failed", id: job.id, message: String(error && error.message) });
  }
});
parentPort.postMessage({ type: "ready" });
`;
