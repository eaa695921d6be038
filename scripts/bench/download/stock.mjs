/** What people do without our node: Node-RED's own http request into a buffer, then its file node. */
import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startNodeRed, writeFlow } from "../../node-red.mjs";

/**
 * @param {string} url
 * @param {string} ca
 * @param {string} folder
 * @returns {Promise<{ wall: number, rss: number, longest: number }>} seconds; MB; ms in which the editor's server was silent
 */
export async function stockNodeRed(url, ca, folder) {
  const userDir = path.join(folder, "node-red");
  fs.mkdirSync(userDir, { recursive: true });
  const filename = path.join(folder, "stock.bin");
  const on = { z: "tab", x: 100, y: 100 };
  writeFlow(userDir, [
    { id: "tab", type: "tab", label: "bench" },
    { id: "in", type: "http in", url: "/go", method: "get", ...on, wires: [["get"]] },
    { id: "get", type: "http request", method: "GET", ret: "bin", url, ...on, wires: [["file"]] },
    {
      ...{ id: "file", type: "file", filename, filenameType: "str", overwriteFile: "true", ...on, wires: [["short"]] },
    },
    { id: "short", type: "function", func: "msg.payload = 'done'; return msg;", ...on, wires: [["out"]] },
    { id: "out", type: "http response", ...on, wires: [] },
  ]);
  const env = { EO_OBSERVE: "nothing", NODE_EXTRA_CA_CERTS: ca };
  const nodeRed = await startNodeRed({ userDir, port: 0, credentialSecret: "bench", env });
  let over = false;
  let longest = 0;
  const look = async () => {
    while (!over) {
      const asked = performance.now();
      await fetch(`${nodeRed.url}settings`).then((answer) => answer.text());
      longest = Math.max(longest, performance.now() - asked);
      await sleep(10);
    }
  };
  const looking = look().catch(() => undefined);
  try {
    const start = performance.now();
    const answer = await fetch(`${nodeRed.url}go`);
    const text = await answer.text();
    const wall = (performance.now() - start) / 1000;
    if (text !== "done") throw new Error(`it answered ${answer.status} ${text.slice(0, 80)}`);
    const status = fs.readFileSync(`/proc/${nodeRed.pid}/status`, "utf8");
    return { wall, rss: Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024, longest };
  } finally {
    over = true;
    await looking;
    await nodeRed.stop();
    fs.rmSync(filename, { force: true });
  }
}
