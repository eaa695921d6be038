/** The dialog of storage: the action first, then only the fields it needs. */
import { storePath } from "../common/editor/check.js";
import {
  account,
  closed,
  current,
  openUsedSections,
  opened,
  showReasons,
  typed,
  typedInput,
} from "../common/editor/dialog.js";
import type { EditorNode } from "../common/editor/red.js";

const TEXT = ["str", "msg", "flow", "global", "env", "jsonata"] as const;

RED.nodes.registerType("eo-storage", {
  category: "Earth observation",
  color: "#3FADB5",
  icon: "eo-storage.svg",
  defaults: {
    name: { value: "" },
    account: { value: "", type: "eo-account", required: true, validate: account("eo-storage.label.account", true) },
    action: { value: "list" },
    via: { value: "https" },
    path: { value: "", validate: typed("eo-storage.label.path", "path", { str: storePath }) },
    pathType: { value: "str" },
    filename: { value: "", validate: typed("eo-storage.label.filename", "filename", {}) },
    filenameType: { value: "str" },
    folder: { value: "", validate: typed("eo-storage.label.folder", "folder", {}) },
    folderType: { value: "str" },
    ifExists: { value: "verify" },
    recursive: { value: "false" },
  },
  inputs: 1,
  outputs: 2,
  paletteLabel() {
    return this._("eo-storage.label.palette");
  },
  label() {
    return this.name || this._("eo-storage.label.palette");
  },
  labelStyle() {
    return this.name ? "node_label_italic" : "";
  },
  inputLabels() {
    return this._("eo-storage.port.input");
  },
  outputLabels(index) {
    return this._(index === 0 ? "eo-storage.port.result" : "eo-storage.port.progress");
  },
  oneditprepare() {
    opened(this, "node-input");
    for (const property of ["path", "filename", "folder"]) typedInput(property, TEXT);
    openUsedSections(this);
    showReasons(this, followAction(this));
  },
  oneditsave() {
    closed(this);
  },
  oneditcancel() {
    closed(this);
  },
});

/** Shows what the action needs. Returns a function to be called after each change. */
function followAction(node: EditorNode): () => void {
  const lay = (): void => {
    const action = current(node, "action");
    const known = ["list", "get", "put", "delete", "credentials"].includes(action);
    $(".eo-dialog [data-actions]").each((_, row) => {
      const actions = (row.dataset["actions"] ?? "").split(" ");
      $(row).toggle(!known || actions.includes(action));
    });
    const provider = RED.nodes.node(current(node, "account"))?.["provider"];
    $("#eo-storage-via").toggle(provider !== "s3" && action !== "credentials");
    $("#eo-storage-about").text(known ? node._(`eo-storage.about.${action}`) : "");
    const path = known && action !== "credentials" ? node._(`eo-storage.pathHint.${action}`) : "";
    $("#eo-storage-path").text(path);
    const file = action === "get" || action === "put" ? node._(`eo-storage.filenameHint.${action}`) : "";
    $("#eo-storage-filename").text(file);
  };
  lay();
  return lay;
}
