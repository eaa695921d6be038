/** The node eo-stac-search: one search an input, as a collection, in pages, or item by item. */
import type { NodeAPI, NodeDef, Node } from "node-red";
import { StacSearch, type SearchReport } from "../../src/stac/search.js";
import { searchRequest, type SearchFields } from "../../src/stac/search-request.js";
import { badInput } from "../../src/errors.js";
import type { Item } from "../../src/stac/item.js";
import { neededAccount, useAccount } from "../common/account-node.js";
import { adapt, type Job } from "../common/adapter.js";
import { registerAdmin } from "../common/admin.js";
import { newParts, withChanges, type Message } from "../common/sequences.js";
import { plainProperty, typedProperty } from "../common/typed-property.js";
import { shown } from "../../src/shown.js";

interface SearchDef extends NodeDef {
  account?: string;
  output?: string;
}

const TYPED = [
  "catalogue",
  "collections",
  "datetime",
  "bbox",
  "intersects",
  "ids",
  "query",
  "filter",
  "sortby",
  "fields",
] as const;
const PLAIN = ["limit", "max"] as const;
/** Above this many items in one message the clone at the next wire stops the loop for a second and more (facts/performance.md). */
const MANY_ITEMS = 10_000;
/** Items that are sent before the other nodes get a turn: what they do with them comes on top. */
const ITEMS_A_TURN = 100;

type Output = "collection" | "page" | "item";

function outputOf(def: SearchDef): Output {
  const output = plainProperty(def, "output") ?? "collection";
  if (output === "collection" || output === "page" || output === "item") return output;
  throw badInput(`The output "${shown(output)}" is not known. Known: collection, page, item.`);
}

function featureCollection(features: Item[]): { type: "FeatureCollection"; features: Item[]; numberReturned: number } {
  return { type: "FeatureCollection", features, numberReturned: features.length };
}

export = (RED: NodeAPI): void => {
  registerAdmin(RED);

  function EoStacSearch(this: Node, def: SearchDef): void {
    RED.nodes.createNode(this, def);
    const node = this;
    useAccount(RED, node, def.account);

    async function fieldsOf(msg: Message): Promise<SearchFields> {
      const fields: Record<string, unknown> = {};
      for (const name of TYPED) fields[name] = await typedProperty(RED, node, def, name, msg);
      for (const name of PLAIN) fields[name] = plainProperty(def, name);
      return fields;
    }

    adapt(node, ({ status, inFlight }) => ({
      async input({ msg, send, signal }: Job) {
        const output = outputOf(def);
        const account = neededAccount(RED, plainProperty(def, "account"));
        const search = new StacSearch(account, searchRequest(await fieldsOf(msg), new Date()), signal);
        const { report } = search;
        const sequence = new Sequence(msg, send, RED.util.generateId(), report);
        const all: Item[] = [];
        status.working("eo-stac-search.status.searching");
        try {
          for await (const items of search.pages()) {
            if (output === "collection") for (const item of items) all.push(item);
            else if (output === "page") sequence.next(featureCollection(items));
            else await sequence.all(items, signal);
            const others = inFlight() > 1 ? ` · ${inFlight()} searches` : "";
            status.working(`${report.items} items · page ${report.pages}${others}`);
          }
        } catch (error) {
          // What came before it broke is sent; after a reset nothing more is.
          if (!signal.aborted) sequence.breakOff();
          throw error;
        }
        const msgSearch = { ...report };
        if (output === "collection" || report.items === 0) {
          const payload = {
            ...featureCollection(all),
            ...(report.numberMatched === undefined ? {} : { numberMatched: report.numberMatched }),
          };
          send(
            withChanges(msg, {
              payload,
              search: msgSearch,
              ...(report.items === 0 && output !== "collection" ? { parts: undefined } : {}),
            }),
          );
        } else sequence.end();

        const text = `${report.items} ${report.items === 1 ? "item" : "items"}`;
        if (output === "collection" && report.items > MANY_ITEMS)
          status.warning(`${text} in one message: use output page or item`);
        else if (!report.complete) status.warning(`${text}, incomplete`);
        else status.done(text);
      },
    }));
  }

  /** Sends a sequence of unknown length: one message is held back, so that the last can carry the count. */
  class Sequence {
    readonly #msg: Message;
    readonly #send: Job["send"];
    readonly #id: string;
    readonly #report: SearchReport;
    #index = 0;
    #held: unknown;
    #sinceTurn = 0;

    constructor(msg: Message, send: Job["send"], id: string, report: SearchReport) {
      this.#msg = msg;
      this.#report = report;
      this.#send = send;
      this.#id = id;
    }

    next(payload: unknown): void {
      this.breakOff();
      this.#held = payload;
    }

    /** Sends what is held back, as one of more to come. */
    breakOff(): void {
      if (this.#held === undefined) return;
      const parts = newParts(this.#msg["parts"], this.#id, this.#index);
      this.#send(withChanges(this.#msg, { payload: this.#held, parts, search: { ...this.#report } }));
      this.#index += 1;
      this.#held = undefined;
    }

    async all(payloads: unknown[], signal: AbortSignal): Promise<void> {
      for (const payload of payloads) {
        this.next(payload);
        this.#sinceTurn += 1;
        if (this.#sinceTurn < ITEMS_A_TURN) continue;
        this.#sinceTurn = 0;
        await new Promise<void>((resolve) => setImmediate(resolve));
        if (signal.aborted) return;
      }
    }

    /** Sends the last message, with the count and the finished report. */
    end(): void {
      const incoming = this.#msg["parts"];
      // A single result is no new sequence: it stays in the one it came from.
      const keep = this.#index === 0 && incoming !== undefined;
      const parts = keep ? incoming : newParts(incoming, this.#id, this.#index, this.#index + 1);
      this.#send(withChanges(this.#msg, { payload: this.#held, parts, search: { ...this.#report } }));
      this.#held = undefined;
    }
  }

  RED.nodes.registerType("eo-stac-search", EoStacSearch);
};
