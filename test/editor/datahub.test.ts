/** The dialogs of the EO DataHub, of S3 and of storage in a real Chromium: test a key, choose a catalogue, put a file. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Browser } from "playwright-core";
import { prepareNodeRed, startNodeRed, type RunningNodeRed } from "../support/node-red.js";
import { useSandbox } from "../support/sandbox.js";
import { skipSuite } from "../support/skip.js";
import { Editor, findChromium, launchChromium } from "./chromium.js";

type Saved = Record<string, unknown> & { id: string; type: string };

const TAB = { id: "tab", type: "tab", label: "Flow" };
const search = { id: "search", type: "eo-stac-search", z: "tab", account: "hub", x: 300, y: 60, wires: [[]] };
const storage = { id: "storage", type: "eo-storage", z: "tab", account: "hub", x: 300, y: 160, wires: [["end"], []] };
const inject = {
  id: "start",
  type: "inject",
  z: "tab",
  name: "",
  props: [],
  repeat: "",
  x: 120,
  y: 160,
  wires: [["storage"]],
};
const debug = { id: "end", type: "debug", z: "tab", name: "", complete: "true", x: 560, y: 160, wires: [] };

describe("dialogs of the EO DataHub in Chromium", () => {
  const sandbox = useSandbox();
  let browser: Browser | undefined;
  let nodeRed: RunningNodeRed | undefined;
  let editor: Editor | undefined;

  before(async function () {
    const place = findChromium();
    if (place === undefined) skipSuite(this, "no Chromium was found (see docs/contributing.md)");
    await prepareNodeRed(this);
    browser = await launchChromium(place);
    const { url, workspace, apiKey } = sandbox().ready.eodh;
    const hub = { id: "hub", type: "eo-account", name: "", provider: "eodh", url, workspace, credentials: { apiKey } };
    nodeRed = await startNodeRed({ flows: [TAB, hub, search, storage, inject, debug] });
  });

  afterEach(async () => {
    const problems = editor?.problems.splice(0) ?? [];
    await editor?.close();
    editor = undefined;
    assert.deepEqual(problems, [], "errors on the page or foreign requests");
  });

  after(async () => {
    await browser?.close();
    await nodeRed?.dispose();
  });

  const open = async (more: { theme?: "light" | "dark"; language?: string } = {}): Promise<Editor> => {
    assert.ok(browser && nodeRed);
    editor = await Editor.open(browser, nodeRed.url, { folder: "datahub", ...more });
    return editor;
  };

  it("tests a key and says how many days are left; a Token ID is told as such", async () => {
    const at = await open();
    await at.editAccount("hub");
    await at.page.click("#eo-test button");
    const report = at.page.locator("#eo-test .eo-report");
    await report.getByText(/It expires on .*, in 29 days/).waitFor();
    assert.match(await report.innerText(), /It opens the workspace "my-ws"/);
    await at.shot("account-eodh");
    await at.page.fill("#node-config-input-apiKey", sandbox().eodh.own.id);
    await at.page.click("#eo-test button");
    await report.getByText(/looks like a Token ID/).waitFor();
    await at.page.fill("#node-config-input-workspace", "My Workspace");
    await at.page.locator('[data-field="workspace"] .eo-reason').waitFor();
    await at.shot("account-eodh-wrong");
  });

  it("shows an S3 account's fields", async () => {
    const at = await open({ language: "de", theme: "dark" });
    await at.editAccount("hub");
    await at.shot("account-eodh");
    await at.page.selectOption("#node-config-input-provider", "s3");
    await at.page.locator('#eo-account-main [data-field="secretAccessKey"]').waitFor();
    assert.equal(await at.page.locator('#eo-account-main [data-field="workspace"]').count(), 0);
    await at.shot("account-s3");
  });

  it("offers the catalogues of the service, at the top for this service", async () => {
    const at = await open();
    await at.edit("search");
    const order = await at.read(
      '$(".eo-dialog .form-row input[id^=node-input-]").map((_, one) => one.id).get().filter((id) => /account|catalogue$|collections$/.test(id))',
    );
    assert.deepEqual((order as string[]).slice(0, 2).sort(), ["node-input-catalogue", "node-input-collections"]);
    assert.equal((order as string[])[0], "node-input-catalogue");
    const field = at.typed("catalogue");
    await field.click();
    await field.pressSequentially("saved");
    await at.page.locator(".eo-completion", { hasText: "user/my-ws/saved-data" }).first().waitFor();
    await at.shot("search-eodh");
    await at.page.locator(".eo-completion", { hasText: "user/my-ws/saved-data" }).first().click();
    await at.page.click("#eo-preview button");
    await at.page
      .locator("#eo-preview .eo-report")
      .getByText(/Items found: 12/)
      .waitFor();
  });

  it("shows for each action what it needs, and a put runs", async () => {
    assert.ok(nodeRed);
    const file = path.join(nodeRed.userDir, "from the editor.txt");
    writeFileSync(file, "hello");
    const at = await open();
    await at.edit("storage");
    const shown = async (): Promise<string[]> =>
      (await at.read(
        '$(".eo-dialog .form-row:visible").map((_, row) => ($(row).find("[id^=node-input-]").attr("id") || "").replace("node-input-", "")).get()',
      )) as string[];
    assert.deepEqual(await shown(), ["name", "account", "action", "path", "recursive", "via"]);
    await at.shot("storage-list");
    await at.page.selectOption("#node-input-action", "get");
    assert.deepEqual(await shown(), [
      "name",
      "account",
      "action",
      "path",
      "recursive",
      "folder",
      "filename",
      "ifExists",
      "via",
    ]);
    await at.page.selectOption("#node-input-action", "credentials");
    assert.deepEqual(await shown(), ["name", "account", "action"]);
    await at.page.selectOption("#node-input-action", "put");
    assert.deepEqual(await shown(), ["name", "account", "action", "path", "filename", "ifExists", "via"]);
    await at.typed("path").fill("../out");
    await at.typed("path").press("Tab");
    await at.page.locator(".eo-reason").first().waitFor();
    await at.shot("storage-put-wrong");
    await at.typed("path").fill("from/editor/");
    await at.typed("filename").fill(file);
    await at.typed("filename").press("Tab");
    await at.shot("storage-put");
    await at.press("#node-dialog-ok");
    await at.deploy();
    const saved = JSON.parse(readFileSync(path.join(nodeRed.userDir, "flows.json"), "utf8")) as Saved[];
    const node = saved.find(({ id }) => id === "storage");
    assert.deepEqual(
      [node?.["action"], node?.["via"], node?.["path"], node?.["pathType"], node?.["recursive"], node?.["ifExists"]],
      ["put", "https", "from/editor/", "str", "false", "verify"],
    );
    await nodeRed.inject("start");
    const { msg } = await nodeRed.waitFor((seen) => seen.event === "receive" && seen.id === "end");
    assert.equal((msg?.["payload"] as { path: string }).path, "from/editor/from the editor.txt");
  });

  it("speaks German", async () => {
    const at = await open({ language: "de" });
    await at.edit("storage");
    await at.page.getByText("eine Datei ablegen").first().waitFor({ state: "attached" });
    await at.shot("storage");
  });
});
