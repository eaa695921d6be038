/** A search as the EO DataHub must be asked: whole properties by name, and places in its index for names. */

type Body = Record<string, unknown>;

/** Names the service knows without `properties.` before them. */
const FILTER_NAMES = new Set([
  ...["id", "collection", "geometry", "datetime", "created", "updated"],
  ...["cloud_cover", "cloud_shadow_percentage", "nodata_pixel_percentage"],
]);
const SORT_NAMES = new Set(["id", "collection"]);
/** Operators it evaluates; any other filters nothing, and it does not say so. */
const OPERATORS = new Set([
  "and",
  "or",
  "not",
  "=",
  "<>",
  "<",
  "<=",
  ">",
  ">=",
  "like",
  "between",
  "in",
  "s_intersects",
]);
/** Asked for by name, or a search sends the date alone. */
const WHOLE = ["properties", "stac_extensions"];

/**
 * The body to send for `body`, a STAC API search, and what a person should know of it.
 * The service drops all properties but `datetime` unless `fields.include` names them; `filter` and `sortby` take raw
 * places in its index, `properties.eo:cloud_cover`, and find nothing under any other name.
 */
export function eodhSearchBody(body: Body): { body: Body; warnings: string[] } {
  const ignored = new Set<string>();
  const { filter, sortby, query, fields } = body;
  const asked: Body = { ...body, fields: wholeFields(fields) };
  if (filter !== undefined) asked["filter"] = indexed(filter, ignored);
  if (Array.isArray(sortby)) asked["sortby"] = sortby.map(sortKey);
  if (typeof query === "object" && query !== null) {
    asked["query"] = Object.fromEntries(
      Object.entries(query).map(([name, value]) => [name.replace(/^properties\./, ""), value as unknown]),
    );
  }
  const warnings =
    ignored.size === 0
      ? []
      : [
          `The EO DataHub does not evaluate ${[...ignored].join(", ")} in a filter, so more items may have come than fit.`,
        ];
  return { body: asked, warnings };
}

function wholeFields(fields: unknown): unknown {
  const { include = [], exclude } = (fields ?? {}) as { include?: string[]; exclude?: string[] };
  return { include: include.length > 0 ? include : WHOLE, ...(exclude === undefined ? {} : { exclude }) };
}

function sortKey(key: { field: string; direction: string }): object {
  const { field } = key;
  return { ...key, field: SORT_NAMES.has(field) || field.startsWith("properties.") ? field : `properties.${field}` };
}

/** The expression with places in the index for names; collects the operators the service ignores. */
function indexed(part: unknown, ignored: Set<string>): unknown {
  if (Array.isArray(part)) return part.map((one) => indexed(one, ignored));
  if (typeof part !== "object" || part === null) return part;
  const { property, op } = part as { property?: unknown; op?: unknown };
  if (typeof property === "string") {
    const known = FILTER_NAMES.has(property) || property.startsWith("properties.");
    return { ...part, property: known ? property : `properties.${property}` };
  }
  if (typeof op !== "string") return part;
  if (!OPERATORS.has(op.toLowerCase())) ignored.add(op);
  return { ...part, args: indexed((part as { args?: unknown }).args, ignored) };
}
