/** The EO DataHub's workspace services: what a workspace is, its keys, its temporary credentials, its flat file list. */
import type { Exchange, Headers } from "../core/exchange.js";
import type { Route } from "../core/router.js";
import { passProtected } from "./access.js";
import { MOST_DAYS, type KeyRecord } from "./keys.js";
import type { EodhState } from "./eodh-state.js";
import { BUCKET } from "./stock.js";

type Work = (exchange: Exchange, workspace: string, key: KeyRecord) => Promise<void>;

const CORS: Headers = { "access-control-allow-origin": "*", "cache-control": "max-age=0" };
const TEXT: Headers = { "content-type": "text/plain; charset=utf-8" };

export function workspaceRoutes(state: EodhState): Route[] {
  /** A key opens its own workspace only; another one's is 401, as if there were no key. */
  const own =
    (work: Work) =>
    async (exchange: Exchange): Promise<void> => {
      const key = await passProtected(exchange, state);
      if (!key) return;
      const workspace = exchange.params["workspace"] ?? "";
      if (!state.workspaces.includes(workspace)) return exchange.json(404, "Workspace does not exist.", CORS);
      if (workspace !== key.workspace) {
        return exchange.send({ status: 401, headers: TEXT, body: "unauthorized: workspace scoped token" });
      }
      const user = exchange.params["user"];
      if (user !== undefined && user !== "me" && user !== key.user) return exchange.json(403, "access denied", CORS);
      await work(exchange, workspace, key);
    };
  const route = (name: string, end: string, methods: Record<string, Work>): Route => ({
    name: `eodh-${name}`,
    path: `/api/workspaces/{workspace}${end}`,
    methods: Object.fromEntries(Object.entries(methods).map(([method, work]) => [method, own(work)])),
  });
  return [
    {
      name: "eodh-workspaces",
      path: "/api/workspaces",
      methods: {
        GET: async (exchange) => {
          const key = await passProtected(exchange, state);
          if (key) await exchange.json(200, [about(exchange, state, key.workspace)], CORS);
        },
      },
    },
    route("workspace", "", { GET: (e, workspace) => e.json(200, about(e, state, workspace), CORS) }),
    route("tokens", "/{user}/tokens", {
      // A key sees itself, not its sisters.
      GET: (e, _workspace, key) => e.json(200, [shown(key)], CORS),
      POST: (e, workspace, key) => make(e, state, workspace, key),
    }),
    route("token", "/{user}/tokens/{id}", {
      DELETE: async (e) => {
        const removed = state.keys.remove(e.params["id"] ?? "");
        await e.send({ status: removed ? 204 : 404, headers: CORS, body: "" });
      },
    }),
    route("s3-tokens", "/{user}/s3-tokens", {
      POST: async (e, workspace) => e.json(200, await state.credentials(workspace, e.modes.eodh.s3Life), CORS),
    }),
    route("files", "/files", {
      GET: async (e, workspace) => e.json(200, { workspace, items: await flatFiles(state, workspace) }, CORS),
    }),
    route("file-metadata", "/files/object/metadata", {
      GET: async (e, workspace) => {
        const name = e.url.searchParams.get("file") ?? "";
        if (name === "") return e.json(400, "file is required", CORS);
        if (name.includes("/")) return e.json(400, "nested paths are not supported", CORS);
        const item = (await flatFiles(state, workspace)).find(({ fileName }) => fileName === name);
        await (item ? e.json(200, { workspace, item }, CORS) : e.json(404, "file not found", CORS));
      },
    }),
    route("file-store", "/files/object", {
      DELETE: async (e, workspace) => {
        const name = e.url.searchParams.get("file") ?? "";
        if (name === "") return e.json(400, "file is required", CORS);
        if (name.includes("/")) return e.json(400, "nested paths are not supported", CORS);
        await state.store.delete(workspace, name);
        await e.json(200, { workspace, deleted: [name] }, CORS);
      },
    }),
  ];
}

function about(exchange: Exchange, state: EodhState, workspace: string): object {
  return {
    id: "5ca33d4a-bfd8-495f-8684-9b157be3f36c",
    name: workspace,
    account: "382b1c98-7c0b-4b3d-9f57-1f3a2f3c9f0e",
    owner: state.ownerOf(workspace),
    status: "Available",
    stores: [
      {
        object: [
          {
            store_id: "1f5ec48d-2f6e-4b2a-8a49-0c5a40e6a111",
            name: workspace,
            bucket: BUCKET,
            prefix: `${workspace}/`,
            host: new URL(state.origin("eodh")).host,
            env_var: "S3_BUCKET_WORKSPACE",
            access_point_arn: `arn:aws:s3:eu-west-2:000000000000:accesspoint/eodhp-sandbox-${workspace}-s3`,
            access_url: `${state.filesBase(exchange, workspace)}/`,
          },
        ],
        block: [
          {
            store_id: "e8b75974-5c5f-4f0e-8d8e-2a0a7c9d2222",
            name: workspace,
            access_point_id: "fsap-0123456789abcdef0",
            mount_point: `/workspaces/${workspace}`,
          },
        ],
      },
    ],
    last_updated: "2026-01-23T15:08:57.594775Z",
  };
}

function shown(key: KeyRecord, secret = false): object {
  const date = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
  return {
    id: key.id,
    user_id: "15ccb16f-9fd7-4009-ab87-e977b4c50cda",
    name: key.name,
    scope: `offline_access workspace:${key.workspace}`,
    workspace: key.workspace,
    created: date(key.created),
    expiry: date(key.expiry),
    ...(secret ? { token: key.key } : {}),
  };
}

/** A new key, shown this once; thirty days at most. */
async function make(exchange: Exchange, state: EodhState, workspace: string, key: KeyRecord): Promise<void> {
  let asked: { name?: unknown; expires?: unknown };
  try {
    asked = JSON.parse(exchange.body.toString("utf8") || "{}") as typeof asked;
  } catch {
    return exchange.json(400, "invalid request body", CORS);
  }
  const days = typeof asked.expires === "number" ? asked.expires : MOST_DAYS;
  if (days < 0 || days > MOST_DAYS) return exchange.json(400, `expires must be from 0 to ${MOST_DAYS}`, CORS);
  const name = typeof asked.name === "string" ? asked.name : "API Token";
  await exchange.json(200, shown(state.keys.issue(workspace, key.user, days, name), true), CORS);
}

/** Files at the root only; what lies deeper is left out. */
async function flatFiles(state: EodhState, workspace: string): Promise<{ fileName: string }[]> {
  return (await state.store.list(workspace))
    .filter(([path]) => !path.includes("/"))
    .map(([fileName, { content, etag, modified }]) => ({
      storeType: "object",
      fileName,
      size: content.size,
      lastModified: new Date(modified).toISOString().replace(/\.\d+Z$/, "Z"),
      etag,
    }));
}
