/** Everything the EO DataHub keeps while it runs. */
import { randomBytes } from "node:crypto";
import type { Exchange } from "../core/exchange.js";
import { findCatalog, type EodhCatalog, type Found } from "./catalogue.js";
import { KeyBook, type KeyRecord } from "./keys.js";
import { ObjectStore, type Objects } from "./object-store.js";
import { BUCKET, OTHER_USER, OTHER_WORKSPACE, USER, WORKSPACE, stockEodh, type Archive } from "./stock.js";

/** Temporary credentials as the service gives them out. */
export interface S3Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  /** `YYYY-MM-DDTHH:MM:SSZ`. */
  expiration: string;
}

export const STAC_PATH = "/api/catalogue/stac";

export class EodhState {
  readonly keys = new KeyBook();
  readonly objects = new ObjectStore();
  /** Where the workspaces' objects are: those above, or a real object store's. */
  store: Objects = this.objects;
  readonly archive: Archive = new Map();
  readonly root: EodhCatalog;
  readonly workspaces = [WORKSPACE, OTHER_WORKSPACE];
  /** The key of the ready line, and one of another workspace. */
  readonly own: KeyRecord;
  readonly other: KeyRecord;
  /** Makes temporary credentials, where a real object store stands behind. */
  issueS3: ((workspace: string, seconds: number) => Promise<S3Credentials>) | undefined;
  private sessions = new Map<string, { workspace: string; accessKeyId: string; until: number }>();

  constructor(
    options: { bytes: number },
    /** Base URL of an origin by name. */
    readonly origin: (name: string) => string,
  ) {
    this.own = this.keys.issue(WORKSPACE, USER);
    this.other = this.keys.issue(OTHER_WORKSPACE, OTHER_USER);
    this.root = stockEodh(this.objects, this.archive, { bytes: options.bytes, now: Date.now() });
  }

  find(path: string[]): Found | undefined {
    return findCatalog(this.root, path);
  }

  ownerOf(workspace: string): string {
    return workspace === WORKSPACE ? USER : OTHER_USER;
  }

  /** The address by which the client came, as the service's links have it. */
  base(exchange: Exchange): string {
    const outer = exchange.header("x-forwarded-host");
    if (outer !== undefined) return `https://${outer}`;
    const own = new URL(this.origin("eodh"));
    return `${own.protocol}//${exchange.header("host") ?? own.host}`;
  }

  /** Where the files of a workspace are, as the client of this exchange reaches them. */
  filesBase(exchange: Exchange, workspace: string): string {
    const { host } = new URL(this.base(exchange));
    const named = /^(?:(\w+)\.)?eodatahub\.org\.uk$/.exec(host);
    if (!named) return `${this.base(exchange)}/workspace-host/${workspace}/files/${BUCKET}`;
    const part = named[1] === undefined ? "" : `${named[1]}.`;
    const bucket = named[1] === undefined ? BUCKET : `${BUCKET}-${named[1]}`;
    return `https://${workspace}.${part}eodatahub-workspaces.org.uk/files/${bucket}`;
  }

  /** Temporary credentials for the workspace. */
  async credentials(workspace: string, seconds: number): Promise<S3Credentials> {
    const until = Date.now() + seconds * 1000;
    const made = (await this.issueS3?.(workspace, seconds)) ?? {
      accessKeyId: `ASIA${randomBytes(8).toString("hex").toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString("base64"),
      sessionToken: `IQoJb3JpZ2luX2VjE${randomBytes(96).toString("base64")}`,
      expiration: new Date(until).toISOString().replace(/\.\d+Z$/, "Z"),
    };
    // The bucket's routes here take them too.
    this.sessions.set(made.sessionToken, { workspace, accessKeyId: made.accessKeyId, until });
    return made;
  }

  /** Whose session this is, and whether it is good now. */
  session(sessionToken: string, accessKeyId: string): { workspace: string; good: boolean } | undefined {
    const found = this.sessions.get(sessionToken);
    if (found?.accessKeyId !== accessKeyId) return undefined;
    return { workspace: found.workspace, good: found.until > Date.now() };
  }

  reset(): void {
    this.keys.keep([this.own, this.other]);
    this.objects.reset();
    this.sessions = new Map();
  }
}
