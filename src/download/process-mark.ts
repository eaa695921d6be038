/** Which process something belongs to, and whether that process is certainly gone. */
import { readFileSync, readlinkSync } from "node:fs";
import { isObject } from "./json.js";

export interface ProcessMark {
  pid: number;
  /** The running system and its process space; absent where they cannot be told. */
  system?: string;
  /** When the process began, in ticks of the system. */
  started?: string;
}

let own: ProcessMark | undefined;

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** The 22nd field of the process's line; the name in brackets may hold anything. */
function startOf(pid: number): string | undefined {
  const line = read(`/proc/${pid}/stat`);
  return line?.slice(line.lastIndexOf(")") + 2).split(" ")[19];
}

export function ownMark(): ProcessMark {
  if (own) return own;
  const boot = read("/proc/sys/kernel/random/boot_id")?.trim();
  let space: string | undefined;
  try {
    space = readlinkSync("/proc/self/ns/pid");
  } catch {
    space = undefined;
  }
  const started = startOf(process.pid);
  own = {
    pid: process.pid,
    ...(boot !== undefined && space !== undefined && started !== undefined
      ? { system: `${boot} ${space}`, started }
      : {}),
  };
  return own;
}

export function isOwn(mark: ProcessMark): boolean {
  const mine = ownMark();
  return mark.pid === mine.pid && mark.system === mine.system && mark.started === mine.started;
}

/** Only where the same running system can look; a process elsewhere is never certainly gone. */
export function isGone(mark: ProcessMark): boolean {
  const mine = ownMark();
  if (mark.system === undefined || mark.system !== mine.system || mark.started === undefined) return false;
  return startOf(mark.pid) !== mark.started;
}

export function markOf(value: unknown): ProcessMark | undefined {
  if (!isObject(value) || typeof value["pid"] !== "number") return undefined;
  const { pid, system, started } = value;
  return {
    pid,
    ...(typeof system === "string" ? { system } : {}),
    ...(typeof started === "string" ? { started } : {}),
  };
}
