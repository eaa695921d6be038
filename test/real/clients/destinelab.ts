/** destinelab's service account against the sandbox through the proxy: its token is good, a wrong key is told as such. */
import assert from "node:assert/strict";
import type { Part } from "../parts.js";
import { clientScript, question, sameAsOurs, type ClientResult } from "../support/clients.js";
import { pythonWith } from "../support/python.js";

export const destinelab: Part = async (report, world) => {
  const python = await pythonWith("clients");
  const ours = await world.ours("https");
  const lake = await world.lake("https");
  const proxy = await world.proxy();
  let result: (ClientResult & { refused: string; pages: number }) | undefined;

  await report.agree("its token, every page, newest, file", async () => {
    const env = { ...lake.trust, HTTPS_PROXY: proxy.url, NO_PROXY: "127.0.0.1,localhost" };
    result = await python.script(clientScript("destinelab_client.py"), question(lake), { env });
    assert.ok(result);
    assert.deepEqual(proxy.refused, []);
    return `${result.pages} pages, ${sameAsOurs(result, ours)}`;
  });

  await report.agree("a wrong secret is told as wrong credentials", () => {
    assert.equal(result?.refused, "InvalidCredentialsError");
    return result.refused;
  });
};
