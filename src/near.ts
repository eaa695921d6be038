/** Which known names a wrong one may have meant. */

/** Up to `most` names, the nearest first; names that share nothing with `wrong` are left out. */
export function nearest(wrong: string, known: readonly string[], most = 3): string[] {
  const wanted = wrong.toLowerCase();
  const limit = Math.max(2, Math.floor(wanted.length / 3));
  return known
    .map((id) => ({ id, distance: distanceOf(wanted, id.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance || a.id.localeCompare(b.id))
    .slice(0, most)
    .map(({ id }) => id);
}

/** A part of an id is near it; else the number of letters to change. */
function distanceOf(wanted: string, id: string): number {
  if (wanted.length >= 3 && id.includes(wanted)) return 1;
  const plain = (text: string): string => text.replace(/[^a-z0-9]/g, "");
  if (plain(wanted) === plain(id)) return 0;
  return editDistance(wanted.slice(0, 200), id.slice(0, 200));
}

/** Levenshtein, with two neighbours swapped counted once. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      row.push(best);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
