/** The control endpoint: everything a test can switch, over HTTP and JSON. */
import type { Exchange } from "../core/exchange.js";
import type { Fault } from "../core/faults.js";
import type { Route } from "../core/router.js";
import { ERROR_NAMES } from "../core/canned-errors.js";
import type { Sandbox } from "../sandbox.js";
import { bridgeRoutes } from "./bridge-routes.js";

export type Json = Record<string, unknown>;

export function controlRoutes(sandbox: Sandbox): Route[] {
  const doing =
    (work: (exchange: Exchange) => unknown) =>
    async (exchange: Exchange): Promise<void> => {
      let result: unknown;
      try {
        result = await work(exchange);
      } catch (error) {
        await exchange.json(400, { error: (error as Error).message });
        return;
      }
      await exchange.json(200, result ?? { ok: true });
    };
  const route = (path: string, methods: Record<string, (exchange: Exchange) => unknown>): Route => ({
    name: "control",
    path,
    methods: Object.fromEntries(Object.entries(methods).map(([method, work]) => [method, doing(work)])),
  });
  return [
    route("/state", { GET: () => state(sandbox) }),
    route("/", { GET: () => state(sandbox) }),
    route("/faults", {
      GET: () => sandbox.faults.list(),
      POST: (e) => ({ ids: faultsOf(e).map((fault) => sandbox.faults.add(fault)) }),
      PUT: (e) => ({ ids: sandbox.faults.set(faultsOf(e)) }),
      DELETE: () => sandbox.faults.clear(),
    }),
    route("/faults/{id}", { DELETE: (e) => ({ removed: sandbox.faults.remove(e.params["id"] ?? "") }) }),
    route("/settings", {
      GET: () => sandbox.settings.get(),
      PATCH: (e) => sandbox.settings.patch(bodyOf(e)),
      DELETE: () => sandbox.settings.reset(),
    }),
    route("/requests", {
      GET: (e) => filtered(sandbox, e.url.searchParams),
      DELETE: () => sandbox.clearRequests(),
    }),
    route("/items", {
      POST: (e) => {
        const { collection, count, features } = bodyOf(e);
        if (Array.isArray(features)) sandbox.setItems(String(collection), { features: features as object[] });
        else if (typeof count === "number") sandbox.setItems(String(collection), { count });
        else throw new TypeError("give count or features");
      },
    }),
    route("/tokens/revoke", {
      POST: (e) => {
        const { token } = bodyOf(e);
        return {
          revoked: typeof token === "string" ? Number(sandbox.tokens.revoke(token)) : sandbox.tokens.revokeAll(),
        };
      },
    }),
    route("/tokens/ttl", { POST: (e) => sandbox.setTokenTtl(numberOf(bodyOf(e), "seconds")) }),
    route("/tokens", { POST: (e) => ({ token: sandbox.tokens.issue(bodyOf(e)) }) }),
    route("/eodh/keys", {
      POST: (e) => {
        const { workspace, days } = bodyOf(e);
        const { key } = sandbox.eodh.keys.issue(
          typeof workspace === "string" ? workspace : sandbox.eodh.own.workspace,
          "alice",
          Number(days ?? 30),
        );
        return { key };
      },
      PATCH: (e) => {
        const { key, expiresIn } = bodyOf(e);
        return { known: sandbox.eodh.keys.expire(String(key), Date.now() + Number(expiresIn) * 1000) };
      },
    }),
    route("/rate", { POST: (e) => void (sandbox.rate.perSecond = numberOf(bodyOf(e), "perSecond")) }),
    route("/clients", {
      POST: (e) => {
        const { clientId, ...change } = bodyOf(e);
        sandbox.setClient(String(clientId), change);
      },
    }),
    route("/users", {
      POST: (e) => {
        const { username, ...change } = bodyOf(e);
        sandbox.identity.setUser(String(username), change);
      },
    }),
    route("/realms", {
      POST: (e) => {
        const { realm, enabled } = bodyOf(e);
        sandbox.setRealm(String(realm), { enabled: enabled === true });
      },
    }),
    route("/products", {
      GET: (e) => {
        const get = (key: string): string | undefined => e.url.searchParams.get(key) ?? undefined;
        const version = Number(get("version") ?? "1");
        const product = sandbox.product(get("collection") ?? "", get("item") ?? "", get("asset"), version);
        const { size, name, type } = product;
        return { size, name, type, md5: product.md5(), sha256: product.sha256() };
      },
    }),
    ...bridgeRoutes(sandbox, route, bodyOf),
    route("/reset", {
      POST: async () => {
        sandbox.reset();
        await sandbox.eodh.store.reset();
      },
    }),
  ];
}

function state(sandbox: Sandbox): Json {
  const { person } = sandbox.identity.realms;
  return {
    ready: sandbox.ready,
    origins: sandbox.origins,
    person,
    options: sandbox.options,
    settings: sandbox.settings.get(),
    faults: sandbox.faults.list(),
    errors: ERROR_NAMES,
    orders: sandbox.hda.orders.list(),
  };
}

function filtered(sandbox: Sandbox, wanted: URLSearchParams): unknown[] {
  const all: Json[] = sandbox.requests().map((one) => ({ ...one }));
  return all.filter((one) => [...wanted].every(([key, value]) => String(one[key]) === value));
}

function faultsOf(exchange: Exchange): Fault[] {
  const body: unknown = JSON.parse(exchange.body.toString("utf8"));
  return (Array.isArray(body) ? body : [body]) as Fault[];
}

function bodyOf(exchange: Exchange): Json {
  const text = exchange.body.toString("utf8");
  const body: unknown = text.trim() === "" ? {} : JSON.parse(text);
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw new TypeError("the body must be an object");
  return body as Json;
}

function numberOf(body: Json, key: string): number {
  const value = body[key];
  if (typeof value !== "number") throw new TypeError(`${key} must be a number`);
  return value;
}
