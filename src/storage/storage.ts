/** The files of an account, by HTTPS or S3: what the storage node does, and the door for objects that a download reads. */
import type { Account } from "../accounts/account.js";
import { fixedKeys, S3Sessions, type S3KeySource } from "../eodh/s3-sessions.js";
import { workspaceStore } from "../eodh/workspace.js";
import { EoError, badInput } from "../errors.js";
import { BucketFiles } from "./bucket-files.js";
import { S3Door } from "./s3-door.js";
import { s3Place, type S3Place } from "./s3-place.js";
import { filePath, storagePath } from "./path.js";
import type { Store, StoredFile } from "./store.js";
import { WorkspaceFiles } from "./workspace-files.js";

export type Via = "https" | "s3";

/** What another tool needs to reach the same files. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  /** RFC 3339. */
  expiration?: string;
  endpoint?: string;
  region: string;
  bucket: string;
  prefix: string;
}

const DELETES_AT_ONCE = 4;

const sources = new WeakMap<Account, S3KeySource>();
const doors = new WeakMap<Account, Promise<{ door: S3Door; place: S3Place }>>();

/** One source of keys for all nodes of the account. @throws EoError BAD_INPUT for an account without any */
function keySource(account: Account): S3KeySource {
  const known = sources.get(account);
  if (known) return known;
  const keys = account.s3Keys();
  const source =
    account.provider.id === "eodh"
      ? new S3Sessions(account)
      : account.provider.id === "s3" && keys
        ? fixedKeys(keys)
        : undefined;
  if (!source)
    throw badInput(
      `An account of ${account.provider.title} has no files of its own. Choose one of the UK EO DataHub or of an S3 store.`,
    );
  sources.set(account, source);
  return source;
}

/** The door to the account's object store, and where that is. @throws EoError BAD_INPUT; as asking for the workspace */
export async function s3DoorOf(account: Account): Promise<{ door: S3Door; place: S3Place }> {
  account.check();
  const known = doors.get(account);
  if (known) return await known;
  const source = keySource(account);
  const made = s3Place(account).then((place) => ({ place, door: new S3Door(account, place, source) }));
  doors.set(account, made);
  made.catch(() => doors.delete(account));
  return await made;
}

/** The store of an account. @throws EoError BAD_INPUT; for eodh as asking for the workspace */
export async function openStore(account: Account, via: Via, signal: AbortSignal): Promise<Store> {
  account.check();
  const bySigning = async (): Promise<BucketFiles> => {
    const { door, place } = await s3DoorOf(account);
    return new BucketFiles(door, place);
  };
  if (account.provider.id !== "eodh" || via === "s3") return await bySigning();
  return new WorkspaceFiles(account, await workspaceStore(account, signal), bySigning);
}

/** Pages of at most a thousand files below `path`; where it names a file, that one. @throws EoError */
export async function* listFiles(
  store: Store,
  wanted: unknown,
  recursive: boolean,
  signal: AbortSignal,
): AsyncGenerator<StoredFile[], void, undefined> {
  const { path, folder } = storagePath(wanted);
  let found = false;
  for await (const page of store.list(path, recursive, signal)) {
    found = true;
    yield page;
  }
  if (found || path === "" || folder) return;
  const file = await store.head(path, signal);
  if (!file) return;
  const { bytes, modified, etag } = file;
  yield [{ path, bytes, ...(modified === undefined ? {} : { modified }), ...(etag === undefined ? {} : { etag }) }];
}

/** Removes one file, or with `recursive` everything below a folder. @throws EoError NOT_FOUND when nothing is there */
export async function deleteFiles(
  store: Store,
  wanted: unknown,
  recursive: boolean,
  signal: AbortSignal,
): Promise<string[]> {
  if (!recursive) {
    const path = filePath(wanted);
    if (!(await store.head(path, signal))) {
      throw new EoError(
        "NOT_FOUND",
        `There is no file ${path} to delete. A folder and all that is in it is deleted with the option "recursive" only.`,
        { url: store.url(path) },
      );
    }
    await store.remove(path, signal);
    return [path];
  }
  const { path } = storagePath(wanted);
  if (path === "") throw badInput("Everything at once is not deleted. Name a folder.");
  const deleted: string[] = [];
  const one = await store.head(path, signal);
  if (one) {
    await store.remove(path, signal);
    deleted.push(path);
  }
  for await (const page of store.list(path, true, signal)) {
    for (let at = 0; at < page.length; at += DELETES_AT_ONCE) {
      const some = page.slice(at, at + DELETES_AT_ONCE);
      await Promise.all(some.map((file) => store.remove(file.path, signal)));
      deleted.push(...some.map((file) => file.path));
    }
  }
  if (deleted.length === 0)
    throw new EoError("NOT_FOUND", `There is nothing below ${path} to delete.`, { url: store.url(path) });
  return deleted;
}

/** Temporary credentials for another tool: a secret that a person has asked for. @throws EoError BAD_INPUT for other accounts */
export async function temporaryCredentials(account: Account, signal: AbortSignal): Promise<Credentials> {
  if (account.provider.id !== "eodh")
    throw badInput(
      "Temporary credentials are made for accounts of the UK EO DataHub. Other accounts hold their keys themselves.",
    );
  account.check();
  const { endpoint, region, bucket, prefix } = await s3Place(account, signal);
  const { accessKeyId, secretAccessKey, sessionToken = "", expiration } = await keySource(account).get(signal);
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken,
    ...(expiration ? { expiration: expiration.toISOString() } : {}),
    ...(endpoint === undefined ? {} : { endpoint }),
    region,
    bucket,
    prefix,
  };
}
