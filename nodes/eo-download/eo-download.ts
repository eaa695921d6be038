/** The node eo-download: an item, or many, to files; progress on the second output. */
import { join } from "node:path";
import type { Node, NodeAPI, NodeDef } from "node-red";
import type { Account } from "../../src/accounts/account.js";
import { openDoor } from "../../src/accounts/account.js";
import { Downloads, transfersOf, type DownloadOptions, type FileDone } from "../../src/download/index.js";
import { badInput } from "../../src/errors.js";
import type { Door } from "../../src/http/door.js";
import { booleanOf } from "../../src/stac/search-fields.js";
import { ObjectsDoor, hasObjects, mentionsS3 } from "../../src/storage/s3-assets.js";
import { accountOf, useAccount } from "../common/account-node.js";
import { adapt, type Job } from "../common/adapter.js";
import { registerAdmin } from "../common/admin.js";
import { absoluteFolder, userFolder } from "../common/folders.js";
import { choiceProperty } from "../common/plain-property.js";
import { newMessage, newParts, withChanges, type Message } from "../common/sequences.js";
import { sizeText } from "../common/size-text.js";
import { plainProperty, typedProperty } from "../common/typed-property.js";
import { shown } from "../../src/shown.js";

const MEMORY_FOLDER = "eo-flows";

function numberProperty(def: NodeDef, name: string): number | undefined {
  const value = plainProperty(def, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!Number.isFinite(number)) throw badInput(`The field ${name} has "${shown(value)}", which is not a number.`);
  return number;
}

/** The options with a value; those left blank take the engine's defaults. */
function given<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

export = (RED: NodeAPI): void => {
  registerAdmin(RED);

  function EoDownload(this: Node, def: NodeDef & { account?: string }): void {
    RED.nodes.createNode(this, def);
    const node = this;
    useAccount(RED, node, def.account);
    let current:
      { account: Account | undefined; door: Door; downloads: Downloads; close?: () => Promise<void> } | undefined;

    /** The queue of this node; a new one when the account was deployed anew. */
    function downloadsFor(account: Account | undefined): Downloads {
      if (current?.account !== account || current === undefined) {
        const open = openDoor();
        const door = !account ? open : hasObjects(account) ? new ObjectsDoor(account) : account.door;
        current = {
          account,
          door,
          ...(account ? {} : { close: () => open.close() }),
          downloads: new Downloads({ door, memoryFolder: join(userFolder(RED), MEMORY_FOLDER) }),
        };
      }
      const parallel = numberProperty(def, "parallel") ?? 2;
      if (!Number.isInteger(parallel) || parallel < 1)
        throw badInput("The field parallel is not a whole number of 1 or more.");
      current.downloads.parallel = parallel;
      return current.downloads;
    }

    async function textProperty(name: string, msg: Message): Promise<string | undefined> {
      const value = await typedProperty(RED, node, def, name, msg);
      if (value !== undefined && typeof value !== "string") throw badInput(`The field ${name} is not a text.`);
      return value;
    }

    async function optionsFor(msg: Message): Promise<DownloadOptions> {
      return {
        folder: absoluteFolder(RED, await textProperty("folder", msg), "eo-data"),
        ...given({
          filename: await textProperty("filename", msg),
          ifExists: choiceProperty(def, "ifExists", ["verify", "overwrite", "rename", "error"]),
          proof: choiceProperty(def, "proof", ["best", "required"]),
          segments: numberProperty(def, "segments"),
          stallTimeout: numberProperty(def, "stallTimeout"),
          retries: numberProperty(def, "retries"),
          order: booleanOf(plainProperty(def, "order") ?? "", "order"),
          orderTimeout: numberProperty(def, "orderTimeout"),
        }),
      };
    }

    async function assetsFor(msg: Message): Promise<string | string[] | undefined> {
      const assets = await typedProperty(RED, node, def, "assets", msg);
      if (assets === undefined || typeof assets === "string") return assets;
      if (Array.isArray(assets) && assets.every((entry) => typeof entry === "string")) return assets;
      throw badInput("The field assets is not a text or a list of texts.");
    }

    adapt(node, ({ status, inFlight }) => {
      function showWork(downloads: Downloads): void {
        const { active, waiting, ordering, bytes, percent, rate } = downloads.snapshot();
        if (active === 0 && ordering > 0) {
          status.working("eo-download.status.ordering");
          return;
        }
        const others = active + waiting > 1 ? ` · ${active + waiting} files` : "";
        const speed = rate > 0 && percent === undefined ? ` · ${sizeText(rate)}/s` : "";
        status.working(
          `${percent === undefined ? "" : `${Math.floor(percent)} % · `}${sizeText(bytes)}${speed}${others}`,
        );
      }

      return {
        async input({ msg, send, signal }: Job) {
          const account = accountOf(RED, plainProperty(def, "account"));
          const downloads = downloadsFor(account);
          const options = await optionsFor(msg);
          const assets = await assetsFor(msg);
          const door = current?.door;
          const objectAddress =
            door instanceof ObjectsDoor && mentionsS3(msg.payload) ? await door.objects() : undefined;
          const files = transfersOf(msg.payload, { ...given({ assets, order: options.order, objectAddress }) });
          const sequence = RED.util.generateId();
          let count = 0;
          let bytes = 0;
          await downloads.run(files, options, {
            signal,
            onNote: (text) => node.warn(text),
            onProgress: ({ topic, payload }) => {
              send([null, newMessage(topic, payload)]);
              showWork(downloads);
            },
            onFile: (file) => {
              count += 1;
              bytes += file.payload.bytes;
              send([fileMessage(msg, file, sequence), null]);
            },
          });
          if (inFlight() <= 1) status.done(`${count} ${count === 1 ? "file" : "files"} · ${sizeText(bytes)}`);
        },
        cancel(id) {
          if (!current?.downloads.cancel(id)) node.warn(`There is no transfer ${id.slice(0, 100)} to cancel.`);
        },
        reset: () => current?.downloads.cancelAll(),
        close: () => current?.close?.(),
      };
    });
  }

  function fileMessage(msg: Message, file: FileDone, sequence: string): Message {
    const parts = file.count > 1 ? newParts(msg["parts"], sequence, file.index, file.count) : msg["parts"];
    return withChanges(msg, {
      payload: file.payload,
      filename: file.payload.path,
      ...(file.item === undefined ? {} : { item: file.item }),
      parts,
    });
  }

  RED.nodes.registerType("eo-download", EoDownload);
};
