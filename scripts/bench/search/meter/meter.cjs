/** A Node-RED plugin that runs one search of a flow and measures it from the inside: time, memory, longest block. */
"use strict";

const v8 = require("node:v8");
const vm = require("node:vm");

/** Between two looks at the memory, in ms. */
const LOOK_MS = 20;
/** Between two ticks of the clock that tells blocks, in ms; a block is told without it. */
const TICK_MS = 2;

v8.setFlagsFromString("--expose-gc");
/** @type {() => void} */
const collectGarbage = vm.runInNewContext("gc");

/**
 * The longest time for which the event loop did not turn, in ms, and the most processor time in one such gap: what is
 * left when other programs take the processor away.
 */
function watchBlocks() {
  let longestBlock = 0;
  let busiestBlock = 0;
  let at = performance.now();
  let cpu = process.cpuUsage();
  const look = () => {
    const [wasAt, wasCpu] = [at, cpu];
    at = performance.now();
    cpu = process.cpuUsage();
    const wall = at - wasAt - TICK_MS;
    const busy = (cpu.user + cpu.system - wasCpu.user - wasCpu.system) / 1000;
    longestBlock = Math.max(longestBlock, wall);
    busiestBlock = Math.max(busiestBlock, Math.min(busy, wall));
  };
  const ticks = setInterval(look, TICK_MS);
  return {
    end() {
      clearInterval(ticks);
      look();
      return { longestBlock, busiestBlock };
    },
  };
}

/** @param {any} RED */
module.exports = (RED) => {
  /** @type {{ search: string, sink: string, done: boolean, last?: any, end: () => void, fail: (error: Error) => void } | undefined} */
  let run;

  RED.hooks.add("onReceive.eoMeter", (/** @type {any} */ { destination, msg }) => {
    if (run === undefined || destination.id !== run.sink) return;
    // The last message of a sequence, or one alone.
    if (msg.parts !== undefined && msg.parts.count === undefined) return;
    run.last = msg;
    if (run.done) run.end();
  });
  RED.hooks.add("onComplete.eoMeter", (/** @type {any} */ { node: { node }, error }) => {
    if (run === undefined || node.id !== run.search) return;
    if (error) return run.fail(error);
    run.done = true;
    if (run.last !== undefined) run.end();
  });

  /**
   * @param {string} search id of the search node that is given a message
   * @param {string} sink id of the node behind which nothing follows
   */
  async function measure(search, sink) {
    collectGarbage();
    const before = process.memoryUsage.rss();
    let peak = before;
    const looks = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), LOOK_MS);
    const blocks = watchBlocks();
    const started = performance.now();
    const cpuBefore = process.cpuUsage();
    try {
      const last = await new Promise((resolve, reject) => {
        run = { search, sink, done: false, end: () => resolve(run?.last), fail: reject };
        RED.nodes.getNode(search).receive({});
      });
      const seconds = (performance.now() - started) / 1000;
      const cpu = process.cpuUsage(cpuBefore);
      return {
        items: last.search.items,
        seconds,
        cpuSeconds: (cpu.user + cpu.system) / 1e6,
        growth: Math.max(peak, process.memoryUsage.rss()) - before,
        ...blocks.end(),
      };
    } finally {
      run = undefined;
      clearInterval(looks);
      blocks.end();
    }
  }

  RED.httpAdmin.get("/eo-meter", (/** @type {any} */ request, /** @type {any} */ response) => {
    measure(String(request.query.search), String(request.query.sink)).then(
      (measured) => response.json(measured),
      (error) => response.status(500).json({ error: String(error?.message ?? error) }),
    );
  });
};
