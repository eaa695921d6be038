/** The part of the control endpoint for DeltaTwin and SesamEO: runs, keys, products. */
import type { Exchange } from "../core/exchange.js";
import type { Route } from "../core/router.js";
import type { Run } from "../deltatwin/run.js";
import type { Sandbox } from "../sandbox.js";
import type { Json } from "./control-routes.js";

type MakeRoute = (path: string, methods: Record<string, (exchange: Exchange) => unknown>) => Route;

export function bridgeRoutes(sandbox: Sandbox, route: MakeRoute, bodyOf: (exchange: Exchange) => Json): Route[] {
  const { deltatwin, sesameo } = sandbox;
  const mode = { ...sandbox.settings.get().deltatwin, echo: true };
  return [
    route("/deltatwin/runs", {
      GET: () => deltatwin.runs.all().map((run) => run.document(mode)),
    }),
    route("/deltatwin/runs/{run}", {
      POST: (exchange) => change(sandbox, exchange.params["run"] ?? "", bodyOf(exchange)),
    }),
    route("/sesameo/keys", {
      GET: () => sesameo.keys.list(),
      POST: (exchange) => {
        const { key = sesameo.keys.first, ...given } = bodyOf(exchange);
        sesameo.keys.set(String(key), given);
      },
    }),
    route("/sesameo/products", {
      GET: (exchange) => {
        const query = exchange.url.searchParams;
        const product = sandbox.sesameoProduct(query.get("collection") ?? "", query.get("product") ?? "");
        const { size, name, type } = product;
        return { size, name, type, md5: product.md5(), sha256: product.sha256() };
      },
      POST: (exchange) => {
        const { collection, product, ...given } = bodyOf(exchange);
        sesameo.setProduct(String(collection), String(product), given);
      },
    }),
  ];
}

/** `{status, message?, code?}` ends a run; `{evict: true}` takes its outputs away, as the service does after a while. */
function change(sandbox: Sandbox, id: string, { status, message = "", code = 0, evict }: Json): void {
  const run: Run | undefined = sandbox.deltatwin.runs.find(id);
  if (!run) throw new TypeError(`no run ${id}`);
  if (evict === true) run.outputs.clear();
  if (status === undefined) return;
  if (status !== "error" && status !== "cancelled") throw new TypeError("status must be error or cancelled");
  run.end(status, message as string, code as number);
}
