/** Runs: start, list, one, its nodes and their logs, its outputs, removal. */
import { bufferContent } from "../core/content.js";
import type { Exchange } from "../core/exchange.js";
import { htmlPage } from "../core/canned-errors.js";
import { isObject } from "../core/lossless-json.js";
import type { Route } from "../core/router.js";
import { sendProduct } from "../hda/download/send-product.js";
import { simpleProduct } from "../products/product.js";
import { sendLossless } from "./component-routes.js";
import { versionOf } from "./components.js";
import { DeltatwinError } from "./deltatwin-error.js";
import type { DeltatwinState } from "./deltatwin-state.js";
import type { Run, RunNode } from "./run.js";
import { forUsers, objectBody } from "./session.js";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function runRoutes(state: DeltatwinState): Route[] {
  const known = forUsers(state.identity);
  const find = (exchange: Exchange, user: string): Run => {
    const { run: id = "" } = exchange.params;
    if (!UUID.test(id)) throw new DeltatwinError(422, "'run_id' must be a valid UUID");
    const run = state.runs.find(id, user);
    if (!run) throw new DeltatwinError(404, `Run ${id} not found`);
    return run;
  };
  const log = (stream: "stdout" | "stderr"): Route => ({
    name: stream,
    path: `/v2.0/runs/{run}/nodes/{node}/${stream}`,
    methods: {
      GET: known((exchange, user) => {
        const run = find(exchange, user);
        const node = modelNode(run, exchange.params["node"] ?? "");
        const text = node[stream] + (stream === "stdout" ? run.echoed(exchange.modes.deltatwin) : "");
        return exchange.send({ status: 200, headers: { "content-type": "text/plain; charset=utf-8" }, body: text });
      }),
    },
  });
  return [
    {
      name: "runs",
      path: "/v2.0/runs",
      methods: {
        GET: known((exchange, user) => {
          state.schedules.startDue(exchange.modes.deltatwin);
          const query = exchange.url.searchParams;
          const [status, name] = [query.get("status"), query.get("deltatwin_name")];
          const skip = count(query.get("skip"), 0);
          const found = state.runs
            .of(user)
            .filter((run) => (!status || run.status === status) && (!name || run.component.name === name))
            .slice(skip, skip + count(query.get("top"), 15));
          const mode = exchange.modes.deltatwin;
          return sendLossless(
            exchange,
            200,
            found.map((run) => run.document(mode)),
          );
        }),
        POST: known((exchange, user) => start(exchange, user, state)),
      },
    },
    {
      name: "run",
      path: "/v2.0/runs/{run}",
      methods: {
        GET: known((exchange, user) =>
          sendLossless(exchange, 200, find(exchange, user).document(exchange.modes.deltatwin)),
        ),
        DELETE: known((exchange, user) => {
          state.runs.remove(find(exchange, user));
          return exchange.send({ status: 204 });
        }),
      },
    },
    {
      name: "nodes",
      path: "/v2.0/runs/{run}/nodes",
      methods: { GET: known((exchange, user) => exchange.json(200, find(exchange, user).nodeDocuments())) },
    },
    log("stdout"),
    log("stderr"),
    {
      name: "output",
      path: "/v2.0/runs/{run}/outputs/{output}/download",
      methods: {
        GET: known(async (exchange, user) => {
          const run = find(exchange, user);
          const name = exchange.params["output"] ?? "";
          const file = run.status === "success" ? run.outputs.get(name) : undefined;
          if (!file) throw new DeltatwinError(404, `Output ${name} of run ${run.id} not found`);
          const product = simpleProduct(bufferContent(file.bytes), file.basename, file.type);
          // Without quotes, as the engine writes it: the command takes all that follows for the name.
          await sendProduct(exchange, product, { kind: "plain", disposition: "unquoted", key: `${run.id}/${name}` });
        }),
      },
    },
  ];
}

async function start(exchange: Exchange, user: string, state: DeltatwinState): Promise<void> {
  const mode = exchange.modes.deltatwin;
  const { deltatwin_name: name, deltatwin_version: wanted, inputs = {} } = objectBody(exchange);
  if (typeof name !== "string") throw new DeltatwinError(422, "deltatwin_name: Field required");
  if (typeof wanted !== "string" && mode.needsVersion) {
    throw new DeltatwinError(422, "deltatwin_version: Field required");
  }
  const isEmptyList = Array.isArray(inputs) && inputs.length === 0;
  if (!isObject(inputs) && !isEmptyList && inputs !== null) {
    throw new DeltatwinError(422, "inputs: Input should be a valid dictionary");
  }
  const component = state.components.find(name, user);
  if (!component) throw new DeltatwinError(404, `DeltaTwin ${name} not found`);
  const named = typeof wanted === "string" ? wanted : undefined;
  const version = versionOf(component, named);
  if (!version) throw new DeltatwinError(404, `DeltaTwin ${name} has no version ${named ?? ""}`);
  const run = state.runs.start(user, component, version, isObject(inputs) ? inputs : {}, mode);
  if (mode.lost === "close") {
    exchange.seen.end = "cut";
    exchange.response.socket?.destroy();
  } else if (mode.lost === "502") {
    await exchange.send({ status: 502, headers: { "content-type": "text/html" }, body: htmlPage("502 Bad Gateway") });
  } else await sendLossless(exchange, 201, run.document(mode));
}

/** Only models have logs. */
function modelNode(run: Run, id: string): RunNode {
  const node = run.nodes.find((one) => one.id === id);
  if (!node) throw new DeltatwinError(404, `Node ${id} not found`);
  if (node.type !== "model") throw new DeltatwinError(404, `No log for node ${id}: only nodes of type model have logs`);
  return node;
}

function count(text: string | null, otherwise: number): number {
  const value = text === null ? otherwise : Number(text);
  if (!Number.isInteger(value) || value < 0) throw new DeltatwinError(422, "top and skip must be whole numbers from 0");
  return value;
}
