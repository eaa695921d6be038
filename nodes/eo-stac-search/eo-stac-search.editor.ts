/** The dialog of STAC search. */
import {
  bboxJson,
  bboxText,
  cql2Text,
  datetime,
  geometry,
  jsonObject,
  number,
  signed,
} from "../common/editor/check.js";
import { completedPath, placeCatalogue } from "../common/editor/catalogues.js";
import { completedText, followCollections } from "../common/editor/collections.js";
import { followInterval } from "../common/editor/interval.js";
import { preparePreview } from "./preview.editor.js";
import {
  account,
  closed,
  current,
  openUsedSections,
  opened,
  plain,
  rule,
  shared,
  showReasons,
  typed,
  typedInput,
} from "../common/editor/dialog.js";

const TEXT = ["str", "msg", "flow", "global", "env", "jsonata"] as const;
const LIST = ["str", "json", "msg", "flow", "global", "env", "jsonata"] as const;
const OBJECT = ["json", "msg", "flow", "global", "env", "jsonata"] as const;

const geometryRule = typed("eo-stac-search.label.intersects", "intersects", { json: geometry, str: geometry });

RED.nodes.registerType("eo-stac-search", {
  category: "Earth observation",
  color: "#3FADB5",
  icon: "eo-stac-search.svg",
  defaults: {
    name: { value: "" },
    account: { value: "", type: "eo-account", required: true, validate: account("eo-stac-search.label.account", true) },
    catalogue: { value: "", validate: typed("eo-stac-search.label.catalogue", "catalogue", {}) },
    catalogueType: { value: "str" },
    collections: { value: "", validate: typed("eo-stac-search.label.collections", "collections", {}) },
    collectionsType: { value: "str" },
    datetime: { value: "", validate: typed("eo-stac-search.label.datetime", "datetime", { str: datetime }) },
    datetimeType: { value: "str" },
    bbox: { value: "", validate: typed("eo-stac-search.label.bbox", "bbox", { str: bboxText, json: bboxJson }) },
    bboxType: { value: "str" },
    intersects: {
      value: "",
      validate: rule("eo-stac-search.label.intersects", (node, value) => {
        if (value.trim() === "") return undefined;
        if (current(node, "bbox").trim() !== "") return shared("check.bboxIntersects");
        return geometryRule.reason?.(node, value);
      }),
    },
    intersectsType: { value: "json" },
    ids: { value: "", validate: typed("eo-stac-search.label.ids", "ids", {}) },
    idsType: { value: "str" },
    query: { value: "", validate: typed("eo-stac-search.label.query", "query", { json: jsonObject, str: jsonObject }) },
    queryType: { value: "json" },
    filter: {
      value: "",
      validate: typed("eo-stac-search.label.filter", "filter", { str: cql2Text, json: jsonObject }),
    },
    filterType: { value: "str" },
    sortby: { value: "", validate: typed("eo-stac-search.label.sortby", "sortby", { str: signed }) },
    sortbyType: { value: "str" },
    fields: { value: "", validate: typed("eo-stac-search.label.fields", "fields", { str: signed }) },
    fieldsType: { value: "str" },
    limit: { value: "", validate: plain("eo-stac-search.label.limit", number({ min: 1 })) },
    max: { value: "", validate: plain("eo-stac-search.label.max", number({ min: 0 })) },
    output: { value: "collection" },
  },
  inputs: 1,
  outputs: 1,
  paletteLabel() {
    return this._("eo-stac-search.label.palette");
  },
  label() {
    return this.name || this._("eo-stac-search.label.palette");
  },
  labelStyle() {
    return this.name ? "node_label_italic" : "";
  },
  inputLabels() {
    return this._("eo-stac-search.port.input");
  },
  outputLabels() {
    const output = typeof this["output"] === "string" ? this["output"] : "collection";
    return this._(`eo-stac-search.port.${output}`);
  },
  oneditprepare() {
    opened(this, "node-input");
    typedInput("datetime", TEXT);
    typedInput("catalogue", [completedPath(this), ...TEXT.slice(1)]);
    typedInput("collections", [completedText(this), ...LIST.slice(1)]);
    for (const property of ["bbox", "ids", "filter", "sortby", "fields"]) typedInput(property, LIST);
    for (const property of ["intersects", "query"]) typedInput(property, OBJECT);
    openUsedSections(this);
    const followers = [placeCatalogue(this), followCollections(this), followInterval(this), preparePreview(this)];
    showReasons(this, () => {
      for (const follower of followers) follower();
    });
  },
  oneditsave() {
    closed(this);
  },
  oneditcancel() {
    closed(this);
  },
});
