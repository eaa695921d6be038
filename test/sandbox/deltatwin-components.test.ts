/** Components of the DeltaTwin service: lists, versions with typed inputs, and whose they are. */
import assert from "node:assert/strict";
import { useSandbox } from "../support/sandbox.js";
import { Twin } from "./twin.js";

interface ComponentLike {
  name: string;
  version: string;
  owner: string;
  visibility: string;
  topics: string[];
  license: { name: string };
  inputs: { name: string; type: string; default_value: unknown }[];
  outputs: { name: string }[];
}

describe("sandbox: DeltaTwin components", () => {
  const sandbox = useSandbox();
  let twin: Twin;
  beforeEach(async () => {
    twin = await Twin.login(sandbox());
  });

  it("lists them by visibility", async () => {
    const names = async (query: string): Promise<string[]> =>
      (await twin.get<ComponentLike[]>(`/deltatwins${query}`)).map(({ name }) => name);
    assert.deepEqual(await names("?visibility=public"), ["band-extractor"]);
    assert.deepEqual(await names("?visibility=private"), ["input-types", "broken-model"]);
    assert.equal((await names("")).length, 3);
  });

  it("shows the latest version or a named one, and all versions with their dates", async () => {
    const latest = await twin.get<ComponentLike>("/deltatwins/band-extractor");
    assert.equal(latest.version, "1.1.0");
    assert.deepEqual(
      latest.inputs.map(({ name, type, default_value }) => [name, type, default_value]),
      [
        ["product", "Data", null],
        ["bandName", "string", null],
        ["scale", "number", 1],
      ],
    );
    assert.deepEqual(
      latest.outputs.map(({ name }) => name),
      ["band", "statistics"],
    );
    assert.equal(latest.license.name, "LGPLv3");
    const raw = (await twin.ask("GET", "/deltatwins/band-extractor")).text();
    assert.match(raw, /"default_value":1\.0/);
    const first = await twin.get<ComponentLike>("/deltatwins/band-extractor?version=1.0.0");
    assert.deepEqual([first.version, first.inputs.length], ["1.0.0", 2]);
    const versions = await twin.get<{ name: string; publication_date: string }[]>(
      "/deltatwins/band-extractor/versions",
    );
    assert.deepEqual(
      versions.map(({ name }) => name),
      ["1.0.0", "1.1.0"],
    );
    assert.match(versions[0]?.publication_date ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it("knows every type of input", async () => {
    const { inputs } = await twin.get<ComponentLike>("/deltatwins/input-types");
    assert.deepEqual(
      inputs.map(({ type }) => type),
      ["string", "integer", "number", "boolean", "json", "datetime", "Data", "DriveData", "secret"],
    );
  });

  it("says what it does not have", async () => {
    for (const path of ["/deltatwins/no", "/deltatwins/no/versions", "/deltatwins/band-extractor?version=9"]) {
      const answer = await twin.ask("GET", path);
      assert.equal(answer.status, 404, path);
      assert.match(String(answer.json()["detail"]), /^DeltaTwin /);
    }
  });

  it("changes and deletes one's own only", async () => {
    assert.equal((await twin.ask("PATCH", "/deltatwins/band-extractor", { topics: ["x"] })).status, 403);
    assert.equal((await twin.ask("DELETE", "/deltatwins/band-extractor")).status, 403);
    assert.equal((await twin.ask("PATCH", "/deltatwins/input-types", { topics: ["x", ""] })).status, 204);
    assert.deepEqual((await twin.get<ComponentLike>("/deltatwins/input-types")).topics, ["x"]);
    assert.equal((await twin.ask("PATCH", "/deltatwins/input-types", { visibility: "public" })).status, 403);
    assert.equal((await twin.ask("DELETE", "/deltatwins/input-types/versions/7")).status, 404);
    assert.equal((await twin.ask("DELETE", "/deltatwins/input-types/versions/0.2.0")).status, 204);
    assert.equal((await twin.ask("DELETE", "/deltatwins/broken-model")).status, 204);
    assert.equal((await twin.get<ComponentLike[]>("/deltatwins?visibility=private")).length, 0);
    sandbox().reset();
    assert.equal((await twin.get<ComponentLike[]>("/deltatwins?visibility=private")).length, 2);
  });
});
