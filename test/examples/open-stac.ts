/** An open STAC API with two pages of images; their pictures lie on another origin, as in most catalogues. */
import { deflateSync, crc32 } from "node:zlib";
import { jsonServer } from "../support/json-server.js";

export interface OpenStac {
  /** The landing page. */
  url: string;
  /** Id of the newest item; it is on the second page. */
  newest: string;
  /** The bytes of its picture. */
  picture: Buffer;
  /** Bodies of the searches so far. */
  searches: Record<string, unknown>[];
  close(): Promise<void>;
}

const IDS = ["S2A_T32UPU_1", "S2B_T32UPU_2", "S2A_T32UPU_4", "S2B_T32UPU_3"];

export async function openStac(): Promise<OpenStac> {
  const searches: Record<string, unknown>[] = [];
  const files = await jsonServer(({ url, headers }) =>
    headers.authorization === undefined
      ? { headers: { "content-type": "image/png" }, bytes: pictureOf(url.replace(/^\/|\.png$/g, "")) }
      : { status: 400, text: "No credentials here." },
  );
  const feature = (id: string) => ({
    ...{ type: "Feature", stac_version: "1.1.0", id, collection: "sentinel-2-c1-l2a", geometry: null, links: [] },
    properties: { datetime: new Date(Date.now() - (9 - Number(id.slice(-1))) * 86_400_000).toISOString() },
    assets: { thumbnail: { href: `${files.url}/${id}.png`, type: "image/png", roles: ["thumbnail"] } },
  });
  const api = await jsonServer(({ method, url, json }) => {
    if (url !== "/search")
      return { json: { type: "Catalog", links: [{ rel: "search", href: "/search", method: "POST" }] } };
    if (method !== "POST") return { status: 405, text: "POST it." };
    const body = json as Record<string, unknown>;
    searches.push(body);
    const isSecond = body["token"] === "two";
    const next = { rel: "next", href: "/search", method: "POST", body: { ...body, token: "two" } };
    return {
      json: {
        type: "FeatureCollection",
        features: IDS.slice(isSecond ? 2 : 0, isSecond ? 4 : 2).map(feature),
        links: isSecond ? [] : [next],
      },
    };
  });
  const newest = IDS[2] ?? "";
  return {
    url: api.url,
    newest,
    picture: pictureOf(newest),
    searches,
    close: async () => {
      await Promise.all([api.close(), files.close()]);
    },
  };
}

/** One grey pixel, and the name as a text chunk. */
function pictureOf(name: string): Buffer {
  const size = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", size),
    chunk("tEXt", Buffer.from(`Title\0${name}`)),
    chunk("IDAT", deflateSync(Buffer.from([0, 128]))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
