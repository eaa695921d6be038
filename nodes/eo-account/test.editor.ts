/** The Test button of the account: each step of reaching, logging in and searching, with its time and what came back. */
import { accountInEditor } from "../common/editor/account-ref.js";
import { ask, details, headline, mayAsk, type Failure } from "../common/editor/ask.js";
import { shared } from "../common/editor/dialog.js";
import type { EditorNode } from "../common/editor/red.js";
import { action, duration, line } from "../common/editor/report.js";

interface Step {
  step: "reach" | "token" | "search" | "list" | "key" | "workspace" | "expiry" | "bucket";
  state: "ok" | "failed" | "skipped";
  ms: number;
  status?: number;
  url?: string;
  title?: string;
  expiresIn?: number;
  collection?: string;
  listed?: string;
  items?: number;
  workspace?: string;
  files?: number;
  expires?: string;
  days?: number;
  error?: Failure;
}

/** Returns a function to be called after each change. */
export function prepareTest(node: EditorNode): () => void {
  return action<{ steps: Step[] }>(node, {
    row: "eo-test",
    label: node._("eo-account.test.button"),
    hindrance: () => (mayAsk() ? undefined : shared("report.readOnly")),
    ask: () => ask(node, "eo/account/test", { account: accountInEditor(node) }),
    show: ({ steps }) => steps.map((step) => stepLine(node, step)),
  });
}

function stepLine(node: EditorNode, step: Step): JQuery {
  const text = (key: string, values?: Record<string, string | number>): string =>
    node._(`eo-account.test.${key}`, values);
  const name = text(step.step);
  if (step.state === "skipped") return line("skipped", text("skipped", { step: name }));
  const time = duration(step.ms);
  if (step.state === "failed") {
    const under = step.error === undefined ? [] : details(step.error);
    const why = step.error === undefined ? "" : headline(step.error);
    return line("failed", text("failed", { step: name, why, time }), under);
  }
  return line("ok", text("ok", { step: name, time }), found(step, text));
}

/** What came back. */
function found(step: Step, text: (key: string, values?: Record<string, string | number>) => string): string[] {
  const lines: string[] = [];
  if (step.title !== undefined && step.title !== "") lines.push(text("title", { title: step.title }));
  else if (step.step === "reach" && step.status !== undefined) lines.push(text("status", { status: step.status }));
  if (step.expiresIn !== undefined)
    lines.push(text("expiresIn", { minutes: Math.max(1, Math.round(step.expiresIn / 60)) }));
  if (step.step === "search" && step.items !== undefined) {
    const key = step.items === 0 ? "searchedNothing" : "searched";
    lines.push(step.collection === undefined ? text(`${key}Anywhere`) : text(key, { collection: step.collection }));
  }
  if (step.step === "list" && step.items !== undefined) lines.push(text("listed", { count: step.items }));
  if (step.files !== undefined) lines.push(text("files", { count: step.files }));
  if (step.workspace !== undefined) lines.push(text("workspaceFits", { workspace: step.workspace }));
  if (step.expires !== undefined && step.days !== undefined) {
    const date = step.expires.slice(0, 10);
    lines.push(text(step.days < 0 ? "expired" : "daysLeft", { date, days: step.days }));
  }
  return lines;
}
