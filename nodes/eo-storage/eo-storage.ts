/** The node eo-storage: lists, gets, puts and deletes files of an EO DataHub workspace or of a bucket. */
import { basename, join } from "node:path";
import type { Node, NodeAPI, NodeDef } from "node-red";
import type { Account } from "../../src/accounts/account.js";
import { Downloads, transfersOf, type FileRequest } from "../../src/download/index.js";
import { EoError, badInput } from "../../src/errors.js";
import { booleanOf } from "../../src/stac/search-fields.js";
import { storagePath } from "../../src/storage/path.js";
import { deleteFiles, listFiles, openStore, temporaryCredentials, type Via } from "../../src/storage/storage.js";
import type { Store } from "../../src/storage/store.js";
import { Uploads } from "../../src/storage/uploads.js";
import { neededAccount, useAccount } from "../common/account-node.js";
import { adapt, type Job } from "../common/adapter.js";
import { registerAdmin } from "../common/admin.js";
import { absoluteFolder, userFolder } from "../common/folders.js";
import { choiceProperty } from "../common/plain-property.js";
import { newMessage, newParts, withChanges, type Message } from "../common/sequences.js";
import { sizeText } from "../common/size-text.js";
import { plainProperty, typedProperty } from "../common/typed-property.js";

const MEMORY_FOLDER = "eo-flows";
const ACTIONS = ["list", "get", "put", "delete", "credentials"] as const;
const PUT_RETRIES = 5;
const PUT_STALL_MS = 120_000;

