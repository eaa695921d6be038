/** The rows of the dialog: name, type, value; those the component declares appear by themselves. */
import type { Component } from "../common/editor/component.js";
import { current, keepUnknown, reasonOf, shared } from "../common/editor/dialog.js";
import { rowProblem, type Declared, type Row } from "../common/editor/input-check.js";
import type { EditorNode } from "../common/editor/red.js";

export const TYPES = ["string", "integer", "number", "boolean", "Data", "DriveData", "json", "secret"] as const;

const GIVEN = ["msg", "flow", "global", "env", "jsonata", "cred"] as const;
/** The literal type that suits an input's type first. */
const LITERALS: Record<string, readonly string[]> = {
  ...{ string: ["str", "json"], integer: ["num"], number: ["num"], boolean: ["bool"] },
  ...{ Data: ["str", "json"], DriveData: ["str"], json: ["json"], secret: ["str"] },
};
/** Credentials a node can keep, by name: Node-RED saves only those it was told of. */
export const KEPT = Array.from({ length: 12 }, (_, index) => `kept${index + 1}`);
const STORED = "__PWRD__";

interface Shown {
  /** As the list knows the row. */
  data: object;
  row: JQuery;
  name: JQuery;
  type: JQuery;
  value: JQuery;
  /** Where its value is kept, when it is. */
  slot: string;
}

export class Rows {
  readonly #node: EditorNode;
  readonly #list = $("#eo-inputs");
  readonly #shown: Shown[] = [];
  readonly #changed: () => void;
  #declared: readonly Declared[] | undefined;

  /** @param changed called when rows come or go */
  constructor(node: EditorNode, changed: () => void) {
    this.#node = node;
    this.#changed = changed;
    this.#list.editableList({
      height: "auto",
      addItem: (container, _index, data) => this.#add(container, data),
      removeItem: (data) => {
        const index = this.#shown.findIndex((one) => one.data === data);
        if (index >= 0) this.#shown.splice(index, 1);
        this.#changed();
      },
      sortable: true,
      removable: true,
      header: $("<div>").append(
        $("<span>", { class: "eo-col-name" }).text(this.#text("column.name")),
        $("<span>", { class: "eo-col-type" }).text(this.#text("column.type")),
        $("<span>", { class: "eo-col-value" }).text(this.#text("column.value")),
      ),
    });
    for (const row of savedRows(node)) this.#list.editableList("addItem", row);
  }

  #text(key: string, values?: Record<string, string | number>): string {
    return this.#node._(`eo-deltatwin-inputs.${key}`, values);
  }

