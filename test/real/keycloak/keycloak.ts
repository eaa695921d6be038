/** Our nodes against a real Keycloak, and the sandbox's token answers beside its own. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Part } from "../parts.js";
import type { Sandbox } from "../../support/sandbox.js";
import { startGateway } from "../support/gateway.js";
import { runOurFlow, runOurFlowWell, type OurFlow, type OurResult } from "../support/our-flow.js";
import { sameLines } from "../support/same-lines.js";
import { ITEMS, lakeFlow } from "../support/world.js";
import { shapeOf } from "./answer-shape.js";
import { CLIENTS, SECRET, USER } from "./realms.js";
import { startKeycloak } from "./server.js";
import { tokenCheck } from "./token-check.js";
import { TOKEN_CASES, type Identity } from "./token-cases.js";

export const keycloak: Part = async (report, world) => {
  const { sandbox } = await world.lake("http");
  const nodeRed = await world.nodeRed();
  const ours = await world.ours("http");
  const server = await startKeycloak();
  const closers = [() => server.stop()];
  try {
    const realm = (name: string): string => `${server.origin}/auth/realms/${name}`;
    const tokenUrl = (name = "dedl"): string => `${realm(name)}/protocol/openid-connect/token`;
    const hda = sandbox.url("hda");
    const hosts = sandbox.ready.hda.hosts.split(/, */).map((host, index) => ({ prefix: `/host${index}`, host }));

    // While it boots its key set cannot be read yet: any token will do.
    let check: (token: string | undefined) => number | undefined = (token) => (token === undefined ? 403 : undefined);
    let delay = 0;
    const gateway = await startGateway({
      routes: [...hosts.map(({ prefix, host }) => ({ prefix, target: `http://${host}` })), { prefix: "", target: hda }],
      refuse: (token) => check(token),
      onward: () => ({ authorization: `Bearer ${sandbox.tokens.issue()}` }),
      rewrite: (own) => [
        [hda, own],
        ...hosts.map(({ prefix, host }): [string, string] => [`http://${host}`, own + prefix]),
      ],
      delay: (path) => (path.endsWith("/search") ? delay : 0),
    });
    closers.push(() => gateway.close());

    const flow = async (clientId: string, clientSecret = SECRET, realmName = "dedl"): Promise<OurFlow> => ({
      ...lakeFlow(sandbox, await world.folder()),
      account: { provider: "dedl", url: `${gateway.origin}/stac/v2`, tokenUrl: tokenUrl(realmName) },
      credentials: { clientId, clientSecret },
    });

    // In front of the token endpoint only to see what our node was answered.
    const seen = await startGateway({ routes: [{ prefix: "", target: server.origin }], refuse: () => undefined });
    closers.push(() => seen.close());
    await report.agree("a key while it boots: 503 with Retry-After is waited out", async () => {
      const early = await flow(CLIENTS.good);
      const url = tokenUrl().replace(server.origin, seen.origin);
      let words = "";
      const before = async (): Promise<void> => {
        words = await untilBooting(tokenUrl());
      };
      const result = await runOurFlowWell(nodeRed, { ...early, account: { ...early.account, tokenUrl: url }, before });
      const statuses = seen.passed.map(({ status }) => status);
      assert.equal(statuses[0], 503, "our node asked too late");
      assert.equal(statuses.at(-1), 200);
      assert.equal(result.items.length, ITEMS);
      return `${words}; our node was answered ${statuses.join(", ")} and found ${result.items.length} items`;
    });
    await server.ready();
    check = await tokenCheck(realm("dedl"));

    await report.agree("client credentials: search, newest, file", async () => {
      const result = await runOurFlowWell(nodeRed, await flow(CLIENTS.good));
      assert.deepEqual(
        result.items.map((item) => item.id),
        ours.items.map((item) => item.id),
      );
      assert.equal(result.file?.sha256, ours.file?.sha256);
      return `${result.items.length} items, ${result.file?.bytes ?? 0} equal bytes`;
    });

    await report.agree("tokens of five seconds through a long search", async () => {
      delay = 1000;
      const start = gateway.passed.length;
      const long = await flow(CLIENTS.short);
      const search = { ...long.search, limit: "5" };
      const result = await runOurFlowWell(nodeRed, { ...long, search, patience: 90 });
      delay = 0;
      const passed = gateway.passed.slice(start);
      const tokens = new Set(passed.map((one) => one.token));
      assert.equal(result.items.length, ITEMS);
      assert.ok(tokens.size >= 3, `only ${tokens.size} tokens were used`);
      assert.equal(result.file?.sha256, ours.file?.sha256);
      const refused = passed.filter((one) => one.status === 401).length;
      return `${result.items.length} items in ${result.search?.pages ?? 0} pages with ${tokens.size} tokens, ${refused} refused`;
    });

    // The same mistakes against both servers: the same error, with the same words.
    const mistakes: [name: string, at: Mistake, code: string, words: RegExp][] = [
      [
        "wrong secret",
        { real: () => flow(CLIENTS.good, "wrong"), secret: "wrong" },
        "AUTH_FAILED",
        /unauthorized_client/,
      ],
      [
        "unknown client",
        { real: () => flow(CLIENTS.unknown), clientId: CLIENTS.unknown },
        "AUTH_FAILED",
        /invalid_client/,
      ],
      ["disabled client", { real: () => flow(CLIENTS.disabled), disabled: true }, "AUTH_FAILED", /invalid_client/],
      [
        "disabled realm",
        { real: () => flow(CLIENTS.good, SECRET, "closed"), closed: true },
        "FORBIDDEN",
        /Realm not enabled/,
      ],
    ];
    for (const [name, mistake, code, words] of mistakes) {
      await report.agree(`${name}: ${code}, in the server's words; the sandbox draws the same`, async () => {
        const real = failureOf(await runOurFlow(nodeRed, await mistake.real()));
        assert.equal(real.code, code, real.message);
        assert.match(real.message, words);
        const { sandbox: fresh } = await world.lake("http");
        const { clientId, clientSecret } = fresh.ready.hda;
        if (mistake.disabled) fresh.setClient(clientId, { enabled: false });
        if (mistake.closed) fresh.setRealm("dedl", { enabled: false });
        const credentials = { clientId: mistake.clientId ?? clientId, clientSecret: mistake.secret ?? clientSecret };
        const drawn = failureOf(await runOurFlow(nodeRed, { ...lakeFlow(fresh, await world.folder()), credentials }));
        fresh.reset();
        assert.equal(drawn.code, real.code);
        assert.equal(withoutPlace(drawn.message), withoutPlace(real.message));
        return real.message;
      });
    }

    const both = identities(server.origin, sandbox);
    for (const one of TOKEN_CASES) {
      await report.agree(`the sandbox answers as Keycloak: ${one.name}`, async () => {
        const [real, drawn] = [await one.ask(both.real), await one.ask(both.sandbox)];
        sameLines(shapeOf(drawn), shapeOf(real));
        return `${real.status}${wordsOf(real.text)}`;
      });
    }
  } finally {
    for (const close of closers.reverse()) await close();
    sandbox.reset();
  }
};

