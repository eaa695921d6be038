/** A running sandbox: its origins, its switches, and what it has seen. */
import { readFileSync } from "node:fs";
import { signedPath } from "./core/signed-path.js";
import { FaultBook } from "./core/faults.js";
import { Origin, type OriginContext, type OriginOptions } from "./core/origin.js";
import { RateLimit } from "./core/rate-limit.js";
import { RequestLog, type SeenRequest } from "./core/request-log.js";
import type { Route } from "./core/router.js";
import { defaultModes, patchModes, type Modes, type ModesPatch } from "./core/settings.js";
import { makeTls, type TlsMaterial } from "./core/tls.js";
import { readAll } from "./core/content.js";
import { controlRoutes } from "./control/control-routes.js";
import { componentRoutes } from "./deltatwin/component-routes.js";
import { deltatwinNotFound, deltatwinWrongMethod } from "./deltatwin/deltatwin-error.js";
import { DeltatwinState } from "./deltatwin/deltatwin-state.js";
import { driveRoutes } from "./deltatwin/drive-routes.js";
import { metricsRoutes } from "./deltatwin/metrics-routes.js";
import { runRoutes } from "./deltatwin/run-routes.js";
import { scheduleRoutes } from "./deltatwin/schedule-routes.js";
import { sessionRoutes } from "./deltatwin/session.js";
import { catalogueRoutes } from "./eodh/catalogue-routes.js";
import { cedaRoutes } from "./eodh/ceda-routes.js";
import { eodhNotFound, eodhWrongMethod } from "./eodh/eodh-error.js";
import { EodhState } from "./eodh/eodh-state.js";
import { fileRoutes } from "./eodh/file-routes.js";
import { listingRoutes } from "./eodh/listing-routes.js";
import { BUCKET, WORKSPACE } from "./eodh/stock.js";
import { workspaceRoutes } from "./eodh/workspace-routes.js";
import { collectionRoutes } from "./hda/collection-routes.js";
import { downloadRoutes } from "./hda/download/download-routes.js";
import { findProduct } from "./hda/download/find-product.js";
import { storeNotFound, storeRoutes, storeWrongMethod } from "./hda/download/store-routes.js";
import { frameworkNotFound, frameworkWrongMethod } from "./hda/framework-answers.js";
import { HdaState } from "./hda/hda-state.js";
import { DOWNLOAD_HOSTS } from "./hda/items/item-record.js";
import { landingRoutes } from "./hda/landing-routes.js";
import { orderRoutes } from "./hda/orders/order-routes.js";
import { searchRoutes } from "./hda/search/search-routes.js";
import { OCEAN_COLOUR } from "./hda/stock.js";
import { v1Routes } from "./hda/v1-routes.js";
import { despRoutes } from "./identity/desp-routes.js";
import { identityNotFound, identityRoutes, identityWrongMethod } from "./identity/identity-routes.js";
import { IdentityState } from "./identity/identity-state.js";
import type { Client } from "./identity/realms.js";
import type { SandboxOptions } from "./options.js";
import { digest, type Product } from "./products/product.js";
import { sesameoNotFound, sesameoRoutes, sesameoWrongMethod, tidySesameoPath } from "./sesameo/sesameo-routes.js";
import { BucketObjects } from "./s3/bucket-objects.js";
import { CEPH_REGION, type Ceph } from "./s3/ceph.js";
import { SesameoState } from "./sesameo/sesameo-state.js";

/** The line printed when everything listens. */
export interface Ready {
  hda: {
    stac: string;
    tokenUrl: string;
    /** Download origins, as `host:port`, comma separated. */
    hosts: string;
    clientId: string;
    clientSecret: string;
    collection: string;
  };
  deltatwin: {
    /** Without the version of the API. */
    url: string;
    username: string;
    password: string;
    component: string;
    /** The complete inputs with which the component succeeds, key inside. */
    inputs: object;
    /** Name of one of its outputs. */
    output: string;
  };
  sesameo: {
    /** Base URL of the OData service. */
    url: string;
    apiKey: string;
  };
  eodh: {
    url: string;
    workspace: string;
    apiKey: string;
    /** The private catalogue of the workspace, as a path of ids. */
    catalogue: string;
  };
  /** A real object store that holds the files of the workspaces, where there is one. */
  s3?: { endpoint: string; region: string; bucket: string };
  /** Address of the control endpoint. */
  control: string;
  /** Path of the authority's certificate, with --tls. */
  ca?: string;
  pid: number;
}

/** What a whole download of an asset must equal. */
export interface ExpectedProduct {
  size: number;
  name: string;
  type: string;
  md5(): string;
  sha256(): string;
  bytes(): Buffer;
}

/** One file of a workspace, kept in memory. */
const MOST_UPLOAD = 1024 * 1024 * 1024;

export class Sandbox {
  readonly faults = new FaultBook();
  readonly origins: Record<string, string> = {};
  readonly identity: IdentityState;
  readonly hda: HdaState;
  readonly sesameo: SesameoState;
  readonly deltatwin: DeltatwinState;
  readonly eodh: EodhState;
  readonly rate: RateLimit;
  /** What the ready line says of a real object store. */
  private s3: Ready["s3"];
  private readonly log = new RequestLog();
  private modes: Modes = defaultModes();
  private readonly running: Origin[] = [];
  private tls: TlsMaterial | undefined;
  private closing: Promise<void> | undefined;

