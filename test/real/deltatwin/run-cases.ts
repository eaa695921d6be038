/** `run start | get | list | monitor | download | delete`: the sandbox's work, its verdicts on inputs, its limits. */
import assert from "node:assert/strict";
import type { PartReport } from "../support/report.js";
import { md5, type Command, type RunDocument } from "./command.js";

interface Node {
  node_id: string;
  name: string;
  status: string;
  type: string;
  node_number: string | null;
}

export async function runCases(report: PartReport, command: Command): Promise<void> {
  const { sandbox } = command;
  const { component, inputs, output, username } = sandbox.ready.deltatwin;
  const { apiKey } = sandbox.ready.sesameo;
  let done: RunDocument | undefined;
  const ended = (): RunDocument => {
    if (!done) throw new Error("there is no run that succeeded");
    return done;
  };

  await report.agree("run start with the ready line's inputs as a file, to success", async () => {
    sandbox.clearRequests();
    const file = command.file("inputs.json", inputs);
    const started = await command.json<RunDocument>("run", "start", component, "-i", file);
    assert.deepEqual(
      [started.owner, started.deltatwin_name, started.deltatwin_version, started.message],
      [username, component, "1.1.0", ""],
    );
    assert.match(started.start_at, /^\w{3} \d\d, \d{4}, \d\d:\d\d:\d\d [AP]M$/);
    assert.equal(started.node_status.length, 6);
    assert.deepEqual(
      sandbox
        .requests()
        .filter((one) => one.origin === "deltatwin")
        .map((one) => `${one.method} ${one.route}`),
      ["POST runs", "GET nodes"],
    );
    done = await command.follow(started.run_id);
    assert.equal(done.status, "success", done.message);
    const fetched = sandbox.requests().find((one) => one.origin === "sesameo");
    assert.deepEqual([fetched?.route, fetched?.status, fetched?.apiKey], ["value", 200, apiKey]);
    return `${done.start_at} to ${done.end_at}`;
  });

  await report.agree("run get, list and their filters", async () => {
    const { run_id: id } = ended();
    await command.well(["run", "get", id], /Status:success/);
    const all = await command.json<{ id: string; author: string; deltatwin: string }[]>("run", "list");
    assert.deepEqual(all[0] && [all[0].id, all[0].author, all[0].deltatwin], [id, username, `${component}:1.1.0`]);
    await command.well(["run", "list"], new RegExp(id));
    assert.deepEqual(await command.json("run", "list", "-s", "error"), []);
    assert.equal((await command.json<object[]>("run", "list", "-t", component, "-l", "1")).length, 1);
    await command.well(["run", "list", "-o", "50"], /INFO: No run found/);
    return `${all.length} run`;
  });

  await report.agree("run monitor status and logs; only models have logs", async () => {
    const { run_id: id } = ended();
    const nodes = await command.json<Node[]>("run", "monitor", "status", id);
    assert.deepEqual([...new Set(nodes.map(({ status }) => status))], ["success"]);
    await command.well(["run", "monitor", "status", id], /extract/);
    const model = nodes.find(({ type }) => type === "model");
    const log = JSON.parse(await command.well(["run", "monitor", "logs", id, model?.node_id ?? ""])) as {
      stdout: string;
      stderr: string;
    };
    assert.match(log.stdout, /^cmd: python extract\.py \/s3\//);
    const other = nodes.find(({ type }) => type === "input");
    await command.ends(["run", "monitor", "logs", id, other?.node_id ?? ""], 1, /only nodes of type model have logs/);
    return log.stdout.split("\n")[0] ?? "";
  });

  await report.agree("run download: into the folder, under a name, into a folder", async () => {
    const { run_id: id, outputs } = ended();
    const { basename = "", checksum } = outputs[output] ?? {};
    await command.well(["run", "download", id, output], /successfully downloaded in/);
    const bytes = command.read(basename);
    assert.equal(`md5@${md5(bytes)}`, checksum);
    assert.equal(bytes.toString("latin1", 0, 4), "II*\0");
    await command.well(["run", "download", id, output, "-F", "mine.tif"]);
    assert.deepEqual(command.read("mine.tif"), bytes);
    await command.ends(["run", "download", id, "nothing"], 1, /Output nothing of run .* not found/);
    return `${basename}, ${bytes.length} bytes`;
  });

  await report.agree("a fact: a quoted name keeps its quotes, a cut body is no file", async () => {
    const { run_id: id } = ended();
    sandbox.settings.patch({ download: { disposition: "quoted" } });
    await command.well(["run", "download", id, "statistics"], /downloaded in ""/);
    sandbox.settings.reset();
    sandbox.faults.add({ match: { route: "output" }, transfer: { cutAfter: 100 } });
    const { stderr } = await command.ends(["run", "download", id, output, "-F", "cut.tif"], 1, /Traceback|Error/);
    sandbox.faults.clear();
    return stderr.trim().split("\n").at(-1) ?? "";
  });

  await report.agree("the engine's verdicts: 110, 120, 211, 221 and a secret", async () => {
    const text = '"text":{"type":"string","value":"x"}';
    const seen: unknown[] = [];
    const verdict = async (name: string, given: string | object): Promise<void> => {
      const { status, return_code: code, message } = await command.finish(name, given);
      seen.push([status, code, message.split("\n")[0]]);
    };
    await verdict(
      "input-types",
      `{${text},"angle":{"type":"integer","value":45},"factor":{"type":"number","value":45.0}}`,
    );
    await verdict(
      "input-types",
      `{${text},"angle":{"type":"integer","value":45},"factor":{"type":"number","value":45}}`,
    );
    await verdict(
      "input-types",
      `{${text},"angle":{"type":"integer","value":"45"},"factor":{"type":"number","value":45.0}}`,
    );
    await verdict("input-types", `{"angle":{"type":"integer","value":1}}`);
    const secret = '"password":{"type":"secret","secret_value":"hunter2"}';
    await verdict("input-types", `{${text},"angle":{"value":1},"factor":{"value":0.5},${secret}}`);
    const { product } = inputs as { product: { url: string } };
    const wrongKey = { ...inputs, product: { ...product, auth: { type: "SesamEO", api_key: "wrong" } } };
    await verdict(component, wrongKey);
    await verdict("broken-model", { how: { type: "string", value: "exit" } });
    assert.deepEqual(seen, [
      ["success", 0, ""],
      ["error", 110, "Input factor must be of type number but is of type integer."],
      ["error", 110, "Input angle must be of type integer but is of type string."],
      ["error", 120, "Inputs ['text', 'factor'] required."],
      ["error", 0, "non-hexadecimal number found in fromhex() arg at position 0"],
      ["error", 211, `Error while fetching input product from url ${product.url}. Please verify the url.`],
      ["error", 221, "Something went wrong during the execution of model fail."],
    ]);
    return `${seen.length} runs`;
  });

  await report.agree("a fact: keys that the service echoes are shown on the terminal", async () => {
    const { run_id: id } = ended();
    const quiet = await command.well(["run", "get", id, "-f", "json"]);
    sandbox.settings.patch({ deltatwin: { echo: true } });
    const loud = await command.well(["run", "get", id]);
    sandbox.settings.reset();
    assert.deepEqual([quiet.includes(apiKey), loud.includes(apiKey)], [false, true]);
    return "";
  });

  await report.agree("run delete, and no run after it", async () => {
    const { run_id: id } = ended();
    await command.well(["run", "delete", id], /successfully deleted/);
    await command.ends(["run", "get", id], 1, new RegExp(`Not Found at .*Run ${id} not found`));
    await command.ends(["run", "get", "nonsense"], 1, /'run_id' must be a valid UUID/);
    return "";
  });
}
