/** Where relative paths of a node lie, as the core file nodes have it. */
import { isAbsolute, resolve } from "node:path";
import type { NodeAPI } from "node-red";

interface FolderSettings {
  userDir?: string;
  fileWorkingDirectory?: string;
}

export function userFolder(RED: NodeAPI): string {
  return (RED.settings as unknown as FolderSettings).userDir || process.cwd();
}

/** `folder`, or `fallback` in the user folder when undefined; relative ones against fileWorkingDirectory, else the user folder. */
export function absoluteFolder(RED: NodeAPI, folder: string | undefined, fallback: string): string {
  if (folder === undefined) return resolve(userFolder(RED), fallback);
  if (isAbsolute(folder)) return folder;
  return resolve((RED.settings as unknown as FolderSettings).fileWorkingDirectory || userFolder(RED), folder);
}
