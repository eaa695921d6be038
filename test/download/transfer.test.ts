/** Files from servers that behave and misbehave: what reaches the disk, the outputs and the errors. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import { gzipSync } from "node:zlib";
import type { DownloadOptions, Progress } from "../../src/download/index.js";
import { Bench, TOKEN, bytes, item, type Result } from "./support/bench.js";

const DATA = bytes(300_000);
const SHA = createHash("sha256").update(DATA).digest("hex");

function send(
  response: ServerResponse,
  body: Buffer | string,
  headers: Record<string, string | string[]> = {},
  status = 200,
): void {
  response.writeHead(status, { "content-length": String(Buffer.byteLength(body)), ...headers });
  response.end(body);
}

describe("one file", () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await new Bench().start();
  });
  afterEach(() => bench.stop());

  async function served(body: Buffer, headers: Record<string, string | string[]> = {}): Promise<string> {
    return (await bench.origin((_, response) => send(response, body, headers))).url;
  }

  it("arrives whole under the server's name", async () => {
    const origin = await bench.origin((_, response) =>
      send(response, DATA, {
        "content-disposition": 'attachment; filename="a.nc"',
        "content-type": "application/x-netcdf; v=4",
      }),
    );
    const result = await bench.run(`${origin.url}/downloadLink?key=secret`);
    assert.equal(result.error, undefined);
    const file = result.files[0];
    assert.deepEqual(
      { ...file, payload: { ...file?.payload, seconds: 0 } },
      {
        index: 0,
        count: 1,
        payload: {
          path: path.join(bench.folder, "a.nc"),
          bytes: DATA.length,
          sha256: SHA,
          verified: ["content-length"],
          type: "application/x-netcdf",
          url: `${origin.url}/downloadLink`,
          source: "network",
          seconds: 0,
        },
      },
    );
    assert.deepEqual(await bench.names(), ["a.nc"]);
    assert.deepEqual(await readFile(path.join(bench.folder, "a.nc")), DATA);
    assert.equal(origin.seen[0]?.headers["accept-encoding"], "identity");
  });

  it("gives the item with local hrefs and keeps the sources", async () => {
    const url = await served(DATA);
    const asked = item("I", {
      downloadLink: { href: `${url}/x?sig=1`, alternate: { origin: { href: "https://o.example/x" } } },
      q: { href: `${url}/q` },
    });
    const before = structuredClone(asked);
    const { files } = await bench.run(asked);
    const assets = files[0]?.item?.["assets"] as Record<string, { href: string; alternate?: object }>;
    assert.equal(assets["downloadLink"]?.href, files[0]?.payload.path);
    assert.deepEqual(assets["downloadLink"]?.alternate, {
      origin: { href: "https://o.example/x" },
      remote: { href: `${url}/x` },
    });
    assert.equal(assets["q"]?.href, `${url}/q`);
    assert.deepEqual(asked, before);
  });

  const names: [
    string,
    {
      payload?: (url: string) => unknown;
      header?: string | string[];
      type?: string;
      options?: Partial<DownloadOptions>;
      body?: Buffer;
    },
    string,
  ][] = [
    [
      "item id and extension of the address",
      { payload: (url) => item("I.1", { d: { href: `${url}/x.nc` } }) },
      "I.1.nc",
    ],
    [
      "item id and extension of the declared type",
      { payload: (url) => item("I", { downloadLink: { href: `${url}/downloadLink`, type: "application/zip" } }) },
      "I.zip",
    ],
    [
      "item id and extension of the sent type",
      { payload: (url) => item("I", { downloadLink: { href: `${url}/downloadLink` } }), type: "application/x-grib" },
      "I.grib",
    ],
    [
      "item id and extension of the bytes",
      {
        payload: (url) => item("I", { downloadLink: { href: `${url}/downloadLink` } }),
        body: Buffer.concat([Buffer.from("\x89HDF\r\n\x1a\n", "latin1"), DATA]),
      },
      "I.h5",
    ],
    ["the last part of the address", { payload: (url) => `${url}/a/b%20c.nc?x=/y.z` }, "b c.nc"],
    ["a plain last part", { payload: (url) => `${url}/a/file` }, "file"],
    ["never downloadLink", { payload: (url) => `${url}/a/downloadLink` }, "a"],
    [
      "never $value",
      { payload: (url) => `${url}/odata/Products(7)/$value`, type: "application/zip" },
      "Products(7).zip",
    ],
    [
      "a title where the address says nothing",
      { payload: (url) => ({ href: `${url}/x/downloadLink`, title: "My: title.nc" }) },
      "My_ title.nc",
    ],
    ["filename* before filename", { header: `attachment; filename="b.nc"; filename*=UTF-8''%C3%A4.nc` }, "ä.nc"],
    ["raw UTF-8 in filename", { header: Buffer.from('attachment; filename="ä.nc"').toString("latin1") }, "ä.nc"],
    ["a doubled header", { header: ['attachment; filename="d.grib"', 'attachment; filename="d.grib"'] }, "d.grib"],
    [
      "a template",
      {
        payload: (url) => item("I", { d: { href: `${url}/x.nc` } }),
        header: 'attachment; filename="s.tar.gz"',
        options: { filename: "{collection}-{id}-{asset}-{YYYY}{MM}{DD}-{name}.{ext}" },
      },
      "C-I-d-20260420-s.tar.gz",
    ],
    ["a fixed name", { header: 'attachment; filename="s.nc"', options: { filename: "latest.nc" } }, "latest.nc"],
    ["a hostile template", { options: { filename: "../../x.nc" } }, ".._.._x.nc"],
    ["a traversal", { header: 'attachment; filename="../../etc/passwd"' }, "passwd"],
    ["a useless name", { header: 'attachment; filename=".."' }, "x.nc"],
    ["a hostile id", { payload: (url) => item("../../I", { d: { href: `${url}/x.nc` } }) }, ".._.._I.nc"],
  ];
  for (const [title, { payload, header, type, options, body }, wanted] of names) {
    it(`is named by ${title}`, async () => {
      const url = await served(body ?? DATA, {
        ...(header ? { "content-disposition": header } : {}),
        ...(type ? { "content-type": type } : {}),
      });
      const result = await bench.run(payload ? payload(url) : `${url}/x.nc`, options);
      assert.equal(result.error, undefined);
      assert.deepEqual(await bench.names(), [wanted]);
    });
  }

  it("puts the item id before the names where an item gives several files", async () => {
    const origin = await bench.origin((request, response) =>
      send(response, DATA, request.url === "/named" ? { "content-disposition": "attachment; filename=s.nc" } : {}),
    );
    const asked = item("I", {
      a: { href: `${origin.url}/named` },
      b: { href: `${origin.url}/b.tif` },
      c: { href: `${origin.url}/downloadLink`, type: "image/png" },
    });
    const result = await bench.run(asked, { assets: "*" });
    assert.equal(result.error, undefined);
    assert.deepEqual(await bench.names(), ["I_b.tif", "I_c.png", "I_s.nc"]);
    assert.ok(result.files.every((file) => file.count === 3));
    const last = result.files.at(-1)?.item?.["assets"] as Record<string, { href: string }>;
    assert.ok(Object.values(last).every((asset) => asset.href.startsWith(bench.folder)));
  });

  it("numbers one fixed name for several files in input order", async () => {
    const origin = await bench.origin((request, response) => {
      setTimeout(() => send(response, Buffer.from(`\0${request.url ?? ""}`)), request.url === "/1" ? 100 : 0);
    });
    const asked = ["/1", "/2", "/3"].map((part) => `${origin.url}${part}`);
    await bench.run(asked, { filename: "latest.nc" });
    assert.deepEqual(await bench.names(), ["latest-2.nc", "latest-3.nc", "latest.nc"]);
    assert.equal(await readFile(path.join(bench.folder, "latest.nc"), "utf8"), "\0/1");
    assert.equal(await readFile(path.join(bench.folder, "latest-3.nc"), "utf8"), "\0/3");
  });

  it("decodes what is encoded although it was not asked for", async () => {
    const url = await served(gzipSync(DATA), { "content-encoding": "gzip" });
    const result = await bench.run(`${url}/x.nc`);
    assert.equal(result.files[0]?.payload.sha256, SHA);
    assert.deepEqual(result.files[0].payload.verified, ["content-length"]);
  });
  it("keeps a .gz as it is although it is labelled as encoded", async () => {
    const packed = gzipSync(DATA);
    const url = await served(packed, { "content-encoding": "gzip" });
    const result = await bench.run(`${url}/x.nc.gz`);
    assert.deepEqual(await readFile(result.files[0]?.payload.path ?? ""), packed);
  });
  it("refuses an encoding that ends too early", async () => {
    const url = await served(gzipSync(DATA).subarray(0, 5000), { "content-encoding": "gzip" });
    const result = await bench.run(`${url}/x.nc`);
    assert.equal(result.error?.code, "TRUNCATED");
    assert.deepEqual(await bench.names(), []);
  });
  it("refuses an unknown encoding", async () => {
    const url = await served(DATA, { "content-encoding": "zstd" });
    assert.equal((await bench.run(`${url}/x.nc`)).error?.code, "BAD_RESPONSE");
  });
});

describe("answers that are no product", () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await new Bench().start();
  });
  afterEach(() => bench.stop());

  const html = "<!DOCTYPE html><html><head><title>Login</title></head><body>Please log in</body></html>";
  const json = '{"code":"404","description":"nothing here"}';
  const xml = '<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>';
  const refused: [string, string, string, object?][] = [
    ["an HTML page", html, "/x.nc"],
    ["an HTML page behind white space and a mark", `\ufeff\n\n   <!-- c --> ${html}`, "/x.nc"],
    ["a JSON error", json, "/x.nc"],
    ["a JSON list", '["error"]', "/x.nc"],
    ["an XML error", xml, "/x.nc"],
    ["a bare S3 error", "<Error><Code>AccessDenied</Code></Error>", "/x.nc"],
    ["HTML where JSON is declared", html, "/x", { type: "application/json" }],
    ["JSON where XML is declared", json, "/x", { type: "text/xml" }],
    ["JSON where binary data is declared, whatever the name", json, "/x.json", { type: "application/octet-stream" }],
    ["an error page in words", "Service unavailable", "/x.nc"],
  ];
  for (const [title, body, where, extra] of refused) {
    it(`${title} is refused with its first words`, async () => {
      const origin = await bench.origin((_, response) =>
        send(response, body, { "content-type": body.startsWith("Service") ? "text/html" : "application/octet-stream" }),
      );
      const result = await bench.run({ href: `${origin.url}${where}`, ...extra }, { retries: 3 });
      assert.equal(result.error?.code, "NOT_A_PRODUCT");
      assert.equal(origin.seen.length, 1);
      assert.deepEqual(await bench.names(), []);
    });
  }
  it("says what came", async () => {
    const origin = await bench.origin((_, response) => send(response, html));
    const result = await bench.run(`${origin.url}/x.nc?key=s3cr3t`);
    assert.match(result.error?.message ?? "", /Login Please log in/);
    assert.doesNotMatch(result.error?.message ?? "", /s3cr3t/);
  });
  const saved: [string, string, string, object?][] = [
    ["declared JSON", json, "/x", { type: "application/geo+json" }],
    ["declared HTML", html, "/x", { type: "text/html; charset=utf-8" }],
    ["declared XML", xml, "/x", { type: "application/vnd.google-earth.kml+xml" }],
    ["undeclared, but called .json", json, "/x.JSON?y=1"],
    ["undeclared, but called .kml", xml, "/x.kml"],
    ["undeclared, but called .txt", html, "/x.txt"],
    ["text that only looks a little like JSON", "[2026-04-20] a log line", "/x.log"],
    ["text that begins with a brace", "{placeholder} text", "/x.log"],
  ];
  for (const [title, body, where, extra] of saved) {
    it(`${title} is saved as it is`, async () => {
      const origin = await bench.origin((_, response) => send(response, body));
      const result = await bench.run({ href: `${origin.url}${where}`, ...extra });
      assert.equal(result.error, undefined);
      assert.equal(await readFile(result.files[0]?.payload.path ?? "", "utf8"), body);
    });
  }
  it("counts a server's own file name", async () => {
    const origin = await bench.origin((_, response) =>
      send(response, json, { "content-disposition": "attachment; filename=m.json" }),
    );
    assert.equal((await bench.run(`${origin.url}/downloadLink`)).error, undefined);
  });
  it("does not count a name made up from the content", async () => {
    const origin = await bench.origin((_, response) => send(response, json, { "content-type": "application/json" }));
    assert.equal(
      (await bench.run(item("I", { d: { href: `${origin.url}/downloadLink` } }))).error?.code,
      "NOT_A_PRODUCT",
    );
  });

  it("follows a pointer once, without credentials", async () => {
    const store = await bench.origin((_, response) =>
      send(response, DATA, { "content-disposition": "attachment; filename=p.nc" }),
    );
    const api = await bench.origin((_, response) =>
      send(response, JSON.stringify({ href: `${store.url}/p?sig=1` }), { "content-type": "application/json" }),
    );
    const door = bench.door(api.url);
    const result = await bench.run(`${api.url}/downloadLink`, {}, bench.downloads(door));
    assert.equal(result.error, undefined);
    assert.deepEqual(await bench.names(), ["p.nc"]);
    assert.equal(api.seen[0]?.headers.authorization, TOKEN);
    assert.equal(store.seen[0]?.headers.authorization, undefined);
    assert.equal(result.files[0]?.payload.url, `${api.url}/downloadLink`);
  });
  it("follows a pointer to its own origin without credentials first, and with them when asked", async () => {
    const api = await bench.origin((request, response) => {
      if (request.url === "/a") send(response, JSON.stringify({ href: "/b" }));
      else if (request.headers.authorization) send(response, DATA);
      else send(response, "who?", {}, 401);
    });
    const result = await bench.run(`${api.url}/a`, {}, bench.downloads(bench.door(api.url)));
    assert.equal(result.error, undefined);
    assert.deepEqual(
      api.seen.map((seen) => [seen.path, seen.headers.authorization !== undefined]),
      [
        ["/a", true],
        ["/b", false],
        ["/b", true],
      ],
    );
  });
  it("does not follow a pointer to a pointer, nor to a file", async () => {
    const api = await bench.origin((request, response) =>
      send(response, JSON.stringify({ href: request.url === "/f" ? "file:///etc/passwd" : "/x" })),
    );
    assert.equal((await bench.run(`${api.url}/a`)).error?.code, "NOT_A_PRODUCT");
    assert.equal(api.seen.length, 2);
    assert.equal((await bench.run(`${api.url}/f`)).error?.code, "NOT_A_PRODUCT");
    assert.equal(api.seen.length, 3);
  });
  for (const [title, status, headers] of [
    ["an empty 200", 200, { "content-length": "0" }],
    ["an empty chunked 200", 200, {}],
    ["a 204", 204, {}],
    ["a 206 nobody asked for", 206, { "content-length": "3", "content-range": "bytes 0-2/9" }],
  ] as const) {
    it(`${title} is an error`, async () => {
      const origin = await bench.origin((_, response) => {
        response.writeHead(status, headers);
        response.end(status === 206 ? "abc" : undefined);
      });
      assert.equal((await bench.run(`${origin.url}/x.nc`, { retries: 2 })).error?.code, "BAD_RESPONSE");
      assert.equal(origin.seen.length, 1);
      assert.deepEqual(await bench.names(), []);
    });
  }
  for (const [status, code] of [
    [400, "BAD_INPUT"],
    [401, "AUTH_FAILED"],
    [403, "FORBIDDEN"],
    [404, "NOT_FOUND"],
    [410, "NOT_FOUND"],
    [422, "BAD_INPUT"],
  ] as const) {
    it(`a ${status} is ${code} and never repeated`, async () => {
      const origin = await bench.origin((_, response) =>
        send(response, '{"description":"why","ticket":"ab12cd34"}', {}, status),
      );
      const result = await bench.run(`${origin.url}/x.nc`, { retries: 3 });
      assert.equal(result.error?.code, code);
      assert.equal(result.error.cause.status, status);
      assert.equal(result.error.cause.ticket, "ab12cd34");
      assert.equal(origin.seen.length, 1);
    });
  }
});

describe("broken transfers", () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await new Bench().start();
  });
  afterEach(() => bench.stop());

  const head = (extra: string): string => `HTTP/1.1 200 OK\r\n${extra}connection: close\r\n\r\n`;

  it("a cut body is TRUNCATED and leaves nothing", async () => {
    const server = await bench.raw((socket) =>
      socket.end(Buffer.concat([Buffer.from(head(`content-length: ${DATA.length}\r\n`)), DATA.subarray(0, 100_000)])),
    );
    const result = await bench.run(`${server.url}/x.nc`);
    assert.equal(result.error?.code, "TRUNCATED");
    assert.deepEqual(await bench.names(), []);
  });
  it("a chunked body without its end is an error", async () => {
    const server = await bench.raw((socket) =>
      socket.end(
        Buffer.concat([
          Buffer.from(`${head("transfer-encoding: chunked\r\n")}186a0\r\n`),
          DATA.subarray(0, 100_000),
          Buffer.from("\r\n"),
        ]),
      ),
    );
    const result = await bench.run(`${server.url}/x.nc`);
    assert.equal(result.error?.code, "NETWORK");
    assert.deepEqual(await bench.names(), []);
  });
  it("a clean end short of the declared size is SIZE_MISMATCH", async () => {
    const origin = await bench.origin((_, response) => {
      response.write(DATA.subarray(0, 1000));
      response.end();
    });
    const result = await bench.run({ href: `${origin.url}/x.nc`, "file:size": DATA.length });
    assert.equal(result.error?.code, "SIZE_MISMATCH");
    assert.deepEqual(await bench.names(), []);
  });
  it("more bytes than declared end the transfer", async () => {
    const origin = await bench.origin((_, response) => send(response, DATA));
    const result = await bench.run({ href: `${origin.url}/x.nc`, "file:size": 10 }, { retries: 3 });
    assert.equal(result.error?.code, "SIZE_MISMATCH");
    assert.equal(origin.seen.length, 1);
  });
  it("the declared size proves", async () => {
    const origin = await bench.origin((_, response) => {
      response.write(DATA);
      response.end();
    });
    assert.deepEqual(
      (await bench.run({ href: `${origin.url}/x.nc`, "file:size": DATA.length })).files[0]?.payload.verified,
      ["file:size"],
    );
  });
  it("repeats a cut from zero until it is whole", async () => {
    const server = await bench.raw((socket, _, n) => {
      const body = n < 3 ? DATA.subarray(0, 50_000) : DATA;
      socket.end(Buffer.concat([Buffer.from(head(`content-length: ${DATA.length}\r\n`)), body]));
    });
    const result = await bench.run(`${server.url}/x.nc`, { retries: 2 });
    assert.equal(result.error, undefined);
    assert.equal(result.files[0]?.payload.sha256, SHA);
    assert.equal(server.heads.length, 3);
  });
  it("gives up after `retries` repeats that brought nothing new", async () => {
    const server = await bench.raw((socket) =>
      socket.end(Buffer.concat([Buffer.from(head(`content-length: ${DATA.length}\r\n`)), DATA.subarray(0, 5000)])),
    );
    const result = await bench.run(`${server.url}/x.nc`, { retries: 2 });
    assert.equal(result.error?.code, "TRUNCATED");
    assert.equal(server.heads.length, 3);
  });
  it("counts repeats again when bytes pass the furthest point", async () => {
    const server = await bench.raw((socket, _, n) =>
      socket.end(
        Buffer.concat([Buffer.from(head(`content-length: ${DATA.length}\r\n`)), DATA.subarray(0, n * 75_000)]),
      ),
    );
    const result = await bench.run(`${server.url}/x.nc`, { retries: 1 });
    assert.equal(result.error, undefined);
    assert.equal(server.heads.length, 4);
  });
  it("repeats a 503 and gives up with SERVER_ERROR", async () => {
    const origin = await bench.origin((_, response) => send(response, "busy", {}, 503));
    const result = await bench.run(`${origin.url}/x.nc`, { retries: 2 });
    assert.equal(result.error?.code, "SERVER_ERROR");
    assert.equal(origin.seen.length, 3);
  });
  it("waits as Retry-After asks, and not at all above 15 minutes", async () => {
    const times: number[] = [];
    const origin = await bench.origin((_, response, n) => {
      times.push(performance.now());
      if (n === 1) send(response, "later", { "retry-after": "2" }, 429);
      else send(response, DATA);
    });
    assert.equal((await bench.run(`${origin.url}/x.nc`, { retries: 1 })).error, undefined);
    assert.ok((times[1] ?? 0) - (times[0] ?? 0) >= 1990);
    const closed = await bench.origin((_, response) => send(response, "later", { "retry-after": "3600" }, 503));
    const result = await bench.run(`${closed.url}/x.nc`, { retries: 5 });
    assert.equal(result.error?.code, "RATE_LIMITED");
    assert.equal(closed.seen.length, 1);
  });
  it("ends a server that never answers in STALLED", async () => {
    const server = await bench.raw(() => undefined);
    const result = await bench.run(`${server.url}/x.nc`, { stallTimeout: 1 });
    assert.equal(result.error?.code, "STALLED");
  });
  it("ends a trickle in STALLED", async () => {
    const server = await bench.raw((socket) => {
      socket.write(head(`content-length: ${DATA.length}\r\n`));
      socket.write(DATA.subarray(0, 5000));
      const timer = setInterval(() => socket.write("x"), 100);
      socket.on("close", () => clearInterval(timer));
    });
    const result = await bench.run(`${server.url}/x.nc`, { stallTimeout: 1 });
    assert.equal(result.error?.code, "STALLED");
    assert.deepEqual(await bench.names(), []);
  });
  it("does not repeat when nothing listens and repeats are 0", async () => {
    const origin = await bench.origin(() => undefined);
    await new Promise((resolve) => origin.server.close(resolve));
    assert.equal((await bench.run(`${origin.url}/x.nc`)).error?.code, "NETWORK");
  });
});

describe("what stands under the name already", () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await new Bench().start();
    await mkdir(bench.folder, { recursive: true });
  });
  afterEach(() => bench.stop());

  async function served(): Promise<{ url: string; requests: () => number }> {
    const origin = await bench.origin((request, response) =>
      send(response, request.url?.startsWith("/b") ? bytes(1000, 7) : DATA, {
        "content-disposition": "attachment; filename=same.nc",
      }),
    );
    return { url: origin.url, requests: () => origin.seen.length };
  }

  it("verify keeps the file of an earlier run without asking the server", async () => {
    const { url, requests } = await served();
    const asked = item("I", { d: { href: `${url}/a` } });
    await bench.run(asked);
    const again = await bench.run(asked);
    assert.equal(again.files[0]?.payload.source, "disk");
    assert.equal(again.files[0].payload.sha256, SHA);
    assert.deepEqual(again.files[0].payload.verified, ["content-length"]);
    assert.deepEqual(
      again.progress.map((one) => one.payload.state),
      ["queued", "verifying", "done"],
    );
    assert.equal(requests(), 1);
  });
  it("verify fetches again what was changed on disk, cut or updated in the catalogue", async () => {
    const { url, requests } = await served();
    const asked = (updated: string): object => item("I", { d: { href: `${url}/a` } }, { properties: { updated } });
    await bench.run(asked("1"));
    await writeFile(path.join(bench.folder, "same.nc"), bytes(DATA.length, 9));
    await bench.run(asked("1"));
    await writeFile(path.join(bench.folder, "same.nc"), DATA.subarray(0, 5));
    await bench.run(asked("1"));
    await bench.run(asked("2"));
    assert.equal(requests(), 4);
    assert.deepEqual(await bench.names(), ["same.nc"]);
    assert.deepEqual(await readFile(path.join(bench.folder, "same.nc")), DATA);
  });
  it("verify goes around a file nobody knows, which may be anybody's", async () => {
    const { url } = await served();
    await writeFile(path.join(bench.folder, "same.nc"), "mine");
    const result = await bench.run(`${url}/a`);
    assert.equal(result.files[0]?.payload.path, path.join(bench.folder, "same-2.nc"));
    assert.equal(await readFile(path.join(bench.folder, "same.nc"), "utf8"), "mine");
  });
  it("verify completes a file nobody knows that is the beginning of the product, or all of it", async () => {
    const { url } = await served();
    for (const old of [DATA.subarray(0, 200_000), DATA]) {
      await writeFile(path.join(bench.folder, "same.nc"), old);
      const result = await bench.run(`${url}/a?${old.length}`);
      assert.equal(result.files[0]?.payload.path, path.join(bench.folder, "same.nc"));
    }
    assert.deepEqual(await bench.names(), ["same.nc"]);
    assert.deepEqual(await readFile(path.join(bench.folder, "same.nc")), DATA);
  });
  it("overwrite replaces a file nobody knows", async () => {
    const { url } = await served();
    await writeFile(path.join(bench.folder, "same.nc"), "old");
    await bench.run(`${url}/a`, { ifExists: "overwrite" });
    assert.deepEqual(await bench.names(), ["same.nc"]);
  });
  for (const ifExists of ["verify", "overwrite", "rename"] as const) {
    it(`${ifExists} never replaces another item's file`, async () => {
      const { url } = await served();
      await bench.run(item("A", { d: { href: `${url}/a` } }), { ifExists });
      const second = await bench.run(item("B", { d: { href: `${url}/b` } }), { ifExists });
      assert.equal(second.error, undefined);
      assert.deepEqual(await bench.names(), ["same-2.nc", "same.nc"]);
      assert.deepEqual(await readFile(path.join(bench.folder, "same.nc")), DATA);
      assert.equal(second.files[0]?.payload.bytes, 1000);
    });
  }
  it("does so under a fixed name too, and finds each again", async () => {
    const { url, requests } = await served();
    const both = [item("A", { d: { href: `${url}/a` } }), item("B", { d: { href: `${url}/b` } })];
    await bench.run(both[0], { filename: "latest.nc" });
    await bench.run(both[1], { filename: "latest.nc" });
    await bench.run(both, { filename: "latest.nc" });
    assert.deepEqual(await bench.names(), ["latest-2.nc", "latest.nc"]);
    assert.equal(requests(), 2);
  });
  it("overwrite replaces its own", async () => {
    const { url, requests } = await served();
    await bench.run(`${url}/a`, { ifExists: "overwrite" });
    await bench.run(`${url}/a`, { ifExists: "overwrite" });
    assert.equal(requests(), 2);
    assert.deepEqual(await bench.names(), ["same.nc"]);
  });
  it("rename numbers its own", async () => {
    const { url } = await served();
    await bench.run(`${url}/a`, { ifExists: "rename" });
    const second = await bench.run(`${url}/a`, { ifExists: "rename" });
    assert.equal(second.files[0]?.payload.path, path.join(bench.folder, "same-2.nc"));
  });
  it("error stops, before asking when the name is known", async () => {
    const { url, requests } = await served();
    await writeFile(path.join(bench.folder, "same.nc"), "mine");
    assert.equal((await bench.run(`${url}/a`, { ifExists: "error" })).error?.code, "EXISTS");
    assert.equal((await bench.run(`${url}/a`, { ifExists: "error", filename: "same.nc" })).error?.code, "EXISTS");
    assert.equal(requests(), 1);
    assert.equal(await readFile(path.join(bench.folder, "same.nc"), "utf8"), "mine");
    assert.deepEqual(await bench.names(), ["same.nc"]);
  });
  for (const name of ["same.nc", "same.nc.part"]) {
    it(`never writes through a link called ${name}`, async () => {
      const { url } = await served();
      const outside = path.join(bench.folder, "..", "outside");
      await writeFile(outside, "precious");
      await symlink(outside, path.join(bench.folder, name));
      const result = await bench.run(`${url}/a`);
      assert.equal(result.error, undefined);
      assert.equal(await readFile(outside, "utf8"), "precious");
      assert.deepEqual(await bench.names(), ["same.nc"]);
      assert.deepEqual(await readFile(path.join(bench.folder, "same.nc")), DATA);
    });
  }
  it("goes around a folder of that name", async () => {
    const { url } = await served();
    await mkdir(path.join(bench.folder, "same.nc"));
    assert.equal((await bench.run(`${url}/a`)).files[0]?.payload.path, path.join(bench.folder, "same-2.nc"));
  });
  it("says when the folder cannot be made", async () => {
    const { url } = await served();
    await writeFile(path.join(bench.folder, "file"), "");
    const result = await bench.run(item("I", { d: { href: `${url}/a` } }), {
      folder: path.join(bench.folder, "file", "sub"),
    });
    assert.equal(result.error?.code, "DISK");
    assert.deepEqual(result.error.cause.failed, [{ item: "I", asset: "d", code: "DISK" }]);
  });
  it("proof: required refuses what nothing proves and keeps the part", async () => {
    const origin = await bench.origin((_, response) => {
      response.write(DATA);
      response.end();
    });
    const result = await bench.run(`${origin.url}/x.nc`, { proof: "required" });
    assert.equal(result.error?.code, "UNPROVED");
    assert.deepEqual(await bench.names(), ["x.nc.part"]);
  });
});

describe("many files", () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await new Bench().start();
  });
  afterEach(() => bench.stop());

  it("holds to `parallel` over all messages of a node", async () => {
    let open = 0;
    let most = 0;
    const origin = await bench.origin((_, response) => {
      open += 1;
      most = Math.max(most, open);
      setTimeout(() => {
        open -= 1;
        send(response, DATA);
      }, 30);
    });
    const downloads = bench.downloads(bench.door(), 2);
    const urls = [1, 2, 3, 4].map((n) => `${origin.url}/${n}.nc`);
    await Promise.all([bench.run(urls, {}, downloads), bench.run(`${origin.url}/5.nc`, {}, downloads)]);
    assert.equal(most, 2);
    assert.equal((await bench.names()).length, 5);
  });

  it("tries the others when some fail, and names the failed in order", async () => {
    const origin = await bench.origin((request, response) => {
      if (request.url === "/404") setTimeout(() => send(response, "no", {}, 404), 50);
      else if (request.url === "/html") send(response, "<html></html>");
      else send(response, DATA);
    });
    const asked = [
      item("bad", { s: { href: "s3://b/k" } }),
      item("missing", { d: { href: `${origin.url}/404` } }),
      item("fine", { d: { href: `${origin.url}/fine.nc` } }),
      item("page", { d: { href: `${origin.url}/html` } }),
    ];
    const result = await bench.run(asked);
    assert.equal(result.error?.code, "BAD_INPUT");
    assert.deepEqual(result.error.cause.failed, [
      { item: "bad", asset: "s", code: "BAD_INPUT" },
      { item: "missing", asset: "d", code: "NOT_FOUND" },
      { item: "page", asset: "d", code: "NOT_A_PRODUCT" },
    ]);
    assert.deepEqual(
      result.files.map((file) => [file.index, file.count]),
      [[2, 4]],
    );
    const ends = result.progress.filter((one) => ["done", "failed", "cancelled"].includes(one.payload.state));
    assert.deepEqual(ends.map((one) => [one.payload.item, one.payload.state]).sort(), [
      ["bad", "failed"],
      ["fine", "done"],
      ["missing", "failed"],
      ["page", "failed"],
    ]);
  });

  it("fetches once what is asked for twice at once, and delivers twice", async () => {
    const origin = await bench.origin((_, response) => setTimeout(() => send(response, DATA), 100));
    const asked = item("I", { d: { href: `${origin.url}/x.nc` } });
    const [one, two] = await Promise.all([bench.run([asked, asked]), bench.run(asked)]);
    assert.equal(origin.seen.length, 1);
    assert.equal(one.files.length, 2);
    assert.equal(two.files.length, 1);
    assert.deepEqual(await bench.names(), ["I.nc"]);
  });
  it("shares a failure, but not somebody else's cancelling", async () => {
    const origin = await bench.origin((_, response) => setTimeout(() => send(response, "no", {}, 404), 50));
    const downloads = bench.downloads();
    const results = await Promise.all([
      bench.run(`${origin.url}/x`, {}, downloads),
      bench.run(`${origin.url}/x`, {}, downloads),
    ]);
    assert.deepEqual(
      results.map((result) => result.error?.code),
      ["NOT_FOUND", "NOT_FOUND"],
    );
    assert.equal(origin.seen.length, 1);

    const slow = await bench.origin((_, response) => setTimeout(() => send(response, DATA), 150));
    const stop = new AbortController();
    const pending = [
      bench.run(`${slow.url}/y.nc`, {}, downloads, stop.signal),
      bench.run(`${slow.url}/y.nc`, {}, downloads),
    ];
    setTimeout(() => stop.abort(), 50);
    const [stopped, other] = await Promise.all(pending);
    assert.equal(stopped?.error?.code, "CANCELLED");
    assert.equal(other?.error, undefined);
    assert.deepEqual(await bench.names(), ["y.nc"]);
  });
  it("different products of one name get two names", async () => {
    const origin = await bench.origin((request, response) =>
      setTimeout(
        () =>
          send(response, Buffer.from(`\0${request.url ?? ""}`), {
            "content-disposition": "attachment; filename=Same.nc",
          }),
        20,
      ),
    );
    await bench.run([`${origin.url}/get?id=1`, `${origin.url}/get?id=2`]);
    assert.deepEqual(await bench.names(), ["Same-2.nc", "Same.nc"]);
  });
});

describe("progress and cancelling", () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await new Bench().start();
  });
  afterEach(() => bench.stop());

  async function slow(): Promise<string> {
    const server = await bench.raw((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${DATA.length}\r\n\r\n`);
      let at = 0;
      const timer = setInterval(() => {
        socket.write(DATA.subarray(at, at + 10_000));
        at += 10_000;
        if (at >= DATA.length) clearInterval(timer);
      }, 80);
      socket.on("close", () => clearInterval(timer));
    });
    return server.url;
  }
  const states = (result: Result): string[] => result.progress.map((one) => one.payload.state);

  it("tells each change at once and bytes about every second", async () => {
    const url = await slow();
    const result = await bench.run(item("I", { d: { href: `${url}/x.nc` } }));
    assert.deepEqual([...new Set(states(result))], ["queued", "downloading", "verifying", "done"]);
    const ticks = result.progress.filter((one) => one.payload.state === "downloading").slice(1);
    assert.ok(ticks.length >= 1 && ticks.length <= 5, `${ticks.length}`);
    const tick = ticks[0]?.payload as Progress["payload"];
    assert.equal(tick.total, DATA.length);
    assert.ok(tick.bytes > 0 && tick.rate > 0 && (tick.eta ?? 0) >= 1 && (tick.percent ?? 0) > 0);
    assert.equal(tick.item, "I");
    assert.equal(tick.asset, "d");
    assert.equal(new Set(result.progress.map((one) => one.topic)).size, 1);
    const done = result.progress.at(-1)?.payload;
    assert.deepEqual([done?.state, done?.percent, done?.bytes], ["done", 100, DATA.length]);
  });
  it("cancels one by its id and leaves the other", async () => {
    const url = await slow();
    const downloads = bench.downloads();
    let cancelledOne: string | undefined;
    const result = await bench.run([`${url}/a.nc`, `${url}/b.nc`], {}, downloads, undefined, (progress) => {
      if (cancelledOne === undefined && progress.payload.state === "downloading") {
        cancelledOne = progress.topic;
        setTimeout(() => assert.equal(downloads.cancel(progress.topic), true), 150);
      }
    });
    assert.equal(result.error?.code, "CANCELLED");
    assert.equal(result.files.length, 1);
    assert.equal((await bench.names()).length, 1);
    assert.equal(downloads.cancel("nonsense"), false);
    assert.equal(downloads.cancel(cancelledOne ?? ""), false);
  });
  it("cancels everything, also what waits", async () => {
    const url = await slow();
    const downloads = bench.downloads(bench.door(), 1);
    const pending = bench.run([`${url}/a.nc`, `${url}/b.nc`], {}, downloads);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const now = downloads.snapshot();
    assert.deepEqual([now.active, now.waiting], [1, 1]);
    downloads.cancelAll();
    const result = await pending;
    assert.deepEqual(
      result.error?.cause.failed?.map((one) => one.code),
      ["CANCELLED", "CANCELLED"],
    );
    assert.equal(states(result).filter((state) => state === "cancelled").length, 2);
    assert.deepEqual(await bench.names(), []);
    assert.deepEqual(downloads.snapshot(), { active: 0, waiting: 0, ordering: 0, bytes: 0, rate: 0 });
  });
  it("ends at once with the run's signal, also while it waits to repeat", async () => {
    const origin = await bench.origin((_: IncomingMessage, response) => send(response, "busy", {}, 503));
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    const result = await bench.run(`${origin.url}/x.nc`, { retries: 50 }, bench.downloads(), stop.signal);
    assert.equal(result.error?.code, "CANCELLED");
  });
  it("refuses settings that make no sense before anything is sent", async () => {
    const origin = await bench.origin((_, response) => send(response, DATA));
    for (const options of [
      { retries: -1 },
      { retries: 1.5 },
      { segments: 9 },
      { stallTimeout: 0 },
      { orderTimeout: Number.NaN },
      { filename: "{foo}" },
    ] as Partial<DownloadOptions>[]) {
      assert.equal((await bench.run(`${origin.url}/x.nc`, options)).error?.code, "BAD_INPUT", JSON.stringify(options));
    }
    assert.equal(origin.seen.length, 0);
  });
});
