/** The account dialog: the service first, then only the fields it needs. */
import { CREDENTIALS } from "../common/editor/account-ref.js";
import { day, headerName, hosts, isVariable, number, url, workspaceName } from "../common/editor/check.js";
import {
  closed,
  current,
  isOpen,
  keepUnknown,
  openUsedSections,
  opened,
  plain,
  rule,
  shared,
  showReasons,
} from "../common/editor/dialog.js";
import { loginOf, missing, PROVIDERS, type Credential, type Field } from "../common/editor/providers.js";
import type { EditorNode, Validator } from "../common/editor/red.js";
import { prepareTest } from "./test.editor.js";

const PREFIX = "node-config-input";
function isCredential(field: Field): field is Credential {
  return (CREDENTIALS as readonly string[]).includes(field);
}

function filled(node: EditorNode, field: Field): boolean {
  if (!isCredential(field) || isOpen(node)) return current(node, field).trim() !== "";
  // The editor knows of a deployed account's secrets only once its dialog was open.
  if (node.credentials === undefined) return true;
  const value = node.credentials[field];
  return (typeof value === "string" && value.trim() !== "") || node.credentials[`has_${field}`] === true;
}

function missingReason(node: EditorNode, field: Field): string | undefined {
  const login = loginOf(current(node, "provider"), current(node, "auth"));
  if (login === undefined) return undefined;
  const lack = missing(login, field, (other) => filled(node, other));
  if (lack === undefined) return undefined;
  return lack.key === "half"
    ? shared("check.half", { other: node._(`eo-account.label.${lack.other}`) })
    : shared("check.needed");
}

/** A property that may be needed, and is checked when it is filled in. */
function property(field: Field, check: (value: string) => string | undefined): Validator {
  return rule(`eo-account.label.${field}`, (node, value) =>
    value.trim() === "" ? missingReason(node, field) : check(value),
  );
}

function credential(field: Credential): Validator {
  return rule(`eo-account.label.${field}`, (node) => missingReason(node, field));
}

/** Also names missing credentials once the dialog is closed: the editor has no triangle for credentials. */
const provider: Validator = Object.assign(
  function (this: EditorNode, value: unknown, _options: unknown): true | string | string[] {
    if (isVariable(value)) return true;
    const unknown = unknownProvider(this);
    if (unknown !== undefined) return `${this._("eo-account.label.provider")}: ${unknown}`;
    if (isOpen(this)) return true;
    const lacks = CREDENTIALS.flatMap((field) => {
      const reason = missingReason(this, field);
      return reason === undefined ? [] : [`${this._(`eo-account.label.${field}`)}: ${reason}`];
    });
    return lacks.length === 0 ? true : lacks;
  },
  { reason: (node: EditorNode) => unknownProvider(node) },
);

function unknownProvider(node: EditorNode): string | undefined {
  const id = current(node, "provider");
  return isVariable(id) || PROVIDERS.some((entry) => entry.id === id) ? undefined : shared("check.provider");
}

const urlReason = (value: string): string | undefined => {
  const problem = url(value);
  return problem === undefined ? undefined : shared(`check.${problem.key}`);
};

RED.nodes.registerType("eo-account", {
  category: "config",
  defaults: {
    name: { value: "" },
    provider: { value: "dedl", validate: provider },
    url: { value: "", validate: property("url", urlReason) },
    tokenUrl: { value: "", validate: property("tokenUrl", urlReason) },
    scope: { value: "" },
    auth: {
      value: "none",
      validate: rule("eo-account.label.auth", (node) =>
        unknownProvider(node) === undefined && loginOf(current(node, "provider"), current(node, "auth")) === undefined
          ? shared("check.auth")
          : undefined,
      ),
    },
    header: {
      value: "",
      validate: property("header", (value) =>
        headerName(value) === undefined ? undefined : shared("check.headerName"),
      ),
    },
    workspace: {
      value: "",
      validate: property("workspace", (value) =>
        workspaceName(value) === undefined ? undefined : shared("check.workspace"),
      ),
    },
    endpoint: { value: "", validate: plain("eo-account.label.endpoint", url) },
    region: { value: "" },
    bucket: { value: "" },
    prefix: { value: "" },
    hosts: { value: "", validate: plain("eo-account.label.hosts", hosts) },
    rate: { value: "", validate: plain("eo-account.label.rate", number({ min: 0 })) },
    expires: { value: "", validate: plain("eo-account.label.expires", day) },
    tls: { value: "", type: "tls-config", required: false },
    proxy: { value: "", type: "http proxy", required: false },
  },
  credentials: {
    clientId: { type: "text", validate: credential("clientId") },
    clientSecret: { type: "password", validate: credential("clientSecret") },
    apiKey: { type: "password", validate: credential("apiKey") },
    username: { type: "text", validate: credential("username") },
    password: { type: "password", validate: credential("password") },
    accessKeyId: { type: "text", validate: credential("accessKeyId") },
    secretAccessKey: { type: "password", validate: credential("secretAccessKey") },
    sessionToken: { type: "password" },
  },
  label() {
    const known = PROVIDERS.find((entry) => entry.id === this["provider"]);
    return (
      this.name ||
      (known === undefined ? this._("eo-account.label.unnamed") : this._(`eo-account.provider.${known.id}.name`))
    );
  },
  labelStyle() {
    return this.name ? "node_label_italic" : "";
  },
  oneditprepare() {
    opened(this, PREFIX);
    prepare(this);
    openUsedSections(this);
    showReasons(this, prepareTest(this));
  },
  oneditsave() {
    clearParked();
    closed(this);
  },
  oneditcancel() {
    closed(this);
  },
});

