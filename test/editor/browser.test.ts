/** The dialogs in a real Chromium on both runtimes: drop, fill, test, preview, deploy, run, and every way it can fail. */
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { Browser } from "playwright-core";
import { prepareNodeRed, startNodeRed, type NodeRedOptions, type RunningNodeRed } from "../support/node-red.js";
import { sandboxAccount, sandboxCredentials, useSandbox, type Sandbox } from "../support/sandbox.js";
import { skipSuite } from "../support/skip.js";
import { ACCOUNT, FILLED, NO_OTHER_SECRETS, type Value } from "./filled.js";
import { Editor, findChromium, launchChromium } from "./chromium.js";

type Saved = Record<string, unknown> & { id: string; type: string };

const RUNTIMES: [title: string, folder: string, options: NodeRedOptions][] = [
  ["Node-RED 4.1.15 on this Node.js", "node-red-4", { version: "4", node: "own" }],
  ["Node-RED 5.0.7 on Node.js 24", "node-red-5", { version: "5", node: "24" }],
];

const TAB = { id: "tab", type: "tab", label: "Flow" };
const DEBUG = { id: "end", type: "debug", z: "tab", name: "", complete: "true", x: 560, y: 260, wires: [] };
const INJECT = { id: "start", type: "inject", z: "tab", name: "", props: [], x: 120, y: 60, wires: [[]] };

