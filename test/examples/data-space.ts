/** The Data Space's open catalogue, with two images of Sentinel-2; the newest one is a product that the sandbox's SesamEO has. */
import { jsonServer, type JsonServer } from "../support/json-server.js";

export const UUID = "91e28786-0c30-4ccd-879d-e7eb4d42b75c";
export const NEWEST = "S2B_MSIL2A_20260110T100309_N0510_R122_T32UPU_20260110T113053";

export async function dataSpace(): Promise<JsonServer> {
  const feature = (id: string, uuid: string, days: number): object => ({
    ...{ type: "Feature", stac_version: "1.1.0", id, collection: "sentinel-2-l2a", geometry: null, links: [] },
    properties: { datetime: new Date(Date.now() - days * 86_400_000).toISOString() },
    assets: {
      Product: {
        href: `https://zipper.dataspace.copernicus.eu/odata/v1/Products(${uuid})/$value`,
        type: "application/zip",
        roles: ["data", "metadata", "archive"],
      },
    },
  });
  return await jsonServer(({ url }) =>
    url.startsWith("/search")
      ? {
          json: {
            type: "FeatureCollection",
            features: [feature("S2A_OLDER", "11111111-1111-4111-8111-111111111111", 5), feature(NEWEST, UUID, 1)],
            links: [],
          },
        }
      : { json: { type: "Catalog", links: [{ rel: "search", href: "/search", method: "POST" }] } },
  );
}