function prepare(node: EditorNode): void {
  const provider = $(`#${PREFIX}-provider`);
  const auth = $(`#${PREFIX}-auth`);
  for (const entry of PROVIDERS)
    $("<option>", { value: entry.id })
      .text(node._(`eo-account.provider.${entry.id}.name`))
      .appendTo(provider);
  keepUnknown(provider, node["provider"]);
  const saved = typeof node["auth"] === "string" && node["auth"] !== "" ? node["auth"] : "none";
  let shownProvider = String(provider.val());
  const kept = new Map<string, Map<string, string>>();
  // The page is translated after this; the hints change with the service, so they are looked up here.
  const hints = $("#eo-account-parked .eo-hint")
    .get()
    .map((element) => {
      const key = $(element).attr("data-i18n");
      $(element).removeAttr("data-i18n");
      return [$(element), key === undefined ? "" : RED._(key)] as const;
    });

  const fillAuth = (): void => {
    const wanted = String(auth.val() ?? "none");
    const kinds = Object.keys(PROVIDERS.find((entry) => entry.id === provider.val())?.logins ?? {}).filter(
      (kind) => kind !== "",
    );
    auth.empty();
    for (const kind of kinds)
      $("<option>", { value: kind })
        .text(node._(`eo-account.auth.${kind}.name`))
        .appendTo(auth);
    if (kinds.length === 0) $("<option>", { value: "none" }).appendTo(auth);
    else keepUnknown(auth, wanted);
    if (auth.find("option").filter((_, option) => option.value === wanted).length > 0) auth.val(wanted);
    $("#eo-account-auth-row").toggle(kinds.length > 0);
  };

  const layOut = (): void => {
    const entry = PROVIDERS.find((other) => other.id === provider.val());
    const login = loginOf(String(provider.val()), String(auth.val()));
    if (entry === undefined || login === undefined) return;
    const parked = $("#eo-account-parked");
    $("#eo-account-main, #eo-account-advanced").children(".form-row").appendTo(parked);
    for (const [hint, text] of hints) hint.text(text);
    for (const field of login.main) parked.children(`[data-field="${field}"]`).appendTo("#eo-account-main");
    for (const field of login.advanced) {
      parked.children(`[data-field="${field}"]`).appendTo("#eo-account-advanced");
    }
    for (const field of [
      "url",
      "tokenUrl",
      "scope",
      "rate",
      "expires",
      "header",
      "endpoint",
      "region",
      "bucket",
    ] as const) {
      $(`#${PREFIX}-${field}`).attr("placeholder", entry.own[field] ?? node._(`eo-account.placeholder.${field}`));
    }
    const about = $("#eo-account-about").text(node._(`eo-account.provider.${entry.id}.about`) + " ");
    if (entry.keyPage !== undefined) {
      $("<a>", { href: entry.keyPage, target: "_blank", rel: "noopener noreferrer" })
        .text(node._(`eo-account.provider.${entry.id}.keyPage`))
        .appendTo(about);
    }
    for (const field of entry.hints) {
      $(`[data-field="${field}"] .eo-hint`).text(node._(`eo-account.provider.${entry.id}.${field}`));
    }
    const kind = String(auth.val());
    $("#eo-account-about-auth").text("" in entry.logins ? "" : node._(`eo-account.auth.${kind}.about`));
  };

  provider.on("change", () => {
    const chosen = String(provider.val());
    if (chosen !== shownProvider) {
      // An address belongs to its service: the next one must not be asked at the last one's.
      kept.set(shownProvider, swap(kept.get(chosen)));
      shownProvider = chosen;
    }
    fillAuth();
    layOut();
  });
  auth.on("change", layOut);
  keepUnknown(auth, saved);
  fillAuth();
  layOut();
}

const SERVICE_FIELDS = [
  ...["url", "tokenUrl", "scope", "header", "hosts", "rate", "expires"],
  ...["workspace", "endpoint", "region", "bucket", "prefix"],
];

/** Takes the fields that belong to one service out and puts another one's in. */
function swap(next: Map<string, string> | undefined): Map<string, string> {
  const taken = new Map<string, string>();
  for (const field of [...SERVICE_FIELDS, ...CREDENTIALS]) {
    const input = $(`#${PREFIX}-${field}`);
    taken.set(field, String(input.val() ?? ""));
    input.val(next?.get(field) ?? "");
  }
  return taken;
}

/** What the service does not need is not saved: a forgotten address would receive its key. */
function clearParked(): void {
  if (loginOf(String($(`#${PREFIX}-provider`).val()), String($(`#${PREFIX}-auth`).val())) === undefined) return;
  $("#eo-account-parked").find("input, textarea").val("");
  $("#eo-account-parked").find("select").val("_ADD_");
}
