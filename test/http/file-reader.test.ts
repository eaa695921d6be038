/** The reader of answers that are files: the same answers as undici's parser gives, whatever comes in whatever pieces. */
import assert from "node:assert/strict";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { Agent, request } from "undici";
import { FileLine } from "../../src/http/direct/file-line.js";
import { SeededRandom } from "../stac/seeded-random.js";

type Got = { status: number; headers: Record<string, unknown>; body: string; broken: boolean } | "no answer";

/** Sends what it is told, in the pieces it is told. */
class Speaker {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  pieces: Buffer[] = [];
  url = "";

  constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => undefined);
      socket.once("data", () => void this.#speak(socket));
    });
  }

  async #speak(socket: Socket): Promise<void> {
    socket.setNoDelay(true);
    for (const piece of this.pieces) {
      socket.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.end();
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
    return this;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

async function byUndici(url: string, agent: Agent): Promise<Got> {
  try {
    const { statusCode, headers, body } = await request(url, { dispatcher: agent, headersTimeout: 5000 });
    const chunks: Buffer[] = [];
    let broken = false;
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk);
    } catch {
      broken = true;
    }
    return { status: statusCode, headers: { ...headers }, body: Buffer.concat(chunks).toString("latin1"), broken };
  } catch {
    return "no answer";
  }
}

async function byFileLine(url: string): Promise<Got> {
  const line = new FileLine({}, undefined);
  try {
    const { statusCode, headers, source } = await line.send({
      url: new URL(url),
      method: "GET",
      headers: {},
      body: undefined,
      signal: new AbortController().signal,
      headTimeout: 5000,
      onSent: () => undefined,
    });
    const chunks: Buffer[] = [];
    let broken = false;
    try {
      for (let piece = await source.next(); piece; piece = await source.next()) {
        chunks.push(Buffer.from(piece.bytes));
        piece.release();
      }
    } catch {
      broken = true;
    }
    return { status: statusCode, headers: { ...headers }, body: Buffer.concat(chunks).toString("latin1"), broken };
  } catch {
    return "no answer";
  } finally {
    await line.close();
  }
}

const BODY = "0123456789abcdef".repeat(4);

/** A whole answer, well formed. */
function wellFormed(random: SeededRandom): string {
  const pick = <T>(all: readonly T[]): T => all[random.below(all.length)] as T;
  const head = [
    `HTTP/1.${pick(["1", "1", "1", "0"])} ${pick(["200 OK", "200", "203 x", "206 Partial Content", "404 Not Found", "204 None", "304 Same"])}`,
    ...Array.from({ length: random.below(4) }, () =>
      pick([
        "x-a: 1",
        "X-A:2",
        "x-b:\t z \t",
        'ETag: "a"',
        "x-empty:",
        "x-latin: \xe9",
        "Keep-Alive: timeout=5",
        "connection: close",
        "Connection: keep-alive, x",
        "set-cookie: a=b",
      ]),
    ),
  ];
  const kind = random.next();
  if (kind < 0.4) return [...head, `Content-Length: ${BODY.length}`, "", BODY].join("\r\n");
  if (kind < 0.55) return [...head, "", BODY].join("\r\n");
  const chunks: string[] = [];
  for (let at = 0; at < BODY.length;) {
    const length = Math.min(BODY.length - at, 1 + random.below(30));
    const size = random.next() < 0.5 ? length.toString(16) : `00${length.toString(16).toUpperCase()}`;
    chunks.push(`${size}${pick(["", "", "", ";a=b", ";x", ';a="b c"'])}\r\n${BODY.slice(at, at + length)}\r\n`);
    at += length;
  }
  const trailer = pick(["", "", "x-t: 1\r\n", "a: b\r\nc: d\r\n"]);
  return [
    ...head,
    pick(["Transfer-Encoding: chunked", "transfer-encoding: Chunked"]),
    "",
    `${chunks.join("")}0\r\n${trailer}\r\n`,
  ].join("\r\n");
}

