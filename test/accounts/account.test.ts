/** What makes an account: its settings, what is missing, and which hosts get its credentials. */
import assert from "node:assert/strict";
import { keyExpiry } from "../../src/accounts/key-expiry.js";
import type { AccountSecrets, AccountSettings } from "../../src/accounts/settings.js";
import { badInputOf } from "../http/bad-input.js";
import { CLIENT_ID, CLIENT_SECRET, KEY, account, cleanUp, failure, json, serve } from "../http/servers.js";

const BOTH = { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET };

/** Why the account cannot be used; nothing may be sent. */
async function problemOf(settings: AccountSettings, secrets: AccountSecrets): Promise<string> {
  const opened = account(settings, secrets);
  const message = badInputOf(() => opened.check());
  const error = await failure(opened.door.json({ url: "http://127.0.0.1:9/", what: "search" }), "BAD_INPUT");
  assert.equal(error.message, message);
  return message;
}

describe("accounts", () => {
  cleanUp();

  describe("of the Data Lake", () => {
    it("own its hosts, while their address is its own", () => {
      for (const url of [
        undefined,
        "",
        "https://hda.data.destination-earth.eu/stac/v2/",
        "HTTPS://HDA.data.destination-earth.eu/stac/v2",
      ]) {
        const { door, hasKey } = account({ provider: "dedl", ...(url === undefined ? {} : { url }) }, BOTH);
        assert.equal(hasKey, true);
        for (const owned of [
          "https://hda.data.destination-earth.eu/stac/v2/search",
          "https://hda-download.central.data.destination-earth.eu/x",
          "https://identity.data.destination-earth.eu/auth",
        ]) {
          assert.ok(door.owns(owned), owned);
        }
        for (const foreign of [
          "https://evil-data.destination-earth.eu/",
          "https://data.destination-earth.eu.evil.org/",
          "https://data.destination-earth.eu/",
          "http://hda.data.destination-earth.eu/",
          "https://hda.data.destination-earth.eu:8443/",
          "https://s3.waw3-1.cloudferro.com/",
          "not a url",
        ]) {
          assert.ok(!door.owns(foreign), foreign);
        }
      }
    });

    it("own only their own address and token endpoint when it is another", () => {
      const settings = {
        provider: "dedl",
        url: "https://other.example.org/stac",
        tokenUrl: "https://id.example.org/t",
      };
      const { door } = account(settings, BOTH);
      assert.ok(door.owns("https://other.example.org/x"));
      assert.ok(door.owns("https://id.example.org/x"));
      assert.ok(!door.owns("https://hda.data.destination-earth.eu/"));
      assert.ok(!door.owns("https://hda-download.central.data.destination-earth.eu/"));
    });

    it("add the hosts of the account", () => {
      const { door } = account({ provider: "dedl", hosts: "127.0.0.1:*, *.example.org" }, BOTH);
      assert.ok(door.owns("http://127.0.0.1:1234/"));
      assert.ok(door.owns("https://a.example.org/"));
      assert.ok(door.owns("https://hda.data.destination-earth.eu/"));
    });

    it("need both halves of the key", async () => {
      assert.match(await problemOf({ provider: "dedl" }, {}), /no client id and no client secret/);
      assert.match(await problemOf({ provider: "dedl" }, { clientId: CLIENT_ID }), /no client secret/);
      assert.match(await problemOf({ provider: "dedl" }, { clientSecret: CLIENT_SECRET }), /no client id/);
      assert.match(
        await problemOf({ provider: "dedl" }, { clientId: CLIENT_ID, clientSecret: " \n" }),
        /no client secret/,
      );
    });

    it("take a key pasted with blanks and line breaks around", async () => {
      const server = await serve((_q, r) => json(r, 200, { access_token: "t" }));
      const settings = { provider: "dedl", url: server.url, tokenUrl: server.url };
      const opened = account(settings, { clientId: ` ${CLIENT_ID}\n`, clientSecret: `${CLIENT_SECRET}\r\n` });
      await opened.door.json({ url: server.url, what: "search" });
      const form = new URLSearchParams(server.seen[0]?.body);
      assert.deepEqual([form.get("client_id"), form.get("client_secret")], [CLIENT_ID, CLIENT_SECRET]);
    });
  });

  describe("of any STAC API", () => {
    const url = "https://stac.example.org/api";
    const missing: [Partial<AccountSettings>, AccountSecrets, RegExp][] = [
      [{ url: "" }, {}, /no address/],
      [{ auth: "magic" }, {}, /"magic" is not known/],
      [{ auth: "bearer" }, {}, /has none/],
      [{ auth: "bearer" }, { apiKey: "two\nlines" }, /line break/],
      [{ auth: "bearer" }, { apiKey: "k\u00e9y" }, /cannot be sent/],
      [{ auth: "header" }, { apiKey: KEY }, /no name/],
      [{ auth: "header", header: "x-key" }, {}, /has none/],
      [{ auth: "header", header: "x key" }, { apiKey: KEY }, /cannot be the header/],
      [{ auth: "header", header: "x:\r\ny" }, { apiKey: KEY }, /cannot be the header/],
      [{ auth: "header", header: "Host" }, { apiKey: KEY }, /cannot be the header/],
      [{ auth: "header", header: "Transfer-Encoding" }, { apiKey: KEY }, /cannot be the header/],
      [{ auth: "basic" }, { password: "p" }, /no user name/],
      [{ auth: "basic" }, { username: "u" }, /no password/],
      [{ auth: "basic" }, { username: "u:v", password: "p" }, /colon/],
      [{ auth: "oauth2" }, BOTH, /no token endpoint/],
      [{ auth: "oauth2", tokenUrl: url }, { clientSecret: CLIENT_SECRET }, /no client id/],
      [{ auth: "oauth2", tokenUrl: url }, { clientId: "a" }, /no client secret/],
      [{ auth: "oauth2", tokenUrl: url }, { clientId: "a", username: "u" }, /only one of/],
      [{ auth: "bearer", url: "http://stac.example.org" }, { apiKey: KEY }, /plain http/],
      [{ auth: "bearer", url: "https://u:pw@stac.example.org" }, { apiKey: KEY }, /holds a user name or password/],
    ];
    for (const [settings, secrets, said] of missing) {
      it(`${JSON.stringify(settings)} with ${Object.keys(secrets).join(", ") || "nothing"}: ${said.source}`, async () => {
        const message = await problemOf({ provider: "stac", url, ...settings }, secrets);
        assert.match(message, said);
        assert.ok(!message.includes("pw"));
      });
    }

    it("need no key, over plain http either", async () => {
      const server = await serve((_q, r) => json(r, 200, {}));
      const opened = account({ provider: "stac", url: `${server.url}//` });
      opened.check();
      assert.equal(opened.hasKey, false);
      assert.equal(opened.url, server.url);
      await opened.door.json({ url: server.url, what: "search" });
      assert.equal(server.seen[0]?.headers.authorization, undefined);
      account({ provider: "stac", url: "http://open.example.org" }).check();
    });

    it("send a user name and password as basic, in UTF-8, and star it", async () => {
      const server = await serve((_q, r) => json(r, 200, {}));
      const { door } = account(
        { provider: "stac", auth: "basic", url: server.url },
        { username: "änn", password: "p:ß w" },
      );
      await door.json({ url: server.url, what: "search" });
      const sent = String(server.seen[0]?.headers.authorization);
      assert.equal(Buffer.from(sent.replace("Basic ", ""), "base64").toString("utf8"), "änn:p:ß w");
      assert.equal(door.redact(`x ${sent} p:ß w`), "x Basic *** ***");
    });

    it("a key header cannot be overridden by what a caller sends", async () => {
      const server = await serve((_q, r) => json(r, 200, {}));
      const opened = account({ provider: "stac", auth: "header", header: "X-Key", url: server.url }, { apiKey: KEY });
      await opened.door.json({ url: server.url, what: "search", headers: { "x-key": "other" } });
      assert.equal(server.seen[0]?.headers["x-key"], KEY);
    });
  });

  it("of an unknown provider, with a bad address or bad hosts are refused", () => {
    assert.match(
      badInputOf(() => account({ provider: "nasa" })),
      /"nasa" is not known.*dedl/,
    );
    for (const url of ["stac.example.org", "ftp://a.org", "file:///etc"]) {
      assert.match(
        badInputOf(() => account({ provider: "stac", url })),
        /not an http/,
      );
    }
    assert.match(
      badInputOf(() => account({ provider: "stac", url: "https://a.org", hosts: "https://b.org" })),
      /hosts/,
    );
  });

  it("a request to no http address is refused before anything is sent", async () => {
    const { door } = account({ provider: "stac", url: "https://a.org" });
    for (const url of ["file:///etc/passwd", "s3://bucket/key", "", "a b"]) {
      await failure(door.open({ url, what: "download" }), "BAD_INPUT");
      await failure(door.json({ url, what: "search" }), "BAD_INPUT");
    }
  });

  it("say when a key dies, from seven days before", () => {
    const now = new Date("2026-04-20T12:00:00Z");
    assert.equal(keyExpiry("", now), undefined);
    assert.equal(keyExpiry(undefined, now), undefined);
    assert.equal(keyExpiry("next week", now), undefined);
    assert.equal(keyExpiry("2026-04-28", now), undefined);
    assert.deepEqual(keyExpiry("2026-04-27", now), { text: "expires on 2026-04-27, in 7 days" });
    assert.deepEqual(keyExpiry(" 2026-04-21 ", now), { text: "expires on 2026-04-21, in 1 day" });
    assert.deepEqual(keyExpiry("2026-04-20", now), { text: "expired on 2026-04-20" });
    assert.deepEqual(keyExpiry("2026-04-20T18:00:00+02:00", now), { text: "expires on 2026-04-20, in 1 day" });
  });
});
