/** The admin endpoints behind the dialogs: what each takes and what it answers. */
import type { NodeAPI } from "node-red";
import type { Account } from "../../src/accounts/account.js";
import { probe, type ProbeStep } from "../../src/accounts/probe.js";
import { DeltaTwinClient } from "../../src/deltatwin/client.js";
import type { Parameter } from "../../src/deltatwin/component.js";
import { previewFiles } from "../../src/download/preview.js";
import { badInput } from "../../src/errors.js";
import { shown } from "../../src/shown.js";
import { catalogueList } from "../../src/stac/catalogues.js";
import { collectionsOf } from "../../src/stac/collections.js";
import { datetimeInterval } from "../../src/stac/datetime-interval.js";
import { itemId, type Item } from "../../src/stac/item.js";
import type { MatchMode } from "../../src/stac/latest.js";
import { dateText, previewLatest, previewSearch, type LatestPreview } from "../../src/stac/preview.js";
import { booleanOf, positiveInteger } from "../../src/stac/search-fields.js";
import { cataloguePath, searchRequest } from "../../src/stac/search-request.js";
import { AccountDesk, accountRefOf, type AccountRef } from "./admin-account.js";
import { failureOf, label } from "./admin-answer.js";
import { Refusal, type Fields, type Typed } from "./admin-body.js";
import { serve, type AdminJob, type Endpoint } from "./admin-http.js";
import { PreviewShelf, type KeptPreview } from "./admin-shelf.js";
import { DialogValues } from "./admin-values.js";
import { absoluteFolder } from "./folders.js";

const SEARCH_TYPED = [
  ...(["catalogue", "collections", "datetime", "bbox", "intersects", "ids"] as const),
  ...(["query", "filter", "sortby", "fields"] as const),
];
const FILTER_PLAIN = ["matchMode", "groupBy", "count", "dateField"] as const;
const FIRST = 10;
const MOST_COLLECTIONS_SHOWN = 100;
const MOST_COMPONENTS = 1000;
/** What a preview has of its 45 s for the search itself; the rest is for the answer. */
const SEARCH_MS = 40_000;

const served = new WeakSet();

/** Adds the endpoints to Node-RED's admin interface, once, whichever of the nodes is loaded first. */
export function registerAdmin(RED: NodeAPI): void {
  const app = RED.httpAdmin as object | undefined;
  if (!app || served.has(app)) return;
  served.add(app);
  const running = new Set<AbortController>();
  for (const endpoint of endpoints(RED)) serve(RED, endpoint, running);
}

