/** Whether a file is whole by its own format: files of the usual libraries, and the same cut, lengthened and damaged. */
import assert from "node:assert/strict";
import { open, readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { formatEnd } from "../../src/download/formats/format-end.js";
import { useDir } from "../support/temp.js";

const FOLDER = path.join(__dirname, "formats");
const PROOFS: Record<string, string> = {
  h5: "hdf5-end",
  tif: "tiff-end",
  jp2: "jp2-end",
  zip: "zip-end",
  gz: "gzip-end",
  grib: "grib-end",
};
const proofOf = (name: string): string =>
  name === "netcdf-4.netcdf" ? "hdf5-end" : (PROOFS[name.split(".").at(-1) ?? ""] ?? "netcdf3-end");

describe("format ends", () => {
  const dir = useDir();

  async function judge(bytes: Buffer): Promise<string> {
    const file = path.join(dir(), "file");
    await writeFile(file, bytes);
    const handle = await open(file);
    try {
      const end = await formatEnd(handle, file, bytes.length, new AbortController().signal);
      return end ? `${end.proof} ${end.verdict.state}` : "none";
    } finally {
      await handle.close();
    }
  }
  const sample = (name: string): Promise<Buffer> => readFile(path.join(FOLDER, name));

  it("every sample is whole, and cut wherever it is cut", async () => {
    const names = (await readdir(FOLDER)).filter((name) => name !== "README.md");
    assert.ok(names.length >= 20);
    for (const name of names) {
      const whole = await sample(name);
      assert.equal(await judge(whole), `${proofOf(name)} whole`, name);
      // Not inside the padding of the last value, and not at the end of a gzip member.
      for (const lost of [4, 11, Math.floor(whole.length / 3) + 1, Math.floor(whole.length / 2) - 1]) {
        if (whole.length - lost < 8) continue;
        const said = await judge(whole.subarray(0, whole.length - lost));
        assert.equal(said, `${proofOf(name)} cut`, `${name} without its last ${lost} bytes`);
      }
    }
  });
  it("bytes behind the end prove nothing and are no error", async () => {
    for (const name of ["superblock-0.h5", "cdf-1.netcdf", "two.zip", "edition-2.grib"]) {
      const longer = Buffer.concat([await sample(name), Buffer.from("and more of it")]);
      assert.equal(await judge(longer), `${proofOf(name)} unknown`, name);
    }
    const padded = Buffer.concat([await sample("edition-1.grib"), Buffer.alloc(40)]);
    assert.equal(await judge(padded), "grib-end whole");
  });
  it("what is missing in the middle is found", async () => {
    const without = async (name: string, from: number, length: number): Promise<string> => {
      const bytes = await sample(name);
      return await judge(Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + length)]));
    };
    assert.equal(await without("two.zip", 60, 40), "zip-end cut");
    assert.equal(await without("edition-2.grib", 200, 20), "grib-end cut");
    assert.equal(await without("superblock-3.h5", 1000, 8), "hdf5-end cut");
    assert.equal(await without("bigtiff-tiles.tif", 1000, 8), "tiff-end cut");
  });
  it("a zip needs as many entries as its end record says", async () => {
    const bytes = Buffer.from(await sample("two.zip"));
    bytes.writeUInt16LE(3, bytes.length - 5 - 12);
    assert.equal(await judge(bytes), "zip-end cut");
  });
  it("a gzip's trailer must fit", async () => {
    const bytes = Buffer.from(await sample("one.gz"));
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 6) ^ 1, bytes.length - 6);
    assert.equal(await judge(bytes), "gzip-end cut");
  });
  it("a JPEG 2000 code stream needs its end marker", async () => {
    const bytes = Buffer.from(await sample("image.jp2"));
    bytes.writeUInt16BE(0, bytes.length - 2);
    assert.equal(await judge(bytes), "jp2-end cut");
  });
  it("versions that are not known prove nothing", async () => {
    const with_ = async (name: string, at: number, value: number): Promise<string> => {
      const bytes = Buffer.from(await sample(name)).subarray(0, -9);
      bytes.writeUInt8(value, at);
      return await judge(bytes);
    };
    assert.equal(await with_("superblock-3.h5", 8, 9), "hdf5-end unknown");
    assert.equal(await with_("edition-2.grib", 7, 3), "grib-end unknown");
    assert.equal(await with_("cdf-1.netcdf", 3, 9), "none");
    assert.equal(await with_("bigtiff-tiles.tif", 4, 4), "tiff-end unknown");
    assert.equal(await judge(Buffer.from("just some bytes of no format at all")), "none");
    assert.equal(await judge(Buffer.from("x")), "none");
  });
  it("a streamed NetCDF-3 does not say how many records it has", async () => {
    const bytes = Buffer.from(await sample("cdf-1-record.netcdf"));
    bytes.writeUInt32BE(0xffffffff, 4);
    assert.equal(await judge(bytes), "netcdf3-end unknown");
  });
  it("hostile headers end quickly", async () => {
    for (const name of (await readdir(FOLDER)).filter((one) => one !== "README.md")) {
      const bytes = await sample(name);
      for (const value of [0, 255]) {
        for (let at = 12; at < Math.min(bytes.length - 4, 72); at += 4) {
          const damaged = Buffer.from(bytes);
          damaged.fill(value, at, at + 4);
          assert.match(await judge(damaged), /^(none|[a-z0-9]+-end (whole|cut|unknown))$/, `${name} ${at}`);
        }
      }
    }
  });
});
