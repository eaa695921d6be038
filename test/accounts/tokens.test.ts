/** Tokens: one login for all callers, kept while they live, renewed once when refused; what a login says when it fails. */
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import type { Account } from "../../src/accounts/account.js";
import { usableMs } from "../../src/accounts/token-source.js";
import type { ErrorCode } from "../../src/errors.js";
import {
  CLIENT_ID,
  CLIENT_SECRET,
  account,
  allOf,
  cleanUp,
  dedlAccount,
  failure,
  json,
  serve,
  sleep,
  until,
  type TestServer,
} from "../http/servers.js";

const TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.c2ln";

/** As Keycloak answers (facts/real-parts.md §2.1). */
function tokenAnswer(value: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    access_token: value,
    expires_in: 3600,
    refresh_expires_in: 0,
    token_type: "Bearer",
    "not-before-policy": 0,
    scope: "openid email profile",
    ...more,
  };
}

/** Hands out t1, t2, …, each good until the next one when `old` is refused. */
async function identity(more: Record<string, unknown> = {}, wait = 0): Promise<TestServer> {
  return serve((_q, r, _s, n) => void setTimeout(() => json(r, 200, tokenAnswer(`${TOKEN}${n}`, more)), wait));
}

const service = (accept: (token: string) => number): Promise<TestServer> =>
  serve((q, r) => {
    const status = accept((q.headers.authorization ?? "").replace(`Bearer ${TOKEN}`, "t"));
    json(r, status, status === 200 ? {} : { code: status, description: "No.", ticket: "abc123" });
  });

const search = (opened: Account, signal?: AbortSignal): Promise<unknown> =>
  opened.door.json({ url: opened.url, what: "the search", ...(signal ? { signal } : {}) }, { budget: 2000 });

