/** Collections and products of SesamEO as OData lists. */
import type { Exchange } from "../core/exchange.js";
import type { Route } from "../core/router.js";
import { findProduct, unquoted } from "./download-routes.js";
import { answeringOdata, OdataError } from "./odata-error.js";
import type { Entity } from "./odata-filter.js";
import { pageOf, shown, type QueryOptions } from "./odata-query.js";
import { productDocument, withChecksum } from "./product-document.js";
import type { SesameoProduct, SesameoState } from "./sesameo-state.js";

const ROOT = "/odata/v1";

export function catalogueRoutes(state: SesameoState): Route[] {
  const route = (name: string, path: string, answer: (exchange: Exchange) => Entity): Route => ({
    name,
    path: ROOT + path,
    methods: {
      GET: answeringOdata((exchange) => {
        // As when a shell has eaten `$value`.
        if (exchange.url.pathname.endsWith("/")) throw new OdataError(404, "Not Found");
        if (exchange.modes.sesameo.catalogue === "key") state.keys.need(exchange);
        return exchange.json(200, answer(exchange), {
          "content-type": "application/json;odata.metadata=minimal",
          "odata-version": "4.0",
        });
      }),
    },
  });
  const version = (exchange: Exchange): number => exchange.modes.download.version;
  const collections = (): Entity[] =>
    state
      .collections()
      .map(({ id, title, description }) => ({ Id: id, Name: id, Title: title, Description: description }));
  const products = (exchange: Exchange, all: SesameoProduct[]): Entity => {
    const byId = new Map(all.map((one) => [one.id, one]));
    const documents = all.map((one) => productDocument(one, state, version(exchange)));
    return pageOf(
      exchange,
      documents,
      productOptions(exchange, state, (id) => byId.get(id)),
    );
  };
  return [
    route("service", "", () => ({
      "@odata.context": "$metadata",
      value: ["Collections"].map((name) => ({ name, kind: "EntitySet", url: name })),
    })),
    route("sesameo-collections", "/Collections", (exchange) =>
      pageOf(exchange, collections(), { context: "Collections", expandable: [], url: `${state.url}/Collections` }),
    ),
    route("sesameo-collection", "/Collections('{collection}')", (exchange) => {
      const id = unquoted(exchange.params["collection"] ?? "");
      const found = collections().find((one) => one["Id"] === id);
      if (!found) throw new OdataError(404, `Collection ${id} not found.`);
      return { "@odata.context": "$metadata#Collections/$entity", ...found };
    }),
    route("sesameo-products", "/Collections('{collection}')/Products", (exchange) => {
      const id = unquoted(exchange.params["collection"] ?? "");
      const found = state.products(id);
      if (!found) throw new OdataError(404, `Collection ${id} not found.`);
      return products(exchange, [...found.values()]);
    }),
    route("sesameo-product", "/Collections('{collection}')/Products('{item}')", (exchange) => {
      const found = findProduct(exchange, state);
      const options = productOptions(exchange, state, () => found);
      const expanded = (exchange.url.searchParams.get("$expand") ?? "").split(",");
      const document = shown(productDocument(found, state, version(exchange)), expanded, options);
      return { "@odata.context": "$metadata#Products/$entity", ...document };
    }),
  ];
}

function productOptions(
  exchange: Exchange,
  state: SesameoState,
  find: (id: string) => SesameoProduct | undefined,
): QueryOptions {
  return {
    context: "Products",
    expandable: ["Attributes"],
    url: new URL(state.url).origin + exchange.url.pathname,
    finish: (entity) => {
      const product = find(String(entity["Id"]));
      return product ? withChecksum(entity, product, state, exchange.modes.download.version) : entity;
    },
  };
}
