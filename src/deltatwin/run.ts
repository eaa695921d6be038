/** A run as the service describes it: read with tolerance, secrets starred, its outputs as assets. */
import { oneLine } from "../one-line.js";
import { isRecord } from "../stac/item.js";
import type { Input, Inputs } from "./inputs.js";

export interface Run {
  id: string;
  status: string;
  component: string;
  version: string;
  /** Epoch ms; undefined when it is not told. */
  startedAt: number | undefined;
  message: string;
  returnCode: string;
  /** The service's own object. */
  raw: Record<string, unknown>;
}

/** A step of a run's workflow. */
export interface RunNode {
  id: string;
  name: string;
  status: string;
  type: string;
}

export interface OutputAsset {
  href: string;
  title: string;
  type?: string;
  roles: ["data"];
}

const ENDED = new Set(["success", "error", "cancelled", "canceled"]);

/** The run in an answer; undefined when it is none. */
export function runIn(value: unknown): Run | undefined {
  if (!isRecord(value)) return undefined;
  const id = text(value["run_id"]) || text(value["id"]);
  if (id === "") return undefined;
  const started = Date.parse(text(value["start_at"]));
  return {
    id,
    status: text(value["status"]).toLowerCase(),
    component: text(value["deltatwin_name"]),
    version: text(value["deltatwin_version"]),
    startedAt: Number.isNaN(started) ? undefined : started,
    message: text(value["message"]),
    returnCode: typeof value["return_code"] === "number" ? String(value["return_code"]) : text(value["return_code"]),
    raw: value,
  };
}

export function runNodesIn(value: unknown): RunNode[] {
  if (!Array.isArray(value)) return [];
  return (value as unknown[]).flatMap((entry): RunNode[] => {
    if (!isRecord(entry)) return [];
    const id = typeof entry["id"] === "number" ? String(entry["id"]) : text(entry["id"]);
    return [
      {
        id,
        name: text(entry["name"]) || text(entry["workflow_node_id"]) || id,
        status: text(entry["status"]).toLowerCase(),
        type: text(entry["type"]).toLowerCase(),
      },
    ];
  });
}

/** Nothing more will happen to it. Words we do not know are no end. */
export function hasEnded(status: string): boolean {
  return ENDED.has(status);
}

/** The step that failed: a model before the steps that only lack its result. */
export function failedNode(nodes: readonly RunNode[]): RunNode | undefined {
  const failed = nodes.filter(({ status }) => status === "error");
  return failed.find(({ type }) => type === "model") ?? failed[0];
}

/** What a status shows of a run: `running 2/5 · model`. */
export function progressText(status: string, nodes: readonly RunNode[]): string {
  if (status !== "running" || nodes.length === 0) return status || "started";
  const done = nodes.filter((node) => node.status === "success").length;
  const now =
    nodes.find((node) => node.status === "running" && node.type === "model") ??
    nodes.find((node) => node.status === "running");
  return `running ${done}/${nodes.length}${now === undefined ? "" : ` · ${oneLine(now.name, 30)}`}`;
}

/** Whether a run was started with these inputs; what the service adds to them, or leaves out of them, does not count. */
export function hasInputs(run: Run, inputs: Inputs): boolean | undefined {
  const echoed = parametersOf(run.raw["inputs"]);
  if (echoed === undefined) return undefined;
  return [...inputs].every(([name, input]) => {
    const entry = echoed.get(name);
    return entry !== undefined && sameValue(input, entry);
  });
}

function sameValue(input: Input, entry: Record<string, unknown>): boolean {
  if ("from" in input) return true;
  if (input.type === "Data") return decoded(entry["url"] ?? entry["value"]) === decoded(input.url);
  if (input.type === "secret") return true;
  const value = entry[input.type === "DriveData" ? "drive_id" : "value"] ?? entry["value"];
  if (typeof input.value === "bigint") return String(value) === String(input.value) || value === Number(input.value);
  if (typeof input.value === "object") return JSON.stringify(value) === JSON.stringify(input.value);
  return value === input.value;
}

function decoded(value: unknown): string {
  const url = text(value);
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}

