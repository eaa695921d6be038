/** Placing an order. */
import { newTicket } from "../../core/canned-errors.js";
import type { Exchange } from "../../core/exchange.js";
import type { Route } from "../../core/router.js";
import { passGateway } from "../gateway.js";
import { answeringHda, backendError, detailError, HdaError, hdaError, hdaErrorInteger } from "../hda-error.js";
import type { HdaState } from "../hda-state.js";
import { orderItem } from "./order-items.js";
import { readChoices, type Choices } from "./order-values.js";

export function orderRoutes(state: HdaState): Route[] {
  return [
    {
      name: "order",
      path: "/stac/v2/collections/{collection}/order",
      methods: {
        POST: answeringHda(async (exchange) => {
          if (await passGateway(exchange, state.identity)) await place(exchange, state);
        }),
      },
    },
  ];
}

async function place(exchange: Exchange, state: HdaState): Promise<void> {
  const info = state.catalogue.find(exchange.params["collection"] ?? "");
  if (!info) throw new HdaError(500, { code: 500, ticket: newTicket(), description: "'GENERIC_COLLECTION'" });
  if (!info.order) throw hdaErrorInteger(404, "Product is not orderable. Please download it directly.");
  const given = bodyOf(exchange);
  const asked = given["federation:backends"];
  const backend = String((Array.isArray(asked) ? asked[0] : asked) ?? info.backends[0] ?? "");
  if (!info.backends.includes(backend))
    throw hdaError(404, `UnsupportedProvider: ${backend}: provider is not recognised by eodag`);
  const { choices, problem } = readChoices(info.order, given, backend);
  if (problem) throw backendError(400, backend, "ValidationError", problem.message, problem.detail);
  if (given["date"] !== undefined) choices["date"] = given["date"] as Choices[string];
  const { modes } = exchange;
  const order = state.orders.place(info.id, backend, choices, modes.order.first);
  const context = state.context(modes.search, modes.download.version);
  await exchange.json(200, orderItem(info.order, info, order, context));
}

function bodyOf(exchange: Exchange): Record<string, unknown> {
  const text = exchange.body.toString("utf8");
  if (text.trim() === "") return {};
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  } catch {
    // Falls through to the framework's own answer.
  }
  throw detailError([{ type: "json_invalid", loc: ["body", 0], msg: "JSON decode error", input: {} }], text);
}