const SPICE = [
  "\r",
  "\n",
  "\r\n",
  "\0",
  ":",
  " ",
  "\t",
  ";",
  ",",
  "0",
  "9",
  "f",
  "g",
  "\x7f",
  "\x80",
  "\xff",
  "-",
  "+",
  "HTTP/1.1 ",
  "Content-Length: 3\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding: gzip\r\n",
  "ffffffffffffffff",
  "HTTP/1.1 100 Continue\r\n\r\n",
  "HTTP/1.1 103 Hints\r\nlink: x\r\n\r\n",
  " folded\r\n",
];

/** The answer with something changed in it. */
function spoiled(text: string, random: SeededRandom): string {
  const at = random.below(text.length + 1);
  const spice = random.pick(SPICE);
  const kind = random.next();
  if (kind < 0.4) return text.slice(0, at) + spice + text.slice(at);
  if (kind < 0.6) return text.slice(0, at) + text.slice(at + 1 + random.below(3));
  if (kind < 0.8) return text.slice(0, at) + spice + text.slice(at + spice.length);
  if (kind < 0.9) return text.slice(0, at);
  return spice + text;
}

function pieces(text: string, random: SeededRandom): Buffer[] {
  const bytes = Buffer.from(text, "latin1");
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = random.next() < 0.4 ? bytes.length : 1 + random.below(40);
    found.push(bytes.subarray(at, at + length));
    at += length;
  }
  return found;
}

describe("reader of files beside undici", () => {
  const speaker = new Speaker();
  const agent = new Agent({ keepAliveTimeout: 1 });

  before(() => speaker.listen());
  after(async () => {
    await agent.destroy();
    await speaker.close();
  });

  async function both(text: string, random: SeededRandom): Promise<[ours: Got, theirs: Got]> {
    speaker.pieces = pieces(text, random);
    return [plain(await byFileLine(speaker.url)), plain(await byUndici(speaker.url, agent))];
  }

  const ROUNDS = Number(process.env["EO_FUZZ"] ?? 300);
  const SEED = Number(process.env["EO_SEED"] ?? 1);

  it(`gives the same for ${ROUNDS} well-formed answers`, async function () {
    this.timeout(0);
    const random = new SeededRandom(SEED);
    for (let n = 0; n < ROUNDS; n += 1) {
      const text = wellFormed(random);
      const [ours, theirs] = await both(text, random);
      assert.deepEqual(ours, theirs, JSON.stringify(text));
      assert.notEqual(ours, "no answer", JSON.stringify(text));
    }
  });

  it(`of ${ROUNDS} spoiled ones takes none that undici does not, and nearly all that it does`, async function () {
    this.timeout(0);
    const random = new SeededRandom(SEED + 1);
    let stricter = 0;
    for (let n = 0; n < ROUNDS; n += 1) {
      const text = spoiled(wellFormed(random), random);
      const [ours, theirs] = await both(text, random);
      const story = JSON.stringify({ text, ours, theirs });
      if (theirs === "no answer") assert.equal(ours, "no answer", story);
      else if (ours === "no answer") stricter += 1;
      else {
        assert.deepEqual([ours.status, ours.headers], [theirs.status, theirs.headers], story);
        assert.ok(ours.broken || !theirs.broken, story);
        if (ours.broken) assert.ok(theirs.body.startsWith(ours.body), story);
        else assert.equal(ours.body, theirs.body, story);
        if (ours.broken && !theirs.broken) stricter += 1;
      }
    }
    assert.ok(stricter <= ROUNDS / 20, `${stricter} refused`);
  });

  it("hands out what came before an answer went wrong", async () => {
    const random = new SeededRandom(SEED);
    const [ours] = await both("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzzz\r\n", random);
    assert.deepEqual(ours, { status: 200, headers: { "transfer-encoding": "chunked" }, body: "abc", broken: true });
  });
});

/** llhttp leaves a tab behind a value; of answers without a body it does not matter how they end. */
function plain(got: Got): Got {
  if (got === "no answer") return got;
  const headers = Object.fromEntries(
    Object.entries(got.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map((one: string) => one.trim()) : String(value).trim(),
    ]),
  );
  return { ...got, headers, broken: got.broken && got.status !== 204 && got.status !== 304 };
}
