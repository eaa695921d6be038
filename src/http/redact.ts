/** Stars secrets in any text that may leave the engine. */

/** Every way a secret may stand in a text: as it is, in a URL or form, in JSON, in HTML. */
function spellings(secret: string): string[] {
  const percent = encodeURIComponent(secret);
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    percent,
    percent.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    new URLSearchParams({ s: secret }).toString().slice(2),
    json,
    json.replaceAll("/", "\\/"),
    secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;"),
  ];
}

/** A function that replaces every spelling of the given secrets by `***`. */
export function redactor(secrets: () => Iterable<string>): (text: string) => string {
  return (text) => {
    let result = text;
    const all = new Set<string>();
    for (const secret of secrets()) if (secret.length >= 3) for (const s of spellings(secret)) all.add(s);
    // Longest first: a secret may hold another.
    for (const s of [...all].sort((a, b) => b.length - a.length)) result = result.replaceAll(s, "***");
    return result;
  };
}
