/** The sandbox's token endpoint answers as the identity server was measured to answer. */
import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { startSandbox, type Sandbox } from "../../sandbox/index.js";
import { ask, form, type Answer } from "./ask.js";

describe("sandbox: token endpoint", () => {
  let sandbox: Sandbox;
  let good: Record<string, string>;
  before(async () => {
    sandbox = await startSandbox();
    const { clientId, clientSecret } = sandbox.ready.hda;
    good = { client_id: clientId, client_secret: clientSecret, grant_type: "client_credentials" };
  });
  afterEach(() => sandbox.reset());
  after(() => sandbox.close());

  const token = (fields: Record<string, string>): Promise<Answer> => ask(sandbox.ready.hda.tokenUrl, form(fields));
  const fails = async (answer: Promise<Answer>, status: number, error: string, description?: string): Promise<void> => {
    const got = await answer;
    assert.equal(got.status, status);
    const wanted = description === undefined ? { error } : { error, error_description: description };
    assert.deepEqual(got.json(), wanted);
    assert.equal(got.headers["www-authenticate"], undefined);
  };
  const SAME = "Invalid client or Invalid client credentials";

  it("gives a signed token without a refresh token, and nothing may be stored", async () => {
    const answer = await token(good);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers["cache-control"], "no-store");
    assert.equal(answer.headers["content-type"], "application/json");
    const body = answer.json<Record<string, string>>();
    const { access_token: jwt = "", ...rest } = body;
    assert.deepEqual(rest, {
      expires_in: 3600,
      refresh_expires_in: 0,
      token_type: "Bearer",
      "not-before-policy": 0,
      scope: "email profile",
    });
    const [head = "", claims = "", signature = ""] = jwt.split(".");
    const certs = await ask(`${sandbox.url("identity")}/auth/realms/dedl/protocol/openid-connect/certs`);
    const key = createPublicKey({ key: certs.json<{ keys: [JsonWebKey] }>().keys[0] as never, format: "jwk" });
    const whole = verify("RSA-SHA256", Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, "base64url"));
    assert.ok(whole, "the signature fits the published key");
    const payload = JSON.parse(Buffer.from(claims, "base64url").toString()) as Record<string, unknown>;
    assert.equal(payload["azp"], good["client_id"]);
    assert.equal(payload["aud"], "account");
    assert.equal(payload["preferred_username"], `service-account-${good["client_id"]}`);
    assert.equal(Number(payload["exp"]) - Number(payload["iat"]), 3600);
  });

  it("adds an id token for the scope openid, and knows its scopes", async () => {
    const body = (await token({ ...good, scope: "openid" })).json();
    assert.equal(body["scope"], "openid email profile");
    assert.ok(body["id_token"]);
    const offline = (await token({ ...good, scope: "openid offline_access" })).json();
    assert.equal(offline["refresh_token"], undefined);
    await fails(token({ ...good, scope: "nonsense" }), 400, "invalid_scope", "Invalid scopes: nonsense");
  });

  it("takes the secret by Basic, in the form, or both", async () => {
    const { clientId, clientSecret } = sandbox.ready.hda;
    const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`;
    for (const fields of [{ grant_type: "client_credentials" }, good]) {
      const asked = form(fields);
      const answer = await ask(sandbox.ready.hda.tokenUrl, { ...asked, headers: { ...asked.headers, authorization } });
      assert.equal(answer.status, 200);
    }
  });

  it("tells a wrong secret from a wrong client by the error only", async () => {
    for (const secret of ["wrong", "", `${good["client_secret"]}\n`]) {
      await fails(token({ ...good, client_secret: secret }), 401, "unauthorized_client", SAME);
    }
    const { client_secret: _secret, ...without } = good;
    await fails(token(without), 401, "unauthorized_client", SAME);
    await fails(token({ ...good, client_id: "nobody" }), 401, "invalid_client", SAME);
    await fails(token({ grant_type: "client_credentials" }), 401, "invalid_client", SAME);
    sandbox.setClient(sandbox.ready.hda.clientId, { enabled: false });
    await fails(token(good), 401, "invalid_client", SAME);
  });

  it("refuses a client without service account", async () => {
    sandbox.setClient(sandbox.ready.hda.clientId, { serviceAccounts: false });
    const words = "Client not enabled to retrieve service account";
    await fails(token(good), 401, "unauthorized_client", words);
  });

  it("refuses bad grants, bodies that are no form, and doubled parameters", async () => {
    const missing = "Missing form parameter: grant_type";
    await fails(token({ ...good, grant_type: "magic" }), 400, "unsupported_grant_type", "Unsupported grant_type");
    await fails(token({ client_id: "x" }), 400, "invalid_request", missing);
    await fails(ask(sandbox.ready.hda.tokenUrl, { method: "POST" }), 400, "invalid_request", missing);
    await fails(ask(sandbox.ready.hda.tokenUrl, { body: good }), 400, "invalid_request", missing);
    const doubled = form(good);
    const twice = { ...doubled, body: `${doubled.body as string}&client_id=x` };
    await fails(ask(sandbox.ready.hda.tokenUrl, twice), 400, "invalid_request", "duplicated parameter");
  });

  it("knows its realms, their case and their state", async () => {
    const elsewhere = (from: string, to: string): string => sandbox.ready.hda.tokenUrl.replace(from, to);
    await fails(ask(elsewhere("/dedl/", "/DEDL/"), form(good)), 404, "Realm does not exist");
    const lost = await ask(elsewhere("/auth/", "/"), form(good));
    assert.equal(lost.status, 404);
    assert.match(lost.headers["content-type"] ?? "", /^text\/html/);
    const got = await ask(sandbox.ready.hda.tokenUrl);
    assert.equal(got.status, 405);
    assert.deepEqual(got.json(), { error: "HTTP 405 Method Not Allowed" });
    sandbox.setRealm("dedl", { enabled: false });
    await fails(token(good), 403, "access_denied", "Realm not enabled");
  });

  it("serves discovery, introspection and user info", async () => {
    const realm = `${sandbox.url("identity")}/auth/realms/dedl`;
    const discovery = (await ask(`${realm}/.well-known/openid-configuration`)).json();
    assert.equal(discovery["issuer"], realm);
    assert.equal(discovery["token_endpoint"], sandbox.ready.hda.tokenUrl);
    const { access_token: bearer } = (await token({ ...good, scope: "openid" })).json<{ access_token: string }>();
    const introspect = (value: string): Promise<Answer> =>
      ask(`${realm}/protocol/openid-connect/token/introspect`, form({ ...good, token: value }));
    // Good, but meant for the account service and not for the asker: a real Keycloak says so, too.
    assert.deepEqual((await introspect(bearer)).json(), { active: false });
    assert.deepEqual((await introspect("garbage")).json(), { active: false });
    const userinfo = (value: string): Promise<Answer> =>
      ask(`${realm}/protocol/openid-connect/userinfo`, { headers: { authorization: `Bearer ${value}` } });
    assert.equal((await userinfo(bearer)).status, 200);
    const { access_token: plain } = (await token(good)).json<{ access_token: string }>();
    assert.match((await userinfo(plain)).headers["www-authenticate"] ?? "", /error="insufficient_scope"/);
    const garbage = await userinfo("garbage");
    assert.equal(garbage.status, 401);
    assert.match(garbage.headers["www-authenticate"] ?? "", /error="invalid_token"/);
  });

  it("gives tokens that live as long as asked and can be taken back", async () => {
    const search = (bearer: string): Promise<Answer> =>
      ask(`${sandbox.ready.hda.stac}/search`, {
        headers: { authorization: `Bearer ${bearer}` },
        body: { collections: [sandbox.ready.hda.collection], limit: 1 },
      });
    sandbox.setTokenTtl(0.05);
    const { access_token: brief } = (await token(good)).json<{ access_token: string }>();
    await new Promise((resolve) => setTimeout(resolve, 80));
    assert.equal((await search(brief)).status, 401);
    const held = sandbox.tokens.issue();
    assert.equal((await search(held)).status, 200);
    sandbox.tokens.revokeAll();
    assert.equal((await search(held)).status, 401);
    assert.equal((await search("never-issued")).status, 401);
  });
});
