/** Which headers may carry a key. */

/** Headers that carry something else and would break the request (RFC 9110 §7.2, §8.6, §7.6.1). */
const NOT_FOR_KEYS = new Set([
  "host",
  "content-length",
  "content-type",
  "transfer-encoding",
  "connection",
  "accept",
  "range",
]);

/** A sentence about a header's name that cannot be used; undefined when it can. */
export function headerProblem(name: string): string | undefined {
  const header = name.toLowerCase();
  return !/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(header) || NOT_FOR_KEYS.has(header)
    ? `"${header.slice(0, 60)}" cannot be the header that carries the key.`
    : undefined;
}
