/** The dialog of DeltaTwin inputs. */
import { completedComponent, followComponent } from "../common/editor/component.js";
import {
  account,
  closed,
  ofProvider,
  openUsedSections,
  opened,
  plain,
  rule,
  showReasons,
  typed,
  typedInput,
} from "../common/editor/dialog.js";
import { mappingCheck } from "../common/editor/input-check.js";
import type { CredentialDefinition, EditorNode } from "../common/editor/red.js";
import { keepRowsApart } from "./ports.editor.js";
import { KEPT, Rows, rowsReason } from "./rows.editor.js";

const TEXT = ["str", "msg", "flow", "global", "env", "jsonata"] as const;
const KEPT_VALUES: Record<string, CredentialDefinition> = Object.fromEntries(
  KEPT.map((name) => [name, { type: "password" }]),
);
keepRowsApart();

const open = new Map<EditorNode, Rows>();

RED.nodes.registerType("eo-deltatwin-inputs", {
  category: "Earth observation",
  color: "#3FADB5",
  icon: "eo-deltatwin-inputs.svg",
  defaults: {
    name: { value: "" },
    account: {
      value: "",
      type: "eo-account",
      required: false,
      filter: ofProvider("deltatwin"),
      validate: account("eo-deltatwin-inputs.label.account", false, "deltatwin"),
    },
    sesameo: {
      value: "",
      type: "eo-account",
      required: false,
      filter: ofProvider("sesameo"),
      validate: account("eo-deltatwin-inputs.label.sesameo", false, "sesameo"),
    },
    component: { value: "", validate: typed("eo-deltatwin-inputs.label.component", "component", {}) },
    componentType: { value: "str" },
    version: { value: "", validate: typed("eo-deltatwin-inputs.label.version", "version", {}) },
    versionType: { value: "str" },
    inputs: { value: [] },
    rows: { value: [], validate: rule("eo-deltatwin-inputs.label.inputs", (node) => rowsReason(node)) },
    toJSON: { value: "" },
    filename: { value: "", validate: typed("eo-deltatwin-inputs.label.filename", "filename", {}) },
    filenameType: { value: "str" },
    mapping: { value: "", validate: plain("eo-deltatwin-inputs.label.mapping", mappingCheck) },
  },
  credentials: KEPT_VALUES,
  inputs: 1,
  outputs: 1,
  paletteLabel() {
    return this._("eo-deltatwin-inputs.label.palette");
  },
  label() {
    return this.name || this._("eo-deltatwin-inputs.label.palette");
  },
  labelStyle() {
    return this.name ? "node_label_italic" : "";
  },
  inputLabels() {
    return this._("eo-deltatwin-inputs.port.input");
  },
  outputLabels() {
    return this._("eo-deltatwin-inputs.port.inputs");
  },
  oneditprepare() {
    opened(this, "node-input");
    typedInput("component", [completedComponent(this), ...TEXT.slice(1)]);
    for (const property of ["version", "filename"]) typedInput(property, TEXT);
    const form = $("#eo-inputs").closest("form");
    const rows = new Rows(this, () => form.trigger("input"));
    open.set(this, rows);
    openUsedSections(this);
    const follow = followComponent(this, (component, isFirst) => {
      rows.declare(component, component !== undefined && (!isFirst || rows.all().length === 0));
    });
    showReasons(this, () => {
      rows.judge();
      follow();
    });
  },
  oneditsave() {
    open.get(this)?.save();
    open.delete(this);
    closed(this);
  },
  oneditcancel() {
    open.delete(this);
    closed(this);
  },
});
