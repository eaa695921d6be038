/** SesamEO links: what is built parses back, and whatever is given, only BAD_INPUT is thrown. */
import assert from "node:assert/strict";
import { EoError } from "../../src/errors.js";
import { checkLinkWithKey, parseProductLink, productLink, SESAMEO_URL } from "../../src/sesameo/product-link.js";
import { SeededRandom } from "../stac/seeded-random.js";

const HOW_TO =
  "https://api.sesameo.destine.eu/odata/v1/Collections('EO.ESA.DAT.SENTINEL-2.MSI.L2A')/Products('CDSE:91e28786-0c30-4ccd-879d-e7eb4d42b75c')/$value";
const PRODUCT = {
  collection: "EO.ESA.DAT.SENTINEL-2.MSI.L2A",
  provider: "CDSE",
  product: "91e28786-0c30-4ccd-879d-e7eb4d42b75c",
};
const BASES = [SESAMEO_URL, "http://127.0.0.1:8080/odata/v1", "https://own.example:8443/a/b/odata/v1/"];

describe("SesamEO links", () => {
  it("is built as the how-to writes it", () => {
    assert.equal(productLink(PRODUCT), HOW_TO);
    assert.deepEqual(parseProductLink(HOW_TO), PRODUCT);
  });

  it("are read with percent-encoded quotes and $", () => {
    assert.deepEqual(parseProductLink(HOW_TO.replaceAll("'", "%27").replace("$", "%24")), PRODUCT);
    assert.deepEqual(parseProductLink(`  ${HOW_TO}\n`), PRODUCT);
  });

  it("double a quote inside an id", () => {
    const odd = { collection: "It's", provider: "P", product: "a'b''c(d)/e?f#g%27h:i" };
    assert.deepEqual(parseProductLink(productLink(odd)), odd);
    assert.ok(productLink(odd).includes("Collections('It''s')"));
  });

  it("take a key on SesamEO and on this machine only", () => {
    assert.deepEqual(checkLinkWithKey(HOW_TO), PRODUCT);
    assert.deepEqual(checkLinkWithKey(productLink(PRODUCT, "http://127.0.0.1:9/odata/v1")), PRODUCT);
    assert.deepEqual(checkLinkWithKey(productLink(PRODUCT, "http://localhost:9/x")), PRODUCT);
    assert.throws(() => checkLinkWithKey(productLink(PRODUCT, "https://evil.example/odata/v1")), /evil\.example/);
  });

  it("parse back, whatever ids they are built from", () => {
    const random = new SeededRandom(7);
    const usual = Array.from("abzAZ09.-_:'\"()/?#%&=+$@!*~,;[]|^\u00e9\u4e2d\u{1f600}");
    const odd = Array.from(" \\<>{}`\u2026\ud800\u0000\n");
    const word = (): string =>
      Array.from({ length: random.below(12) }, () => random.pick(random.below(60) === 0 ? odd : usual)).join("");
    let built = 0;
    for (let round = 0; round < 6_000; round += 1) {
      const wanted = { collection: word(), provider: word(), product: word() };
      const base = random.pick(BASES);
      let link: string;
      try {
        link = productLink(wanted, base);
      } catch (error) {
        assert.ok(error instanceof EoError && error.code === "BAD_INPUT", String(error));
        continue;
      }
      built += 1;
      assert.deepEqual(parseProductLink(link, base), wanted, link);
      assert.equal(new URL(link).href, link);
    }
    assert.ok(built > 1000, `${built}`);
  });

  it("throw nothing but BAD_INPUT, however they are broken", () => {
    const random = new SeededRandom(11);
    const parts = [
      ...[
        "https://",
        "http://",
        "api.sesameo.destine.eu",
        "sesameo.destine.eu",
        "/odata/v1",
        "/Collections(",
        "/Products(",
      ],
      ...[
        "'",
        "%27",
        "''",
        ")",
        "/",
        "$value",
        "%24value",
        "$",
        "%",
        "%2",
        "…",
        "...",
        ":",
        "CDSE:",
        "\\",
        "?",
        "#",
        "@",
        " ",
      ],
      ...[
        "\n",
        "[",
        "]",
        "EO.ESA",
        "91e28786-0c30-4ccd-879d-e7eb4d42b75c",
        "catalogue.dataspace.copernicus.eu",
        "\u202e",
        "\ud800",
      ],
    ];
    let accepted = 0;
    for (let round = 0; round < 5_000; round += 1) {
      let text = random.below(3) === 0 ? "" : HOW_TO;
      for (let change = random.below(5); change > 0; change -= 1) {
        const at = random.below(text.length);
        text = text.slice(0, at) + random.pick(parts) + text.slice(at + random.below(20));
      }
      for (const read of [parseProductLink, checkLinkWithKey]) {
        try {
          const product = read(text);
          accepted += 1;
          assert.deepEqual(parseProductLink(productLink(product)), product);
        } catch (error) {
          assert.ok(error instanceof EoError && error.code === "BAD_INPUT", `${text}: ${String(error)}`);
          assert.match(error.message, /^The SesamEO link .+\. \S/);
        }
      }
    }
    assert.ok(accepted > 100, `${accepted}`);
  });

  it("are no texts: BAD_INPUT", () => {
    for (const odd of [undefined, null, 5, {}, [], true]) {
      assert.throws(
        () => parseProductLink(odd),
        (error: unknown) => error instanceof EoError && error.code === "BAD_INPUT",
      );
    }
  });
});
