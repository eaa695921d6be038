/** Faults of the sandbox: each does to the wire what it says, as often as it says, and to nobody else. */
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { ERROR_NAMES } from "../../sandbox/core/canned-errors.js";
import { startSandbox, type Fault, type Sandbox } from "../../sandbox/index.js";
import { ask, form, type Answer, type PageLike } from "./ask.js";

const BYTES = 400_000;

describe("sandbox: faults", () => {
  let sandbox: Sandbox;
  let headers: Record<string, string>;
  let url: string;
  let whole: Buffer;
  before(async () => {
    sandbox = await startSandbox({ bytes: BYTES });
    headers = { authorization: `Bearer ${sandbox.tokens.issue()}` };
    const body = { collections: [sandbox.ready.hda.collection], limit: 1 };
    const [item] = (await ask(`${sandbox.ready.hda.stac}/search`, { headers, body })).json<PageLike>().features;
    url = item?.assets["downloadLink"]?.href ?? "";
    whole = sandbox.product(item?.collection ?? "", item?.id ?? "").bytes();
  });
  afterEach(() => sandbox.reset());
  after(() => sandbox.close());

  const get = (): Promise<Answer> => ask(url, { headers });
  const search = (): Promise<Answer> =>
    ask(`${sandbox.ready.hda.stac}/search`, { headers, body: { collections: [sandbox.ready.hda.collection] } });
  const onDownload = (fault: Fault): string => sandbox.faults.add({ match: { route: "download" }, ...fault });
  const until = async (fits: () => boolean): Promise<void> => {
    while (!fits()) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  const last = () => sandbox.requests().at(-1);

  it("hits only what matches, after skip, so many times", async () => {
    sandbox.faults.add({ match: { route: "search" }, skip: 1, times: 2, answer: { error: "html-403" } });
    const statuses: number[] = [];
    for (let round = 0; round < 5; round++) statuses.push((await search()).status);
    assert.deepEqual(statuses, [200, 403, 403, 200, 200]);
    assert.equal((await get()).status, 200);
    const [rule] = sandbox.faults.list();
    assert.deepEqual([rule?.seen, rule?.hit], [5, 2]);
  });

  it("matches on origin, item, asset, collection, path, method and Authorization", async () => {
    const item = decodeURIComponent(new URL(url).pathname.split("/")[4] ?? "");
    const { collection } = sandbox.ready.hda;
    const hits: [Fault["match"], boolean][] = [
      [{ item }, true],
      [{ item: "other" }, false],
      [{ asset: "downloadLink", collection }, true],
      [{ origin: "store" }, false],
      [{ path: "plankton_nrt" }, url.includes("plankton_nrt")],
      [{ path: "/data/cop_marine" }, true],
      [{ method: "POST" }, false],
      [{ authorized: true }, true],
      [{ authorized: false }, false],
      [{ range: true }, false],
    ];
    for (const [match, hit] of hits) {
      sandbox.faults.set([{ match: match ?? {}, answer: { status: 418 } }]);
      assert.equal((await get()).status, hit ? 418 : 200, JSON.stringify(match));
    }
    sandbox.faults.set([{ match: { collection, route: "search" }, answer: { status: 418 } }]);
    assert.equal((await search()).status, 418);
  });

  it("refuses faults and settings that do not exist", () => {
    assert.throws(() => sandbox.faults.add({ colour: "blue" } as unknown as Fault), TypeError);
    assert.throws(() => sandbox.faults.add({ match: { colour: "x" } } as unknown as Fault), TypeError);
    assert.throws(() => sandbox.settings.patch({ search: { colour: 1 } } as never), TypeError);
  });

  it("has every error document by name", async () => {
    for (const error of ERROR_NAMES) {
      sandbox.faults.set([{ answer: { error } }]);
      const answer = await search();
      const wanted = Number(/\d{3}/.exec(error)?.[0] ?? "503");
      assert.equal(answer.status, wanted, error);
    }
    sandbox.faults.set([{ answer: { error: "429-date" } }]);
    const { "retry-after": retryAfter = "", date = "" } = (await search()).headers;
    assert.equal(Date.parse(retryAfter) - Date.parse(date), 2000);
  });

  it("cuts the body, with and without a declared length", async () => {
    onDownload({ transfer: { cutAfter: 100_000 } });
    const chunked = await get();
    assert.equal(chunked.broken, true);
    assert.deepEqual(chunked.body, whole.subarray(0, 100_000));
    assert.equal(last()?.end, "cut");
    assert.equal(last()?.sent, 100_000);
    sandbox.settings.patch({ download: { length: "always" } });
    const sized = await get();
    assert.equal(sized.headers["content-length"], String(BYTES));
    assert.equal(sized.broken, true);
    sandbox.faults.set([{ match: { route: "download" }, transfer: { cutAfter: 5, reset: true } }]);
    await assert.rejects(get().then((answer) => assert.equal(answer.broken, false)));
  });

  it("ends cleanly although the body is cut, even where a length was due", async () => {
    onDownload({ download: { length: "always" }, transfer: { endAfter: 131_072 } });
    const answer = await get();
    assert.equal(answer.status, 200);
    assert.equal(answer.broken, false);
    assert.equal(answer.headers["content-length"], undefined);
    assert.deepEqual(answer.body, whole.subarray(0, 131_072));
  });

  it("declares wrong lengths, adds bytes, turns a byte", async () => {
    onDownload({ download: { length: "always" }, transfer: { lengthOff: 10 } });
    const long = await get();
    assert.equal(long.headers["content-length"], String(BYTES + 10));
    assert.equal(long.broken, true);
    sandbox.faults.set([{ match: { route: "download" }, transfer: { extra: 7 } }]);
    const more = await get();
    assert.equal(more.body.length, BYTES + 7);
    sandbox.faults.set([{ match: { route: "download" }, transfer: { flipAt: 300_000 } }]);
    const flipped = await get();
    assert.equal(flipped.body[300_000], (whole[300_000] ?? 0) ^ 0xff);
    assert.equal(flipped.body.length, BYTES);
  });

  it("stalls in the middle, for a while or for ever, and drips", async () => {
    onDownload({ transfer: { stallAfter: 200_000, stallFor: 20 } });
    assert.deepEqual((await get()).body, whole);
    sandbox.faults.set([{ match: { route: "download" }, transfer: { drip: { bytes: 100_000, every: 2 } } }]);
    assert.deepEqual((await get()).body, whole);
    sandbox.faults.set([{ match: { route: "download" }, transfer: { stallAfter: 200_000 } }]);
    const aborter = new AbortController();
    const { body } = await fetch(url, { headers, signal: aborter.signal });
    const reader = body?.getReader();
    for (let came = 0; came < 200_000;) came += (await reader?.read())?.value?.length ?? Infinity;
    assert.deepEqual([last()?.sent, last()?.end], [200_000, "open"]);
    aborter.abort();
    await until(() => last()?.end === "client-closed");
  });

  it("delays the head, or closes without a word", async () => {
    onDownload({ delay: 20, times: 1 });
    assert.equal((await get()).status, 200);
    onDownload({ delay: 3_600_000, times: 1 });
    const aborter = new AbortController();
    const stuck = fetch(url, { headers, signal: aborter.signal });
    const seen = sandbox.requests().length;
    await until(() => sandbox.requests().length > seen);
    assert.deepEqual([last()?.status, last()?.end], [0, "open"]);
    aborter.abort();
    await assert.rejects(stuck);
    onDownload({ answer: { close: "before-head" } });
    await assert.rejects(get());
    assert.equal(last()?.end, "cut");
  });

  it("redirects to the store, a foreign origin, itself and round and round", async () => {
    const redirected = async (redirect: NonNullable<NonNullable<Fault["answer"]>["redirect"]>): Promise<string> => {
      sandbox.faults.set([{ match: { route: "download" }, answer: { redirect } }]);
      const answer = await get();
      assert.equal(answer.status, redirect.status ?? 302);
      return answer.headers.location ?? "";
    };
    const store = await redirected({ to: "store" });
    assert.ok(store.startsWith(sandbox.url("store")));
    sandbox.faults.clear();
    assert.deepEqual((await ask(store)).body, whole);
    assert.equal((await ask(store, { headers })).status, 400);
    const foreign = await redirected({ to: "foreign", status: 307 });
    assert.ok(foreign.startsWith(sandbox.url("foreign")));
    sandbox.faults.clear();
    assert.deepEqual((await ask(foreign, { headers })).body, whole);
    assert.equal(last()?.origin, "foreign");
    assert.equal(last()?.authorization, headers["authorization"]);
    assert.equal(await redirected({ to: "self" }), url);
    const other = await redirected({ to: "ping-pong" });
    assert.notEqual(new URL(other).host, new URL(url).host);
    assert.equal(await redirected({ to: "https://elsewhere.example/x", status: 303 }), "https://elsewhere.example/x");
  });

  it("sends a chain of redirects and then the product", async () => {
    onDownload({ answer: { redirect: { to: "self", hops: 3 } } });
    let hops = 0;
    let answer = await get();
    while (answer.status === 302) {
      hops += 1;
      answer = await ask(answer.headers.location ?? "", { headers });
    }
    assert.equal(hops, 3);
    assert.deepEqual(answer.body, whole);
  });

  it("answers with a pointer, with any body, and with other headers", async () => {
    onDownload({ answer: { pointer: "store" } });
    const { href } = (await get()).json<{ href: string }>();
    assert.deepEqual((await ask(href)).body, whole);
    sandbox.faults.set([{ answer: { status: 200, headers: { "Content-Type": "x/y" }, bodyBase64: "AAEC" } }]);
    const odd = await get();
    assert.equal(odd.headers["content-type"], "x/y");
    assert.deepEqual([...odd.body], [0, 1, 2]);
    const more = { "X-More": ["a", "b"], "content-disposition": null };
    sandbox.faults.set([{ match: { route: "download" }, headers: more }]);
    const changed = await get();
    assert.equal(changed.headers["x-more"], "a, b");
    assert.equal(changed.headers["content-disposition"], undefined);
    assert.deepEqual(changed.body, whole);
  });

  it("compresses although nobody asked, and cuts what is compressed", async () => {
    onDownload({ download: { compress: "gzip" } });
    const packed = await get();
    assert.equal(packed.headers["content-encoding"], "gzip");
    assert.deepEqual(gunzipSync(packed.body), whole);
    onDownload({ transfer: { endAfter: 50_000 } });
    const cut = await get();
    assert.equal(cut.broken, false);
    assert.equal(cut.body.length, 50_000);
  });

  it("makes the token endpoint slow, booting or HTML", async () => {
    const { clientId, clientSecret, tokenUrl } = sandbox.ready.hda;
    const fields = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret };
    sandbox.faults.add({ match: { route: "token" }, times: 1, answer: { error: "bootstrap-503" } });
    const booting = await ask(tokenUrl, form(fields));
    assert.equal(booting.status, 503);
    assert.equal(booting.headers["retry-after"], "3");
    assert.equal(booting.text(), "Bootstrap in progress. Retry in 3 seconds.");
    sandbox.faults.add({ match: { route: "token" }, times: 1, token: { ttl: 5, said: 4 } });
    assert.equal((await ask(tokenUrl, form(fields))).json()["expires_in"], 4);
    assert.equal((await ask(tokenUrl, form(fields))).json()["expires_in"], 3600);
  });

  it("limits the rate over all origins of the service, and says when to come back", async () => {
    sandbox.rate.perSecond = 3;
    const statuses = [(await search()).status, (await get()).status, (await search()).status];
    const fourth = await get();
    assert.deepEqual(statuses, [200, 200, 200]);
    assert.equal(fourth.status, 429);
    assert.equal(fourth.headers["retry-after"], "1");
  });
});