export = (RED: NodeAPI): void => {
  registerAdmin(RED);

  function EoStorage(this: Node, def: NodeDef & { account?: string }): void {
    RED.nodes.createNode(this, def);
    const node = this;
    useAccount(RED, node, def.account);
    const uploads = new Uploads();
    const memoryFolder = join(userFolder(RED), MEMORY_FOLDER);
    let reading: { door: Store["door"]; downloads: Downloads } | undefined;

    function downloadsThrough(door: Store["door"]): Downloads {
      if (reading?.door !== door) reading = { door, downloads: new Downloads({ door, memoryFolder }) };
      return reading.downloads;
    }

    async function textProperty(name: string, msg: Message): Promise<string | undefined> {
      const value = await typedProperty(RED, node, def, name, msg);
      if (value !== undefined && typeof value !== "string") throw badInput(`The field ${name} is not a text.`);
      return value;
    }

    adapt(node, ({ status, inFlight }) => {
      async function list(account: Account, via: Via, recursive: boolean, { msg, send, signal }: Job): Promise<void> {
        const path = await textProperty("path", msg);
        storagePath(path);
        status.working("eo-storage.status.listing");
        const store = await openStore(account, via, signal);
        const sequence = RED.util.generateId();
        let held: unknown[] | undefined;
        let index = 0;
        let files = 0;
        const sendPage = (page: unknown[], last: boolean): void => {
          const parts =
            last && index === 0 ? msg["parts"] : newParts(msg["parts"], sequence, index, last ? index + 1 : undefined);
          send([withChanges(msg, { payload: page, parts }), null]);
          index += 1;
        };
        // The last of a sequence says how many there were, so each page waits for the next.
        for await (const page of listFiles(store, path, recursive, signal)) {
          if (held) sendPage(held, false);
          held = page;
          files += page.length;
        }
        sendPage(held ?? [], true);
        if (inFlight() <= 1) status.done(`${files} ${files === 1 ? "file" : "files"}`);
      }

      async function get(account: Account, via: Via, recursive: boolean, { msg, send, signal }: Job): Promise<void> {
        const wanted = await textProperty("path", msg);
        const { path, folder: isFolder } = storagePath(wanted);
        if (path === "" && !recursive)
          throw badInput('The path names no file. Name one, or a folder together with the option "recursive".');
        const folder = absoluteFolder(RED, await textProperty("folder", msg), "eo-data");
        const filename = await textProperty("filename", msg);
        const ifExists = choiceProperty(def, "ifExists", ["verify", "overwrite", "rename", "error"]);
        const store = await openStore(account, via, signal);
        const files: FileRequest[] = transfersOf(
          recursive || isFolder ? await below(store, path, recursive, signal) : [{ href: store.url(path) }],
        );
        const downloads = downloadsThrough(store.door);
        const sequence = RED.util.generateId();
        let count = 0;
        let bytes = 0;
        await downloads.run(
          files,
          {
            folder,
            order: false,
            ...(filename === undefined ? {} : { filename }),
            ...(ifExists === undefined ? {} : { ifExists }),
          },
          {
            signal,
            onNote: (text) => node.warn(text),
            onProgress: ({ topic, payload }) => {
              send([null, newMessage(topic, payload)]);
              const { bytes: come, percent } = downloads.snapshot();
              status.working(`${percent === undefined ? "" : `${Math.floor(percent)} % · `}${sizeText(come)}`);
            },
            onFile: (file) => {
              count += 1;
              bytes += file.payload.bytes;
              const parts = file.count > 1 ? newParts(msg["parts"], sequence, file.index, file.count) : msg["parts"];
              const changes = { payload: file.payload, filename: file.payload.path, parts };
              send([withChanges(msg, changes), null]);
            },
          },
        );
        if (inFlight() <= 1) status.done(`${count} ${count === 1 ? "file" : "files"} · ${sizeText(bytes)}`);
      }

      async function put(account: Account, via: Via, { msg, send, signal }: Job): Promise<void> {
        const given = (await textProperty("filename", msg)) ?? fileOf(msg);
        if (given === undefined)
          throw badInput("There is no file to put. Name one, or send the message of a download node.");
        const filename = absoluteFolder(RED, given, "");
        const { path: wanted, folder } = storagePath(await textProperty("path", msg));
        const path = wanted === "" ? basename(filename) : folder ? `${wanted}/${basename(filename)}` : wanted;
        storagePath(path);
        const expected = expectedOf(msg, given);
        const result = await uploads.run(
          (inner) => openStore(account, via, inner),
          {
            filename,
            path,
            ifExists: choiceProperty(def, "ifExists", ["verify", "overwrite", "rename", "error"]) ?? "verify",
            ...(expected ? { expected } : {}),
            retries: PUT_RETRIES,
            stallMs: PUT_STALL_MS,
            memoryFolder,
          },
          {
            signal,
            onNote: (text) => node.warn(text),
            onProgress: ({ topic, payload }) => {
              send([null, newMessage(topic, payload)]);
              const { bytes, total, active } = uploads.snapshot();
              const percent = total > 0 ? `${Math.floor((100 * bytes) / total)} % · ` : "";
              status.working(`${percent}${sizeText(bytes)}${active > 1 ? ` · ${active} files` : ""}`);
            },
          },
        );
        send([withChanges(msg, { payload: result }), null]);
        if (inFlight() <= 1) status.done(`1 file · ${sizeText(result.bytes)}`);
      }

      return {
        async input(job) {
          const { msg, send, signal } = job;
          const action = choiceProperty(def, "action", ACTIONS) ?? "list";
          const via = choiceProperty(def, "via", ["https", "s3"]) ?? "https";
          const recursive = booleanOf(plainProperty(def, "recursive") ?? "", "recursive") ?? false;
          const account = neededAccount(RED, plainProperty(def, "account"));
          switch (action) {
            case "list":
              await list(account, via, recursive, job);
              return;
            case "get":
              await get(account, via, recursive, job);
              return;
            case "put":
              await put(account, via, job);
              return;
            case "delete": {
              const path = await textProperty("path", msg);
              storagePath(path);
              status.working("eo-storage.status.deleting");
              const deleted = await deleteFiles(await openStore(account, via, signal), path, recursive, signal);
              send([withChanges(msg, { payload: { deleted } }), null]);
              if (inFlight() <= 1) status.done(`${deleted.length} ${deleted.length === 1 ? "file" : "files"}`);
              return;
            }
            case "credentials":
              send([withChanges(msg, { payload: await temporaryCredentials(account, signal) }), null]);
              if (inFlight() <= 1) status.done("eo-storage.status.credentials");
          }
        },
        cancel(id) {
          if (!uploads.cancel(id) && reading?.downloads.cancel(id) !== true)
            node.warn(`There is no transfer ${id.slice(0, 100)} to cancel.`);
        },
        reset() {
          uploads.cancelAll();
          reading?.downloads.cancelAll();
        },
      };
    });
  }

  /** Links to all files of a folder, with their sizes. */
  async function below(store: Store, path: string, recursive: boolean, signal: AbortSignal): Promise<object[]> {
    const links: object[] = [];
    for await (const page of listFiles(store, path === "" ? "" : `${path}/`, recursive, signal)) {
      links.push(...page.map((file) => ({ href: store.url(file.path), "file:size": file.bytes })));
    }
    if (links.length > 0 || path === "") return links;
    if (await store.head(path, signal)) return [{ href: store.url(path) }];
    throw new EoError("NOT_FOUND", `There is nothing at ${path}.`, { url: store.url(path) });
  }

  /** The file a message is about, as the download node sends it. */
  function fileOf(msg: Message): string | undefined {
    const { payload } = msg as { payload?: unknown };
    const path = typeof payload === "object" && payload !== null ? (payload as { path?: unknown }).path : undefined;
    return [msg["filename"], path].find((one): one is string => typeof one === "string" && one !== "");
  }

  /** What a download node has proved of that very file. */
  function expectedOf(msg: Message, file: string): { bytes?: number; sha256?: string } | undefined {
    const { payload } = msg as { payload?: unknown };
    if (typeof payload !== "object" || payload === null) return undefined;
    const { path, bytes, sha256 } = payload as { path?: unknown; bytes?: unknown; sha256?: unknown };
    if (path !== file) return undefined;
    return {
      ...(typeof bytes === "number" ? { bytes } : {}),
      ...(typeof sha256 === "string" && /^[0-9a-f]{64}$/i.test(sha256) ? { sha256 } : {}),
    };
  }

  RED.nodes.registerType("eo-storage", EoStorage);
};
