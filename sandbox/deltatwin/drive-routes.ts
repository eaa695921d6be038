/** Resources and artifacts: add, list, one, change, download, removal. */
import { createHash } from "node:crypto";
import { bufferContent } from "../core/content.js";
import type { Exchange } from "../core/exchange.js";
import type { LosslessValue } from "../core/lossless-json.js";
import type { Route } from "../core/router.js";
import { sendProduct } from "../hda/download/send-product.js";
import { simpleProduct } from "../products/product.js";
import { DeltatwinError } from "./deltatwin-error.js";
import type { DeltatwinState } from "./deltatwin-state.js";
import { storedDocument, type DriveKind, type Stored } from "./drive.js";
import { forUsers, objectBody } from "./session.js";

export function driveRoutes(state: DeltatwinState): Route[] {
  return [
    ...routesOf("resources", state, (exchange, user) => addResource(exchange, user, state)),
    ...routesOf("artifacts", state, (exchange, user) => addArtifact(exchange, user, state)),
  ];
}

function routesOf(
  kind: DriveKind,
  { drive, identity }: DeltatwinState,
  add: (exchange: Exchange, user: string) => Promise<void>,
): Route[] {
  const known = forUsers(identity);
  const one = kind.slice(0, -1);
  const find = (exchange: Exchange, user: string): Stored => {
    const { stored: id = "" } = exchange.params;
    const found = drive.find(id, user, kind);
    if (!found) throw new DeltatwinError(404, `${one} ${id} not found`);
    return found;
  };
  const own = (exchange: Exchange, user: string): Stored => {
    const found = find(exchange, user);
    if (found.owner !== user) throw new DeltatwinError(403, `${found.name} belongs to ${found.owner}`);
    return found;
  };
  return [
    {
      name: kind,
      path: `/v2.0/${kind}`,
      methods: {
        GET: known((exchange, user) => {
          const query = exchange.url.searchParams;
          const [visibility, twin] = [query.get("visibility"), query.get("dtwin_name")];
          const found = drive
            .of(user, kind)
            .filter((all) => !visibility || all.visibility === visibility)
            .filter((all) => !twin || all.origin?.name === twin);
          return exchange.json(200, found.map(storedDocument));
        }),
        POST: known(add),
      },
    },
    {
      name: one,
      path: `/v2.0/${kind}/{stored}`,
      methods: {
        GET: known((exchange, user) => exchange.json(200, storedDocument(find(exchange, user)))),
        PATCH: known((exchange, user) => {
          const stored = own(exchange, user);
          const { topics, visibility, description } = objectBody(exchange);
          if (visibility !== undefined) stored.visibility = privateOnly(visibility);
          if (Array.isArray(topics)) stored.topics = topics.map(String);
          if (typeof description === "string") stored.description = description;
          return exchange.send({ status: 204 });
        }),
        DELETE: known((exchange, user) => {
          drive.remove(own(exchange, user));
          return exchange.send({ status: 204 });
        }),
      },
    },
    {
      name: `${one}-download`,
      path: `/v2.0/${kind}/{stored}/download`,
      methods: {
        GET: known(async (exchange, user) => {
          const { id, filename, type, bytes } = find(exchange, user);
          const product = simpleProduct(bufferContent(bytes), filename, type);
          // With quotes: the command reads no other form here.
          await sendProduct(exchange, product, { kind: "plain", disposition: "quoted", key: id });
        }),
      },
    },
  ];
}

/** The body is the file; what it is called stands in headers. */
async function addResource(exchange: Exchange, user: string, state: DeltatwinState): Promise<void> {
  const { body: bytes } = exchange;
  const name = exchange.header("name");
  if (name === undefined) throw new DeltatwinError(422, "Name: Field required");
  const checksum = exchange.header("checksum");
  if (checksum !== undefined && checksum !== createHash("md5").update(bytes).digest("hex")) {
    throw new DeltatwinError(400, "The checksum does not match the content");
  }
  needRoom(exchange, user, bytes.length, state);
  const filename = /filename="?([^";]+)/.exec(exchange.header("content-disposition") ?? "")?.[1] ?? name;
  const { id } = state.drive.add({
    kind: "resources",
    name,
    filename,
    bytes,
    type: exchange.header("content-type") ?? "application/octet-stream",
    owner: user,
    visibility: privateOnly(exchange.header("visibility")),
    description: exchange.header("description") ?? "",
    topics: (exchange.header("topics") ?? "").split(",").filter((one) => one !== ""),
    published: Date.now(),
  });
  await exchange.json(201, { id });
}

/** Made in the background: the answer comes first. */
async function addArtifact(exchange: Exchange, user: string, state: DeltatwinState): Promise<void> {
  const { name, visibility, topics, description, run_id: id, output_name: output } = objectBody(exchange);
  if (typeof name !== "string") throw new DeltatwinError(422, "name: Field required");
  const run = typeof id === "string" ? state.runs.find(id, user) : undefined;
  if (!run) throw new DeltatwinError(404, `Run ${typeof id === "string" ? id : ""} not found`);
  const file = run.status === "success" && typeof output === "string" ? run.outputs.get(output) : undefined;
  if (!file) throw new DeltatwinError(404, `Output ${typeof output === "string" ? output : ""} not found`);
  needRoom(exchange, user, file.bytes.length, state);
  state.drive.add({
    kind: "artifacts",
    name,
    filename: file.basename,
    bytes: file.bytes,
    type: file.type,
    owner: user,
    visibility: privateOnly(visibility),
    description: typeof description === "string" ? description : "",
    topics: Array.isArray(topics) ? topics.map(String) : [],
    published: Date.now() + exchange.modes.deltatwin.pace,
    origin: { name: run.component.name, version: run.version.version },
  });
  await exchange.send({ status: 202 });
}

function privateOnly(visibility: LosslessValue | undefined): "private" {
  if (visibility === "public") throw new DeltatwinError(403, "Only administrators may publish to everybody");
  return "private";
}

function needRoom(exchange: Exchange, user: string, bytes: number, { drive }: DeltatwinState): void {
  const { maxDrive } = exchange.modes.deltatwin;
  if (drive.occupied(user) + bytes > maxDrive) throw new DeltatwinError(413, "Your drive is full");
}
