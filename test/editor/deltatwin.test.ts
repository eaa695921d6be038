/** The DeltaTwin dialogs in a real Chromium on both runtimes: the component's rows appear, wrong values are marked. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Browser } from "playwright-core";
import { prepareNodeRed, startNodeRed, type NodeRedOptions, type RunningNodeRed } from "../support/node-red.js";
import { useSandbox } from "../support/sandbox.js";
import { skipSuite } from "../support/skip.js";
import { Editor, findChromium, launchChromium } from "./chromium.js";

type Saved = Record<string, unknown> & { id: string; type: string };

const RUNTIMES: [title: string, folder: string, options: NodeRedOptions][] = [
  ["Node-RED 4.1.15 on this Node.js", "node-red-4", { version: "4", node: "own" }],
  ["Node-RED 5.0.7 on Node.js 24", "node-red-5", { version: "5", node: "24" }],
];

for (const [title, folder, options] of RUNTIMES) {
  describe(`DeltaTwin dialogs in Chromium, ${title}`, () => {
    const sandbox = useSandbox();
    let browser: Browser | undefined;
    let nodeRed: RunningNodeRed | undefined;
    let editor: Editor | undefined;

    const running = (): RunningNodeRed => {
      assert.ok(nodeRed);
      return nodeRed;
    };
    const open = async (more: { theme?: "light" | "dark"; language?: string } = {}): Promise<Editor> => {
      assert.ok(browser && nodeRed);
      await editor?.close();
      editor = await Editor.open(browser, nodeRed.url, { folder, ...more });
      return editor;
    };
    const savedFlow = (): Saved[] =>
      JSON.parse(readFileSync(path.join(running().userDir, "flows.json"), "utf8")) as Saved[];

    before(async function () {
      this.timeout(60_000);
      const chromium = findChromium();
      if (chromium === undefined) skipSuite(this, "no Chromium was found (see docs/contributing.md)");
      await prepareNodeRed(this, options);
      browser = await launchChromium(chromium);
      const { deltatwin, sesameo } = sandbox().ready;
      nodeRed = await startNodeRed({
        ...options,
        flows: [
          { id: "tab", type: "tab", label: "Flow" },
          { id: "start", type: "inject", z: "tab", props: [], x: 120, y: 60, wires: [["in"]] },
          {
            ...{ id: "dt", type: "eo-account", name: "DeltaTwin", provider: "deltatwin", url: deltatwin.url },
            credentials: { username: deltatwin.username, password: deltatwin.password },
          },
          {
            ...{ id: "seo", type: "eo-account", name: "SesamEO", provider: "sesameo", url: sesameo.url },
            ...{ header: "x-api-key", credentials: { apiKey: sesameo.apiKey } },
          },
          { id: "in", type: "eo-deltatwin-inputs", z: "tab", x: 300, y: 60, wires: [["run"]] },
          { id: "run", type: "eo-deltatwin-run", z: "tab", x: 500, y: 60, poll: "0.1", wires: [["end"], []] },
          { id: "end", type: "debug", z: "tab", complete: "true", x: 700, y: 60, wires: [] },
        ],
      });
      await open();
    });

    afterEach(() => {
      assert.deepEqual(editor?.problems.splice(0) ?? [], [], "errors on the page or foreign requests");
    });

    after(async () => {
      await editor?.close();
      await browser?.close();
      await nodeRed?.dispose();
    });

    const at = (): Editor => {
      assert.ok(editor);
      return editor;
    };
    const row = (name: string): ReturnType<Editor["page"]["locator"]> =>
      at().page.locator(".eo-input").nth(names.indexOf(name));
    let names: string[] = [];
    const readNames = async (): Promise<void> => {
      names = (await at().read('$(".eo-input-name").map((_, field) => field.value).get()')) as string[];
    };
    const value = (name: string): ReturnType<Editor["page"]["locator"]> =>
      row(name).locator("input.red-ui-typedInput-input");

    it("the accounts' Test tells of each step", async () => {
      for (const [id, steps] of [
        [
          "dt",
          [
            /Reach the service: fine/,
            /Log in: fine .*good for \d+ min/,
            /Read the list: fine .*Entries that came: \d+/,
          ],
        ],
        ["seo", [/Reach the service: fine/, /Log in: not tried/, /Read the list: fine/]],
      ] as const) {
        await at().editAccount(id);
        await at().openSections();
        await at().page.click("#eo-test button");
        await at().page.locator("#eo-test .eo-line:not(.eo-busy)").nth(2).waitFor();
        const report = (await at().page.locator("#eo-test .eo-report").innerText()).replace(/\s+/g, " ");
        for (const step of steps) assert.match(report, step);
        await at().shot(`account-${id}`);
        await at().press("#node-config-dialog-cancel");
      }
    });

    it("the list of accounts offers the right service only", async () => {
      await at().edit("in");
      const offered = async (field: string): Promise<string[]> =>
        (await at().read(`$("#node-input-${field} option").map((_, option) => option.value).get()`)) as string[];
      assert.ok((await offered("account")).includes("dt"));
      assert.ok(!(await offered("account")).includes("seo"));
      assert.ok((await offered("sesameo")).includes("seo"));
      assert.ok(!(await offered("sesameo")).includes("dt"));
    });

    it("a component is chosen and its rows appear, with what they are for", async () => {
      const { page } = at();
      await page.selectOption("#node-input-account", "dt");
      await page.selectOption("#node-input-sesameo", "seo");
      await at().typed("component").click();
      await at().typed("component").pressSequentially("band", { delay: 20 });
      await page.locator(".eo-completion", { hasText: "band-extractor" }).first().click();
      await page.locator("#node-input-name").focus();
      await page.locator(".eo-input").nth(1).waitFor();
      await readNames();
      assert.deepEqual(names.slice(0, 2), ["product", "bandName"]);
      await page.locator("#eo-component-live", { hasText: "Version 1.1.0" }).waitFor();
      assert.match(await row("product").innerText(), /required/);
      await at().shot("inputs-rows");
    });

    it("a wrong value is marked beside its field", async () => {
      const { page } = at();
      const cut = `${sandbox().ready.sesameo.url}/Collections('EO.ESA.DAT.SENTINEL-2.MSI.L2A')/Products('CDSE:9…`;
      await value("product").fill(cut);
      await value("product").press("End");
      await row("product").locator(".eo-reason", { hasText: "cut short" }).waitFor();
      await value("scale").fill("one");
      await value("scale").press("End");
      await row("scale").locator(".eo-reason", { hasText: "must be a number" }).waitFor();
      await page.locator(".red-ui-editableList-addButton").last().click();
      await page.locator(".eo-input-name").last().fill("bandNam");
      await page.locator(".eo-input-name").last().press("End");
      await page.locator(".eo-input").last().locator(".eo-reason", { hasText: "Near: bandName" }).waitFor();
      await at().shot("inputs-wrong");
    });

    it("what is filled in is saved, kept values only as credentials", async () => {
      const { page } = at();
      await page.locator(".red-ui-editableList-item-remove").last().click();
      const link = (sandbox().ready.deltatwin.inputs as Record<string, unknown>)["product"] as { url: string };
      await value("product").fill(link.url);
      await value("scale").fill("2");
      await page.evaluate(
        `void $(".eo-input-value").eq(${names.indexOf("bandName")}).typedInput("type", "cred").typedInput("value", "B02")`,
      );
      await value("scale").press("End");
      await page.locator(".eo-reason").waitFor({ state: "detached" });
      await at().shot("inputs-filled");
      await at().press("#node-dialog-ok");
      await at().edit("run");
      await page.selectOption("#node-input-account", "dt");
      await at().typed("component").fill("band-extractor");
      await at().typed("component").press("End");
      await page.keyboard.press("Escape");
      await page.locator("#eo-component-live", { hasText: "Version" }).waitFor();
      await at().openSections();
      await at().shot("run-filled");
      await at().press("#node-dialog-ok");
      await at().deploy();
      const saved = savedFlow().find(({ id }) => id === "in");
      assert.ok(saved);
      assert.deepEqual(saved["inputs"], [
        { name: "product", type: "Data", value: link.url, valueType: "str" },
        { name: "bandName", type: "string", value: "kept1", valueType: "cred" },
        { name: "scale", type: "number", value: "2", valueType: "num" },
      ]);
      assert.deepEqual([saved["rows"], saved["toJSON"]], [undefined, undefined]);
      assert.ok(!JSON.stringify(savedFlow()).includes("B02"));
    });

    it("looked at again it stands there as before, and looking changes nothing", async () => {
      await at().edit("in");
      await at().page.locator("#eo-component-live", { hasText: "Version" }).waitFor();
      await readNames();
      assert.deepEqual(names, ["product", "bandName", "scale"]);
      await at().press("#node-dialog-ok");
      await at().edit("run");
      await at().press("#node-dialog-ok");
      assert.equal(await at().read("RED.nodes.dirty()"), false);
    });

    it("a copy has the rows under their saved name, and the node its input", async () => {
      const copy = JSON.parse(
        (await at().read('JSON.stringify(RED.nodes.createExportableNodeSet([RED.nodes.node("in")]))')) as string,
      ) as Saved[];
      assert.deepEqual(
        copy.find(({ id }) => id === "in")?.["inputs"],
        savedFlow().find(({ id }) => id === "in")?.["inputs"],
      );
      assert.equal(await at().read('RED.nodes.node("in").inputs'), 1);
      assert.equal(await at().page.locator('[id="in"] .red-ui-flow-port-input').count(), 1);
    });

    it("runs as it was filled in", async () => {
      await running().inject("start");
      const { msg } = await running().waitFor((seen) => seen.event === "receive" && seen.id === "end");
      assert.equal((msg?.["payload"] as { status: string }).status, "success");
      assert.equal(sandbox().deltatwin.runs.all().length, 1);
    });

    for (const look of [{ theme: "dark" }, { language: "de" }] as const) {
      it(`looks right: ${Object.values(look).join()}`, async () => {
        await open(look);
        await at().edit("in");
        await at().page.locator("#eo-component-live", { hasText: "1.1.0" }).waitFor();
        await readNames();
        await value("scale").fill("x");
        await value("scale").press("End");
        await row("scale").locator(".eo-reason").waitFor();
        await at().shot("inputs-wrong");
        await at().press("#node-dialog-cancel");
        await at().edit("run");
        await at().page.locator("#eo-component-live", { hasText: "1.1.0" }).waitFor();
        await at().openSections();
        await at().shot("run");
        await at().press("#node-dialog-cancel");
      });
    }

    it("nobody answers: the rows are typed by hand", async () => {
      sandbox().faults.set([{ match: { route: "component" }, answer: { status: 503 } }]);
      await at().edit("in");
      await at().page.locator("#eo-component-live", { hasText: "von Hand" }).waitFor();
      await readNames();
      assert.deepEqual(names, ["product", "bandName", "scale"]);
      await at().press("#node-dialog-cancel");
    });
  });
}
