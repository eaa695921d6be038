/** What the dialogs work out without a page: which fields an account needs, and which ids were meant. */
import assert from "node:assert/strict";
import { completions, nearest } from "../../nodes/common/editor/near.js";
import { loginOf, missing, PROVIDERS, type Field } from "../../nodes/common/editor/providers.js";
import { providerIds, providerOf } from "../../src/accounts/provider.js";
import type { AccountSecrets, AccountSettings } from "../../src/accounts/settings.js";

describe("tables of the dialogs", () => {
  it("the account dialog offers the services that the engine knows, with their own addresses", () => {
    assert.deepEqual(PROVIDERS.map(({ id }) => id).sort(), providerIds().sort());
    for (const { id, own } of PROVIDERS) {
      const provider = providerOf(id);
      assert.equal(own.url, provider?.url);
      assert.equal(own.tokenUrl, provider?.tokenUrl);
      assert.equal(own.scope, provider?.scope);
      assert.equal(own.rate ?? "0", String(provider?.rate));
    }
  });

  it("the dialog asks for what the engine needs, for every way of logging in and every set of filled fields", () => {
    for (const { id, logins } of PROVIDERS) {
      for (const [auth, login] of Object.entries(logins)) {
        const fields = login.main;
        for (let set = 0; set < 2 ** fields.length; set++) {
          const isFilled = (field: Field): boolean =>
            (set & (1 << fields.indexOf(field))) !== 0 && fields.includes(field);
          const values = Object.fromEntries(fields.filter(isFilled).map((field) => [field, "x"]));
          const settings = { provider: id, auth, ...values } as AccountSettings;
          const engine = providerOf(id)?.problem(settings, values as AccountSecrets);
          const dialog = fields.filter((field) => missing(login, field, isFilled) !== undefined);
          const what = `${id} ${auth} with ${Object.keys(values).join(", ")}: ${engine ?? "fine"}, dialog ${dialog.join(", ")}`;
          assert.equal(dialog.length > 0, engine !== undefined, what);
        }
      }
    }
  });

  it("half a pair names the other half", () => {
    const login = loginOf("dedl", "none");
    assert.ok(login);
    assert.deepEqual(
      missing(login, "clientSecret", (field) => field === "clientId"),
      { key: "half", other: "clientId" },
    );
    assert.deepEqual(
      missing(login, "clientSecret", () => false),
      { key: "needed" },
    );
    assert.equal(loginOf("dedl", "whatever"), login);
    assert.equal(loginOf("stac", "constructor"), undefined);
    assert.equal(loginOf("unknown", ""), undefined);
  });

  it("near ids: typing errors, forgotten dashes, parts", () => {
    const known = [
      "sentinel-2-l2a",
      "sentinel-2-l1c",
      "sentinel-1-grd",
      "landsat-c2-l2",
      "EO.ESA.DAT.SENTINEL-2.MSI.L2A",
    ];
    assert.equal(nearest("sentinel2l2a", known)[0], "sentinel-2-l2a");
    assert.equal(nearest("sentinle-2-l2a", known)[0], "sentinel-2-l2a");
    assert.equal(nearest("eo.esa.dat.sentinel-2", known)[0], "EO.ESA.DAT.SENTINEL-2.MSI.L2A");
    assert.deepEqual(nearest("modis", known), []);
    assert.ok(nearest("sentinel", known).length <= 3);
  });

  it("completions: the exact id first, then beginnings, then parts and titles", () => {
    const known = [
      { id: "xab", title: "t" },
      { id: "abc" },
      { id: "ab" },
      { id: "z", title: "About ABLE" },
      { id: "q" },
    ];
    assert.deepEqual(
      completions("ab", known).map(({ id }) => id),
      ["ab", "abc", "xab", "z"],
    );
    assert.equal(completions("", known).length, 5);
    assert.equal(completions("", known, 2).length, 2);
  });
});