describe("tokens", () => {
  cleanUp();

  it("are asked for with the form of the Data Lake and nothing else", async () => {
    const [id, api] = [await identity(), await service(() => 200)];
    await search(dedlAccount(api.url, `${id.url}/token`));
    const [login] = id.seen;
    assert.equal(login?.method, "POST");
    assert.equal(login.headers["content-type"], "application/x-www-form-urlencoded");
    assert.equal(login.headers.authorization, undefined);
    assert.deepEqual(Object.fromEntries(new URLSearchParams(login.body)), {
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      grant_type: "client_credentials",
      scope: "openid",
    });
    assert.equal(api.seen[0]?.headers.authorization, `Bearer ${TOKEN}1`);
  });

  it("are asked for once by 50 callers at once", async () => {
    const [id, api] = [await identity({}, 100), await service(() => 200)];
    const opened = dedlAccount(api.url, id.url);
    await Promise.all(Array.from({ length: 50 }, () => search(opened)));
    await search(opened);
    assert.equal(id.seen.length, 1);
    assert.equal(api.seen.length, 51);
  });

  it("are used for their life less a minute, or half of a short one", () => {
    assert.equal(usableMs(3600), 3_540_000);
    assert.equal(usableMs(60), 30_000);
    assert.equal(usableMs(1), 500);
  });

  it("are renewed before they die", async () => {
    const [id, api] = [await identity({ expires_in: 1 }), await service(() => 200)];
    const opened = dedlAccount(api.url, id.url);
    await search(opened);
    await search(opened);
    assert.equal(id.seen.length, 1);
    await sleep(600);
    await search(opened);
    assert.equal(id.seen.length, 2);
    assert.equal(api.seen[2]?.headers.authorization, `Bearer ${TOKEN}2`);
  });

  for (const status of [401, 403]) {
    it(`a ${status} costs one refresh, shared by all callers`, async () => {
      const id = await identity({}, 50);
      const api = await service((token) => (token === "t1" ? status : 200));
      const opened = dedlAccount(api.url, id.url);
      await Promise.all(Array.from({ length: 20 }, () => search(opened)));
      assert.equal(id.seen.length, 2);
      assert.equal(api.seen.length, 40);
    });

    it(`a ${status} that stays costs one refresh, then fails with the service's words`, async () => {
      const [id, api] = [await identity(), await service(() => status)];
      const opened = dedlAccount(api.url, id.url);
      const error = await failure(search(opened), status === 401 ? "AUTH_FAILED" : "FORBIDDEN");
      assert.equal(id.seen.length, 2);
      assert.equal(api.seen.length, 2);
      assert.deepEqual(error.cause, {
        status,
        url: `${api.url}/`,
        ticket: "abc123",
        code: String(status),
        message: "No.",
      });
      assert.ok(error.message.startsWith(`The search failed: ${api.url}/ answered ${status}: No`), error.message);
      assert.ok(error.message.includes("abc123"));
    });
  }

  it("a late 401 with the old token takes the new one without another login", async () => {
    const id = await identity();
    const held: ServerResponse[] = [];
    const api = await serve((q, r, _s, n) => {
      if (n === 1) return void held.push(r);
      json(r, q.headers.authorization === `Bearer ${TOKEN}1` ? 401 : 200, {});
    });
    const opened = dedlAccount(api.url, id.url);
    const late = search(opened);
    await until(() => held.length === 1);
    await search(opened);
    const [response] = held;
    assert.ok(response);
    json(response, 401, {});
    await late;
    assert.equal(id.seen.length, 2);
  });

  it("a refusal behind a redirect is renewed there, with the body sent again", async () => {
    const id = await identity();
    const api = await serve((q, r) => {
      if (q.url === "/") return void r.writeHead(307, { location: "/real" }).end();
      json(r, q.headers.authorization === `Bearer ${TOKEN}1` ? 401 : 200, {});
    });
    const opened = dedlAccount(api.url, id.url);
    await opened.door.json({ method: "POST", url: api.url, body: '{"a":1}', what: "the search" });
    assert.deepEqual(
      api.seen.map((seen) => [seen.url, seen.body]),
      [
        ["/", '{"a":1}'],
        ["/real", '{"a":1}'],
        ["/real", '{"a":1}'],
      ],
    );
  });

  it("a fixed key that is refused is asked once only", async () => {
    const api = await service(() => 401);
    const opened = account({ provider: "stac", auth: "bearer", url: api.url }, { apiKey: "a-fixed-key" });
    await failure(search(opened), "AUTH_FAILED");
    assert.equal(api.seen.length, 1);
  });

  it("stay for the others when one caller leaves", async () => {
    const [id, api] = [await identity({}, 200), await service(() => 200)];
    const opened = dedlAccount(api.url, id.url);
    const leaving = new AbortController();
    const first = failure(search(opened, leaving.signal), "CANCELLED");
    const second = search(opened);
    await until(() => id.seen.length === 1);
    leaving.abort();
    await first;
    assert.equal(api.seen.length, 0);
    await second;
    assert.equal(id.seen.length, 1);
  });

  it("a caller that is cancelled already starts no login", async () => {
    const [id, api] = [await identity(), await service(() => 200)];
    await failure(search(dedlAccount(api.url, id.url), AbortSignal.abort()), "CANCELLED");
    assert.equal(id.seen.length + api.seen.length, 0);
  });

  it("a slow login does not use up the time of the search", async () => {
    const [id, api] = [await identity({}, 700), await service(() => 200)];
    const opened = dedlAccount(api.url, id.url);
    await opened.door.json({ url: api.url, what: "the search" }, { budget: 300 });
  });

  it("closing the account ends a login under way", async () => {
    const id = await serve(() => undefined);
    const api = await service(() => 200);
    const opened = dedlAccount(api.url, id.url);
    const work = failure(search(opened), "CANCELLED");
    await until(() => id.seen.length === 1);
    await opened.close();
    await work;
    await until(() => id.sockets.size === 0);
    await failure(search(opened), "CANCELLED");
    assert.equal(id.seen.length, 1);
  });

  it("are asked for with a password grant when the account has a user", async () => {
    const [id, api] = [await identity(), await service(() => 200)];
    const opened = account(
      { provider: "stac", auth: "oauth2", url: api.url, tokenUrl: id.url, scope: "a b" },
      { clientId: "public", username: "ann", password: " p&w " },
    );
    await search(opened);
    assert.deepEqual(Object.fromEntries(new URLSearchParams(id.seen[0]?.body ?? "")), {
      client_id: "public",
      grant_type: "password",
      username: "ann",
      password: " p&w ",
      scope: "a b",
    });
  });

  describe("odd token answers that are good", () => {
    const cases: [what: string, body: string][] = [
      ["no token type", JSON.stringify({ access_token: TOKEN, expires_in: 60 })],
      ["null token type", JSON.stringify({ access_token: TOKEN, token_type: null })],
      ["token type in lower case", JSON.stringify({ access_token: TOKEN, token_type: "bearer" })],
      ["lifetime as text", JSON.stringify(tokenAnswer(TOKEN, { expires_in: "3600" }))],
      ["no lifetime", JSON.stringify(tokenAnswer(TOKEN, { expires_in: null }))],
      ["lifetime that is no number", JSON.stringify(tokenAnswer(TOKEN, { expires_in: "soon" }))],
      ["lifetime zero", JSON.stringify(tokenAnswer(TOKEN, { expires_in: 0 }))],
      ["lifetime below zero", JSON.stringify(tokenAnswer(TOKEN, { expires_in: -5 }))],
      ["lifetime without end", JSON.stringify(tokenAnswer(TOKEN)).replace("3600", "1e999")],
      ["garbage as id_token", JSON.stringify(tokenAnswer(TOKEN, { id_token: "not.a.jwt" }))],
      ["id_token that is a number", JSON.stringify(tokenAnswer(TOKEN, { id_token: 5 }))],
      ["scope that is a list", JSON.stringify(tokenAnswer(TOKEN, { scope: ["a"] }))],
      ["refresh_token that is null", JSON.stringify(tokenAnswer(TOKEN, { refresh_token: null }))],
      ["byte order mark", `\ufeff${JSON.stringify(tokenAnswer(TOKEN))}`],
    ];
    for (const [what, body] of cases) {
      it(what, async () => {
        const id = await serve((_q, r) => r.writeHead(200, { "content-type": "text/plain" }).end(body));
        const api = await service((token) => (token === "t" ? 200 : 400));
        const opened = dedlAccount(api.url, id.url);
        await search(opened);
        await search(opened);
        assert.equal(id.seen.length, 1);
      });
    }
  });

  describe("token answers that are none", () => {
    const html = { "content-type": "text/html" };
    const cases: [what: string, answer: (r: ServerResponse) => void, said: RegExp][] = [
      ["HTML", (r) => r.writeHead(200, html).end("<html>Log in</html>"), /not JSON/],
      ["nothing", (r) => r.writeHead(200).end(), /not JSON/],
      ["204", (r) => r.writeHead(204).end(), /204/],
      ["null", (r) => json(r, 200, "null"), /without a token/],
      ["a list", (r) => json(r, 200, [1]), /without a token/],
      ["no access_token", (r) => json(r, 200, { token_type: "Bearer" }), /without a token/],
      ["an access_token that is a number", (r) => json(r, 200, tokenAnswer(5 as never)), /without a token/],
      ["an empty access_token", (r) => json(r, 200, tokenAnswer("")), /without a token/],
      ["a token with a line break", (r) => json(r, 200, tokenAnswer("a\r\nx-evil: 1")), /cannot be sent/],
      ["another token type", (r) => json(r, 200, tokenAnswer(TOKEN, { token_type: "mac" })), /not a token answer/],
      ["a redirect", (r) => r.writeHead(302, { location: "https://login.example.org/" }).end(), /redirect/],
      ["more than 1 MiB", (r) => json(r, 200, tokenAnswer("a".repeat(1_100_000))), /more than 1048576 bytes/],
      ["1 MiB of blanks", (r) => json(r, 200, JSON.stringify(tokenAnswer(TOKEN)) + " ".repeat(1_100_000)), /more than/],
    ];
    for (const [what, answer, said] of cases) {
      it(what, async () => {
        const id = await serve((_q, r) => answer(r));
        const api = await service(() => 200);
        const error = await failure(search(dedlAccount(api.url, `${id.url}/t?x=1`)), "BAD_RESPONSE");
        assert.match(error.message, /token endpoint/);
        assert.match(error.message, said);
        assert.equal(error.cause.url, `${id.url}/t`);
        assert.ok(!allOf(error).includes(TOKEN));
        assert.equal(id.seen.length, 1);
        assert.equal(api.seen.length, 0);
      });
    }
  });

  describe("a login that is refused names the step and the service's words", () => {
    const cases: [status: number, body: unknown, code: ErrorCode, said: RegExp][] = [
      [
        401,
        { error: "unauthorized_client", error_description: "Invalid client or Invalid client credentials" },
        "AUTH_FAILED",
        /secret is wrong/,
      ],
      [
        401,
        { error: "invalid_client", error_description: "Invalid client or Invalid client credentials" },
        "AUTH_FAILED",
        /client id/,
      ],
      [
        401,
        { error: "unauthorized_client", error_description: "Client not enabled to retrieve service account" },
        "AUTH_FAILED",
        /not enabled/,
      ],
      [
        400,
        { error: "unsupported_grant_type", error_description: "Unsupported grant_type" },
        "AUTH_FAILED",
        /Unsupported grant_type/,
      ],
      [
        400,
        { error: "invalid_request", error_description: "Missing form parameter: grant_type" },
        "AUTH_FAILED",
        /Missing form parameter/,
      ],
      [
        400,
        { error: "invalid_scope", error_description: "Invalid scopes: nonsense" },
        "AUTH_FAILED",
        /nonsense.*scope/,
      ],
      [400, { error: "invalid_grant", error_description: "Invalid user credentials" }, "AUTH_FAILED", /password/],
      [400, { error: "invalid_grant", error_description: "Account disabled" }, "AUTH_FAILED", /Account disabled/],
      [
        401,
        { error: "invalid_request", error_description: "Missing parameter: username" },
        "AUTH_FAILED",
        /Missing parameter/,
      ],
      [403, { error: "access_denied", error_description: "Realm not enabled" }, "FORBIDDEN", /Realm not enabled/],
      [404, { error: "Realm does not exist" }, "NOT_FOUND", /Realm does not exist/],
      [
        404,
        "<html><head><style>p{}</style></head><body><h1>Resource not found</h1></body></html>",
        "NOT_FOUND",
        /Resource not found/,
      ],
      [405, { error: "HTTP 405 Method Not Allowed" }, "BAD_RESPONSE", /405 Method/],
    ];
    for (const [status, body, code, said] of cases) {
      it(`${status} ${JSON.stringify(body).slice(0, 80)}`, async () => {
        const id = await serve((_q, r) => json(r, status, body));
        const api = await service(() => 200);
        const error = await failure(search(dedlAccount(api.url, id.url)), code);
        assert.match(error.message, /^The login (failed: the token endpoint|at the token endpoint failed)/);
        assert.match(error.message, said);
        assert.equal(error.cause.status, status);
        assert.equal(error.cause.url, `${id.url}/`);
        assert.equal(id.seen.length, 1);
        assert.equal(api.seen.length, 0);
      });
    }

    it("when a refresh is refused, after the service said 401", async () => {
      const id = await serve((_q, r, _s, n) =>
        n === 1 ? json(r, 200, tokenAnswer(TOKEN)) : json(r, 401, { error: "invalid_client" }),
      );
      const api = await service(() => 401);
      const error = await failure(search(dedlAccount(api.url, id.url)), "AUTH_FAILED");
      assert.match(error.message, /token endpoint/);
      assert.equal(error.cause.code, "invalid_client");
      assert.equal(api.seen.length, 1);
    });

    it("with a hint when the key looks like another kind", async () => {
      const id = await serve((_q, r) => json(r, 401, { error: "unauthorized_client" }));
      const jwt = account(
        { provider: "dedl", url: id.url, tokenUrl: id.url },
        { clientId: CLIENT_ID, clientSecret: "eyJhbGciOi.eyJpc3MiOi.c2ln" },
      );
      const first = await failure(search(jwt), "AUTH_FAILED");
      assert.match(first.message, /looks like a token.*Polytope/);
      assert.ok(!allOf(first).includes("eyJhbGciOi"));
      const noUuid = account(
        { provider: "dedl", url: id.url, tokenUrl: id.url },
        { clientId: "ann@example.org", clientSecret: CLIENT_SECRET },
      );
      assert.match((await failure(search(noUuid), "AUTH_FAILED")).message, /UUID/);
    });

    it("without the secret, in whatever spelling the server sends it back", async () => {
      const secret = 'p%4&"</ü+ s';
      const spelled = [
        secret,
        encodeURIComponent(secret),
        encodeURIComponent(secret).toLowerCase(),
        new URLSearchParams({ s: secret }).toString().slice(2),
        JSON.stringify(secret).slice(1, -1),
        secret.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;"),
      ];
      for (const echo of spelled) {
        for (const body of [
          { error: "invalid_client", error_description: `no such ${echo}`, ticket: echo },
          { error: echo },
          `${"x".repeat(490)}${echo}`,
          `<html>${echo}</html>`,
        ]) {
          const id = await serve((_q, r) => json(r, 401, body));
          const opened = account(
            { provider: "dedl", url: id.url, tokenUrl: id.url },
            { clientId: CLIENT_ID, clientSecret: secret },
          );
          const error = await failure(search(opened), "AUTH_FAILED");
          assert.ok(!allOf(error).includes(echo), allOf(error));
          assert.ok(!allOf(error).includes("p%4"), allOf(error));
        }
      }
    });
  });

  it("wait for a server that is booting, as it asks", async () => {
    const id = await serve((_q, r, _s, n) => {
      if (n > 1) return void json(r, 200, tokenAnswer(TOKEN));
      r.writeHead(503, { "content-type": "text/plain", "retry-after": "1" });
      r.end("Bootstrap in progress. Retry in 1 seconds.");
    });
    const api = await service(() => 200);
    const opened = dedlAccount(api.url, id.url);
    // The wait at the token endpoint is not taken from the time of the search.
    await opened.door.json({ url: api.url, what: "the search" }, { budget: 500 });
    const [first, second] = id.seen;
    assert.ok(first && second && second.at - first.at >= 990);
  });

  it("are asked for four times at most, also by a search that may repeat, and by several at once", async () => {
    const id = await serve((_q, r) => json(r, 503, "busy"));
    const down = await serve((q) => q.socket.destroy());
    const api = await service(() => 200);
    const [one, two] = [dedlAccount(api.url, id.url), dedlAccount(api.url, down.url)];
    const [first, second] = await Promise.all([
      failure(search(one), "SERVER_ERROR"),
      failure(search(two), "NETWORK"),
      failure(search(one), "SERVER_ERROR"),
    ]);
    assert.match(first.message, /token endpoint.*503: busy/);
    assert.match(second.message, /token endpoint/);
    assert.equal(id.seen.length, 4);
    assert.equal(down.seen.length, 4);
    assert.equal(api.seen.length, 0);
  });

  it("a token endpoint over plain http elsewhere is refused before anything is sent", async () => {
    const api = await service(() => 200);
    const error = await failure(search(dedlAccount(api.url, "http://identity.example.org/token")), "BAD_INPUT");
    assert.match(error.message, /plain http/);
    assert.equal(api.seen.length, 0);
  });
});
