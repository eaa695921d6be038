/** JSON read in slices: the same values and the same refusals as JSON.parse, and turns for everything else. */
import assert from "node:assert/strict";
import { parseJson } from "../../src/http/json-text.js";
import { SeededRandom } from "../stac/seeded-random.js";

const SLICED = { whole: 0, slice: 1 };

function parsed(text: string | Buffer): { value?: unknown; failed: boolean } {
  try {
    return { value: JSON.parse(new TextDecoder().decode(Buffer.from(text as string))), failed: false };
  } catch {
    return { failed: true };
  }
}

/** The sliced reading agrees with JSON.parse, value or refusal. */
async function agrees(text: string | Buffer, slice = 1): Promise<void> {
  const bytes = Buffer.from(text as string);
  const expected = parsed(bytes);
  const shown = bytes.toString("latin1").slice(0, 300);
  let value: unknown;
  let failed: unknown;
  try {
    value = await parseJson(bytes, "The test", undefined, { whole: 0, slice });
  } catch (error) {
    failed = error;
  }
  if (expected.failed) {
    assert.ok(failed instanceof SyntaxError, `JSON.parse refuses this, the slices do not: ${shown}`);
    return;
  }
  assert.equal(failed, undefined, `JSON.parse takes this, the slices do not: ${shown}`);
  assert.deepEqual(value, expected.value, shown);
  // Order of the names and own __proto__ members, which deepEqual does not see.
  assert.equal(JSON.stringify(value), JSON.stringify(expected.value), shown);
}

const TEXTS = [
  "a",
  "features",
  "__proto__",
  "constructor",
  '\\"',
  "\\\\",
  "[",
  "]",
  "}",
  ",",
  ":",
  "\\u005d",
  "\\u0000",
  "é",
  "日本",
  "🛰",
  "",
];
const NUMBERS = ["0", "-0", "1e999", "-1E-400", "123456789012345678901234567890", "0.1", "5e-324"];

/** JSON text, sometimes with members of one name and with space between. */
function randomJson(random: SeededRandom, depth: number): string {
  const space = (): string => random.pick(["", "", "", " ", "\n\t", "\r "]);
  const list = (open: string, close: string, one: () => string): string => {
    const parts = Array.from({ length: random.below(5) }, () => space() + one() + space());
    return open + (parts.length === 0 ? space() : parts.join(",")) + close;
  };
  const name = (): string => `"${random.pick(TEXTS)}"`;
  const kind = depth <= 0 ? 2 + random.below(3) : random.below(5);
  if (kind === 0) return list("[", "]", () => randomJson(random, depth - 1));
  if (kind === 1)
    return list("{", "}", () => `${name()}${space()}:${space()}${randomJson(random, depth - 1 - random.below(2))}`);
  if (kind === 2) return name();
  return kind === 3 ? random.pick(NUMBERS) : random.pick(["true", "false", "null"]);
}

function randomDocument(random: SeededRandom): string {
  const members = Array.from({ length: 1 + random.below(5) }, () => {
    const name = random.pick(['"features"', '"f\\u0065atures"', '"__proto__"', '"links"', '"a\\"b"', '"0"']);
    return `${name}:${randomJson(random, 4)}`;
  });
  return `${random.pick(["", "\ufeff", " ", "\n"])}{${members.join(random.pick([",", " , "]))}}${random.pick(["", "\n"])}`;
}

describe("JSON in slices", () => {
  it("gives what JSON.parse gives, for 3000 made-up documents", async () => {
    const random = new SeededRandom(20261124);
    for (let count = 0; count < 3000; count += 1) await agrees(randomDocument(random), 1 + random.below(40));
  });

  it("refuses what JSON.parse refuses: documents that are cut, and documents with a byte changed", async () => {
    const random = new SeededRandom(7);
    for (let count = 0; count < 1500; count += 1) {
      const bytes = Buffer.from(randomDocument(random));
      await agrees(bytes.subarray(0, random.below(bytes.length)));
      const changed = Buffer.from(bytes);
      changed[random.below(bytes.length)] = random.pick([...Buffer.from('[]{},:"\\ 1a'), 0x00, 0xff, 0xc3]);
      await agrees(changed, 1 + random.below(40));
    }
  });

  for (const [name, text] of Object.entries({
    "a later member of one name": '{"features":[1,2],"features":[3]}',
    "a later one that is no list": '{"features":[1,2],"features":7}',
    "a later one under another spelling": '{"features":[1],"f\\u0065atures":[2,3]}',
    "a list under __proto__": '{"__proto__":[1,{"__proto__":{"x":1}}],"b":[]}',
    "numbers that are no double": '{"features":[1e999,-1e999,123456789012345678901234567890,-0]}',
    "a comma before the end": '{"features":[1,2,]}',
    "a comma at the start": '{"features":[,1]}',
    "two commas": '{"features":[1,,2]}',
    "space for an element": '{"features":[1,  ,2]}',
    "an empty list": '{"features":[ ]}',
    "brackets that do not fit": '{"features":[1,{"a":2]}]}',
    "an object closed as a list": '{"features":[1,2}]',
    "no colon": '{"features" [1]}',
    "two colons": '{"features"::[1]}',
    "no name": "{:[1]}",
    "two lists": '{"features":[1] [2]}',
    "a line break in a text": '{"features":["a\nb"]}',
    "a bad escape in a name": '{"\\x":[1]}',
    "text behind the end": '{"features":[1]} x',
    "a list outermost": '[{"features":[1]},2]',
    "a number": "12",
    nothing: "",
    space: " \n",
    "two byte order marks": '\ufeff\ufeff{"a":[1]}',
    "a byte order mark inside": '{"a":[\ufeff1]}',
  })) {
    it(`agrees about ${name}`, () => agrees(text));
  }

  it("agrees about bytes that are no UTF-8, beside quotes and commas", async () => {
    for (const bad of [[0xff], [0xe2, 0x82], [0xc3], [0xf0, 0x9f, 0x9b], [0xc0, 0xa2]]) {
      const text = [...Buffer.from('{"a'), ...bad, ...Buffer.from('":["x'), ...bad];
      await agrees(Buffer.from([...text, ...Buffer.from('","y"]}')]));
      await agrees(Buffer.from([...text, ...Buffer.from('"'), ...bad, ...Buffer.from(',"y"]}')]));
    }
  });

  it("nests deeply without failing otherwise than JSON.parse", async () => {
    for (const depth of [100, 1000]) await agrees(`{"a":[${"[".repeat(depth)}${"]".repeat(depth)},1]}`);
  });

  it("lets others have their turn while a large body is read", async () => {
    const element = { id: "x".repeat(1000), list: [1, 2, 3] };
    const value = { type: "FeatureCollection", features: Array.from({ length: 4000 }, () => element), links: [] };
    let turns = 0;
    let going = true;
    const turn = (): void => {
      turns += 1;
      if (going) setImmediate(turn);
    };
    setImmediate(turn);
    const read = await parseJson(Buffer.from(JSON.stringify(value)), "The test");
    going = false;
    assert.deepEqual(read, value);
    assert.ok(turns >= 10, `${turns} turns for 4 MB`);
  });

  it("ends with CANCELLED between two slices", async () => {
    const controller = new AbortController();
    const read = parseJson(Buffer.from('{"a":[1,2,3]}'), "The test", controller.signal, SLICED);
    controller.abort();
    await assert.rejects(read, { code: "CANCELLED" });
  });
});