  constructor(readonly options: SandboxOptions) {
    this.identity = new IdentityState(options.tokenTtl);
    this.rate = new RateLimit(options.rate);
    this.hda = new HdaState(options, this.identity, (name) => this.url(name));
    this.sesameo = new SesameoState(this.hda, () => this.url("sesameo"));
    this.deltatwin = new DeltatwinState({
      identity: this.identity,
      sesameo: this.sesameo,
      origin: (name) => this.url(name),
      modes: () => this.modes,
      ca: () => (this.tls ? readFileSync(this.tls.caPath, "utf8") : undefined),
    });
    this.eodh = new EodhState(options, (name) => this.url(name));
  }

  /** Opens every origin. Rejects when the port is taken or no certificate can be made. */
  async open(): Promise<void> {
    if (this.options.tls) this.tls = makeTls();
    try {
      const { identity, hda, rate } = this;
      const framework = { notFound: frameworkNotFound, wrongMethod: frameworkWrongMethod };
      await this.start(
        { name: "hda", ...framework, limit: rate, describe: describeSearch },
        [...landingRoutes(hda), ...collectionRoutes(hda), ...searchRoutes(hda), ...orderRoutes(hda), ...v1Routes(hda)],
        this.options.port,
      );
      await this.start(
        { name: "identity", notFound: (e) => identityNotFound(e, "/auth"), wrongMethod: identityWrongMethod },
        identityRoutes(identity, "/auth", () => this.url("identity")),
      );
      await this.start({ name: "desp", notFound: (e) => identityNotFound(e, ""), wrongMethod: identityWrongMethod }, [
        ...despRoutes(identity, () => this.url("desp")),
        ...identityRoutes(identity, "", () => this.url("desp")),
      ]);
      for (const name of DOWNLOAD_HOSTS) await this.start({ name, ...framework, limit: rate }, downloadRoutes(hda));
      await this.start({ name: "store", notFound: storeNotFound, wrongMethod: storeWrongMethod }, storeRoutes(hda));
      await this.start({ name: "foreign", ...framework, tls: undefined }, [
        ...searchRoutes(hda, true),
        ...downloadRoutes(hda, true),
      ]);
      await this.start(
        { name: "sesameo", tidy: tidySesameoPath, notFound: sesameoNotFound, wrongMethod: sesameoWrongMethod },
        sesameoRoutes(this.sesameo),
      );
      const { deltatwin } = this;
      await this.start(
        { name: "deltatwin", tidy: oneSlash, notFound: deltatwinNotFound, wrongMethod: deltatwinWrongMethod },
        [
          ...sessionRoutes(identity),
          ...componentRoutes(deltatwin),
          ...runRoutes(deltatwin),
          ...scheduleRoutes(deltatwin),
          ...driveRoutes(deltatwin),
          ...metricsRoutes(deltatwin),
        ],
      );
      const { eodh } = this;
      const datahub = { notFound: eodhNotFound, wrongMethod: eodhWrongMethod, mostBody: MOST_UPLOAD };
      await this.start({ name: "eodh", ...datahub }, [
        ...workspaceRoutes(eodh),
        ...catalogueRoutes(eodh),
        ...fileRoutes(eodh),
        ...listingRoutes(eodh),
      ]);
      await this.start({ name: "ceda", ...datahub }, cedaRoutes(eodh));
      await this.start({ name: "control", ...framework, tls: undefined, watched: false }, controlRoutes(this));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /**
   * From now on the files of the workspaces are in a bucket of this object store, and their temporary credentials are
   * good there. Rejects when it refuses.
   */
  async useStore(ceph: Ceph): Promise<void> {
    await ceph.makeBucket(BUCKET);
    const store = new BucketObjects(ceph, BUCKET, this.eodh.objects);
    await store.reset();
    this.eodh.store = store;
    this.eodh.issueS3 = (workspace, seconds) => ceph.session(BUCKET, workspace, seconds);
    this.s3 = { endpoint: ceph.endpoint, region: CEPH_REGION, bucket: BUCKET };
  }

  get ready(): Ready {
    const { clientId, clientSecret } = this.identity.realms.account;
    return {
      hda: {
        stac: this.hda.stac,
        tokenUrl: `${this.url("identity")}/auth/realms/dedl/protocol/openid-connect/token`,
        hosts: DOWNLOAD_HOSTS.map((name) => new URL(this.url(name)).host).join(", "),
        clientId,
        clientSecret,
        collection: OCEAN_COLOUR,
      },
      deltatwin: this.deltatwin.ready,
      sesameo: { url: this.sesameo.url, apiKey: this.sesameo.keys.first },
      eodh: {
        url: this.url("eodh"),
        workspace: WORKSPACE,
        apiKey: this.eodh.own.key,
        catalogue: `user/${WORKSPACE}`,
      },
      ...(this.s3 ? { s3: this.s3 } : {}),
      control: this.url("control"),
      ...(this.tls ? { ca: this.tls.caPath } : {}),
      pid: process.pid,
    };
  }

  /** Base URL of an origin, without a final slash. Throws a TypeError for an unknown one. */
  url(name: string): string {
    const url = this.origins[name];
    if (url === undefined) throw new TypeError(`no origin called ${name}`);
    return url;
  }

  readonly settings = {
    get: (): Modes => this.modes,
    patch: (patch: ModesPatch): Modes => (this.modes = patchModes(this.modes, patch)),
    reset: (): Modes => (this.modes = defaultModes()),
  };

  readonly tokens = {
    /** Takes every token back; returns how many there were. */
    revokeAll: (): number => this.identity.tokens.revokeAll(),
    revoke: (token: string): boolean => this.identity.tokens.revoke(token),
    /** A good token of the service account, without the token endpoint. `ttl` in seconds. */
    issue: ({ ttl = this.identity.ttl }: { ttl?: number } = {}): string =>
      this.identity.tokens.issue("access", "dedl", this.identity.realms.account.clientId, ttl, "test", {
        aud: "account",
        typ: "Bearer",
        azp: this.identity.realms.account.clientId,
        scope: "email profile",
      }).token,
  };

  /** Every request seen so far, oldest first. */
  requests(): SeenRequest[] {
    return this.log.list();
  }

  clearRequests(): void {
    this.log.clear();
  }

  /** Another number of generated items, or own features instead. Throws a TypeError for an unknown collection. */
  setItems(collection: string, change: { count?: number; features?: readonly object[] }): void {
    this.hda.setItems(collection, change);
  }

  /** Life of the tokens to come, in seconds. */
  setTokenTtl(seconds: number): void {
    this.identity.ttl = seconds;
  }

  setClient(id: string, change: Partial<Omit<Client, "id">>): void {
    this.identity.setClient(id, change);
  }

  setRealm(name: string, { enabled }: { enabled: boolean }): void {
    this.identity.setRealm(name, enabled);
  }

  /** A signed address of an asset at the store. */
  signedUrl(collection: string, item: string, asset = "downloadLink", version = 1): string {
    return this.url("store") + signedPath(collection, item, asset, version);
  }

  /** What a whole download must equal. Throws a TypeError when there is no such file. */
  product(collection: string, item: string, asset = "downloadLink", version = 1): ExpectedProduct {
    const found = findProduct(this.hda, collection, item, asset, version);
    if (typeof found === "string") throw new TypeError(`no file ${collection}/${item}/${asset}: ${found}`);
    return expected(found.product);
  }

  /** What a whole download from SesamEO must equal. Throws a TypeError when there is no such product. */
  sesameoProduct(collection: string, id: string, version = 1): ExpectedProduct {
    const found = this.sesameo.products(collection)?.get(id);
    const file = found && this.sesameo.file(found, version);
    if (!file) throw new TypeError(`no product ${collection}/${id}`);
    return expected(file);
  }

  /** Faults, settings, log, items, orders and clients as they were at the start. Tokens stay good. */
  reset(): void {
    this.faults.clear();
    this.settings.reset();
    this.log.clear();
    this.identity.reset();
    this.hda.reset();
    this.sesameo.reset();
    this.deltatwin.reset();
    this.eodh.reset();
    this.rate.perSecond = this.options.rate;
  }

  /** Closes every origin and every connection. */
  close(): Promise<void> {
    this.closing ??= Promise.all([this.deltatwin.close(), ...this.running.map((origin) => origin.close())]).then(() =>
      this.tls?.dispose(),
    );
    return this.closing;
  }

  private async start(
    options: Omit<OriginOptions, "tls"> & { tls?: undefined },
    routes: Route[],
    port = 0,
  ): Promise<void> {
    const context: OriginContext = {
      log: this.log,
      faults: this.faults,
      modes: () => this.modes,
      url: (name) => this.url(name),
    };
    const tls = "tls" in options ? undefined : this.tls;
    const origin = new Origin(context, { ...options, tls });
    origin.router.add(...routes);
    this.origins[options.name] = await origin.listen(port);
    this.running.push(origin);
  }
}

function expected({ content, name, type }: Product): ExpectedProduct {
  return {
    size: content.size,
    name,
    type,
    md5: () => digest(content, "md5"),
    sha256: () => digest(content, "sha256"),
    bytes: () => readAll(content),
  };
}

/** The documented address of the DeltaTwin service ends with a slash, and its command then writes two. */
function oneSlash(path: string): string {
  return path.replace(/^\/+/, "/");
}

/** The collection that a search body names, so that faults can be aimed at it. */
function describeSearch(params: Record<string, string>, body: Buffer, url: URL): { collection?: string } {
  if (params["collection"] !== undefined) return {};
  if (url.pathname !== "/stac/v2/search") return {};
  const listed = url.searchParams.get("collections")?.split(",")[0];
  if (listed) return { collection: listed };
  const match = /"collections"\s*:\s*\[\s*"([^"]+)"/.exec(body.subarray(0, 4096).toString("utf8"));
  return match?.[1] ? { collection: match[1] } : {};
}
