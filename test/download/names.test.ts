/** Names that are safe everywhere, and the templates that build them. */
import assert from "node:assert/strict";
import { checkTemplate, fill, numbered, safeName, split } from "../../src/download/names.js";
import { EoError } from "../../src/errors.js";

const values = {
  collection: "C",
  id: "a/b\\c",
  asset: "B02",
  name: "server",
  ext: "nc",
  YYYY: "2026",
  MM: "04",
  DD: "20",
};

describe("safe names", () => {
  const cases: [string, string | undefined][] = [
    ["plain.nc", "plain.nc"],
    ["a/b/c.nc", "c.nc"],
    ["..\\..\\evil.exe", "evil.exe"],
    ["C:\\evil.exe", "evil.exe"],
    ["..", undefined],
    [". .", undefined],
    ["a/", undefined],
    ["nul.nc", "_nul.nc"],
    ["COM1", "_COM1"],
    ["com¹.txt", "_com¹.txt"],
    ["LPT9.tar.gz", "_LPT9.tar.gz"],
    ["console.nc", "console.nc"],
    ["x. ", "x"],
    ["x...", "x"],
    ["  x.nc", "x.nc"],
    ["a:b.nc", "a_b.nc"],
    ['a<b>|?*".nc', "a_b_____.nc"],
    ["a\u0000b\u001f\u0085.nc", "ab.nc"],
    ["invoice\u202Ecn.exe", "invoicecn.exe"],
    ["zero\u200bwidth\ufeff.nc", "zerowidth.nc"],
    ["e\u0301.nc", "\u00e9.nc"],
    ["x.nc.part", "x.nc_part"],
    ["x.part.json", "x_part.json"],
    ["lone\ud800.nc", "lone\ufffd.nc"],
    [".hidden", ".hidden"],
  ];
  for (const [raw, wanted] of cases) it(JSON.stringify(raw), () => assert.equal(safeName(raw), wanted));

  it("cuts long names between characters and keeps the extension", () => {
    const name = safeName(`${"ä".repeat(300)}.tar.gz`) ?? "";
    assert.ok(Buffer.byteLength(name) <= 240 && Buffer.byteLength(name) > 230);
    assert.match(name, /^ä+\.tar\.gz$/);
    const many = numbered(name, 12);
    assert.ok(Buffer.byteLength(many) <= 240);
    assert.match(many, /ä-12\.tar\.gz$/);
  });
});

describe("templates", () => {
  it("splits off extensions", () => {
    assert.deepEqual(split("a.b.nc"), { stem: "a.b", ext: "nc" });
    assert.deepEqual(split("a.tar.gz"), { stem: "a", ext: "tar.gz" });
    assert.deepEqual(split("S3.839000000Z-NA"), { stem: "S3.839000000Z-NA", ext: "" });
    assert.deepEqual(split(".hidden"), { stem: ".hidden", ext: "" });
  });
  it("numbers before the extension", () => {
    assert.equal(numbered("a.nc", 1), "a.nc");
    assert.equal(numbered("a.nc", 2), "a-2.nc");
    assert.equal(numbered("a", 3), "a-3");
  });
  it("fills in values that stay inside the name", () => {
    assert.equal(
      fill("{collection}_{id}_{asset}_{YYYY}{MM}{DD}_{name}.{ext}", values),
      "C_a_b_c_B02_20260420_server.nc",
    );
    assert.equal(fill("{name}.{ext}", { ...values, ext: "" }), "server");
    assert.equal(fill("../{name}", values), ".._server");
    assert.equal(fill("{name}", { ...values, name: "{id}" }), "{id}");
  });
  it("refuses words it does not know", () => {
    assert.throws(
      () => checkTemplate("{year}.nc"),
      (error: unknown) => error instanceof EoError && /\{YYYY\}/.test(error.message),
    );
    checkTemplate("{id}-{ext}{}{1}");
  });
});
