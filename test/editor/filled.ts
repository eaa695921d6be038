/** Good values for every field of the dialogs, for tests that fill them in. */

export type Value = string | [text: string, type: string];

/** A good value for every field: plain ones as text, typed ones with their type. */
export const FILLED: Record<string, Record<string, Value>> = {
  "eo-stac-search": {
    ...{ name: "my search", account: "account", output: "page", limit: "50", max: "0" },
    catalogue: ["public/ceda", "str"],
    collections: ["a,b", "str"],
    datetime: ["when", "msg"],
    bbox: ["[1,2,3,4]", "json"],
    intersects: ["", "json"],
    ids: ["wanted", "flow"],
    query: ['{"eo:cloud_cover":{"lt":20}}', "json"],
    filter: ["eo:cloud_cover < 20", "str"],
    sortby: ["-datetime,+id", "str"],
    fields: ["+id,-assets", "str"],
  },
  "eo-filter-latest": {
    ...{ name: "my filter", matchMode: "regex", groupBy: "properties.grid:code", count: "3" },
    ...{ dateField: "properties.updated", output: "collection" },
    match: ["^S2[AB]_", "str"],
  },
  "eo-download": {
    ...{ name: "my download", account: "account", ifExists: "rename", parallel: "3", segments: "8", proof: "required" },
    ...{ stallTimeout: "60", retries: "0", order: "false", orderTimeout: "10" },
    folder: ["data", "str"],
    filename: ["NAME", "env"],
    assets: ["payload.wanted", "msg"],
  },
};

export const ACCOUNT = {
  ...{ name: "mine", url: "https://stac.example.org/v1", tokenUrl: "https://login.example.org/token", scope: "read" },
  ...{ clientId: "my id", clientSecret: "my secret", username: "me", password: "my password" },
  ...{ hosts: "files.example.org, *.example.net", rate: "2", expires: "2030-01-31" },
};
export const NO_OTHER_SECRETS = {
  accessKeyId: "",
  has_apiKey: false,
  has_secretAccessKey: false,
  has_sessionToken: false,
};