for (const [title, folder, options] of RUNTIMES) {
  describe(`dialogs in Chromium, ${title}`, () => {
    const sandbox = useSandbox({ seedWeek: true, items: 40 });
    let browser: Browser | undefined;
    let nodeRed: RunningNodeRed | undefined;
    let editor: Editor | undefined;

    const open = async (more: { theme?: "light" | "dark"; language?: string } = {}): Promise<Editor> => {
      assert.ok(browser && nodeRed);
      await editor?.close();
      editor = await Editor.open(browser, nodeRed.url, { folder, ...more });
      return editor;
    };
    const running = (): RunningNodeRed => {
      assert.ok(nodeRed);
      return nodeRed;
    };
    const restart = async (flows: object[], settings: Record<string, unknown> = {}): Promise<void> => {
      await nodeRed?.dispose();
      nodeRed = await startNodeRed({ ...options, flows, settings });
    };
    const savedFlow = (): Saved[] =>
      JSON.parse(readFileSync(path.join(running().userDir, "flows.json"), "utf8")) as Saved[];

    before(async function () {
      const path = findChromium();
      if (path === undefined) skipSuite(this, "no Chromium was found (see docs/contributing.md)");
      await prepareNodeRed(this, options);
      browser = await launchChromium(path);
    });

    afterEach(() => {
      const problems = editor?.problems.splice(0) ?? [];
      assert.deepEqual(problems, [], "errors on the page or foreign requests");
    });

    after(async () => {
      await editor?.close();
      await browser?.close();
      await nodeRed?.dispose();
    });

    describe("from nothing to a file", () => {
      let search = "";
      let filter = "";
      let download = "";
      let at: Editor;

      before(async function () {
        this.timeout(60_000);
        await restart([TAB, INJECT, DEBUG]);
        at = await open();
      });

      it("three nodes are dragged in and wired", async () => {
        search = await at.drag("eo-stac-search", 300, 60);
        filter = await at.drag("eo-filter-latest", 300, 160);
        download = await at.drag("eo-download", 300, 260);
        await at.wire("start", 0, search);
        await at.wire(search, 0, filter);
        await at.wire(filter, 0, download);
        await at.wire(download, 0, "end");
        await at.shot("dragged");
      });

      it("an empty search says what is missing, and Preview why it waits", async () => {
        await at.edit(search);
        await at.page.getByText("choose or add one").waitFor();
        assert.equal(await at.page.locator("#eo-preview button").isDisabled(), true);
        await at.page.getByText("Choose an account first.").waitFor();
        await at.shot("search-empty");
      });

      it("an account is added: only its service's fields, and Test tells of each step", async () => {
        const { page } = at;
        await page.click("#node-input-btn-account-add");
        await at.settled("#node-config-input-name");
        await page.getByText("is needed").first().waitFor();
        await at.shot("account-empty");
        assert.equal(await page.locator("#node-config-input-apiKey").isVisible(), false);
        await fillAccount(at, sandbox());
        await page.click("#eo-test button");
        await page.locator("#eo-test .eo-line.eo-ok").nth(2).waitFor();
        const report = (await page.locator("#eo-test .eo-report").innerText()).replace(/\s+/g, " ");
        assert.match(report, /Reach the service: fine \([\d.]+ m?s\)/);
        assert.match(report, /Log in: fine .*The token is good for \d+ min/);
        assert.match(report, /Search: fine/);
        await at.shot("account-tested");
        await at.press("#node-config-dialog-ok");
        await at.settled("#node-input-name");
      });

      it("collections complete from the catalogue, near ones are offered for a wrong id", async () => {
        const { page } = at;
        const { collection } = sandbox().ready.hda;
        await at.typed("collections").click();
        await at.typed("collections").pressSequentially("oceancolour_glo_bgc_l3", { delay: 10 });
        await page.locator(".eo-completion", { hasText: collection }).first().waitFor();
        await page.keyboard.press("Escape");
        await at.typed("collections").fill(collection.replace("OCEAN", "OCAEN"));
        await page.keyboard.press("Escape");
        await page.locator("#node-input-name").focus();
        await page.locator(".eo-doubt").waitFor();
        await at.shot("search-wrong-collection");
        await page.locator(".eo-near", { hasText: collection }).click();
        await page.locator(".eo-doubt").waitFor({ state: "detached" });
        assert.equal(await at.read('$("#node-input-collections").val()'), collection);
      });

      it("the interval that will be sent is shown while one types", async () => {
        await at.typed("datetime").click();
        await at.typed("datetime").pressSequentially("P7D", { delay: 10 });
        const line = at.page.locator("#eo-interval-live");
        await line.getByText("Now sends").waitFor();
        assert.match(await line.innerText(), /\d{4}-\d\d-\d\dT00:00:00Z \/ \d{4}-\d\d-\d\dT23:59:59\.999999Z$/);
      });

      it("Preview shows how many, the newest, the oldest, the first ten, and the time", async () => {
        const { page } = at;
        await page.click("#eo-preview button");
        await page.locator("#eo-preview .eo-line.eo-ok").waitFor();
        const report = await page.locator("#eo-preview .eo-report").innerText();
        assert.match(report, /^\s*Items found: 40 \([\d.]+ m?s\)/);
        assert.match(report, /Newest: \d{4}-/);
        assert.match(report, /Oldest: \d{4}-/);
        assert.equal(await page.locator("#eo-preview .eo-items li").count(), 10);
        await page.locator("#eo-preview").scrollIntoViewIfNeeded();
        await at.shot("search-preview");
        await at.press("#node-dialog-ok");
      });

      it("filter latest shows what it would keep of the preview", async () => {
        const { page } = at;
        await at.edit(filter);
        await page.getByText("Kept: 1 of 40").waitFor();
        await at.typed("match").fill("no such product");
        await at.typed("match").press("End");
        await page.getByText("Nothing is left of the items (40)").waitFor();
        await at.shot("filter-nothing");
        await at.typed("match").fill("300m");
        await at.typed("match").press("End");
        await page.getByText("Kept: 1 of 40").waitFor();
        await at.shot("filter-kept");
        await at.press("#node-dialog-ok");
      });

      it("download shows the file that would come out", async () => {
        const { page } = at;
        await at.edit(download);
        await page.locator("#eo-files .eo-items li").waitFor();
        await at.typed("filename").fill("newest-{id}.{ext}");
        await at.typed("filename").press("End");
        await page.locator("#eo-files .eo-id", { hasText: /^newest-.*300m/ }).waitFor();
        await page.selectOption("#node-input-account", { index: 0 });
        await at.shot("download-files");
        await at.press("#node-dialog-ok");
      });

      it("deployed and run, the file is there", async () => {
        await at.deploy();
        await running().inject("start");
        const { msg } = await running().waitFor(
          (seen) => seen.event === "send" && seen.id === download && seen.port === 0,
        );
        const { path: file, bytes } = msg?.["payload"] as { path: string; bytes: number };
        assert.equal(statSync(file).size, bytes);
        assert.match(path.basename(file), /^newest-.*300m.*\.nc$/);
        assert.equal(path.dirname(file), path.join(running().userDir, "eo-data"));
      });

      it("no secret lies in the flow file", () => {
        const { clientSecret } = sandbox().ready.hda;
        assert.ok(!JSON.stringify(savedFlow()).includes(clientSecret));
        assert.ok(savedFlow().some((node) => node.type === "eo-account" && node["provider"] === "dedl"));
      });
    });

    describe("every field", () => {
      let at: Editor;

      before(async function () {
        this.timeout(60_000);
        await restart([
          TAB,
          { id: "tls", type: "tls-config", name: "my tls" },
          { id: "proxy", type: "http proxy", name: "my proxy", url: "http://127.0.0.1:9", noproxy: [] },
          // Nobody listens there: the dialogs may ask for its collections.
          { id: "account", type: "eo-account", provider: "stac", auth: "none", url: "http://127.0.0.1:9" },
          ...(["eo-stac-search", "eo-filter-latest", "eo-download"] as const).map((type, index) => ({
            ...{
              id: type,
              type,
              z: "tab",
              x: 200,
              y: 60 + index * 100,
              wires: type === "eo-stac-search" ? [[]] : [[], []],
            },
          })),
        ]);
        at = await open();
      });

      // A test that failed with its dialog open must not fail the others too.
      beforeEach(async () => {
        if ((await at.page.locator(".red-ui-tray").count()) > 0) at = await open();
      });

      for (const [id, fields] of Object.entries(FILLED)) {
        it(`${id}: what is filled in is saved, and stands there again`, async () => {
          const { page } = at;
          await at.edit(id);
          await at.openSections();
          for (const [name, value] of Object.entries(fields)) await fill(at, name, value);
          assert.equal(await page.locator(".eo-reason").count(), 0, "a good value is marked");
          await at.shot(`${id}-filled`);
          await at.press("#node-dialog-ok");
          await at.deploy();
          const saved = savedFlow().find((node) => node.id === id);
          assert.ok(saved);
          for (const [name, value] of Object.entries(fields)) {
            const [text, type] = Array.isArray(value) ? value : [value];
            assert.equal(String(saved[name]), text, name);
            if (type !== undefined) assert.equal(saved[`${name}Type`], type, `${name}Type`);
          }
          await at.edit(id);
          for (const [name, value] of Object.entries(fields)) {
            const [text, type] = Array.isArray(value) ? value : [value];
            assert.equal(await at.read(`$("#node-input-${name}").val()`), text, name);
            if (type !== undefined) assert.equal(await at.read(`$("#node-input-${name}").typedInput("type")`), type);
          }
          // Looking changes nothing.
          await at.press("#node-dialog-ok");
          assert.equal(await at.read("RED.nodes.dirty()"), false);
        });
      }

      it("eo-account: what is filled in is saved, and what the service does not need is not", async () => {
        const { page } = at;
        await at.editAccount("account");
        await page.selectOption("#node-config-input-auth", "oauth2");
        await at.openSections();
        for (const [name, value] of Object.entries(ACCOUNT)) await page.fill(`#node-config-input-${name}`, value);
        await page.selectOption("#node-config-input-tls", "tls");
        await page.selectOption("#node-config-input-proxy", "proxy");
        await at.shot("account-filled");
        await at.press("#node-config-dialog-ok");
        await at.deploy();
        const saved = savedFlow().find((node) => node.id === "account");
        assert.ok(saved);
        const secret = ["clientId", "clientSecret", "username", "password"];
        for (const [name, value] of Object.entries(ACCOUNT)) {
          assert.equal(saved[name], secret.includes(name) ? undefined : value, name);
        }
        assert.deepEqual([saved["auth"], saved["tls"], saved["proxy"]], ["oauth2", "tls", "proxy"]);
        const known = (await running().admin("credentials/eo-account/account")) as Record<string, unknown>;
        assert.deepEqual(
          { ...known },
          { ...{ clientId: "my id", has_clientSecret: true, username: "me", has_password: true }, ...NO_OTHER_SECRETS },
        );

        await at.editAccount("account");
        assert.equal(await page.locator("#node-config-input-clientSecret").inputValue(), "__PWRD__");
        await page.selectOption("#node-config-input-provider", "dedl");
        await page.fill("#node-config-input-clientId", "9e68b4cd-6041-44d2-83a9-000000000000");
        await page.fill("#node-config-input-clientSecret", "short");
        assert.equal(await page.locator("#node-config-input-username").isVisible(), false);
        await at.press("#node-config-dialog-ok");
        await at.deploy();
        const changed = savedFlow().find((node) => node.id === "account");
        assert.deepEqual([changed?.["provider"], changed?.["url"], changed?.["tokenUrl"]], ["dedl", "", ""]);
        const left = (await running().admin("credentials/eo-account/account")) as Record<string, unknown>;
        assert.deepEqual([left["username"] ?? "", left["has_password"]], ["", false]);
      });

      // Last, as what it leaves behind makes the editor ask before it deploys.
      it("a wrong field is marked with its reason, in the dialog and at the node", async () => {
        const { page } = at;
        await at.edit("eo-stac-search");
        await at.type("datetime", "str");
        for (const [name, value] of Object.entries({ datetime: "2026-04-20T00:00:00/..", bbox: "1,2,3" })) {
          await at.type(name, "str");
          await at.typed(name).fill(value);
          await at.typed(name).press("End");
        }
        await page.getByText("the time needs a zone").waitFor();
        await page.getByText("has 3 numbers").waitFor();
        await page.click("#eo-preview button");
        await page.getByText("First mend the fields marked red").waitFor();
        await at.shot("search-wrong");
        await at.press("#node-dialog-ok");
        const errors = (await at.read('RED.nodes.node("eo-stac-search").validationErrors')) as string[];
        assert.match(errors.join("\n"), /^Time: the time needs a zone.*\nBounding box: has 3 numbers/);
      });
    });

    describe("when it does not work", () => {
      let at: Editor;
      const search = {
        ...{ id: "search", type: "eo-stac-search", z: "tab", account: "account", x: 200, y: 60, wires: [["filter"]] },
        datetime: "P7D",
      };

      before(async function () {
        this.timeout(60_000);
        const { collection } = sandbox().ready.hda;
        await restart([
          TAB,
          { ...sandboxAccount(sandbox()), credentials: sandboxCredentials(sandbox()) },
          { ...search, collections: collection },
          { id: "filter", type: "eo-filter-latest", z: "tab", x: 200, y: 160, wires: [["download"], []] },
          { id: "download", type: "eo-download", z: "tab", account: "account", x: 200, y: 260, wires: [[], []] },
        ]);
        at = await open();
      });

      const report = async (row: string): Promise<string> => {
        const lines = at.page.locator(`#${row} .eo-report > .eo-line:not(.eo-busy)`);
        await lines.first().waitFor();
        return at.page.locator(`#${row} .eo-report`).innerText();
      };

      it("no preview yet: filter latest and download say how to get one", async () => {
        await at.edit("filter");
        await at.page.getByText("Press Preview in the STAC search before this node").waitFor();
        await at.shot("filter-no-preview");
        await at.press("#node-dialog-cancel");
        await at.edit("download");
        await at.page.getByText("Press Preview in the STAC search before this node").waitFor();
        await at.press("#node-dialog-cancel");
      });

      it("a failing key: the step that failed, the service's words, what to do", async () => {
        await at.editAccount("account");
        await at.page.fill("#node-config-input-clientSecret", "not-the-secret");
        await at.page.click("#eo-test button");
        const text = await report("eo-test");
        assert.match(text, /Reach the service: fine/);
        assert.match(text, /Log in: The key was refused/);
        assert.match(text, /Invalid client/);
        assert.match(text, /Search: not tried/);
        await at.shot("account-failing-key");
        await at.press("#node-config-dialog-cancel");
      });

      it("a changed address does not get the stored key", async () => {
        await at.editAccount("account");
        await at.openSections();
        await at.page.fill("#node-config-input-url", "http://127.0.0.1:9/stac");
        await at.page.click("#eo-test button");
        assert.match(await report("eo-test"), /Enter the key again[^]*changed since \(url\)/);
        await at.shot("account-key-needed");
        await at.press("#node-config-dialog-cancel");
      });

      it("a refusal comes in the service's own words", async () => {
        sandbox().faults.set([
          { match: { route: "search" }, answer: { status: 400, json: { description: "no such thing as foo" } } },
        ]);
        await at.edit("search");
        await at.page.click("#eo-preview button");
        assert.match(await report("eo-preview"), /no such thing as foo/);
        await at.shot("search-refused");
        await at.press("#node-dialog-cancel");
      });

      it("a service that fails", async () => {
        sandbox().faults.set([{ match: { route: "search" }, answer: { status: 500, body: "<h1>boom</h1>" } }]);
        await at.edit("search");
        await at.page.click("#eo-preview button");
        assert.match(await report("eo-preview"), /The service failed/);
        await at.shot("search-500");
        await at.press("#node-dialog-cancel");
      });

      it("Node-RED out of reach", async () => {
        await at.edit("search");
        await at.page.context().setOffline(true);
        await at.page.click("#eo-preview button");
        assert.match(await report("eo-preview"), /Node-RED is offline/);
        await at.shot("search-offline");
        await at.page.context().setOffline(false);
        // The editor's own connection breaks, too.
        at.forgive(/ERR_INTERNET_DISCONNECTED|^page: Event$/);
        await at.press("#node-dialog-cancel");
      });

      const lookAtAll = async (look: { theme?: "dark"; language?: string }): Promise<void> => {
        at = await open(look);
        await at.edit("search");
        await at.page.click("#eo-preview button");
        await report("eo-preview");
        await at.shot("search-preview");
        await at.press("#node-dialog-ok");
        for (const id of ["filter", "download"]) {
          await at.edit(id);
          await at.page.locator(".eo-report .eo-items").waitFor();
          await at.shot(`${id}-preview`);
          await at.press("#node-dialog-cancel");
        }
        await at.editAccount("account");
        await at.openSections();
        await at.page.click("#eo-test button");
        await report("eo-test");
        assert.equal(await at.page.locator("#eo-test .eo-line.eo-ok").count(), 3, "the stored key is good here");
        await at.shot("account-tested");
        await at.press("#node-config-dialog-cancel");
      };

      it("in the dark", () => lookAtAll({ theme: "dark" }));

      it("in German", async () => {
        await lookAtAll({ language: "de" });
        assert.equal(await at.read('RED.nodes.getType("eo-stac-search").paletteLabel()'), "STAC-Suche");
      });
    });

    describe("for someone who may only read", () => {
      let at: Editor;

      before(async function () {
        this.timeout(60_000);
        const { collection } = sandbox().ready.hda;
        await restart(
          [
            TAB,
            { ...sandboxAccount(sandbox()), credentials: sandboxCredentials(sandbox()) },
            {
              ...{ id: "search", type: "eo-stac-search", z: "tab", account: "account", x: 200, y: 60, wires: [[]] },
              ...{ collections: collection, datetime: "P7D" },
            },
          ],
          { adminAuth: { type: "credentials", users: [], default: { permissions: "read" } } },
        );
        at = await open();
      });

      it("Test and Preview are off and say why; nothing is sent", async () => {
        const before = sandbox().requests().length;
        await at.editAccount("account");
        assert.equal(await at.page.locator("#eo-test button").isDisabled(), true);
        await at.page.getByText("needs the permission eo.write").waitFor();
        await at.shot("account-read-only");
        await at.page.click("#node-config-dialog-cancel");
        await at.edit("search");
        assert.equal(await at.page.locator("#eo-preview button").isDisabled(), true);
        await at.page.getByText("Now sends").waitFor();
        await at.shot("search-read-only");
        assert.equal(sandbox().requests().length, before);
      });
    });
  });
}

async function fill(editor: Editor, name: string, value: Value): Promise<void> {
  const field = `#node-input-${name}`;
  if (Array.isArray(value)) {
    await editor.type(name, value[1]);
    await editor.typed(name).fill(value[0]);
    await editor.typed(name).press("End");
    await editor.page.keyboard.press("Escape");
  } else if (await editor.page.locator(`select${field}`).count()) await editor.page.selectOption(field, value);
  else await editor.page.fill(field, value);
}

/** Fills the dialog of a new account for the sandbox's Data Lake. */
async function fillAccount(editor: Editor, sandbox: Sandbox): Promise<void> {
  const { page } = editor;
  const { stac, tokenUrl, hosts, clientId, clientSecret } = sandbox.ready.hda;
  await editor.openSections();
  for (const [field, value] of Object.entries({ clientId, clientSecret, url: stac, tokenUrl, hosts })) {
    await page.fill(`#node-config-input-${field}`, value);
  }
}
