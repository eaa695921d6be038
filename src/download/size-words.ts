/** A number of bytes for a person. */
export function sizeWords(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const shown = unit === 0 || value >= 100 ? String(Math.ceil(value)) : value.toFixed(1);
  return `${shown} ${units[unit] ?? ""}`;
}
