/** stac-asset's command against the sandbox: token by itself, the newest item's file. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Part } from "../parts.js";
import { sameFile, type ClientResult } from "../support/clients.js";
import { CUT_AT, cutDownloads, oursRefuses } from "../support/cut-body.js";
import type { Feature } from "../support/our-flow.js";
import { runWell } from "../support/processes.js";
import { pythonWith, type Python } from "../support/python.js";
import type { Lake, Scheme, World } from "../support/world.js";

export const stacAsset: Part = async (report, world) => {
  const python = await pythonWith("clients");
  for (const scheme of ["http", "https"] as Scheme[]) {
    const ours = await world.ours(scheme);
    const lake = await world.lake(scheme);
    await report.agree(`token, file of our newest item over ${scheme}`, async () => {
      const file = await download(python, lake, world, ours.newest);
      const same = sameFile(file, ours);
      return `${same}; it calls the file ${file.name}, ours is ${ours.file?.name ?? ""}`;
    });
  }

  await report.agree("a fact: it takes a cut body that ends cleanly for the whole file, ours does not", async () => {
    const { newest } = await world.ours("http");
    const lake = await world.lake("http");
    cutDownloads(lake);
    const file = await download(python, lake, world, newest);
    assert.equal(file.bytes, CUT_AT);
    return `it reports success after ${file.bytes} bytes, ours ${await oursRefuses(lake, world)}`;
  });
};

/** Runs the command on an item; rejects when it fails. */
async function download(
  python: Python,
  { sandbox, trust }: Lake,
  world: World,
  newest: Feature | undefined,
): Promise<ClientResult["file"]> {
  const folder = await world.folder();
  const item = path.join(folder, "item.json");
  writeFileSync(item, JSON.stringify(newest));
  const { tokenUrl, clientId, clientSecret } = sandbox.ready.hda;
  const env = {
    OAUTH2_GRANT: "client_credentials",
    OAUTH2_TOKEN_URL: tokenUrl,
    OAUTH2_CLIENT_ID: clientId,
    OAUTH2_CLIENT_SECRET: clientSecret,
    ...trust,
  };
  const into = path.join(folder, "out");
  const args = ["download", "-q", "-i", "downloadLink", item, into];
  await runWell(path.join(python.bin, "stac-asset"), args, { env, cwd: folder, seconds: 60 });
  const name = readdirSync(into).find((file) => !file.endsWith(".json"));
  assert.ok(name !== undefined, "it wrote no file");
  const content = readFileSync(path.join(into, name));
  return { name, bytes: content.length, sha256: createHash("sha256").update(content).digest("hex") };
}
