/** Node-RED's editor in a real Chromium: opens it, works its dialogs, and notes every error and foreign request. */
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { chromium, errors, type Browser, type Locator, type Page } from "playwright-core";
import { ROOT } from "../support/clone.js";

/** Where a Chromium may lie; the variable goes first. */
const PLACES = [
  process.env["EO_CHROMIUM"] ?? "",
  ...["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/snap/bin/chromium"],
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** The path of a Chromium, or undefined. */
export function findChromium(): string | undefined {
  return PLACES.find((place) => place !== "" && existsSync(place));
}

export async function launchChromium(executablePath: string): Promise<Browser> {
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", ...quiet] });
}

/** Longest wait for one thing on the page, in ms. */
const PATIENCE = 15_000;

export interface EditorOptions {
  theme?: "light" | "dark";
  language?: string;
  /** Folder of the screenshots, below build/screenshots. */
  folder: string;
}

/** The page with the editor in it. */
export class Editor {
  /** Errors on the page and requests that left the machine; `forgive` takes the expected ones out. */
  readonly problems: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly options: Required<EditorOptions>,
  ) {}

  static async open(browser: Browser, url: string, given: EditorOptions): Promise<Editor> {
    const options = { theme: "light" as const, language: "en-US", ...given };
    const context = await browser.newContext({ viewport: { width: 1280, height: 1100 }, locale: options.language });
    const page = await context.newPage();
    // Below mocha's own limit, so that what was waited for is named.
    page.setDefaultTimeout(PATIENCE);
    const editor = new Editor(page, options);
    const { origin } = new URL(url);
    page.on("pageerror", (error) => editor.problems.push(`page: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error" || message.text().includes("Validation error")) {
        editor.problems.push(`console: ${message.text()}`);
      }
    });
    page.on("request", (request) => {
      const target = new URL(request.url());
      const isOwn = target.origin === origin || ["data:", "blob:"].includes(target.protocol);
      if (!isOwn) editor.problems.push(`foreign: ${target.origin}`);
    });
    await context.addInitScript(
      `localStorage.setItem("view-dark-theme", "${options.theme}"); localStorage.setItem("editor-language", "${options.language}");`,
    );
    await page.goto(url);
    await page.waitForSelector('.red-ui-palette-node[data-palette-type="eo-download"]', { state: "attached" });
    await page.waitForSelector("#red-ui-loading-progress", { state: "hidden" });
    return editor;
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }

  /** Takes what was expected out of `problems`. */
  forgive(expected: RegExp): void {
    const left = this.problems.filter((problem) => !expected.test(problem));
    this.problems.splice(0, this.problems.length, ...left);
  }

  /** The uppermost dialog as a picture. It is for people: a browser that cannot draw just now fails no test. */
  async shot(name: string): Promise<void> {
    const folder = path.join(ROOT, "build", "screenshots", this.options.folder);
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, `${name}-${this.options.theme}-${this.options.language}.png`);
    const tray = this.page.locator(".red-ui-tray").last();
    const target = (await tray.count()) > 0 ? tray : this.page;
    await target.screenshot({ path: file, timeout: 5_000 }).catch((error: unknown) => {
      if (!(error instanceof errors.TimeoutError)) throw error;
      console.log(`No screenshot ${name}: ${error.message.split("\n")[0] ?? ""}`);
    });
  }

  /** Evaluates an expression in the page; what it gives must be JSON. */
  async read(expression: string): Promise<unknown> {
    return this.page.evaluate(expression);
  }

  /** Drags a node from the palette to a place in the workspace, and returns its id. */
  async drag(type: string, x: number, y: number): Promise<string> {
    const ids = `RED.nodes.filterNodes({ type: ${JSON.stringify(type)} }).map((node) => node.id)`;
    const before = (await this.read(ids)) as string[];
    const palette = this.page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`);
    await palette.scrollIntoViewIfNeeded();
    await this.move(await centre(palette), await this.inWorkspace(x, y));
    await this.page.waitForFunction(`${ids}.length > ${before.length}`);
    const after = (await this.read(ids)) as string[];
    return after.find((id) => !before.includes(id)) ?? "";
  }

  /** Draws a wire. */
  async wire(from: string, port: number, to: string): Promise<void> {
    const out = this.page.locator(`[id="${from}"] .red-ui-flow-port-output .red-ui-flow-port`).nth(port);
    const into = this.page.locator(`[id="${to}"] .red-ui-flow-port-input .red-ui-flow-port`);
    await this.move(await centre(out), await centre(into));
    await this.page.waitForFunction(
      `RED.nodes.filterLinks({ source: RED.nodes.node("${from}"), target: RED.nodes.node("${to}") }).length === 1`,
    );
  }

  private async move(from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> {
    const { mouse } = this.page;
    await mouse.move(from.x, from.y);
    await mouse.down();
    await mouse.move(from.x + 8, from.y + 8, { steps: 4 });
    await mouse.move(to.x, to.y, { steps: 12 });
    await mouse.up();
  }

  private async inWorkspace(x: number, y: number): Promise<{ x: number; y: number }> {
    const box = await this.page.locator("#red-ui-workspace-chart").boundingBox();
    if (box === null) throw new Error("There is no workspace.");
    return { x: box.x + x, y: box.y + y };
  }

  /** Opens a node's dialog and waits until it is ready. */
  async edit(id: string): Promise<void> {
    await this.read(`RED.editor.edit(RED.nodes.node("${id}"))`);
    await this.settled("#node-input-name");
  }

  async editAccount(id: string): Promise<void> {
    await this.read(`RED.editor.editConfig("", "eo-account", "${id}")`);
    await this.settled("#node-config-input-name");
  }

  /** The dialog with this field has slid in. */
  async settled(field: string): Promise<void> {
    await this.page.locator(field).waitFor();
    await this.page.locator(".red-ui-tray").last().evaluate(SLID_IN);
  }

  /** Presses a button of the dialog's head and waits until it is gone. */
  async press(
    button: "#node-dialog-ok" | "#node-dialog-cancel" | "#node-config-dialog-ok" | "#node-config-dialog-cancel",
  ) {
    await this.page.click(button);
    await this.page.locator(button).waitFor({ state: "detached" });
  }

  /** The inner input of a typed field. */
  typed(property: string): Locator {
    return this.page.locator(`#node-input-${property} + .red-ui-typedInput-container input.red-ui-typedInput-input`);
  }

  /** Chooses the type of a typed field. */
  async type(property: string, type: string): Promise<void> {
    await this.read(`void $("#node-input-${property}").typedInput("type", "${type}")`);
  }

  async openSections(): Promise<void> {
    await this.read('void $(".eo-dialog details").prop("open", true)');
  }

  async deploy(): Promise<void> {
    const saved = this.page.waitForResponse(
      (answer) => /\/flows$/.test(answer.url()) && answer.request().method() === "POST",
    );
    await this.page.click("#red-ui-header-button-deploy");
    // The editor may ask first. Pressed by script: the dialog goes while a real click still looks where it hit.
    await this.read('document.getElementById("red-ui-deploy-dialog-confirm-deploy-deploy")?.click()');
    await saved;
    await this.page.waitForFunction("!RED.nodes.dirty()");
  }
}

const SLID_IN = `(tray) => new Promise((resolve) => {
  let last = NaN;
  const look = () => {
    const { left } = tray.getBoundingClientRect();
    if (left === last) resolve(undefined);
    else { last = left; setTimeout(look, 80); }
  };
  look();
})`;

async function centre(locator: Locator): Promise<{ x: number; y: number }> {
  const box = await locator.first().boundingBox();
  if (box === null) throw new Error("The element is not on the page.");
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}
