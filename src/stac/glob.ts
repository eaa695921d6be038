/** Whether a text matches a glob, in time that no glob can blow up. */

type Part = { kind: "star" } | { kind: "one"; matches: (char: string) => boolean };

/**
 * A matcher for a glob: `*` any characters, `?` one, `[abc]`, `[a-z]`, `[!a-z]` one of a set, `\` takes the next one
 * as it is. The whole text must match; case counts. A `[` without `]` stands for itself.
 */
export function compileGlob(glob: string): (text: string) => boolean {
  const parts = parse(Array.from(glob));
  return (text) => matches(parts, Array.from(text));
}

/** As `compileGlob`, for one text. */
export function globMatches(glob: string, text: string): boolean {
  return compileGlob(glob)(text);
}

function parse(glob: string[]): Part[] {
  const parts: Part[] = [];
  let at = 0;
  while (at < glob.length) {
    const char = glob[at] ?? "";
    at += 1;
    if (char === "*") {
      if (parts.at(-1)?.kind !== "star") parts.push({ kind: "star" });
    } else if (char === "?") {
      parts.push({ kind: "one", matches: () => true });
    } else if (char === "[") {
      const set = parseSet(glob, at);
      if (set) at = set.next;
      parts.push({ kind: "one", matches: set ? set.matches : (other) => other === "[" });
    } else {
      const literal = char === "\\" && at < glob.length ? (glob[at++] ?? "") : char;
      parts.push({ kind: "one", matches: (other) => other === literal });
    }
  }
  return parts;
}

/** The set that starts after a `[`; undefined when it never ends. */
function parseSet(glob: string[], start: number): { matches: (char: string) => boolean; next: number } | undefined {
  let at = start;
  const negated = glob[at] === "!" || glob[at] === "^";
  if (negated) at += 1;
  const single = new Set<string>();
  const ranges: [from: number, to: number][] = [];
  const first = at;
  for (;;) {
    let char = glob[at];
    if (char === undefined) return undefined;
    if (char === "]" && at > first) break;
    if (char === "\\" && glob[at + 1] !== undefined) {
      at += 1;
      char = glob[at] ?? "";
    }
    at += 1;
    let last = glob[at + 1];
    if (glob[at] === "-" && last !== undefined && last !== "]") {
      at += 2;
      if (last === "\\" && glob[at] !== undefined) last = glob[at++] ?? "";
      ranges.push([char.codePointAt(0) ?? 0, last.codePointAt(0) ?? 0]);
    } else {
      single.add(char);
    }
  }
  return {
    next: at + 1,
    matches: (char) => {
      const code = char.codePointAt(0) ?? 0;
      return (single.has(char) || ranges.some(([from, to]) => code >= from && code <= to)) !== negated;
    },
  };
}

/** Goes back to the last star only: an earlier star never needs to take more, so the work is at most glob × text. */
function matches(parts: Part[], text: string[]): boolean {
  let part = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    const current = parts[part];
    if (current?.kind === "star") {
      star = part;
      starAt = at;
      part += 1;
    } else if (current?.matches(text[at] ?? "")) {
      part += 1;
      at += 1;
    } else if (star >= 0) {
      part = star + 1;
      starAt += 1;
      at = starAt;
    } else {
      return false;
    }
  }
  while (parts[part]?.kind === "star") part += 1;
  return part === parts.length;
}
