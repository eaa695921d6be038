/** Content-Disposition in every form seen on the way from the service, and some that an attacker would send. */
import type { DispositionName } from "../../core/settings.js";

const FORMS: Record<Exclude<DispositionName, "backend">, (name: string) => string | null> = {
  quoted: (name) => `attachment; filename="${name}"`,
  unquoted: (name) => `attachment; filename=${name}`,
  percent: (name) => `attachment; filename="${encodeURIComponent(name).replaceAll("_", "%5F")}"`,
  star: (name) => `attachment; filename="fallback.bin"; filename*=UTF-8''${encodeURIComponent(name)}`,
  "star-only": (name) => `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
  doubled: (name) => `attachment; filename="${name}", attachment; filename="${name}"`,
  missing: () => null,
  "no-name": () => "attachment",
  empty: () => 'attachment; filename=""',
  traversal: (name) => `attachment; filename="../../${name}"`,
  absolute: (name) => `attachment; filename="/etc/${name}"`,
  windows: (name) => `attachment; filename="C:\\\\Windows\\\\${name}"`,
  control: (name) => `attachment; filename*=UTF-8''%00%1B%0A${encodeURIComponent(name)}`,
  bidi: (name) => `attachment; filename*=UTF-8''%E2%80%AE${encodeURIComponent(name)}`,
  long: (name) => `attachment; filename="${"a".repeat(400)}${name}"`,
  folder: (name) => `attachment; filename="outputs/model/${name}"`,
  "folder-unquoted": (name) => `attachment; filename=outputs/model/${name}`,
  dots: () => 'attachment; filename=".."',
};

/** The header value; null when there is none. `own` is the form the backend uses. */
export function dispositionOf(
  form: DispositionName | { raw: string },
  own: "quoted" | "unquoted" | "missing",
  name: string,
): string | null {
  if (typeof form === "object") return form.raw;
  return FORMS[form === "backend" ? own : form](name);
}
