/** TLS with an own authority and a client certificate, and the way through a proxy. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import path from "node:path";
import tls, { TLSSocket, rootCertificates } from "node:tls";
import type { AccountDoor } from "../../src/http/account-door.js";
import type { ProxyOptions } from "../../src/http/dispatcher.js";
import { skipSuite } from "../support/skip.js";
import { makeDir, removeDir } from "../support/temp.js";
import { badInputOf } from "./bad-input.js";
import { KEY, account, allOf, bearerAccount, cleanUp, failure, json, serve, serveTls, until } from "./servers.js";

const PASSWORD = "pr0xy:p@ss/wörd";

interface Keys {
  ca: string;
  cert: string;
  key: string;
  clientCert: string;
  clientKey: string;
}

/** As facts/real-parts.md §1. */
function makeKeys(dir: string): Keys {
  const openssl = (...args: string[]): void => void execFileSync("openssl", args, { cwd: dir, stdio: "ignore" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...key,
    "-days",
    "30",
    "-subj",
    "/CN=test CA",
    "-addext",
    "basicConstraints=critical,CA:TRUE",
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
  );
  for (const [name, use] of [
    ["srv", "serverAuth"],
    ["cli", "clientAuth"],
  ] as const) {
    writeFileSync(
      path.join(dir, `${name}.ext`),
      `subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=${use}\n`,
    );
    openssl("req", ...key, "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.csr`);
    openssl(
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca.key",
      "-CAcreateserial",
      "-days",
      "30",
      "-extfile",
      `${name}.ext`,
      "-out",
      `${name}.pem`,
    );
  }
  const read = (name: string): string => readFileSync(path.join(dir, name), "utf8");
  return {
    ca: read("ca.pem"),
    cert: read("srv.pem"),
    key: read("srv.key"),
    clientCert: read("cli.pem"),
    clientKey: read("cli.key"),
  };
}

interface Proxy extends ProxyOptions {
  asked: { target: string; authorization: string | undefined }[];
  close(): Promise<void>;
}

/** A proxy that knows CONNECT; `status` other than 200 refuses. */
async function startProxy(status = 200): Promise<Proxy> {
  const asked: Proxy["asked"] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("data", (bytes) => {
      const head = bytes.toString("latin1");
      const target = /^CONNECT (\S+) HTTP\/1\.1/.exec(head)?.[1] ?? "";
      asked.push({ target, authorization: /^proxy-authorization: (.*)$/im.exec(head)?.[1] });
      if (status !== 200) return void socket.end(`HTTP/1.1 ${status} No\r\nconnection: close\r\n\r\n`);
      const [host, port] = target.split(":");
      const up = connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        socket.pipe(up).pipe(socket);
      });
      sockets.add(up);
      up.on("error", () => socket.destroy());
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  };
  return { url, asked, close };
}

function peerOf(socket: Socket): string {
  assert.ok(socket instanceof TLSSocket);
  return String(socket.getPeerCertificate().subject.CN);
}

const expected = `Basic ${Buffer.from(`ann:${PASSWORD}`).toString("base64")}`;

describe("TLS and proxies", () => {
  cleanUp();
  let dir: string | undefined;
  let keys: Keys;
  const proxies: Proxy[] = [];
  const proxy = async (status?: number): Promise<Proxy> => {
    const started = await startProxy(status);
    proxies.push(started);
    return started;
  };

  before(async function () {
    dir = await makeDir();
    try {
      keys = makeKeys(dir);
    } catch {
      skipSuite(this, "openssl is not installed");
    }
  });
  after(async () => dir && removeDir(dir));
  afterEach(async () => {
    await Promise.all(proxies.splice(0).map((p) => p.close()));
  });

  const secure = () => serveTls({ cert: keys.cert, key: keys.key }, (_q, r) => json(r, 200, {}));

  it("an own authority is trusted besides the built-in list", async () => {
    const server = await secure();
    const before = rootCertificates.length;
    await bearerAccount(server.url, {}, { tls: { ca: keys.ca } }).door.json({ url: server.url, what: "search" });
    await bearerAccount(server.url, {}, { tls: { ca: Buffer.from(keys.ca) } }).door.json({
      url: server.url,
      what: "search",
    });
    assert.equal(server.seen[0]?.headers.authorization, `Bearer ${KEY}`);
    assert.equal(rootCertificates.length, before);
  });

  it("the built-in list and Node's extra authorities stay when the account adds its own", async () => {
    const server = await secure();
    const asked: tls.ConnectionOptions[] = [];
    const { connect: original } = tls;
    const watched = (options: tls.ConnectionOptions): TLSSocket => {
      asked.push(options);
      return original(options);
    };
    Object.assign(tls, { connect: watched });
    const extra = process.env["NODE_EXTRA_CA_CERTS"];
    process.env["NODE_EXTRA_CA_CERTS"] = path.join(dir ?? "", "ca.pem");
    try {
      const { door } = bearerAccount(server.url, {}, { tls: { ca: keys.clientCert } });
      await door.json({ url: server.url, what: "search" });
    } finally {
      if (extra === undefined) delete process.env["NODE_EXTRA_CA_CERTS"];
      else process.env["NODE_EXTRA_CA_CERTS"] = extra;
      Object.assign(tls, { connect: original });
    }
    assert.deepEqual(asked[0]?.ca, [...rootCertificates, keys.ca, keys.clientCert]);
  });

  it("an unknown authority is a NETWORK error with advice, once", async () => {
    const server = await secure();
    const { door } = bearerAccount(server.url);
    const error = await failure(door.json({ url: server.url, what: "the search" }), "NETWORK");
    assert.match(error.message, /certificate was not accepted \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\).*tls-config/);
    assert.equal(error.cause.code, "UNABLE_TO_VERIFY_LEAF_SIGNATURE");
    assert.equal(server.seen.length, 0);
    assert.equal(server.count(), 1);
  });

  it("a certificate of another host is not accepted", async () => {
    const server = await secure();
    const named = bearerAccount(server.url, {}, { tls: { ca: keys.ca, servername: "else.example.org" } });
    const wrong = await failure(named.door.json({ url: server.url, what: "search" }, { budget: 300 }), "NETWORK");
    assert.equal(wrong.cause.code, "ERR_TLS_CERT_ALTNAME_INVALID");
  });

  it("a client certificate is shown; without it the advice is to add one", async () => {
    const server = await serveTls(
      { cert: keys.cert, key: keys.key, ca: keys.ca, requestCert: true, rejectUnauthorized: true },
      (q, r) => json(r, 200, { who: peerOf(q.socket) }),
    );
    const shown = { ca: keys.ca, cert: keys.clientCert, key: keys.clientKey };
    const { door } = bearerAccount(server.url, {}, { tls: shown });
    assert.deepEqual((await door.json({ url: server.url, what: "search" })).value, { who: "cli" });
    const without = bearerAccount(server.url, {}, { tls: { ca: keys.ca } });
    const error = await failure(without.door.json({ url: server.url, what: "search" }, { budget: 300 }), "NETWORK");
    assert.ok(!error.message.includes("certificate was not accepted"), error.message);
  });

  it("https to a port that speaks http says so", async () => {
    const server = await serve((_q, r) => json(r, 200, {}));
    const url = server.url.replace("http:", "https:");
    const error = await failure(bearerAccount(url).door.json({ url, what: "search" }, { budget: 300 }), "NETWORK");
    assert.match(error.message, /speaks https/);
  });

  it("from https to http the credentials stay behind, on the same host name too", async () => {
    const plain = await serve((_q, r) => json(r, 200, {}));
    const server = await serveTls({ cert: keys.cert, key: keys.key }, (_q, r) =>
      r.writeHead(302, { location: plain.url }).end(),
    );
    const { door } = bearerAccount(server.url, {}, { tls: { ca: keys.ca } });
    await door.json({ url: server.url, what: "search" });
    assert.equal(plain.seen[0]?.headers.authorization, undefined);
  });

  it("goes through the account's proxy with its password, https and http", async () => {
    const via = await proxy();
    const [one, two] = [await secure(), await serve((_q, r) => json(r, 200, {}))];
    for (const server of [one, two]) {
      const connection = { tls: { ca: keys.ca }, proxy: { url: via.url, username: "ann", password: PASSWORD } };
      const opened = bearerAccount(server.url, {}, connection);
      await opened.door.json({ url: server.url, what: "search" });
      assert.equal(server.seen[0]?.headers.authorization, `Bearer ${KEY}`);
      assert.equal(server.seen[0].headers["proxy-authorization"], undefined);
      await opened.close();
      await until(() => server.sockets.size === 0);
    }
    assert.deepEqual(via.asked, [
      { target: one.host, authorization: expected },
      { target: two.host, authorization: expected },
    ]);
  });

  it("takes user and password out of the proxy's address as well", async () => {
    const via = await proxy();
    const server = await secure();
    const url = via.url.replace("//", `//ann:${encodeURIComponent(PASSWORD)}@`);
    const { door } = bearerAccount(server.url, {}, { tls: { ca: keys.ca }, proxy: { url } });
    await door.json({ url: server.url, what: "search" });
    assert.equal(via.asked[0]?.authorization, expected);
    assert.equal(door.redact(`a ${PASSWORD} b ${expected}`), "a *** b Basic ***");
  });

  it("goes directly to the hosts named in the proxy node", async () => {
    const via = await proxy();
    const server = await secure();
    const connection = { tls: { ca: keys.ca }, proxy: { url: via.url, noProxy: ["x.example.org", "127.0.0.1"] } };
    await bearerAccount(server.url, {}, connection).door.json({ url: server.url, what: "search" });
    assert.equal(via.asked.length, 0);
    assert.equal(server.seen.length, 1);
  });

  for (const status of [407, 403, 502]) {
    it(`a proxy that answers ${status} is a NETWORK error that names the proxy and hides its password`, async () => {
      const via = await proxy(status);
      const server = await secure();
      const opened = bearerAccount(
        server.url,
        {},
        { tls: { ca: keys.ca }, proxy: { url: via.url, username: "ann", password: PASSWORD } },
      );
      const error = await failure(opened.door.json({ url: server.url, what: "search" }, { budget: 300 }), "NETWORK");
      assert.match(error.message, /proxy/);
      assert.match(error.message, new RegExp(String(status)));
      for (const hidden of [PASSWORD, encodeURIComponent(PASSWORD), expected])
        assert.ok(!allOf(error).includes(hidden));
    });
  }

  it("a proxy that is not there, or never answers, ends with the time allowed", async () => {
    const server = await secure();
    const gone = bearerAccount(server.url, {}, { proxy: { url: "http://127.0.0.1:1" } });
    await failure(gone.door.json({ url: server.url, what: "search" }, { budget: 300 }), "NETWORK");
    const held = new Set<Socket>();
    const mute = createServer((socket) => {
      held.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => held.delete(socket));
    });
    await new Promise<void>((done) => mute.listen(0, "127.0.0.1", done));
    const url = `http://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    const opened = bearerAccount(server.url, {}, { proxy: { url } });
    await failure(opened.door.json({ url: server.url, what: "search" }, { budget: 300 }), "TIMEOUT");
    await opened.close();
    for (const socket of held) socket.resume();
    await until(() => held.size === 0);
    await new Promise((done) => mute.close(done));
  });

  it("plain http on loopback does not go to a proxy elsewhere", async () => {
    const server = await serve((_q, r) => json(r, 200, {}));
    const { door } = bearerAccount(server.url, {}, { proxy: { url: "http://proxy.invalid:3128" } });
    await door.json({ url: server.url, what: "search" });
    assert.equal(server.seen.length, 1);
  });

  for (const url of ["socks5://127.0.0.1:1080", "file:///etc", "nonsense"]) {
    it(`the proxy ${url} is refused`, () => {
      assert.match(
        badInputOf(() => account({ provider: "stac", url: "https://a.org" }, {}, { proxy: { url } })),
        /proxy/,
      );
    });
  }

  describe("for files, whose connections are made in another thread", () => {
    const file = async (door: AccountDoor, url: string): Promise<string> => {
      const { body, status } = await door.open({ url, what: "the download", file: { stallMs: 5000 }, bodyTimeout: 0 });
      assert.equal(status, 200);
      const chunks: Buffer[] = [];
      for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    };

    it("an own authority is trusted, an unknown one is not, once", async () => {
      const server = await secure();
      const { door } = bearerAccount(server.url, {}, { tls: { ca: Buffer.from(keys.ca) } });
      assert.equal(await file(door, server.url), "{}");
      assert.equal(server.seen[0]?.headers.authorization, `Bearer ${KEY}`);
      const before = server.count();
      const error = await failure(file(bearerAccount(server.url).door, server.url), "NETWORK");
      assert.match(error.message, /certificate was not accepted \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\).*tls-config/);
      assert.equal(server.count(), before + 1);
    });

    it("a certificate of another host is not accepted, unless nothing is checked", async () => {
      const server = await secure();
      const named = bearerAccount(server.url, {}, { tls: { ca: keys.ca, servername: "else.example.org" } });
      const wrong = await failure(file(named.door, server.url), "NETWORK");
      assert.equal(wrong.cause.code, "ERR_TLS_CERT_ALTNAME_INVALID");
      const unchecked = bearerAccount(server.url, {}, { tls: { rejectUnauthorized: false } });
      assert.equal(await file(unchecked.door, server.url), "{}");
    });

    it("a client certificate is shown", async () => {
      const server = await serveTls(
        { cert: keys.cert, key: keys.key, ca: keys.ca, requestCert: true, rejectUnauthorized: true },
        (q, r) => json(r, 200, { who: peerOf(q.socket) }),
      );
      const shown = { ca: keys.ca, cert: keys.clientCert, key: keys.clientKey };
      assert.equal(await file(bearerAccount(server.url, {}, { tls: shown }).door, server.url), '{"who":"cli"}');
      await failure(file(bearerAccount(server.url, {}, { tls: { ca: keys.ca } }).door, server.url), "NETWORK");
    });

    it("https to a port that speaks http says so", async () => {
      const server = await serve((_q, r) => json(r, 200, {}));
      const url = server.url.replace("http:", "https:");
      assert.match((await failure(file(bearerAccount(url).door, url), "NETWORK")).message, /speaks https/);
    });

    it("goes through the account's proxy with its password, https and http, and leaves nothing behind", async () => {
      const via = await proxy();
      const [one, two] = [await secure(), await serve((_q, r) => json(r, 200, {}))];
      for (const server of [one, two]) {
        const connection = { tls: { ca: keys.ca }, proxy: { url: via.url, username: "ann", password: PASSWORD } };
        const opened = bearerAccount(server.url, {}, connection);
        assert.equal(await file(opened.door, server.url), "{}");
        assert.equal(server.seen[0]?.headers["proxy-authorization"], undefined);
        await opened.close();
        await until(() => server.sockets.size === 0);
      }
      assert.deepEqual(via.asked, [
        { target: one.host, authorization: expected },
        { target: two.host, authorization: expected },
      ]);
    });

    it("a proxy that answers 407 is a NETWORK error that hides its password", async () => {
      const via = await proxy(407);
      const server = await secure();
      const connection = { tls: { ca: keys.ca }, proxy: { url: via.url, username: "ann", password: PASSWORD } };
      const error = await failure(file(bearerAccount(server.url, {}, connection).door, server.url), "NETWORK");
      assert.match(error.message, /proxy refused the user name or password/);
      for (const hidden of [PASSWORD, encodeURIComponent(PASSWORD), expected])
        assert.ok(!allOf(error).includes(hidden));
    });

    it("HTTPS_PROXY and NO_PROXY count as they are when the request leaves", async () => {
      const via = await proxy();
      const server = await secure();
      const { door } = bearerAccount(server.url, {}, { tls: { ca: keys.ca } });
      const saved = ["HTTPS_PROXY", "NO_PROXY"].map((name) => [name, process.env[name]] as const);
      try {
        process.env["HTTPS_PROXY"] = via.url;
        assert.equal(await file(door, server.url), "{}");
        assert.equal(via.asked.length, 1);
      } finally {
        for (const [name, value] of saved) {
          if (value === undefined) delete process.env[name];
          else process.env[name] = value;
        }
      }
    });

    it("a header that cannot be sent is BAD_INPUT, and nothing is sent", async () => {
      const server = await serve((_q, r) => json(r, 200, {}));
      const headers = { "x-a": "one\r\ntwo: three" };
      const { door } = bearerAccount(server.url);
      const asked = door.open({ url: server.url, what: "download", headers, file: { stallMs: 1000 } });
      await failure(asked, "BAD_INPUT");
      assert.equal(server.seen.length, 0);
    });
  });

  describe("by the environment", () => {
    const names = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"];
    const saved = names.map((name) => [name, process.env[name]] as const);
    const clear = (): void => names.forEach((name) => delete process.env[name]);
    beforeEach(clear);
    after(() => {
      clear();
      for (const [name, value] of saved) if (value !== undefined) process.env[name] = value;
    });

    it("HTTPS_PROXY is used, its password never shown", async () => {
      const via = await proxy();
      const server = await secure();
      process.env["HTTPS_PROXY"] = via.url.replace("//", `//ann:${encodeURIComponent(PASSWORD)}@`);
      const { door } = bearerAccount(server.url, {}, { tls: { ca: keys.ca } });
      await door.json({ url: server.url, what: "search" });
      assert.deepEqual(via.asked, [{ target: server.host, authorization: expected }]);
      assert.equal(door.redact(`${PASSWORD} ${expected}`), "*** Basic ***");
    });

    for (const no of ["127.0.0.1", "*", "x.org, 127.0.0.1"]) {
      it(`NO_PROXY=${no} goes directly`, async () => {
        const server = await secure();
        process.env["HTTPS_PROXY"] = "http://127.0.0.1:1";
        process.env["NO_PROXY"] = no;
        await bearerAccount(server.url, {}, { tls: { ca: keys.ca } }).door.json({ url: server.url, what: "search" });
        assert.equal(server.seen.length, 1);
      });
    }

    it("the account's proxy comes before the environment", async () => {
      const via = await proxy();
      const server = await secure();
      process.env["HTTPS_PROXY"] = "http://127.0.0.1:1";
      process.env["NO_PROXY"] = "*";
      const connection = { tls: { ca: keys.ca }, proxy: { url: via.url } };
      await bearerAccount(server.url, {}, connection).door.json({ url: server.url, what: "search" });
      assert.equal(via.asked.length, 1);
    });

    it("an empty variable is none", async () => {
      const server = await secure();
      process.env["HTTPS_PROXY"] = "";
      await bearerAccount(server.url, {}, { tls: { ca: keys.ca } }).door.json({ url: server.url, what: "search" });
    });

    it("a variable that is no address is refused", () => {
      process.env["HTTPS_PROXY"] = "not an address";
      assert.match(
        badInputOf(() => account({ provider: "stac", url: "https://a.org" })),
        /HTTPS_PROXY/,
      );
    });
  });
});
