/** Options of the sandbox: their defaults, and how the command line is read. */
import { SMALLEST_NETCDF } from "./products/netcdf.js";

export interface SandboxOptions {
  /** First listening port; 0: any free one. The other origins take free ports. */
  port: number;
  /** Everything over https, with a private authority. */
  tls: boolean;
  /** All dates of the ocean colour collection lie in the last week. */
  seedWeek: boolean;
  /** Items of the ocean colour collection. */
  items: number;
  /** Size of each product in bytes, exactly. */
  bytes: number;
  /** Life of a token in seconds. */
  tokenTtl: number;
  /** Requests a second over which the service answers 429; 0: no limit. */
  rate: number;
}

export const DEFAULT_OPTIONS: Readonly<SandboxOptions> = {
  port: 0,
  tls: false,
  seedWeek: false,
  items: 60,
  bytes: 200_000,
  tokenTtl: 3600,
  rate: 0,
};

interface NumberRule {
  key: "port" | "items" | "bytes" | "tokenTtl" | "rate";
  least: number;
  most: number;
  whole: boolean;
}

const NUMBERS: Record<string, NumberRule> = {
  "--port": { key: "port", least: 0, most: 65_535, whole: true },
  "--items": { key: "items", least: 0, most: 1_000_000, whole: true },
  "--bytes": { key: "bytes", least: SMALLEST_NETCDF, most: 1e12, whole: true },
  "--token-ttl": { key: "tokenTtl", least: 0.001, most: 1e9, whole: false },
  "--rate": { key: "rate", least: 0, most: 1e6, whole: false },
};

export const USAGE =
  "Usage: sandbox [--port N] [--tls] [--seed-week] [--items N] [--bytes N] [--token-ttl S] [--rate N]";

/** Reads command-line arguments, `--name value` or `--name=value`. Throws a TypeError with a plain sentence. */
export function readArguments(args: readonly string[]): SandboxOptions {
  const options: SandboxOptions = { ...DEFAULT_OPTIONS };
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    const [name = "", inline] = arg.split(/=(.*)/s);
    if (name === "--tls" || name === "--seed-week") {
      if (inline !== undefined) throw new TypeError(`${name} takes no value.`);
      options[name === "--tls" ? "tls" : "seedWeek"] = true;
      continue;
    }
    const rule = Object.hasOwn(NUMBERS, name) ? NUMBERS[name] : undefined;
    if (!rule) throw new TypeError(`There is no option ${name}. ${USAGE}`);
    const text = inline ?? args[++at];
    if (text === undefined) throw new TypeError(`${name} needs a number after it.`);
    options[rule.key] = readNumber(name, text, rule);
  }
  return options;
}

function readNumber(name: string, text: string, rule: NumberRule): number {
  const value = text.trim() === "" ? NaN : Number(text);
  const fits = value >= rule.least && value <= rule.most && (!rule.whole || Number.isInteger(value));
  if (!fits) {
    const kind = rule.whole ? "a whole number" : "a number";
    throw new TypeError(`${name} must be ${kind} from ${rule.least} to ${rule.most}, not ${JSON.stringify(text)}.`);
  }
  return value;
}