/** Inputs or outputs by name: the service sends a list of `{name, …}` or a map. */
function parametersOf(value: unknown): Map<string, Record<string, unknown>> | undefined {
  if (Array.isArray(value)) {
    return new Map(
      (value as unknown[]).flatMap((entry) =>
        isRecord(entry) && typeof entry["name"] === "string" ? [[entry["name"], entry] as const] : [],
      ),
    );
  }
  if (!isRecord(value)) return undefined;
  return new Map(Object.entries(value).flatMap(([name, entry]) => (isRecord(entry) ? [[name, entry] as const] : [])));
}

/**
 * The files a run has produced, as assets.
 * @param declared names of outputs the component declares, where the run itself names none
 * @param hrefOf the address of an output's download
 */
export function outputAssets(
  run: Run,
  declared: readonly { name: string; type: string }[],
  hrefOf: (output: string) => string,
): Record<string, OutputAsset> {
  const own = parametersOf(run.raw["outputs"]);
  const outputs: [string, Record<string, unknown>][] =
    own !== undefined && own.size > 0 ? [...own] : declared.map(({ name, type }) => [name, { type }]);
  const files = outputs.filter(([name, output]) => name !== "__proto__" && isFile(output));
  return Object.fromEntries(
    files.map(([name, output]) => {
      const file = baseName(text(output["basename"]) || text(output["url"]) || text(output["path"]));
      const type = mediaType(file);
      return [
        name,
        {
          href: hrefOf(name),
          title: file === "" ? name : file,
          ...(type === undefined ? {} : { type }),
          roles: ["data"],
        },
      ];
    }),
  );
}

/** A number or a word is an output too, but nothing to fetch. */
function isFile(output: Record<string, unknown>): boolean {
  if (text(output["basename"]) !== "" || text(output["url"]) !== "") return true;
  const type = text(output["type"]).toLowerCase();
  return type === "" || type === "data" || type === "drivedata";
}

function baseName(place: string): string {
  const path = place.split(/[?#]/)[0] ?? "";
  return oneLine(path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1), 200);
}

const MEDIA_TYPES: Record<string, string> = {
  ...{
    tif: "image/tiff",
    tiff: "image/tiff",
    png: "image/png",
    jpg: "image/jpeg",
    jpeg: "image/jpeg",
    jp2: "image/jp2",
  },
  ...{ zip: "application/zip", gz: "application/gzip", nc: "application/x-netcdf", h5: "application/x-hdf5" },
  ...{ grib: "application/x-grib", grb: "application/x-grib", pdf: "application/pdf", csv: "text/csv" },
  ...{
    json: "application/json",
    geojson: "application/geo+json",
    xml: "application/xml",
    kml: "application/vnd.google-earth.kml+xml",
  },
  ...{ html: "text/html", htm: "text/html", txt: "text/plain", log: "text/plain" },
};

/** By the file's extension; undefined when there is no name to tell it by. */
function mediaType(file: string): string | undefined {
  const dot = file.lastIndexOf(".");
  if (dot < 0) return undefined;
  const extension = file.slice(dot + 1).toLowerCase();
  return Object.hasOwn(MEDIA_TYPES, extension) ? MEDIA_TYPES[extension] : "application/octet-stream";
}

const STARS = "***";

/**
 * A copy of a service's object without secrets: known ones wherever they stand, and what stands where a secret belongs.
 * @param star stars known secrets in a text
 * @param hidden names of inputs whose values are secret
 */
export function starred(
  value: Record<string, unknown>,
  star: (text: string) => string,
  hidden: ReadonlySet<string> = new Set(),
): Record<string, unknown> {
  const copy = starredIn(value, star) as Record<string, unknown>;
  for (const place of ["inputs", "outputs"]) {
    for (const [name, entry] of parametersOf(copy[place]) ?? []) {
      if (!hidden.has(name)) continue;
      for (const property of ["value", "secret_value", "drive_id", "url", "basename"])
        if (property in entry) entry[property] = STARS;
    }
  }
  return copy;
}

function starredIn(value: unknown, star: (text: string) => string): unknown {
  if (typeof value === "string") return star(value);
  if (Array.isArray(value)) return value.map((entry) => starredIn(entry, star));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [
      star(name),
      /^(api_?key|secret_value|password|access_token|refresh_token)$/i.test(name) && entry !== null
        ? STARS
        : starredIn(entry, star),
    ]),
  );
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
