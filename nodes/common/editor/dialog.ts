/** The dialog that is open: its fields' values, its typed inputs, and the reasons beside the fields. */
import { isVariable, type Check, type Problem } from "./check.js";
import type { EditorNode, Validator } from "./red.js";
import style from "./dialog.css";

const SHARED = "@eo-flows/node-red-eo/eo-account:eo-account.";

interface Open {
  node: EditorNode;
  prefix: string;
  /** What ends with the dialog. */
  ends: Set<() => void>;
}

/** Config dialogs lie over the dialog they were opened from. */
const open: Open[] = [];

/** A text all dialogs share. It lies in the catalogue of eo-account, which every set can read by its full name. */
export function shared(key: string, values?: Record<string, string | number>): string {
  return RED._(SHARED + key, values);
}

export function reasonOf(problem: Problem | undefined): string | undefined {
  return problem === undefined ? undefined : shared(`check.${problem.key}`, problem.values);
}

/** The value of a property: what stands in the dialog while it is open, else what is saved. */
export function current(node: EditorNode, property: string): string {
  const dialog = open.find((entry) => entry.node === node);
  if (dialog !== undefined) {
    const input = $(`#${dialog.prefix}-${property}`);
    if (input.length > 0) return String(input.val() ?? "");
  }
  const value = node[property];
  return typeof value === "string"
    ? value
    : typeof value === "number" || typeof value === "boolean"
      ? String(value)
      : "";
}

export function isOpen(node: EditorNode): boolean {
  return open.some((entry) => entry.node === node);
}

function validator(label: string, reason: (node: EditorNode, value: unknown) => string | undefined): Validator {
  // Two parameters: only then the editor shows a returned string.
  const validate: Validator = function (this: EditorNode, value: unknown, _options: unknown) {
    const text = reason(this, value);
    return text === undefined ? true : `${this._(label)}: ${text}`;
  };
  validate.reason = reason;
  return validate;
}

function asText(value: unknown): string {
  return typeof value === "string"
    ? value
    : typeof value === "number" || typeof value === "boolean"
      ? String(value)
      : "";
}

/**
 * A plain field. Blank means the default and is always right.
 * @param label key of the field's label in the node's own catalogue
 */
export function plain(label: string, check: Check): Validator {
  return validator(label, (_node, value) => {
    const text = asText(value);
    return text.trim() === "" || isVariable(text) ? undefined : reasonOf(check(text));
  });
}

/** A field with a rule that looks at other fields too. */
export function rule(label: string, reason: (node: EditorNode, value: string) => string | undefined): Validator {
  return validator(label, (node, value) => (isVariable(value) ? undefined : reason(node, asText(value))));
}

/** A typed field: `checks` by type for values written out, Node-RED's own rules for the rest. Blank is the default. */
export function typed(
  label: string,
  property: string,
  checks: Partial<Record<"str" | "json" | "num", Check>>,
): Validator {
  return validator(label, (node, value) => {
    const text = asText(value);
    const type = current(node, `${property}Type`) || "str";
    if (text.trim() === "" || isVariable(text)) return undefined;
    const own = type === "str" || type === "json" || type === "num" ? checks[type] : undefined;
    if (own !== undefined) return reasonOf(own(text));
    const answer = RED.utils.validateTypedProperty(text, type, {});
    return answer === true ? undefined : answer;
  });
}

/** Offers accounts of one service only; what is taken from the environment is not known here. */
export function ofProvider(provider: string): (config: EditorNode) => boolean {
  return (config) => config["provider"] === provider || isVariable(config["provider"]);
}

/** A config node of our own. @param provider the service it must be for; absent: any */
export function account(label: string, required: boolean, provider?: string): Validator {
  return validator(label, (_node, value) => {
    const id = asText(value);
    if (id === "" || id === "_ADD_") return required ? shared("check.accountMissing") : undefined;
    const config = RED.nodes.node(id);
    if (config === null) return shared("check.accountGone");
    if (provider !== undefined && !ofProvider(provider)(config)) return shared("check.accountOther");
    return config.valid === false ? shared("check.accountInvalid") : undefined;
  });
}

export function isAccountChosen(node: EditorNode): boolean {
  const id = current(node, "account");
  return id !== "" && id !== "_ADD_";
}