function endpoints(RED: NodeAPI): Endpoint[] {
  const desk = new AccountDesk(RED);
  const shelf = new PreviewShelf();

  async function withAccount<T>(
    ref: AccountRef,
    fresh: boolean,
    job: AdminJob,
    work: (account: Account) => Promise<T>,
  ): Promise<T> {
    const lease = desk.lease(ref, fresh, (redact) => job.hide(redact));
    try {
      return await work(lease.account);
    } finally {
      void lease.release().catch(() => undefined);
    }
  }

  const filtered = (kept: KeptPreview, filter: FilterFields, node: string): ReturnType<typeof filteredBy> =>
    filteredBy(new DialogValues(RED, node), kept, filter);

  return [
    {
      path: "eo/account/test",
      permission: "eo.write",
      time: 45_000,
      outbound: true,
      read(body) {
        const ref = accountRefOf(body.object("account"));
        return (job) =>
          withAccount(ref, true, job, async (account) => ({
            steps: (await probe(account, job.signal)).map(shownStep),
          }));
      },
    },
    {
      path: "eo/search/collections",
      permission: "eo.write",
      time: 30_000,
      outbound: true,
      read(body) {
        const ref = accountRefOf(body.object("account"));
        const catalogue = body.optionalText("catalogue");
        return (job) =>
          withAccount(ref, false, job, async (account) => {
            const started = performance.now();
            const path = cataloguePath(catalogue ?? "");
            const { collections, complete } = await collectionsOf(account, path, { signal: job.signal });
            return {
              collections: collections.map(({ id, title }) => ({
                id: label(id),
                ...(title === undefined ? {} : { title: label(title) }),
              })),
              complete,
              ms: since(started),
            };
          });
      },
    },
    {
      path: "eo/search/catalogues",
      permission: "eo.write",
      time: 30_000,
      outbound: true,
      read(body) {
        const ref = accountRefOf(body.object("account"));
        return (job) =>
          withAccount(ref, false, job, async (account) => {
            const started = performance.now();
            const { catalogues, complete } = await catalogueList(account, job.signal);
            return {
              catalogues: catalogues.map(({ id, title }) => ({
                id: label(id),
                ...(title === undefined ? {} : { title: label(title) }),
              })),
              complete,
              ms: since(started),
            };
          });
      },
    },
    {
      path: "eo/search/interval",
      permission: "eo.read",
      time: 5_000,
      outbound: false,
      read(body) {
        const value = body.text("value");
        const isNumber = body.choice("type", ["str", "num"]) === "num" && value.trim() !== "";
        return () =>
          Promise.resolve({ interval: datetimeInterval(isNumber ? Number(value) : value, new Date()) ?? "" });
      },
    },
    {
      path: "eo/search/preview",
      permission: "eo.write",
      time: 45_000,
      outbound: true,
      read(body) {
        const node = body.text("node");
        const ref = accountRefOf(body.object("account"));
        const typed = body.object("fields").typed(SEARCH_TYPED);
        const plain = body.texts(["limit", "max"]);
        return async (job) => {
          const started = performance.now();
          const values = new DialogValues(RED, node);
          const fields: Record<string, unknown> = {};
          for (const name of SEARCH_TYPED) fields[name] = await values.typed(name, typed[name]);
          for (const name of ["limit", "max"] as const) fields[name] = values.plain(name, plain[name]);
          const request = searchRequest(fields, new Date());
          return await withAccount(ref, false, job, async (account) => {
            const preview = await previewSearch(account, request, job.signal, SEARCH_MS);
            const { items, report, complete } = preview;
            shelf.keep(node, { items, complete });
            return {
              seen: items.length,
              ...(report.numberMatched === undefined ? {} : { matched: report.numberMatched }),
              complete,
              ...(preview.newest ? { newest: shownItem(preview.newest) } : {}),
              ...(preview.oldest ? { oldest: shownItem(preview.oldest) } : {}),
              first: items.slice(0, FIRST).map((item) => shownItem(item)),
              ...(report.datetime === undefined ? {} : { datetime: report.datetime }),
              ...(report.collections
                ? { collections: report.collections.slice(0, MOST_COLLECTIONS_SHOWN).map(label) }
                : {}),
              pages: report.pages,
              ms: since(started),
              ...(report.warning === undefined ? {} : { warning: report.warning }),
            };
          });
        };
      },
    },
    {
      path: "eo/filter/preview",
      permission: "eo.read",
      time: 5_000,
      outbound: false,
      read(body) {
        const search = body.text("search");
        const filter = filterOf(body.object("filter"));
        const node = body.text("node");
        return async () => {
          const kept = shelf.find(search) ?? noPreview();
          const { items, seen, reason, groups, dateField } = await filtered(kept, filter, node);
          return {
            in: seen,
            kept: items.length,
            first: items.slice(0, FIRST).map((item, place) => {
              const group = groups?.[place];
              return { ...shownItem(item, dateField), ...(group === undefined ? {} : { group: label(group) }) };
            }),
            ...(reason === "" ? {} : { reason }),
            complete: kept.complete,
          };
        };
      },
    },
    {
      path: "eo/download/preview",
      permission: "eo.read",
      time: 5_000,
      outbound: false,
      read(body) {
        const search = body.text("search");
        const fields = body.optionalObject("filter");
        const filter = fields && filterOf(fields);
        const filterNode = body.optionalText("filterNode");
        const node = body.text("node");
        const download = body.object("download");
        const typed = download.typed(["folder", "filename", "assets"]);
        const plain = download.texts(["ifExists", "order"]);
        return async () => {
          const kept = shelf.find(search) ?? noPreview();
          const values = new DialogValues(RED, node);
          const folder = await textValue(values, "folder", typed.folder);
          const filename = await textValue(values, "filename", typed.filename);
          const assets = assetList(await values.typed("assets", typed.assets));
          const order = booleanOf(values.plain("order", plain.order) ?? "", "order");
          const items = filter ? (await filtered(kept, filter, filterNode ?? "")).items : kept.items;
          const choice = {
            ...(assets === undefined ? {} : { assets }),
            ...(order === undefined ? {} : { order }),
          };
          const { count, files, problems } = previewFiles(items, filename, choice, FIRST);
          return {
            count,
            files: files.map((file) => ({
              item: label(file.item ?? ""),
              asset: label(file.asset ?? ""),
              name: file.name,
              certain: file.certain,
              ...(file.bytes === undefined ? {} : { bytes: file.bytes }),
              ...(file.order === true ? { order: true } : {}),
            })),
            folder: absoluteFolder(RED, folder, "eo-data"),
            ...(problems.first
              ? { warning: `${problems.count} of ${count} cannot be fetched. ${failureOf(problems.first).message}` }
              : {}),
          };
        };
      },
    },
    {
      path: "eo/deltatwin/components",
      permission: "eo.write",
      time: 30_000,
      outbound: true,
      read(body) {
        const ref = accountRefOf(body.object("account"));
        return (job) =>
          withAccount(ref, false, job, async (account) => {
            const components = await deltaTwin(account).components(job.signal);
            return {
              components: components.slice(0, MOST_COMPONENTS).map(({ name, description }) => ({
                id: label(name),
                ...(description === "" ? {} : { title: label(description) }),
              })),
            };
          });
      },
    },
    {
      path: "eo/deltatwin/component",
      permission: "eo.write",
      time: 30_000,
      outbound: true,
      read(body) {
        const node = body.text("node");
        const ref = accountRefOf(body.object("account"));
        const typed = body.typed(["component", "version"]);
        return async (job) => {
          const values = new DialogValues(RED, node);
          const name = await textValue(values, "component", typed.component);
          const version = await textValue(values, "version", typed.version);
          if (name === undefined) throw badInput("No component is named.");
          return await withAccount(ref, false, job, async (account) => {
            const client = deltaTwin(account);
            const component = await client.component(name, version, job.signal);
            return {
              name: label(component.name),
              version: label(component.version),
              description: label(component.description),
              versions: (await client.versions(name, job.signal)).slice(0, MOST_COMPONENTS).map(label),
              inputs: component.inputs.slice(0, MOST_COMPONENTS).map(shownParameter),
              outputs: component.outputs.slice(0, MOST_COMPONENTS).map(shownParameter),
            };
          });
        };
      },
    },
  ];
}

