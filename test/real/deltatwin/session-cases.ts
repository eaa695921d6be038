/** `version` and `login`: passwords, refresh tokens, and what the command does when they are no longer good. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { PartReport } from "../support/report.js";
import type { Command } from "./command.js";

export async function sessionCases(report: PartReport, make: () => Promise<Command>): Promise<void> {
  const connects = ({ sandbox }: Command): Record<string, unknown>[] =>
    sandbox
      .requests()
      .filter((one) => one.route === "connect")
      .map((one) => JSON.parse(one.body ?? "{}") as Record<string, unknown>);

  await report.agree("version", async () => {
    const command = await make();
    const { code, stdout } = await command.run(["version"], { bare: true });
    assert.equal(code, 0);
    assert.match(stdout, /CLI version : 1\.8\.1/);
    const all = await command.run(["version", "-a"], { bare: true });
    assert.equal(all.code, 0);
    return stdout.trim();
  });

  await report.agree("login with the documented final slash", async () => {
    const command = await make();
    const { username, password, url } = command.sandbox.ready.deltatwin;
    await command.well(["login", username, password, "-a", `${url}/`], /INFO: Login to the service token saved in/);
    const seen = command.sandbox.requests().at(-1);
    assert.deepEqual([seen?.url, seen?.status], ["//v2.0/connect", 200]);
    await command.well(["run", "list"], /INFO: No run found/);
    return seen?.url ?? "";
  });

  await report.agree("a wrong password: exit 1; no login at all: exit 2", async () => {
    const command = await make();
    const { username, url } = command.sandbox.ready.deltatwin;
    await command.ends(["run", "list"], 2, /No config find please use deltatwin login/);
    await command.ends(["login"], 2, /an Username and Password must be provided/);
    const { stderr } = await command.ends(
      ["login", username, "wrong", "-a", url],
      1,
      /Unauthorized at .*\/v2\.0\/connect/,
    );
    return stderr.trim().split("\n").at(-1) ?? "";
  });

  await report.agree(
    "a fact: with a good refresh token it does not check a new password, with -f it does",
    async () => {
      const command = await make();
      await command.login();
      const { username, url } = command.sandbox.ready.deltatwin;
      await command.well(["login", username, "wrong", "-a", url]);
      await command.ends(["login", username, "wrong", "-a", url, "-f"], 1, /Invalid user credentials/);
      await command.login();
      return "";
    },
  );

  await report.agree("an expired token is refreshed, also with refresh tokens that work once", async () => {
    const command = await make();
    command.sandbox.settings.patch({ token: { ttl: 1 }, deltatwin: { refreshOnce: true } });
    await command.login();
    for (let round = 0; round < 2; round++) {
      await sleep(2100);
      await command.well(["run", "list"]);
    }
    const bodies = connects(command);
    const last = bodies.slice(-2).map((body) => Object.keys(body));
    assert.deepEqual(last, [["refresh_token"], ["refresh_token"]]);
    return `${bodies.length} connects`;
  });

  await report.agree("an expired refresh token: the password again, said before the JSON", async () => {
    const command = await make();
    command.sandbox.settings.patch({ token: { ttl: 1 }, deltatwin: { refreshTtl: 1 } });
    await command.login();
    await sleep(2100);
    const printed = await command.well(["run", "list", "-f", "json"], /INFO: Refresh token expired log again/);
    assert.deepEqual(Object.keys(connects(command).at(-1) ?? {}), ["username", "password"]);
    return printed.trim().split("\n")[0] ?? "";
  });

  await report.agree("a revoked token: exit 1, no refresh", async () => {
    const command = await make();
    await command.login();
    const before = connects(command).length;
    command.sandbox.tokens.revokeAll();
    await command.ends(["run", "list"], 1, /Unauthorized at .*Invalid token/);
    assert.equal(connects(command).length, before);
    return "";
  });
}
