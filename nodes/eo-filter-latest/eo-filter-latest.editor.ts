/** The dialog of filter latest. */
import { groupBy, number, path, regex } from "../common/editor/check.js";
import {
  closed,
  current,
  opened,
  plain,
  reasonOf,
  rule,
  showReasons,
  typed,
  typedInput,
} from "../common/editor/dialog.js";
import { followPreview } from "./preview.editor.js";

const matchRule = typed("eo-filter-latest.label.match", "match", {});

RED.nodes.registerType("eo-filter-latest", {
  category: "Earth observation",
  color: "#3FADB5",
  icon: "eo-filter-latest.svg",
  defaults: {
    name: { value: "" },
    match: {
      value: "",
      validate: rule("eo-filter-latest.label.match", (node, value) => {
        const written = (current(node, "matchType") || "str") === "str" && value !== "";
        return written && current(node, "matchMode") === "regex"
          ? reasonOf(regex(value))
          : matchRule.reason?.(node, value);
      }),
    },
    matchType: { value: "str" },
    matchMode: { value: "contains" },
    groupBy: { value: "", validate: plain("eo-filter-latest.label.groupBy", groupBy) },
    count: { value: "", validate: plain("eo-filter-latest.label.count", number({ min: 1 })) },
    dateField: { value: "", validate: plain("eo-filter-latest.label.dateField", path) },
    output: { value: "item" },
  },
  inputs: 1,
  outputs: 2,
  paletteLabel() {
    return this._("eo-filter-latest.label.palette");
  },
  label() {
    return this.name || this._("eo-filter-latest.label.palette");
  },
  labelStyle() {
    return this.name ? "node_label_italic" : "";
  },
  inputLabels() {
    return this._("eo-filter-latest.port.input");
  },
  outputLabels(index) {
    return this._(index === 0 ? "eo-filter-latest.port.newest" : "eo-filter-latest.port.nothing");
  },
  oneditprepare() {
    opened(this, "node-input");
    typedInput("match", ["str", "msg", "flow", "global", "env", "jsonata"]);
    showReasons(this, followPreview(this));
  },
  oneditsave() {
    closed(this);
  },
  oneditcancel() {
    closed(this);
  },
});
