/** Recorded OData pages of the Data Space, its STAC items, and public components go through our parsers. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { checkInputs, componentIn } from "../../src/deltatwin/component.js";
import { dataSource } from "../../src/deltatwin/data-input.js";
import { readInputs } from "../../src/deltatwin/inputs.js";
import { EoError } from "../../src/errors.js";
import { parseProductLink, SESAMEO_URL } from "../../src/sesameo/product-link.js";
import { ROOT } from "../support/clone.js";
import { skipSuite } from "../support/skip.js";

const FOLDER = path.join(ROOT, "..", "shared", "recorded");
const read = (...place: string[]): unknown => JSON.parse(readFileSync(path.join(FOLDER, ...place), "utf8"));

interface Product {
  Id: string;
  Name: string;
  Attributes?: { Name: string; Value: unknown }[];
}

describe("recorded products and components", () => {
  before(function () {
    if (!existsSync(FOLDER)) skipSuite(this, "the recorded answers are not beside the clone");
  });

  it("OData products of Sentinel-2 become SesamEO links that parse back", () => {
    const { value } = read("odata", "eodag-cop_dataspace_search.json") as { value: Product[] };
    assert.ok(value.length > 0);
    for (const product of value) {
      const { url, sesameo } = dataSource(product, { base: SESAMEO_URL });
      assert.ok(sesameo);
      assert.deepEqual(parseProductLink(url), {
        collection: "EO.ESA.DAT.SENTINEL-2.MSI.L1C",
        provider: "CDSE",
        product: product.Id,
      });
      // Without its attributes its name still tells.
      assert.equal(dataSource({ Id: product.Id, Name: product.Name }, { base: SESAMEO_URL }).url, url);
    }
  });

  it("products of a collection that is not in the table are refused by name, until the table has it", () => {
    let seen = 0;
    for (const page of ["cdse-odata_page_1.json", "cdse-odata_page_2.json"]) {
      for (const product of (read("odata", page) as { value: Product[] }).value) {
        seen += 1;
        const type = String(product.Attributes?.find(({ Name }) => Name === "productType")?.Value);
        assert.throws(
          () => dataSource(product, { base: SESAMEO_URL }),
          (error: unknown) => error instanceof EoError && error.code === "BAD_INPUT" && error.message.includes(type),
          product.Name,
        );
        const { url } = dataSource(product, { base: SESAMEO_URL, changes: new Map([[type, "EO.OWN"]]) });
        assert.equal(parseProductLink(url).collection, "EO.OWN");
      }
    }
    assert.equal(seen, 20);
  });

  it("a STAC item of the Data Space becomes the link of its product", () => {
    const { url } = dataSource(read("items", "cdse-s2-item.json"), { base: SESAMEO_URL });
    assert.deepEqual(parseProductLink(url), {
      collection: "EO.ESA.DAT.SENTINEL-2.MSI.L2A",
      provider: "CDSE",
      product: "7634aef0-7486-4589-92b2-541e0634c770",
    });
  });

  it("an item of any other catalogue counts by its own address, or says why not", () => {
    for (const name of ["spec-simple-item.json", "stac-asset-item.json", "landsat-lc09.json", "dlr-s1-item.json"]) {
      try {
        const { url, sesameo } = dataSource(read("items", name), { base: SESAMEO_URL });
        assert.equal(sesameo, false);
        assert.match(url, /^https?:/);
      } catch (error) {
        assert.ok(error instanceof EoError && error.code === "BAD_INPUT", `${name}: ${String(error)}`);
      }
    }
  });

  it("a public component and its inputs file are read, and fit", () => {
    const component = componentIn(read("deltatwin", "ai-sen2cor", "manifest.json"));
    assert.ok(component);
    assert.deepEqual(
      component.inputs.map(({ name, type, required }) => [name, type, required]),
      [
        ["cdse_key", "string", true],
        ["cdse_secret", "string", true],
      ],
    );
    assert.equal(component.outputs.length, 5);
    const inputs = readInputs(read("deltatwin", "ai-sen2cor", "inputs_file.json"));
    checkInputs(component, inputs);
    assert.throws(
      () => checkInputs(component, readInputs({})),
      /needs "cdse_key" \(string\), "cdse_secret" \(string\)/,
    );
  });
});
