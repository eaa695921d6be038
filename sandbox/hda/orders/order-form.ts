/** What can be ordered from a collection: the fields of its form and the values each may have. */

export interface OrderField {
  /** Name without the `ecmwf:` prefix. */
  name: string;
  /** Values that may be chosen; empty: any text. */
  values: string[];
  /** Several values may be chosen. */
  many: boolean;
  required: boolean;
  /** Value when none is chosen. */
  preset?: string;
}

export interface OrderForm {
  /** Start of the ids of placeholder items. */
  prefix: string;
  /** Name of the data set at the backend. */
  dataset: string;
  fields: OrderField[];
  /** Whether items have dates. */
  dated: boolean;
  /** What is delivered. */
  file: "grib" | "zip" | "nc";
  /** Choices that narrow others: when the field has the value, the named fields keep only these values. */
  narrowing?: { field: string; value: string; leaves: Record<string, string[]> }[];
}
