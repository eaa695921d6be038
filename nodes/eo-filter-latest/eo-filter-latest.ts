/** The node eo-filter-latest: the newest item, or the newest of each group; what leaves nothing goes to output 2. */
import type { Node, NodeAPI, NodeDef } from "node-red";
import { badInput } from "../../src/errors.js";
import { elementsOf, type Item } from "../../src/stac/item.js";
import { LatestSelection, type MatchMode } from "../../src/stac/latest.js";
import { RegexRunner } from "../../src/stac/regex-runner.js";
import { positiveInteger } from "../../src/stac/search-fields.js";
import { adapt, type Job } from "../common/adapter.js";
import { registerAdmin } from "../common/admin.js";
import { SequenceInbox } from "../common/sequence-inbox.js";
import { newParts, outerParts, partsOf, withChanges, type Message } from "../common/sequences.js";
import { plainProperty, typedProperty } from "../common/typed-property.js";
import { shown } from "../../src/shown.js";

interface Collected {
  /** Made with the first message, whose `match` holds for the sequence. */
  selection?: Promise<LatestSelection>;
  /** The messages of a sequence are added in the order they came. */
  adding: Promise<void>;
}

function choice<T extends string>(def: NodeDef, name: string, known: readonly [T, ...T[]]): T {
  const value = plainProperty(def, name) ?? known[0];
  const found = known.find((candidate) => candidate === value);
  if (found === undefined) throw badInput(`The field ${name} has "${shown(value)}". Known: ${known.join(", ")}.`);
  return found;
}

function textOf(def: NodeDef, name: string): string | undefined {
  const value = plainProperty(def, name);
  return value === undefined ? undefined : shown(value);
}

export = (RED: NodeAPI): void => {
  registerAdmin(RED);

  function EoFilterLatest(this: Node, def: NodeDef): void {
    RED.nodes.createNode(this, def);
    const node = this;
    const regex = new RegexRunner();

    async function selectionFor(msg: Message): Promise<LatestSelection> {
      const match = await typedProperty(RED, node, def, "match", msg);
      if (match !== undefined && typeof match !== "string" && typeof match !== "number") {
        throw badInput("The field match is not a text.");
      }
      const groupBy = textOf(def, "groupBy");
      const dateField = textOf(def, "dateField");
      return new LatestSelection({
        ...(match === undefined ? {} : { match: String(match) }),
        matchMode: choice<MatchMode>(def, "matchMode", ["contains", "glob", "regex"]),
        ...(groupBy === undefined ? {} : { groupBy }),
        count: positiveInteger(plainProperty(def, "count") ?? "", "count", { min: 1 }) ?? 1,
        ...(dateField === undefined ? {} : { dateField }),
        regex,
      });
    }

    adapt(node, ({ status }) => {
      const inbox = new SequenceInbox<Collected>(
        () => ({ adding: Promise.resolve() }),
        (received) => node.warn(`A sequence of ${received} messages was dropped: no more of it came for an hour.`),
      );

      async function add(collected: Collected, msg: Message): Promise<void> {
        // Each message waits for the ones before it, but does not fail with them; whoever delivers waits for all.
        const added = collected.adding.then(async () => {
          const items = elementsOf(msg.payload);
          if (!items) {
            throw badInput(
              "The message is not STAC: its payload is not a FeatureCollection, an array of Features or a Feature.",
            );
          }
          collected.selection ??= selectionFor(msg);
          await (await collected.selection).add(items);
        });
        collected.adding = added.catch(() => undefined);
        await added;
      }

      function deliver(selection: LatestSelection, last: Message, parts: unknown, send: Job["send"]): void {
        const items = selection.result();
        const search = last["search"] as { complete?: unknown } | undefined;
        const incomplete = search?.complete === false;
        const text = `${items.length} of ${selection.seen} items`;
        if (items.length === 0) {
          send([null, withChanges(last, { reason: selection.reason(), parts })]);
          status.show({
            fill: incomplete ? "yellow" : "grey",
            shape: "ring",
            text: `${text}${incomplete ? ", search incomplete" : ""}`,
          });
          return;
        }
        for (const message of messagesOf(items, last, parts)) send([message, null]);
        if (incomplete) status.warning(`${text}, search incomplete`);
        else status.done(text);
      }

      function messagesOf(items: Item[], last: Message, parts: unknown): Message[] {
        if (choice(def, "output", ["item", "collection"]) === "collection") {
          return [
            withChanges(last, {
              payload: { type: "FeatureCollection", features: items, numberReturned: items.length },
              parts,
            }),
          ];
        }
        if (items.length === 1) return [withChanges(last, { payload: items[0], parts })];
        const id = RED.util.generateId();
        return items.map((payload, index) =>
          withChanges(last, {
            payload,
            parts: newParts(parts, id, index, index === items.length - 1 ? items.length : undefined),
          }),
        );
      }

      return {
        async input({ msg, send }: Job) {
          const parts = partsOf(msg);
          if (!parts) {
            const alone: Collected = { adding: Promise.resolve() };
            await add(alone, msg);
            if (alone.selection) deliver(await alone.selection, msg, msg["parts"], send);
            return;
          }
          const collected = inbox.enter(msg, parts);
          try {
            await add(collected, msg);
          } finally {
            const last = inbox.complete(parts, collected);
            if (last) {
              await collected.adding;
              if (collected.selection) deliver(await collected.selection, last, outerParts(last), send);
            }
          }
        },
        reset: () => inbox.clear(),
        close: () => {
          inbox.clear();
          return regex.close();
        },
      };
    });
  }

  RED.nodes.registerType("eo-filter-latest", EoFilterLatest);
};
