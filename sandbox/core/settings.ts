/** The switchable ways the sandbox can answer: their names, their defaults, and how a patch is laid over them. */

/** How search and item listings answer. */
export interface SearchMode {
  /** `strict`: a token without the backend filter is page one again, as on the real server. `lenient`: the token is enough. */
  paging: "strict" | "lenient";
  /** Paging that repeats items for ever (the real Copernicus Marine plugin). */
  endless: boolean;
  /** What the `next` link looks like. */
  next: "normal" | "foreign" | "unreachable" | "loop" | "never" | "always" | "get" | "merge";
  /** So many empty pages, each with a `next`, between two full ones. */
  emptyPages: number;
  /** So many items of the page before are sent again at the start of each later page. */
  repeat: number;
  numberMatched: "absent" | "null" | "right" | "wrong";
  /** Fraction digits of the dates: milliseconds, microseconds or none. */
  dates: "ms" | "us" | "s";
  /** `old`: STAC 1.0.0 with `storage:tier` and without `providers`, as the service answered before the end of May 2026. */
  form: "new" | "old";
  compress: "off" | "asked";
}

/** Forms of the Content-Disposition header. */
export type DispositionName =
  | "backend"
  | "quoted"
  | "unquoted"
  | "percent"
  | "star"
  | "star-only"
  | "doubled"
  | "missing"
  | "no-name"
  | "traversal"
  | "absolute"
  | "windows"
  | "control"
  | "bidi"
  | "long"
  | "dots"
  | "empty"
  | "folder"
  | "folder-unquoted";

/** How a product is sent. `backend` means: as the real backend of that collection does. */
export interface DownloadMode {
  length: "backend" | "always" | "never";
  range: "ignore" | "honour";
  etag: "backend" | "none" | "strong" | "weak";
  lastModified: "backend" | "none" | "always";
  /** Whether If-Range and If-Match are obeyed where ranges are honoured. */
  ifRange: boolean;
  /** Another number is another object under the same address. */
  version: number;
  disposition: DispositionName | { raw: string };
  /** Content type sent instead of the right one. */
  type: string | null;
  compress: "off" | "asked" | "gzip" | "br" | "deflate";
  /** How single assets (`native`) come: the backend's way, a redirect to the store, the bytes, or a JSON pointer. */
  assets: "backend" | "redirect" | "stream" | "pointer";
}

/** How ordered products behave. */
export interface OrderMode {
  /** So many looks at the item say `ordered` before it is `succeeded`. */
  polls: number;
  /** `failed`: the item answers 400, as the real server does; `failed-status`: the item says `order:status: failed`. */
  outcome: "succeeded" | "failed" | "failed-status";
  /** What a download says before the order is ready. */
  notReady: "eodag-500" | "404";
  /** What the order itself answers. */
  first: "ordered" | "succeeded";
}

/** How the token endpoint answers. */
export interface TokenMode {
  /** Life of a token in seconds; null: what the command line said. */
  ttl: number | null;
  /** What `expires_in` says; null: the truth. */
  said: number | null;
}

/** What the gateway in front of the service says to a request without a good token. */
export interface GatewayMode {
  absent: number;
  invalid: number;
  body: "html" | "json" | "text" | "empty";
}

/** How the DeltaTwin service runs components and answers. */
export interface DeltatwinMode {
  /** Milliseconds that a run stays at least in each state, and with each of its nodes. */
  pace: number;
  /** Runs go no further than this state until it is changed. */
  hold: "none" | "created" | "pending" | "running";
  /** How runs end: as their work does, or badly whatever it does. */
  outcome: "work" | "error" | "cancelled";
  /** Whether keys and secrets of the inputs come back in runs, schedules, messages and logs. */
  echo: boolean;
  /** Whether inputs and outputs of a run are a map or a list of named ones. */
  form: "map" | "list";
  /** Runs a day, runs at once, schedules, and bytes of the drive. */
  maxRuns: number;
  maxParallel: number;
  maxSchedules: number;
  maxDrive: number;
  /** What becomes of a run over `maxParallel`: it waits as `pending`, or it is refused. */
  overParallel: "queue" | "429";
  /** The run is started, but the answer that says so is lost. */
  lost: "none" | "close" | "502";
  /** Whether a run without a version is refused; else it is the latest. */
  needsVersion: boolean;
  /** Life of a refresh token in seconds, and whether it works only once. */
  refreshTtl: number;
  refreshOnce: boolean;
}

/** How SesamEO answers. */
export interface SesameoMode {
  /** The one header that may carry the key; null: any of the usual ones. */
  header: string | null;
  /** Whether collections and products are shown without a key. */
  catalogue: "key" | "open";
  /** So many requests for an offline product say that it is being retrieved; 0: all of them. */
  offlinePolls: number;
  /** Products on a page where the request does not say. */
  pageSize: number;
}

/** How the EO DataHub treats keys. */
export interface EodhMode {
  /** A dead or wrong key where none is needed: counts as none, or is refused. */
  deadKey: "anonymous" | "refused";
  /** The form of a 401 where a key is needed; `redirect` leads to the login page of another service. */
  unauthorized: "html" | "text" | "json" | "redirect";
  /** Life of temporary S3 credentials in seconds. */
  s3Life: number;
}

export interface Modes {
  search: SearchMode;
  download: DownloadMode;
  order: OrderMode;
  token: TokenMode;
  gateway: GatewayMode;
  deltatwin: DeltatwinMode;
  sesameo: SesameoMode;
  eodh: EodhMode;
}

/** A patch: any part of the modes. */
export type ModesPatch = { [K in keyof Modes]?: Partial<Modes[K]> };

export function defaultModes(): Modes {
  return {
    search: {
      paging: "strict",
      endless: false,
      next: "normal",
      emptyPages: 0,
      repeat: 0,
      numberMatched: "absent",
      dates: "ms",
      form: "new",
      compress: "off",
    },
    download: {
      length: "backend",
      range: "ignore",
      etag: "backend",
      lastModified: "backend",
      ifRange: true,
      version: 1,
      disposition: "backend",
      type: null,
      compress: "off",
      assets: "backend",
    },
    order: { polls: 2, outcome: "succeeded", notReady: "eodag-500", first: "ordered" },
    token: { ttl: null, said: null },
    gateway: { absent: 403, invalid: 401, body: "html" },
    deltatwin: {
      pace: 200,
      hold: "none",
      outcome: "work",
      echo: false,
      form: "map",
      maxRuns: 1000,
      maxParallel: 2,
      maxSchedules: 5,
      maxDrive: 21_474_836_480,
      overParallel: "queue",
      lost: "none",
      needsVersion: false,
      refreshTtl: 1800,
      refreshOnce: false,
    },
    sesameo: { header: null, catalogue: "key", offlinePolls: 0, pageSize: 50 },
    eodh: { deadKey: "anonymous", unauthorized: "html", s3Life: 3600 },
  };
}

/** Lays a patch over modes and returns new modes. Throws a TypeError that names an unknown part or key. */
export function patchModes(modes: Modes, patch: ModesPatch): Modes {
  const result: Record<string, unknown> = { ...modes };
  for (const [part, values] of Object.entries(patch) as [string, object | undefined][]) {
    if (values === undefined) continue;
    if (!Object.hasOwn(modes, part)) throw new TypeError(`no settings called ${part}`);
    const known = modes[part as keyof Modes];
    for (const key of Object.keys(values)) {
      if (!Object.hasOwn(known, key)) throw new TypeError(`no setting called ${part}.${key}`);
    }
    result[part] = { ...known, ...values };
  }
  return result as unknown as Modes;
}
