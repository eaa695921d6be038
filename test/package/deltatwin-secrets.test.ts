/**
 * A SesamEO key and kept values are hunted in everything a running Node-RED shows, while DeltaTwin says all of them back:
 * messages, statuses, errors, its whole output at trace level, the exported flow, what the endpoints answer, and every
 * file but the encrypted credentials and the one inputs file that is meant to hold them.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { prepareNodeRed, startNodeRed, type RunningNodeRed } from "../support/node-red.js";
import { useSandbox } from "../support/sandbox.js";

const PLANTED = {
  key: "planted-sesameo-key+/=&0123",
  password: "planted pass wörd",
  token: "planted-kept-token-4711",
  secret: "planted-kept-secret-0815",
};

function spellings(secret: string): string[] {
  return [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ s: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString("base64"),
  ];
}

/** Every file in a folder, as text, the encrypted credentials and `but` aside. */
function filesIn(folder: string, but: string): string {
  return readdirSync(folder)
    .filter((name) => name !== "node_modules" && !name.includes("_cred"))
    .map((name) => path.join(folder, name))
    .filter((place) => place !== but)
    .map((place) =>
      statSync(place).isDirectory() ? filesIn(place, but) : `${place}\n${readFileSync(place, "latin1")}`,
    )
    .join("\n");
}