interface Mistake {
  real(): Promise<OurFlow>;
  clientId?: string;
  secret?: string;
  disabled?: boolean;
  closed?: boolean;
}

function failureOf(result: OurResult): { code: string; message: string } {
  assert.ok(result.error, "our flow did not fail");
  return result.error;
}

/** Without addresses and names of realms, which differ. */
const withoutPlace = (message: string): string => message.replace(/https?:\/\/\S+/g, "<address>");

/** Asks until the server answers 503; tells its words. Rejects when it is up before that is seen, or after a minute. */
async function untilBooting(url: string): Promise<string> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(20)) {
    const answer = await fetch(url, { method: "POST" }).catch(() => undefined);
    if (answer === undefined) continue;
    const text = await answer.text();
    if (answer.status !== 503) throw new Error(`it was up before a 503 was seen: ${answer.status}`);
    const after = answer.headers.get("retry-after");
    assert.match(after ?? "", /^\d+$/);
    return `503, Retry-After ${after}, "${text.slice(0, 60)}"`;
  }
  throw new Error("no answer within a minute");
}

/** Both servers with the same clients. */
function identities(origin: string, sandbox: Sandbox): { real: Identity; sandbox: Identity } {
  const { clientId, clientSecret } = sandbox.ready.hda;
  const { clients } = sandbox.identity.realms.dedl;
  const account = clients.get(clientId);
  assert.ok(account);
  const { disabled, noServiceAccount, unknown } = CLIENTS;
  clients.set(disabled, { ...account, id: disabled, enabled: false });
  clients.set(noServiceAccount, { ...account, id: noServiceAccount, serviceAccounts: false });
  const common = { disabled, noServiceAccount, unknown };
  const { person } = sandbox.identity.realms;
  return {
    real: { ...common, base: `${origin}/auth`, good: CLIENTS.good, secret: SECRET, ...USER },
    sandbox: { ...common, base: `${sandbox.url("identity")}/auth`, good: clientId, secret: clientSecret, ...person },
  };
}

/** The error of an answer, when it is one. */
function wordsOf(text: string): string {
  const error = /"error"\s*:\s*"([^"]*)"/.exec(text)?.[1];
  return error === undefined ? "" : ` ${error}`;
}
