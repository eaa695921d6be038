/** Which ids of a catalogue a wrong one may have meant, and which complete what is typed. */

export { nearest } from "../../../src/near.js";

/**
 * Ids that complete what is typed: those that begin with it, then those that hold it in id or title.
 * An exact id comes first, because Tab takes the first.
 */
export function completions(
  typed: string,
  known: readonly { id: string; title?: string }[],
  most = 50,
): { id: string; title?: string }[] {
  const wanted = typed.trim().toLowerCase();
  const rank = ({ id, title }: { id: string; title?: string }): number => {
    const lower = id.toLowerCase();
    if (lower === wanted) return 0;
    if (lower.startsWith(wanted)) return 1;
    if (lower.includes(wanted)) return 2;
    return title?.toLowerCase().includes(wanted) === true ? 3 : 4;
  };
  return known
    .map((entry) => ({ entry, rank: rank(entry) }))
    .filter((found) => found.rank < 4)
    .sort((a, b) => a.rank - b.rank || a.entry.id.localeCompare(b.entry.id))
    .slice(0, most)
    .map(({ entry }) => entry);
}
