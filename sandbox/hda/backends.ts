/** The federation's backends: how each sorts, counts its pages and hands out files. */

export interface Backend {
  name: string;
  /** Whether `sortby` is obeyed, silently ignored, or breaks the search. */
  sort: "honoured" | "ignored" | "broken";
  /** Whether properties in `query` and `filter` count; else they are accepted and ignored. */
  filters: boolean;
  /** Page token of the second page. */
  secondPage: 1 | 2;
  /** `s3`: chunked, no length, ranges advertised; `http`: the upstream's headers are passed on. */
  delivery: "s3" | "http";
}

const LIST: Backend[] = [
  { name: "cop_marine", sort: "ignored", filters: false, secondPage: 2, delivery: "s3" },
  { name: "eumetsat", sort: "honoured", filters: true, secondPage: 1, delivery: "http" },
  { name: "external_fdp", sort: "honoured", filters: true, secondPage: 1, delivery: "http" },
  { name: "creodias", sort: "honoured", filters: true, secondPage: 1, delivery: "s3" },
  { name: "cop_ads", sort: "broken", filters: true, secondPage: 1, delivery: "s3" },
  { name: "cop_cds", sort: "broken", filters: true, secondPage: 1, delivery: "s3" },
  { name: "cop_ewds", sort: "broken", filters: true, secondPage: 1, delivery: "s3" },
  { name: "dedt_lumi", sort: "broken", filters: true, secondPage: 1, delivery: "s3" },
  { name: "dedt_mn5", sort: "broken", filters: true, secondPage: 1, delivery: "s3" },
  { name: "wekeo_main", sort: "ignored", filters: false, secondPage: 1, delivery: "http" },
  { name: "wekeo_cmems", sort: "ignored", filters: false, secondPage: 1, delivery: "http" },
  { name: "wekeo_ecmwf", sort: "broken", filters: false, secondPage: 1, delivery: "http" },
  { name: "usgs", sort: "honoured", filters: true, secondPage: 1, delivery: "http" },
  { name: "dedl_static", sort: "honoured", filters: true, secondPage: 1, delivery: "s3" },
];

const BY_NAME = new Map(LIST.map((one) => [one.name, one]));

export function findBackend(name: string): Backend | undefined {
  return BY_NAME.get(name);
}

/** The backend, or a plain one under that name. */
export function backendOf(name: string): Backend {
  return BY_NAME.get(name) ?? { name, sort: "honoured", filters: true, secondPage: 1, delivery: "s3" };
}
