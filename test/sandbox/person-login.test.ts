/** A person's login: platform page, code, token, and the exchange for a token of the Data Lake. */
import assert from "node:assert/strict";
import { startSandbox, type Sandbox } from "../../sandbox/index.js";
import { ask, form, type Answer } from "./ask.js";

const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS = "urn:ietf:params:oauth:token-type:access_token";

describe("sandbox: login of a person", () => {
  let sandbox: Sandbox;
  let realm: string;
  let redirectUri: string;
  let person: { username: string; password: string };
  before(async () => {
    sandbox = await startSandbox({ bytes: 1000 });
    realm = `${sandbox.url("desp")}/realms/desp`;
    redirectUri = `${sandbox.url("hda")}/stac`;
    person = sandbox.identity.realms.person;
  });
  afterEach(() => sandbox.reset());
  after(() => sandbox.close());

  const page = (more: Record<string, string> = {}): Promise<Answer> => {
    const query = { client_id: "dedl-hda", redirect_uri: redirectUri, scope: "openid", response_type: "code", ...more };
    return ask(`${realm}/protocol/openid-connect/auth?${new URLSearchParams(query)}`);
  };
  const actionOf = (answer: Answer): string =>
    (/<form[^>]* action="([^"]+)"/.exec(answer.text())?.[1] ?? "").replaceAll("&amp;", "&");
  const login = async (fields: Record<string, string>): Promise<Answer> => ask(actionOf(await page()), form(fields));
  const codeOf = (answer: Answer): string => new URL(answer.headers.location ?? "").searchParams.get("code") ?? "";
  const platformToken = (code: string): Promise<Answer> => {
    const grant = { client_id: "dedl-hda", grant_type: "authorization_code", scope: "" };
    return ask(`${realm}/protocol/openid-connect/token`, form({ ...grant, redirect_uri: redirectUri, code }));
  };
  const exchange = (token: string): Promise<Answer> =>
    ask(
      sandbox.ready.hda.tokenUrl,
      form({
        grant_type: EXCHANGE,
        subject_token: token,
        subject_issuer: "desp-oidc",
        subject_token_type: ACCESS,
        client_id: "hda-public",
        audience: "hda-public",
      }),
    );

  it("leads from the page to a token that the Data Lake takes", async () => {
    const shown = await page({ state: "s t" });
    assert.match(shown.text(), /<form id="kc-form-login"/);
    const back = await ask(actionOf(shown), form(person));
    assert.equal(back.status, 302);
    assert.ok(back.headers.location?.startsWith(`${redirectUri}?`));
    assert.equal(new URL(back.headers.location ?? "").searchParams.get("state"), "s t");
    assert.equal((await ask(back.headers.location ?? "")).status, 200, "the redirect address answers");
    const platform = (await platformToken(codeOf(back))).json<{ access_token: string; refresh_token: string }>();
    assert.ok(platform.refresh_token);
    const { access_token: bearer } = (await exchange(platform.access_token)).json<{ access_token: string }>();
    const search = (token: string): Promise<Answer> =>
      ask(`${sandbox.ready.hda.stac}/search`, {
        headers: { authorization: `Bearer ${token}` },
        body: { collections: [sandbox.ready.hda.collection] },
      });
    assert.equal((await search(bearer)).status, 200);
    assert.equal((await search(platform.access_token)).status, 401, "the platform's own token is not enough");
    const claims = JSON.parse(Buffer.from(bearer.split(".")[1] ?? "", "base64url").toString()) as {
      realm_access: { roles: string[] };
    };
    assert.ok(claims.realm_access.roles.includes("DPAD_Direct_Access"));
  });

  it("shows the page again for a wrong password, and asks for a second factor", async () => {
    const wrong = await login({ ...person, password: "x" });
    assert.equal(wrong.status, 200);
    assert.match(wrong.text(), /<span id="input-error"[^>]*>Invalid username or password\.<\/span>/);
    sandbox.identity.setUser(person.username, { otp: "123456" });
    const second = await login(person);
    assert.match(second.text(), /name="otp"/);
    const refused = await ask(actionOf(second), form({ otp: "1" }));
    assert.match(refused.text(), /Invalid authenticator code\./);
    const back = await ask(actionOf(refused), form({ otp: "123456", login: "Sign In" }));
    assert.equal(back.status, 302);
    assert.equal((await platformToken(codeOf(back))).status, 200);
  });

  it("stops at the terms, at unknown clients, and at used codes", async () => {
    assert.equal((await page({ client_id: "nobody" })).status, 400);
    const code = codeOf(await login(person));
    assert.equal((await platformToken(code)).status, 200);
    assert.equal((await platformToken(code)).json()["error"], "invalid_grant");
    sandbox.identity.setUser(person.username, { terms: false });
    assert.match((await login(person)).headers.location ?? "", /TERMS_AND_CONDITIONS/);
    assert.equal((await exchange("garbage")).json()["error"], "invalid_token");
  });

  it("has the password grant with refresh and logout", async () => {
    const token = (fields: Record<string, string>): Promise<Answer> =>
      ask(`${realm}/protocol/openid-connect/token`, form({ client_id: "dedl-hda", ...fields }));
    const grant = { grant_type: "password", ...person };
    const first = (await token(grant)).json<Record<string, string | number>>();
    assert.equal(first["refresh_expires_in"], 1800);
    assert.ok(first["session_state"]);
    const again = { grant_type: "refresh_token", refresh_token: String(first["refresh_token"]) };
    assert.equal((await token(again)).status, 200);
    assert.equal((await token(again)).status, 200, "the old refresh token stays good");
    const bad = await token({ grant_type: "refresh_token", refresh_token: "x" });
    assert.deepEqual(bad.json(), { error: "invalid_grant", error_description: "Invalid refresh token" });
    const wrong = await token({ ...grant, password: "x" });
    assert.equal(wrong.status, 400);
    assert.deepEqual(wrong.json(), { error: "invalid_grant", error_description: "Invalid user credentials" });
    sandbox.identity.setUser(person.username, { locked: true });
    assert.equal((await token(grant)).json()["error_description"], "Invalid user credentials");
    sandbox.identity.setUser(person.username, { locked: false, enabled: false });
    assert.equal((await token(grant)).json()["error_description"], "Account disabled");
    const nobody = await token({ grant_type: "password" });
    assert.equal(nobody.status, 401);
    assert.equal(nobody.json()["error_description"], "Missing parameter: username");
    sandbox.identity.setUser(person.username, { enabled: true });
    const logout = { client_id: "dedl-hda", refresh_token: again.refresh_token };
    assert.equal((await ask(`${realm}/protocol/openid-connect/logout`, form(logout))).status, 204);
    assert.equal((await token(again)).json()["error"], "invalid_grant");
  });
});
