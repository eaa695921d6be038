/** The config node eo-account: which service, which credentials. */
import type { Node, NodeAPI, NodeDef } from "node-red";
import { Account } from "../../src/accounts/account.js";
import { keyExpiry } from "../../src/accounts/key-expiry.js";
import type { AccountNode } from "../common/account-node.js";
import { connectionOf, secretsOf, settingsOf, type AccountDef } from "../common/account-settings.js";
import { registerAdmin } from "../common/admin.js";

const CHECK_EVERY_MS = 3_600_000;
/** The service is asked when the key dies a moment after the account was first used, and again after half a day. */
const ASK_AFTER_MS = 1_000;
const ASK_EVERY_MS = 12 * 3_600_000;

/** Days on which an account was warned about; kept over redeploys, so that one warning a day is one. */
const warnedOn = new Map<string, string>();

export = (RED: NodeAPI): void => {
  registerAdmin(RED);

  function EoAccount(this: AccountNode, def: AccountDef): void {
    RED.nodes.createNode(this, def);
    this.users = {};
    let account: Account | undefined;
    let timer: NodeJS.Timeout | undefined;
    let asking: NodeJS.Timeout | undefined;
    let told: string | undefined;
    let askedAt = -Infinity;

    this.openAccount = () => {
      if (account === undefined) {
        account = Account.open(settingsOf(def), secretsOf(this.credentials), connectionOf(RED, def));
        asking = setTimeout(() => void askService(), ASK_AFTER_MS);
        asking.unref();
      }
      return account;
    };

    this.saved = () => def;

    /** An account that no node has used asks nobody. */
    const askService = async (): Promise<void> => {
      if (!account?.provider.keyEnd || performance.now() - askedAt < ASK_EVERY_MS) return;
      askedAt = performance.now();
      try {
        told = await account.provider.keyEnd(account);
      } catch {
        // Whether the key is good, the nodes that use it say.
      }
      if (timer) lookAtExpiry();
    };

    const lookAtExpiry = (): void => {
      const expiry = keyExpiry(told ?? def.expires, new Date());
      if (!expiry) return;
      const name = this.name ? `"${this.name}"` : `"${def.provider}"`;
      this.status({ fill: "yellow", shape: "ring", text: expiry.text });
      const today = new Date().toISOString().slice(0, 10);
      if (warnedOn.get(this.id) === today) return;
      warnedOn.set(this.id, today);
      this.warn(
        `KEY_EXPIRING: The key of EO account ${name} ${expiry.text}. Make a new key and enter it in the account.`,
      );
    };
    // After the constructor, so that the nodes that use the account are there to show it.
    const first = setTimeout(lookAtExpiry, 100);
    timer = setInterval(() => {
      lookAtExpiry();
      void askService();
    }, CHECK_EVERY_MS);
    timer.unref();

    this.on("close", (_removed: boolean, done: () => void) => {
      clearTimeout(first);
      clearTimeout(asking);
      clearInterval(timer);
      timer = undefined;
      const closed = account;
      account = undefined;
      if (closed)
        void closed
          .close()
          .catch(() => undefined)
          .then(() => done());
      else done();
    });
  }

  RED.nodes.registerType("eo-account", EoAccount as unknown as (this: Node, def: NodeDef) => void, {
    credentials: {
      clientId: { type: "text" },
      clientSecret: { type: "password" },
      apiKey: { type: "password" },
      username: { type: "text" },
      password: { type: "password" },
      accessKeyId: { type: "text" },
      secretAccessKey: { type: "password" },
      sessionToken: { type: "password" },
    },
  });
};
