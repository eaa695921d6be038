/** `msg.parts`: how several messages belong together, as core Split and Join use it. */
import type { NodeMessageInFlow } from "node-red";

export interface Parts {
  id: string;
  index: number;
  count?: number;
  type?: string;
  len?: number;
  parts?: unknown;
}

export type Message = NodeMessageInFlow & Record<string, unknown>;

/** The incoming `parts`, when they name a sequence. */
export function partsOf(msg: Message): Parts | undefined {
  const parts = msg["parts"] as Partial<Parts> | null | undefined;
  return typeof parts === "object" && parts !== null && typeof parts.id === "string" && typeof parts.index === "number"
    ? (parts as Parts)
    : undefined;
}

/** Copies `msg` shallowly with `changes`: the input stays as it came, for Catch; foreign properties pass by reference. */
export function withChanges(msg: Message, changes: Record<string, unknown>): Message {
  const copy = { ...msg, ...changes };
  for (const [name, value] of Object.entries(changes)) if (value === undefined) delete copy[name];
  return copy;
}

/** A message of its own, that carries nothing of an input; Node-RED adds its id. */
export function newMessage(topic: string, payload: unknown): Message {
  return { topic, payload } as Message;
}

/** The parts of message `index` of a new sequence that begins inside the incoming one; `count` on the last only. */
export function newParts(incoming: unknown, id: string, index: number, count?: number): Parts {
  return {
    id,
    type: "array",
    len: 1,
    index,
    ...(count === undefined ? {} : { count }),
    ...(incoming === undefined ? {} : { parts: incoming }),
  };
}

/** What `parts` become for whoever consumes the sequence: the enclosing ones, or none. */
export function outerParts(msg: Message): unknown {
  return (msg["parts"] as Parts | undefined)?.parts;
}
