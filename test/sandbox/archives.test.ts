/** Zip archives and pictures of the sandbox open with standard tools. */
import assert from "node:assert/strict";
import { crc32, inflateSync } from "node:zlib";
import { startSandbox } from "../../sandbox/index.js";

describe("sandbox: archives and pictures", () => {
  it("makes zip archives of exactly the size asked for, with a whole NetCDF file inside", async () => {
    const sandbox = await startSandbox({ bytes: 100_003 });
    try {
      const collection = "EO.EUM.DAT.SENTINEL-3.SL_1_RBT___";
      const id = sandbox.hda.items.of(collection)?.items[0]?.id ?? "";
      const zip = sandbox.product(collection, id).bytes();
      assert.equal(zip.length, 100_003);
      const end = zip.length - 22;
      assert.equal(zip.readUInt32LE(end), 0x06054b50);
      assert.equal(zip.readUInt16LE(end + 10), 1);
      const central = zip.readUInt32LE(end + 16);
      assert.equal(zip.readUInt32LE(central), 0x02014b50);
      assert.equal(central + zip.readUInt32LE(end + 12), end);
      const nameLength = zip.readUInt16LE(central + 28);
      const name = zip.subarray(central + 46, central + 46 + nameLength).toString("utf8");
      assert.equal(name, `${id}/data.nc`);
      const size = zip.readUInt32LE(central + 24);
      const data = zip.subarray(30 + nameLength, 30 + nameLength + size);
      assert.equal(crc32(data), zip.readUInt32LE(central + 16));
      const { NetCDFReader } = await import("netcdfjs");
      assert.ok(new NetCDFReader(data).dataVariableExists("CHL"));
    } finally {
      await sandbox.close();
    }
  });

  it("makes PNG thumbnails", async () => {
    const sandbox = await startSandbox({ bytes: 1000 });
    try {
      const { collection } = sandbox.ready.hda;
      const id = sandbox.hda.items.of(collection)?.items[0]?.id ?? "";
      const png = sandbox.product(collection, id, "thumbnail").bytes();
      assert.equal(png.subarray(1, 4).toString("latin1"), "PNG");
      const at = png.indexOf("IDAT");
      assert.equal(inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4))).length, 32 * 65);
    } finally {
      await sandbox.close();
    }
  });
});
