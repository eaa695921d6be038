/** The dialog of download. */
import { number } from "../common/editor/check.js";
import {
  account,
  closed,
  openUsedSections,
  opened,
  plain,
  showReasons,
  typed,
  typedInput,
} from "../common/editor/dialog.js";
import { followPreview } from "./preview.editor.js";

RED.nodes.registerType("eo-download", {
  category: "Earth observation",
  color: "#3FADB5",
  icon: "eo-download.svg",
  defaults: {
    name: { value: "" },
    account: { value: "", type: "eo-account", required: false, validate: account("eo-download.label.account", false) },
    folder: { value: "", validate: typed("eo-download.label.folder", "folder", {}) },
    folderType: { value: "str" },
    filename: { value: "", validate: typed("eo-download.label.filename", "filename", {}) },
    filenameType: { value: "str" },
    assets: { value: "", validate: typed("eo-download.label.assets", "assets", {}) },
    assetsType: { value: "str" },
    ifExists: { value: "verify" },
    parallel: { value: "", validate: plain("eo-download.label.parallel", number({ min: 1 })) },
    segments: { value: "", validate: plain("eo-download.label.segments", number({ min: 1, max: 8 })) },
    proof: { value: "best" },
    stallTimeout: { value: "", validate: plain("eo-download.label.stallTimeout", number({ min: 1, whole: false })) },
    retries: { value: "", validate: plain("eo-download.label.retries", number({ min: 0 })) },
    order: { value: "true" },
    orderTimeout: { value: "", validate: plain("eo-download.label.orderTimeout", number({ min: 1, whole: false })) },
  },
  inputs: 1,
  outputs: 2,
  paletteLabel() {
    return this._("eo-download.label.palette");
  },
  label() {
    return this.name || this._("eo-download.label.palette");
  },
  labelStyle() {
    return this.name ? "node_label_italic" : "";
  },
  inputLabels() {
    return this._("eo-download.port.input");
  },
  outputLabels(index) {
    return this._(index === 0 ? "eo-download.port.file" : "eo-download.port.progress");
  },
  oneditprepare() {
    opened(this, "node-input");
    for (const property of ["folder", "filename"])
      typedInput(property, ["str", "msg", "flow", "global", "env", "jsonata"]);
    typedInput("assets", ["str", "json", "msg", "flow", "global", "env", "jsonata"]);
    openUsedSections(this);
    showReasons(this, followPreview(this));
  },
  oneditsave() {
    closed(this);
  },
  oneditcancel() {
    closed(this);
  },
});