  #add(container: JQuery, data: Partial<Row>): void {
    const row = container.addClass("eo-input");
    const line = $("<div>", { class: "eo-input-line" }).appendTo(row);
    const name = $("<input>", {
      type: "text",
      class: "eo-input-name",
      placeholder: this.#text("column.name"),
    }).appendTo(line);
    const type = $("<select>", { class: "eo-input-type" }).appendTo(line);
    const value = $("<input>", { type: "text", class: "eo-input-value" }).appendTo(line);
    $("<div>", { class: "eo-live eo-input-about" }).appendTo(row);
    name.val(data.name ?? "");
    for (const known of TYPES) $("<option>", { value: known }).text(known).appendTo(type);
    keepUnknown(type, data.type || "string");
    const shown: Shown = { data, row, name, type, value, slot: "" };
    const valueType = data.valueType ?? LITERALS[String(type.val())]?.[0] ?? "str";
    if (valueType === "cred") shown.slot = data.value ?? "";
    value.typedInput({ default: valueType, types: this.#types(String(type.val()), valueType) });
    value.typedInput("type", valueType);
    value.typedInput("value", valueType === "cred" ? this.#stored(shown.slot) : (data.value ?? ""));
    type.on("change", () => {
      const chosen = value.typedInput("type");
      const types = this.#types(String(type.val()), chosen);
      const literals = LITERALS[String(type.val())] ?? ["str"];
      value.typedInput("types", types);
      value.typedInput("type", (GIVEN as readonly string[]).includes(chosen) ? chosen : (literals[0] ?? "str"));
      this.#changed();
    });
    value.on("change", () => this.#changed());
    name.on("change keyup", () => this.#changed());
    this.#shown.push(shown);
    this.#changed();
  }

  /** A value's type that does not suit stays selectable: opening a dialog changes nothing. */
  #types(type: string, kept: string): string[] {
    const types = [...(LITERALS[type] ?? ["str"]), ...GIVEN];
    return types.includes(kept) ? types : [kept, ...types];
  }

  #stored(slot: string): string {
    const value = this.#node.credentials?.[slot];
    if (typeof value === "string" && value !== "") return value;
    return this.#node.credentials?.[`has_${slot}`] === true ? STORED : "";
  }

  /** The rows as they stand in the dialog, in the order shown. */
  all(): Row[] {
    return this.#ordered().map(({ name, type, value }) => ({
      name: String(name.val() ?? "").trim(),
      type: String(type.val() ?? ""),
      value: value.typedInput("value"),
      valueType: value.typedInput("type"),
    }));
  }

  #ordered(): Shown[] {
    const place = (shown: Shown): number => shown.row.closest("li").index();
    return [...this.#shown].sort((a, b) => place(a) - place(b));
  }

  /** Takes over what the component declares. @param fill adds a row for each input that has none */
  declare(component: Component | undefined, fill: boolean): void {
    this.#declared = component?.inputs;
    if (component !== undefined && fill) {
      // Rows nobody has filled in belong to the component that was there before.
      for (const shown of [...this.#shown]) {
        const isBlank = shown.value.typedInput("value").trim() === "";
        const name = String(shown.name.val());
        if (isBlank && !component.inputs.some((input) => input.name === name)) {
          this.#list.editableList("removeItem", shown.data);
        }
      }
      const there = new Set(this.all().map(({ name }) => name));
      for (const input of component.inputs) {
        if (there.has(input.name)) continue;
        const type = TYPES.find((known) => known.toLowerCase() === input.type.toLowerCase()) ?? input.type;
        this.#list.editableList("addItem", { name: input.name, type, value: "" });
      }
    }
    this.#changed();
  }

  /** Says beside each row what it is and what is wrong with it. @returns how many are wrong */
  judge(): number {
    const rows = this.all();
    let wrong = 0;
    for (const [index, { row, name, value }] of this.#ordered().entries()) {
      const declared = this.#declared?.find((input) => input.name === rows[index]?.name);
      const about = [
        declared === undefined ? "" : this.#text(declared.required ? "about.required" : "about.optional"),
        declared?.default === undefined ? "" : this.#text("about.default", { value: declared.default }),
        declared?.description ?? "",
        rows[index]?.type === "secret" ? this.#text("about.secret") : "",
      ].filter((text) => text !== "");
      row.children(".eo-input-about").text(about.join(" · "));
      const problem = rowProblem(rows, index, around(this.#node, this.#declared));
      const reason = reasonOf(problem);
      let line = row.children(".eo-reason");
      if (reason === undefined) line.remove();
      else {
        wrong += 1;
        if (line.length === 0) line = $('<div class="eo-reason" role="alert">').appendTo(row);
        if (line.text() !== reason) line.text(reason);
      }
      const isName =
        reason !== undefined && /^(input_name|input_twice|input_unknown|input_stranger)$/.test(problem?.key ?? "");
      name.toggleClass("input-error", isName);
      value.next(".red-ui-typedInput-container").toggleClass("input-error", reason !== undefined && !isName);
    }
    return wrong;
  }

  /** Puts the rows into the node, and kept values into its credentials. */
  save(): void {
    const used = new Set(this.#shown.map(({ slot }) => slot).filter((slot) => slot !== ""));
    const rows = this.all();
    const shown = this.#ordered();
    for (const [index, row] of rows.entries()) {
      if (row.valueType !== "cred") continue;
      const before = shown[index]?.slot ?? "";
      const slot = KEPT.includes(before) ? before : (KEPT.find((name) => !used.has(name)) ?? "");
      if (slot === "") {
        row.value = "";
        continue;
      }
      used.add(slot);
      if (row.value !== STORED) $(`#node-input-${slot}`).val(row.value);
      row.value = slot;
    }
    const kept = new Set(rows.filter((row) => row.valueType === "cred").map((row) => row.value));
    const credentials = (this.#node.credentials ??= {});
    for (const slot of KEPT) {
      // The editor takes a credential it knows nothing of for a changed one.
      credentials[`has_${slot}`] ??= false;
      if (!kept.has(slot)) $(`#node-input-${slot}`).val("");
    }
    if (JSON.stringify(rows) !== JSON.stringify(savedRows(this.#node))) this.#node["rows"] = rows;
  }
}

export function savedRows(node: EditorNode): Row[] {
  const saved = node["rows"];
  if (!Array.isArray(saved)) return [];
  const text = (value: unknown): string =>
    typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);
  return (saved as Record<string, unknown>[]).map((row) => ({
    name: text(row["name"]),
    type: text(row["type"]),
    value: text(row["value"]),
    valueType: text(row["valueType"]) || "str",
  }));
}

/** What the rows are judged with. */
export function around(node: EditorNode, inputs?: readonly Declared[]): Parameters<typeof rowProblem>[2] {
  const id = current(node, "sesameo");
  const account = id === "" || id === "_ADD_" ? null : RED.nodes.node(id);
  const url =
    typeof account?.["url"] === "string" && account["url"] !== ""
      ? account["url"]
      : "https://api.sesameo.destine.eu/odata/v1";
  return {
    ...(inputs === undefined ? {} : { inputs }),
    ...(id === "" || id === "_ADD_" ? {} : { sesameo: url }),
    mapping: current(node, "mapping"),
  };
}

/** What keeps the saved rows from being right, as one line for the node's triangle. */
export function rowsReason(node: EditorNode): string | undefined {
  const rows = savedRows(node);
  const wrong = rows.filter((_, index) => {
    const row = rows[index];
    // Without the component it is not known whether a blank value has a default.
    return row !== undefined && row.value.trim() !== "" && rowProblem(rows, index, around(node)) !== undefined;
  }).length;
  return wrong === 0 ? undefined : shared("check.inputs", { count: wrong });
}
