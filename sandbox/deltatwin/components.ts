/** The components that can be run: their versions, their typed inputs, their outputs. */
import { LosslessNumber, type LosslessValue } from "../core/lossless-json.js";
import { publicationDate } from "./dates.js";

export type InputType =
  "string" | "integer" | "number" | "boolean" | "json" | "datetime" | "secret" | "Data" | "DriveData";

export interface Parameter {
  name: string;
  type: InputType;
  /** null: the input must be given. */
  default_value: LosslessValue;
  description: string;
}

/** Which work a component does, see model-work.ts. */
export type ModelKind = "band" | "echo" | "broken";

export interface Version {
  version: string;
  changelog: string;
  /** Milliseconds since 1970. */
  published: number;
  inputs: Parameter[];
  outputs: Parameter[];
}

export interface Component {
  name: string;
  short_description: string;
  description: string;
  owner: string;
  visibility: "public" | "private";
  topics: string[];
  license: { name: string; url: string };
  /** Newest last. */
  versions: Version[];
  /** Name of the model node. */
  model: string;
  kind: ModelKind;
}

const LICENSE = { name: "LGPLv3", url: "https://www.gnu.org/licenses/lgpl-3.0.txt" };

const parameter = (
  name: string,
  type: InputType,
  description: string,
  default_value: LosslessValue = null,
): Parameter => ({ name, type, default_value, description });

/** Name of the component of the how-to, and of one of its outputs. */
export const EXAMPLE = { component: "band-extractor", output: "band" };

/** Components as they are at the start; `owner` has the private ones. */
export function firstComponents(owner: string): Component[] {
  const product = parameter("product", "Data", "URL of a Sentinel-2 Level 1C or 2A product");
  const bandName = parameter("bandName", "string", "Name of the band, such as B01");
  const band = parameter("band", "Data", "The band as a GeoTIFF");
  return [
    {
      name: EXAMPLE.component,
      short_description: "Extracts one band of a Sentinel-2 product",
      description: "Fetches a product, takes one band out of it and writes it as a GeoTIFF.",
      owner: "starter-kit",
      visibility: "public",
      topics: ["starter-kit", "sentinel-2"],
      license: LICENSE,
      model: "extract",
      kind: "band",
      versions: [
        {
          version: "1.0.0",
          changelog: "First version",
          published: Date.UTC(2024, 1, 21, 13, 16, 47, 548),
          inputs: [product, bandName],
          outputs: [band],
        },
        {
          version: "1.1.0",
          changelog: "Values can be scaled; statistics beside the band",
          published: Date.UTC(2025, 5, 12, 12, 49, 50, 120),
          inputs: [product, bandName, parameter("scale", "number", "Factor on each value", new LosslessNumber("1.0"))],
          outputs: [band, parameter("statistics", "Data", "Least, greatest and mean value as JSON")],
        },
      ],
    },
    {
      name: "input-types",
      short_description: "Shows what it was given",
      description: "Takes an input of every type and writes what it received as JSON.",
      owner,
      visibility: "private",
      topics: ["test"],
      license: LICENSE,
      model: "show",
      kind: "echo",
      versions: [
        {
          version: "0.2.0",
          changelog: "",
          published: Date.UTC(2026, 0, 15, 9, 30, 0, 5),
          inputs: [
            parameter("text", "string", "Any text"),
            parameter("angle", "integer", "Whole degrees"),
            parameter("factor", "number", "Any number"),
            parameter("flag", "boolean", "Yes or no", false),
            parameter("settings", "json", "Structured values", { mode: "quick" }),
            parameter("when", "datetime", "An instant", "2026-01-01T00:00:00Z"),
            parameter("image", "Data", "Any file on the web", { url: "" }),
            parameter("stored", "DriveData", "A resource of the drive", { drive_id: "" }),
            parameter("password", "secret", "A secret", { secret_value: "" }),
          ],
          outputs: [parameter("received", "Data", "The inputs as JSON")],
        },
      ],
    },
    {
      name: "broken-model",
      short_description: "Fails in the way it is told to",
      description: "Takes the way of failing, and a token that its command line shows.",
      owner,
      visibility: "private",
      topics: ["test"],
      license: LICENSE,
      model: "fail",
      kind: "broken",
      versions: [
        {
          version: "1.0.0",
          changelog: "",
          published: Date.UTC(2026, 1, 1, 8, 0, 0, 250),
          inputs: [
            parameter("how", "string", "exit, no-output, two-outputs, dependency, node or manifest", "exit"),
            parameter("token", "string", "Text that is passed on the command line", "none"),
          ],
          outputs: [parameter("result", "Data", "Never written")],
        },
      ],
    },
  ];
}

export class ComponentStore {
  private all: Component[] = [];

  constructor(private readonly owner: () => string) {
    this.reset();
  }

  /** Components that a person sees. */
  seenBy(user: string): Component[] {
    return this.all.filter((one) => one.visibility === "public" || one.owner === user);
  }

  find(name: string, user: string): Component | undefined {
    return this.seenBy(user).find((one) => one.name === name);
  }

  remove(component: Component): void {
    this.all = this.all.filter((one) => one !== component);
  }

  reset(): void {
    this.all = firstComponents(this.owner());
  }
}

/** That version, or the latest. */
export function versionOf(component: Component, version?: string): Version | undefined {
  return version === undefined ? component.versions.at(-1) : component.versions.find((one) => one.version === version);
}

/** One entry of the list. */
export function listEntry(component: Component): object {
  const { name, short_description, license, topics, owner, visibility } = component;
  const published = component.versions.at(-1)?.published ?? 0;
  return {
    name,
    short_description,
    publication_date: publicationDate(published),
    license: { name: license.name },
    topics,
    owner,
    visibility,
  };
}

export function componentDocument(component: Component, version: Version): object {
  const { name, description, topics, owner, visibility, license } = component;
  return {
    name,
    description,
    topics,
    version: version.version,
    owner,
    publication_date: publicationDate(version.published),
    inputs: version.inputs,
    outputs: version.outputs,
    visibility,
    license,
  };
}
