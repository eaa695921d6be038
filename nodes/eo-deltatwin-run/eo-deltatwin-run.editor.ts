/** The dialog of DeltaTwin run. */
import { number } from "../common/editor/check.js";
import { completedComponent, followComponent } from "../common/editor/component.js";
import {
  account,
  closed,
  ofProvider,
  openUsedSections,
  opened,
  plain,
  showReasons,
  typed,
  typedInput,
} from "../common/editor/dialog.js";

const TEXT = ["str", "msg", "flow", "global", "env", "jsonata"] as const;

RED.nodes.registerType("eo-deltatwin-run", {
  category: "Earth observation",
  color: "#3FADB5",
  icon: "eo-deltatwin-run.svg",
  defaults: {
    name: { value: "" },
    account: {
      value: "",
      type: "eo-account",
      required: true,
      filter: ofProvider("deltatwin"),
      validate: account("eo-deltatwin-run.label.account", true, "deltatwin"),
    },
    component: { value: "", validate: typed("eo-deltatwin-run.label.component", "component", {}) },
    componentType: { value: "str" },
    version: { value: "", validate: typed("eo-deltatwin-run.label.version", "version", {}) },
    versionType: { value: "str" },
    run: { value: "", validate: typed("eo-deltatwin-run.label.run", "run", {}) },
    runType: { value: "str" },
    wait: { value: "true" },
    parallel: { value: "", validate: plain("eo-deltatwin-run.label.parallel", number({ min: 1 })) },
    poll: { value: "", validate: plain("eo-deltatwin-run.label.poll", number({ min: 0.1, whole: false })) },
    timeout: { value: "", validate: plain("eo-deltatwin-run.label.timeout", number({ min: 0.001, whole: false })) },
  },
  inputs: 1,
  outputs: 2,
  paletteLabel() {
    return this._("eo-deltatwin-run.label.palette");
  },
  label() {
    return this.name || this._("eo-deltatwin-run.label.palette");
  },
  labelStyle() {
    return this.name ? "node_label_italic" : "";
  },
  inputLabels() {
    return this._("eo-deltatwin-run.port.input");
  },
  outputLabels(index) {
    return this._(index === 0 ? "eo-deltatwin-run.port.run" : "eo-deltatwin-run.port.changes");
  },
  oneditprepare() {
    opened(this, "node-input");
    typedInput("component", [completedComponent(this), ...TEXT.slice(1)]);
    for (const property of ["version", "run"]) typedInput(property, TEXT);
    openUsedSections(this);
    showReasons(
      this,
      followComponent(this, () => undefined),
    );
  },
  oneditsave() {
    closed(this);
  },
  oneditcancel() {
    closed(this);
  },
});
