/** What ends when a service takes too long, and what is told of it. */
import assert from "node:assert/strict";
import helper = require("node-red-node-test-helper");
import type { NodeAPI } from "node-red";
import { Account } from "../../src/accounts/account.js";
import { EoError } from "../../src/errors.js";
import { previewSearch } from "../../src/stac/preview.js";
import { searchRequest } from "../../src/stac/search-request.js";
import { serve } from "../../nodes/common/admin-http.js";
import { jsonServer, type Answer, type JsonServer, type SeenRequest } from "../support/json-server.js";
import { useRuntime } from "../support/runtime.js";
import { failed, good, useAdmin } from "./admin-server.js";

const start = useRuntime();
const admin = useAdmin();
const never = new Promise<never>(() => undefined);

describe("admin endpoints: time", () => {
  const servers: JsonServer[] = [];
  const accounts: Account[] = [];
  afterEach(async () => {
    await Promise.all(accounts.splice(0).map((account) => account.close()));
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  async function accountAt(answer: (request: SeenRequest, n: number) => Answer | Promise<Answer>): Promise<Account> {
    const server = await jsonServer(answer);
    servers.push(server);
    const account = Account.open({ provider: "stac", url: server.url }, {});
    accounts.push(account);
    return account;
  }

  const landing = { json: { links: [{ rel: "search", href: "/search", method: "POST" }] } };
  const page = {
    json: {
      type: "FeatureCollection",
      features: [{ type: "Feature", id: "a", properties: { datetime: "2026-04-20T00:00:00Z" } }],
      links: [{ rel: "next", href: "/search?2", method: "POST" }],
    },
  };

  it("ends the work when its time is up, even work that does not listen", async () => {
    await start({ flow: [] });
    const { _httpAdmin: httpAdmin } = helper as unknown as { _httpAdmin: unknown };
    const pass = (_request: unknown, _response: unknown, next: () => void): void => next();
    const RED = { httpAdmin, auth: { needsPermission: () => pass } } as unknown as NodeAPI;
    let aborted = false;
    const work = ({ signal }: { signal: AbortSignal }): Promise<never> => {
      signal.addEventListener("abort", () => (aborted = true));
      return never;
    };
    const running = new Set<AbortController>();
    serve(RED, { path: "eo/slow", permission: "eo.write", time: 50, outbound: true, read: () => work }, running);
    const ask = await admin();
    assert.equal(failed(await ask.ask("eo/slow", {})).code, "TIMEOUT");
    assert.equal(aborted, true);
    assert.equal(running.size, 0);
    const quick = { path: "eo/quick", permission: "eo.write", time: 5000, outbound: true } as const;
    serve(RED, { ...quick, read: () => () => Promise.resolve({ a: 1 }) }, running);
    assert.equal(good(await ask.ask("eo/quick", {}))["a"], 1);
  });

  it("gives what a slow search found by then", async () => {
    const account = await accountAt((request, n) => (request.method === "GET" ? landing : n === 1 ? page : never));
    const preview = await previewSearch(account, searchRequest({}, new Date()), new AbortController().signal, 300);
    assert.deepEqual([preview.items.length, preview.complete], [1, false]);
    assert.match(preview.report.warning ?? "", /slow/);
  });

  it("fails when nothing came by then", async () => {
    const account = await accountAt((request) => (request.method === "GET" ? landing : never));
    await assert.rejects(
      previewSearch(account, searchRequest({}, new Date()), new AbortController().signal, 300),
      (error) => error instanceof EoError && error.code === "TIMEOUT" && error.message.includes("/search"),
    );
  });

  it("looks at no more than 16 MiB of items", async () => {
    const features = [1, 2, 3].map((n) => ({ type: "Feature", id: `i${n}`, properties: { x: "x".repeat(7_000_000) } }));
    const account = await accountAt((request) =>
      request.method === "GET" ? landing : { json: { type: "FeatureCollection", features, links: [] } },
    );
    const preview = await previewSearch(account, searchRequest({}, new Date()), new AbortController().signal, 20_000);
    assert.deepEqual([preview.items.length, preview.complete], [2, false]);
    assert.match(preview.report.warning ?? "", /large/);
  });
});
