/** Loaded in the transfer thread: does it harm as the environment, which it shares with the test, says. */
"use strict";
const fs = require("node:fs");

const { env } = process;
env["EO_THREADS"] = String(Number(env["EO_THREADS"] ?? 0) + 1);

// EO_BAD_DISK: "<code> <from the nth write on>". EO_SLOW_DISK: ms a write takes longer.
const { writev } = fs;
let order = "";
let count = 0;
/** @type {any} */ (fs).writev = (/** @type {any[]} */ ...args) => {
  const now = env["EO_BAD_DISK"] ?? "";
  if (now !== order) count = 0;
  order = now;
  const [code = "", from] = now.split(" ");
  count += 1;
  const fails = now !== "" && count >= Number(from);
  const work = fails
    ? () => args.at(-1)(Object.assign(new Error(`${code}: no space left on device, write`), { code }))
    : () => Reflect.apply(writev, fs, args);
  const slow = Number(env["EO_SLOW_DISK"] ?? 0);
  if (slow > 0) setTimeout(work, slow);
  else if (fails) process.nextTick(work);
  else work();
};

// EO_BAD_SYNC: what every sync of the thread fails with.
const { fdatasync } = fs;
/** @type {any} */ (fs).fdatasync = (/** @type {any[]} */ ...args) => {
  const code = env["EO_BAD_SYNC"] ?? "";
  if (code === "") Reflect.apply(fdatasync, fs, args);
  else process.nextTick(() => args.at(-1)(Object.assign(new Error(`${code}: fdatasync`), { code })));
};

// EO_CRASH: the thread ends by an error nobody caught, once for each time it is set.
setInterval(() => {
  if (!env["EO_CRASH"]) return;
  env["EO_CRASH"] = "";
  throw new RangeError("planted-secret-token");
}, 2).unref();
