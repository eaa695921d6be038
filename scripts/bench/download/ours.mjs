/** One process that downloads as our node does, and tells on its last line what that took. Argument: JSON. */
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";

const { dist, url, warmUp, ca, folder, count, segments } = JSON.parse(process.argv[2] ?? "{}");
const require = createRequire(import.meta.url);
const { Account } = require(path.join(dist, "src", "accounts", "account.js"));
const { Downloads, transfersOf } = require(path.join(dist, "src", "download", "index.js"));

/** Most memory so far and memory now, in MB. */
const memory = () => {
  const status = fs.readFileSync("/proc/self/status", "utf8");
  const of = (/** @type {string} */ name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
  return { most: of("VmHWM"), now: of("VmRSS") };
};

const settings = { provider: "stac", url: new URL(url).origin, auth: "none" };
const account = Account.open(settings, {}, ca ? { tls: { ca: fs.readFileSync(ca, "utf8") } } : {});
const downloads = new Downloads({ door: account.door, parallel: count });
const files = Array.from({ length: count }, (_, n) => ({ href: `${url}?${n}`, title: `file-${n}` }));
const requests = files.flatMap((file, index) => {
  const [request] = transfersOf(file);
  return [{ ...request, index }];
});
// As in a Node-RED that has downloaded before: the code is loaded, and the thread of that time has ended.
if (warmUp) {
  await downloads.run(transfersOf({ href: warmUp, title: "warm-up" }), { folder: path.join(folder, "warm-up") });
  await sleep(1000);
}
const before = memory().now;
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const cpuBefore = process.cpuUsage();
const loopBefore = performance.eventLoopUtilization();
const start = performance.now();
let bytes = 0;
await downloads.run(
  requests,
  { folder, segments, ifExists: "rename" },
  {
    onFile: (/** @type {any} */ file) => {
      bytes += file.payload.bytes;
    },
  },
);
const wall = (performance.now() - start) / 1000;
const cpu = process.cpuUsage(cpuBefore);
const loop = performance.eventLoopUtilization(loopBefore);
delay.disable();
await account.close();
console.log(
  JSON.stringify({
    wall,
    bytes,
    cpu: (cpu.user + cpu.system) / 1e6,
    rss: memory().most,
    growth: memory().most - before,
    busy: loop.utilization * 100,
    p99: delay.percentile(99) / 1e6,
  }),
);