/** To be called first in `oneditprepare`. */
export function opened(node: EditorNode, prefix: "node-input" | "node-config-input"): void {
  closed(node);
  open.push({ node, prefix, ends: new Set() });
  for (const [property, definition] of Object.entries(node._def.defaults)) {
    const input = $(`#${prefix}-${property}`);
    if (!input.is("select") || input.find("option").length === 0 || definition.type !== undefined) continue;
    keepUnknown(input, asText(node[property]) === "" ? definition.value : node[property]);
  }
  if ($("#eo-dialog-style").length === 0) $("<style>", { id: "eo-dialog-style" }).text(style).appendTo("head");
}

/** To be called in `oneditsave` and `oneditcancel`. */
export function closed(node: EditorNode): void {
  const index = open.findIndex((entry) => entry.node === node);
  if (index < 0) return;
  for (const end of open.splice(index, 1)[0]?.ends ?? []) end();
}

/** Calls `end` when the dialog closes; the returned function takes that back. */
export function onClosed(node: EditorNode, end: () => void): () => void {
  const ends = open.find((entry) => entry.node === node)?.ends;
  ends?.add(end);
  return () => void ends?.delete(end);
}

/** Puts Node-RED's typed input on the field of a property; its type lives in the hidden field `<property>Type`. */
export function typedInput(property: string, types: readonly (string | { value: string })[]): void {
  const first = types[0] ?? "str";
  $(`#node-input-${property}`).typedInput({
    default: typeof first === "string" ? first : first.value,
    types,
    typeField: `#node-input-${property}Type`,
  });
}

/** A list's value that this version does not know, `${NAME}` for one, stays selectable: opening a dialog changes nothing. */
export function keepUnknown(select: JQuery, value: unknown): void {
  const wanted = asText(value);
  const known = select.find<HTMLOptionElement>("option").filter((_, option) => option.value === wanted).length > 0;
  if (!known) $("<option>", { value: wanted }).text(wanted).appendTo(select);
  select.val(wanted);
}

/** A field of the open dialog, and what is wrong with it. */
interface Finding {
  row: JQuery;
  reason: string | undefined;
}

/** Fields that the dialog does not show are not looked at. */
function findings(dialog: Open): Finding[] {
  const rules = { ...dialog.node._def.defaults, ...dialog.node._def.credentials };
  return Object.entries(rules).flatMap(([property, definition]) => {
    const input = $(`#${dialog.prefix}-${property}`);
    const find = definition.validate?.reason;
    if (input.length === 0 || find === undefined) return [];
    const row = input.closest(".form-row");
    const shown = row.closest("[hidden]").length === 0;
    return [{ row, reason: shown ? find(dialog.node, input.val()) : undefined }];
  });
}

/** How many fields of the open dialog are wrong. */
export function problemCount(node: EditorNode): number {
  const dialog = open.find((entry) => entry.node === node);
  return dialog === undefined ? 0 : findings(dialog).filter(({ reason }) => reason !== undefined).length;
}

/**
 * Keeps the reason for every wrong field beside it, and opens the section it lies in.
 * To be called last in `oneditprepare`, when all inputs are there.
 * @param changed called after each change, too
 */
export function showReasons(node: EditorNode, changed: () => void = () => undefined): void {
  const dialog = open.find((entry) => entry.node === node);
  if (dialog === undefined) return;
  const render = (): void => {
    if (!isOpen(node)) return;
    for (const { row, reason } of findings(dialog)) {
      let line = row.children(".eo-reason");
      if (reason === undefined) {
        line.remove();
        continue;
      }
      if (line.length === 0) line = $('<div class="eo-reason" role="alert">').appendTo(row);
      if (line.text() !== reason) line.text(reason);
      row.closest("details").prop("open", true);
    }
    changed();
  };
  // The editor's own handlers run first and mark the field; this only adds the words.
  $(`#${dialog.prefix}-name`)
    .closest("form")
    .on("change keyup paste input", () => setTimeout(render, 0));
  setTimeout(render, 0);
}

/** Opens a section when one of its fields is set, so that nothing that counts is hidden. */
export function openUsedSections(node: EditorNode): void {
  const dialog = open.find((entry) => entry.node === node);
  if (dialog === undefined) return;
  for (const [property, definition] of Object.entries(node._def.defaults)) {
    const value = current(node, property);
    if (value === String(definition.value) || value === "" || value === "_ADD_") continue;
    $(`#${dialog.prefix}-${property}`).closest("details").prop("open", true);
  }
}
