/** Loaded in the transfer thread: writes fail as EO_BAD_DISK says, "<code> <from the nth write on>". */
"use strict";
const fs = require("node:fs");

const { writev } = fs;
let order = "";
let count = 0;

/** @type {any} */ (fs).writev = (/** @type {any[]} */ ...args) => {
  const now = process.env["EO_BAD_DISK"] ?? "";
  if (now !== order) count = 0;
  order = now;
  const [code = "", from] = now.split(" ");
  count += 1;
  if (now === "" || count < Number(from)) return Reflect.apply(writev, fs, args);
  process.nextTick(args.at(-1), Object.assign(new Error(`${code}: no space left on device, write`), { code }));
};