describe("planted keys of DeltaTwin and SesamEO", () => {
  const sandbox = useSandbox();
  let nodeRed: RunningNodeRed | undefined;

  before(async function () {
    await prepareNodeRed(this);
  });

  after(async () => {
    await nodeRed?.dispose();
  });

  it("come out nowhere but in the file that is meant to hold them", async function () {
    this.timeout(30_000);
    const { deltatwin, sesameo } = sandbox().ready;
    sandbox().sesameo.keys.set(PLANTED.key, { providers: ["CDSE"], enabled: true });
    // Several flows at once: without the limit on runs at once, which is another test.
    sandbox().settings.patch({ deltatwin: { echo: true, pace: 40, maxParallel: 10 } });
    const link = (deltatwin.inputs as Record<string, { url: string }>)["product"]?.url ?? "";
    const product = { name: "product", type: "Data", value: link, valueType: "str" };
    const flow = (id: string, component: string, inputs: object[], more: object = {}): object[] => [
      { id: `go-${id}`, type: "inject", z: "tab", x: 100, y: 40, props: [], wires: [[`in-${id}`]] },
      {
        ...{ id: `in-${id}`, type: "eo-deltatwin-inputs", z: "tab", x: 300, y: 40, account: "dt", sesameo: "seo" },
        ...{ component, inputs, wires: [["debug", `run-${id}`]], ...more },
      },
      {
        ...{
          id: `run-${id}`,
          type: "eo-deltatwin-run",
          z: "tab",
          x: 500,
          y: 40,
          account: "dt",
          component,
          poll: "0.1",
        },
        wires: [["debug", `dl-${id}`], ["debug"]],
      },
      {
        ...{ id: `dl-${id}`, type: "eo-download", z: "tab", x: 700, y: 40, account: "dt", retries: "0" },
        wires: [["debug"], ["debug"]],
      },
    ];
    const token = { name: "token", type: "string", value: "kept1", valueType: "cred" };
    nodeRed = await startNodeRed({
      observe: ["eo-deltatwin-inputs", "eo-deltatwin-run", "eo-download", "catch", "status"],
      settings: { logging: { console: { level: "trace", metrics: true, audit: true } } },
      flows: [
        { id: "tab", type: "tab", label: "hunt" },
        {
          ...{ id: "dt", type: "eo-account", provider: "deltatwin", url: deltatwin.url },
          credentials: { username: deltatwin.username, password: deltatwin.password },
        },
        {
          ...{ id: "seo", type: "eo-account", provider: "sesameo", url: sesameo.url },
          credentials: { apiKey: PLANTED.key },
        },
        {
          ...{ id: "locked", type: "eo-account", provider: "deltatwin", url: deltatwin.url },
          credentials: { username: deltatwin.username, password: PLANTED.password },
        },
        ...flow("good", "band-extractor", [product, { name: "bandName", type: "string", value: "B02" }], {
          filename: "complete/inputs.json",
        }),
        ...flow("bad-band", "band-extractor", [product, { name: "bandName", type: "string", value: "B99" }]),
        ...flow("broken", "broken-model", [{ name: "how", type: "string", value: "exit" }, token], {
          credentials: { kept1: PLANTED.token },
        }),
        ...flow(
          "secret",
          "input-types",
          [
            { name: "text", type: "string", value: "kept2", valueType: "cred" },
            { name: "angle", type: "integer", value: "1", valueType: "num" },
            { name: "factor", type: "number", value: "1", valueType: "num" },
            { name: "password", type: "secret", value: "kept1", valueType: "cred" },
          ],
          { credentials: { kept1: PLANTED.secret, kept2: PLANTED.token } },
        ),
        // The key inline, in a message of somebody's own.
        { id: "go-inline", type: "inject", z: "tab", x: 100, y: 300, props: [], wires: [["make"]] },
        {
          ...{ id: "make", type: "function", z: "tab", x: 300, y: 300, wires: [["run-bad-band", "run-good"]] },
          func: `return { payload: { product: { type: "Data", url: ${JSON.stringify(link)}, auth: { type: "SesamEO", api_key: env.get("PLANTED_KEY") } }, bandName: { type: "string", value: "B03" } } };`,
        },
        { id: "go-locked", type: "inject", z: "tab", x: 100, y: 340, props: [], wires: [["run-locked"]] },
        {
          id: "run-locked",
          type: "eo-deltatwin-run",
          z: "tab",
          x: 300,
          y: 340,
          account: "locked",
          run: "x1",
          wires: [[], []],
        },
        { id: "catch", type: "catch", z: "tab", x: 100, y: 500, scope: null, wires: [["debug"]] },
        { id: "status", type: "status", z: "tab", x: 100, y: 540, scope: null, wires: [["debug"]] },
        {
          ...{ id: "debug", type: "debug", z: "tab", x: 900, y: 100, complete: "true" },
          ...{ console: true, tosidebar: true, active: true },
        },
      ],
      env: { PLANTED_KEY: PLANTED.key },
    });
    for (const id of ["good", "bad-band", "broken", "secret", "locked"]) await nodeRed.inject(`go-${id}`);
    const ended = (id: string, code?: string): Promise<unknown> =>
      running.waitFor((seen) => seen.event === "complete" && seen.id === id && seen.error?.code === code, 20_000);
    const running = nodeRed;
    await ended("dl-good");
    for (const id of ["bad-band", "broken", "secret"]) await ended(`run-${id}`, "RUN_FAILED");
    await ended("run-locked", "AUTH_FAILED");
    const before = running.seen.length;
    await running.inject("go-inline");
    await running.waitFor(
      (seen) => running.seen.indexOf(seen) >= before && seen.event === "complete" && seen.id === "dl-good",
    );

    // The runs did their work with the secrets: the hunt is not in an empty wood.
    const sent = sandbox()
      .requests()
      .filter(({ route }) => route === "runs")
      .map(({ body }) => body ?? "")
      .join();
    for (const name of ["key", "token", "secret"] as const) assert.ok(sent.includes(PLANTED[name]), name);
    assert.ok(
      sandbox()
        .requests()
        .some(({ body }) => (body ?? "").includes(PLANTED.password)),
    );

    const file = path.join(running.userDir, "complete", "inputs.json");
    assert.ok(readFileSync(file, "utf8").includes(PLANTED.key));
    assert.equal(statSync(file).mode & 0o777, 0o600);

    const ask = async (place: string, body: object): Promise<unknown> =>
      await running.admin(place, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const answers = [
      await ask("eo/account/test", { account: { id: "dt" } }),
      await ask("eo/account/test", { account: { id: "seo" } }),
      await ask("eo/account/test", { account: { id: "locked" } }),
      await ask("eo/deltatwin/components", { account: { id: "dt" } }),
      await ask("eo/deltatwin/components", { account: { id: "seo" } }),
      ...(await Promise.all(
        ["band-extractor", "band-extracter"].map((value) =>
          ask("eo/deltatwin/component", { node: "in-good", account: { id: "dt" }, component: { value, type: "str" } }),
        ),
      )),
    ];
    const places = {
      // What a person's own function node made is the person's; the nodes' own is hunted through.
      "messages, statuses and errors": JSON.stringify(
        running.seen.filter((seen) => !(seen.event === "receive" && seen.id.startsWith("run-"))),
      ),
      "the process's output": running.log(),
      "the exported flow": JSON.stringify(await running.admin("flows")),
      "the endpoints' answers": JSON.stringify(answers),
      files: filesIn(running.userDir, file),
    };
    for (const [place, text] of Object.entries(places)) {
      for (const [name, secret] of Object.entries(PLANTED)) {
        for (const spelling of spellings(secret)) {
          const at = text.indexOf(spelling);
          assert.equal(
            at,
            -1,
            `${name} in ${place}: …${text.slice(Math.max(0, at - 300), at + spelling.length + 20)}…`,
          );
        }
      }
    }
  });
});
