/** Search of the old API: another envelope, paging by number, and the `next` link that production once sent. */
import type { Exchange } from "../core/exchange.js";
import type { HdaState } from "./hda-state.js";
import { hdaError } from "./hda-error.js";
import { select } from "./search/select.js";
import { readPostSearch } from "./search/search-request.js";

export async function v1Search(exchange: Exchange, state: HdaState): Promise<void> {
  const text = exchange.body.toString("utf8");
  const page = Number(/"page"\s*:\s*(\d+)/.exec(text)?.[1] ?? "1");
  const without = text.replace(/,?\s*"page"\s*:\s*\d+/, "").replace(/\{\s*,/, "{");
  const request = readPostSearch(Object.assign(Object.create(exchange) as Exchange, { body: Buffer.from(without) }));
  const [id] = request.collections;
  const info = id === undefined ? undefined : state.catalogue.find(id);
  const set = info && state.items.of(info.id);
  if (!info || !set) throw hdaError(404, `Collection ${id ?? ""} does not exist.`);
  const found = select(set.items, request, info.backends[0] ?? "");
  const start = (page - 1) * request.limit;
  const items = found.slice(start, start + request.limit);
  const { search, download } = exchange.modes;
  const context = state.context({ ...search, form: "old" }, download.version);
  const base = `${state.origin("hda")}/stac`;
  const links: object[] = [
    { rel: "self", title: "items", href: `${base}/collections/${info.id}/items` },
    { rel: "root", href: `${base}/` },
  ];
  if (start + items.length < found.length) {
    const href = search.next === "unreachable" ? "http://eo-catalogue-eodag-server:8080/search" : `${base}/search`;
    const body = { ...request.sent, limit: request.limit, page: page + 1 };
    links.push({ rel: "next", method: "POST", title: "Next page", type: "application/geo+json", href, body });
  }
  await exchange.json(200, {
    type: "FeatureCollection",
    features: items.map((item) => JSON.parse(item.kind.text(item, context)) as unknown),
    numberMatched: found.length,
    numberReturned: items.length,
    links,
    stac_version: "1.0.0",
    stac_extensions: [],
    timeStamp: new Date().toISOString(),
  });
}
