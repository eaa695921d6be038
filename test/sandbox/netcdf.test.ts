/** Products are valid NetCDF of exactly the size asked for, with coordinates, a time and believable values. */
import assert from "node:assert/strict";
import { startSandbox } from "../../sandbox/index.js";
import { netcdfProduct } from "../../sandbox/products/netcdf.js";
import { digest } from "../../sandbox/products/product.js";
import { ask, type PageLike } from "./ask.js";

describe("sandbox: NetCDF products", () => {
  it("opens in a NetCDF library after a download", async () => {
    const { NetCDFReader } = await import("netcdfjs");
    const sandbox = await startSandbox({ seedWeek: true });
    try {
      const headers = { authorization: `Bearer ${sandbox.tokens.issue()}` };
      const body = { collections: [sandbox.ready.hda.collection], limit: 8 };
      const page = (await ask(`${sandbox.ready.hda.stac}/search`, { headers, body })).json<PageLike>();
      const item = page.features[6];
      const file = await ask(item?.assets["downloadLink"]?.href ?? "", { headers });
      assert.equal(file.body.length, 200_000);
      const reader = new NetCDFReader(file.body);
      const sizes = Object.fromEntries(reader.dimensions.map(({ name, size }) => [name, size]));
      const lat = reader.getDataVariable("lat") as number[];
      const lon = reader.getDataVariable("lon") as number[];
      assert.equal(lat.length, sizes["lat"]);
      assert.equal(lon.length, sizes["lon"]);
      assert.ok(lat.every((value, index) => Math.abs(value) < 90 && (index === 0 || value < (lat[index - 1] ?? 0))));
      assert.ok(lon.every((value, index) => Math.abs(value) < 180 && (index === 0 || value > (lon[index - 1] ?? 0))));
      const time = reader.getDataVariable("time") as number[];
      assert.equal(Number(time[0]) * 1000, Date.parse(String(item?.properties["datetime"])));
      const values = (reader.getDataVariable("CHL") as number[]).filter((value) => value < 1e30);
      assert.ok(values.length > 1000);
      assert.ok(values.every((value) => value > 0 && value < 30));
      assert.ok(new Set(values).size > 100);
      const field = reader.variables.find(({ name }) => name === "CHL");
      const attributes = (field?.attributes ?? []) as { name: string; value: unknown }[];
      assert.equal(attributes.find(({ name }) => name === "units")?.value, "milligram m-3");
      assert.match(String(reader.getAttribute("Conventions")), /^CF-/);
      const id = (reader.getDataVariable("product_id") as string[]).join("").trim();
      assert.equal(id, item?.id);
    } finally {
      await sandbox.close();
    }
  });

  it("has exactly the size asked for, whatever it is, and the MD5 it claims", () => {
    for (const size of [512, 513, 514, 515, 1000, 4095, 4096, 4097, 32_767, 32_768, 200_000, 1_000_001]) {
      const spec = { size, series: "series", id: "20260425_item", time: 0, version: 1 };
      const product = netcdfProduct(spec);
      const bytes = product.content.read(0, product.content.size);
      assert.equal(bytes.length, size);
      assert.equal(bytes.subarray(0, 4).toString("latin1"), "CDF\u0001");
      assert.equal(product.md5(), digest(product.content, "md5"));
    }
  });

  it("differs between items and versions, and between any two places of the filling", () => {
    const make = (id: string, version: number): Buffer => {
      const { content } = netcdfProduct({ size: 400_000, series: "series", id, time: 0, version });
      return content.read(0, content.size);
    };
    const one = make("a", 1);
    assert.notDeepEqual(make("b", 1), one);
    const two = make("a", 2);
    let same = 0;
    for (let at = 100_000; at < 200_000; at++) if (one[at] === two[at]) same += 1;
    assert.ok(same < 2_000);
    assert.notDeepEqual(one.subarray(65_536, 131_072), one.subarray(131_072, 196_608));
  });

  it("goes beyond two gigabytes with 64-bit offsets, read from any place", () => {
    const { content } = netcdfProduct({ size: 5_000_000_000, series: "big", id: "x", time: 0, version: 1 });
    assert.equal(content.size, 5_000_000_000);
    assert.equal(content.read(0, 4).toString("latin1"), "CDF\u0002");
    const far = content.read(4_000_000_000, 1000);
    assert.deepEqual(content.read(4_000_000_100, 100), far.subarray(100, 200));
    assert.match(content.read(content.size - 200, 200).toString("latin1"), /x {50}/);
  });
});