/** @throws EoError BAD_INPUT for an account of another service */
function deltaTwin(account: Account): DeltaTwinClient {
  if (account.provider.id !== "deltatwin") {
    throw badInput(`The account is for ${account.provider.title}. Choose a DeltaTwin account.`);
  }
  return new DeltaTwinClient(account);
}

function shownParameter({ name, type, description, required, default: preset }: Parameter): object {
  return {
    name: label(name),
    type: label(type),
    description: label(description),
    required,
    ...(preset === undefined ? {} : { default: label(shown(preset)) }),
  };
}

interface FilterFields {
  match: Typed | undefined;
  plain: Partial<Record<(typeof FILTER_PLAIN)[number], string>>;
}

function filterOf(fields: Fields): FilterFields {
  return { match: fields.typed(["match"]).match, plain: fields.texts(FILTER_PLAIN) };
}

const MODES: readonly MatchMode[] = ["contains", "glob", "regex"];

/** What the filter of a dialog keeps of a preview. */
async function filteredBy(
  values: DialogValues,
  kept: KeptPreview,
  filter: FilterFields,
): Promise<LatestPreview & { dateField: string | undefined }> {
  const match = await values.typed("match", filter.match);
  if (match !== undefined && typeof match !== "string" && typeof match !== "number") {
    throw badInput("The field match is not a text.");
  }
  const mode = values.plain("matchMode", filter.plain.matchMode) ?? "contains";
  const matchMode = MODES.find((known) => known === mode);
  if (matchMode === undefined) throw badInput(`The field matchMode must be one of ${MODES.join(", ")}.`);
  const dateField = values.plain("dateField", filter.plain.dateField);
  const options = {
    match: match === undefined ? undefined : String(match),
    matchMode,
    groupBy: values.plain("groupBy", filter.plain.groupBy),
    count: positiveInteger(values.plain("count", filter.plain.count) ?? "", "count", { min: 1 }) ?? 1,
    dateField,
  };
  return { ...(await previewLatest(kept.items, options, FIRST)), dateField };
}

function shownItem(item: Item, dateField?: string): { id: string; datetime?: string } {
  const datetime = dateText(item, dateField);
  return { id: label(itemId(item) ?? ""), ...(datetime === undefined ? {} : { datetime: label(datetime) }) };
}

function shownStep({ error, title, collection, ...step }: ProbeStep): object {
  return {
    ...step,
    ...(title === undefined ? {} : { title: label(title) }),
    ...(collection === undefined ? {} : { collection: label(collection) }),
    ...(error ? { error: failureOf(error) } : {}),
  };
}

async function textValue(values: DialogValues, name: string, given: Typed | undefined): Promise<string | undefined> {
  const value = await values.typed(name, given);
  if (value !== undefined && typeof value !== "string") throw badInput(`The field ${name} is not a text.`);
  return value;
}

function assetList(value: unknown): string | string[] | undefined {
  if (value === undefined || typeof value === "string") return value;
  if (Array.isArray(value) && value.every((entry) => typeof entry === "string")) return value;
  throw badInput("The field assets is not a text or a list of texts.");
}

function noPreview(): never {
  throw new Refusal("NO_PREVIEW", "The search node before this one has no preview yet. Open it and press Preview.");
}

function since(started: number): number {
  return Math.round(performance.now() - started);
}
