/** Lists of SesamEO: collections and products with the query options of OData. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { useSandbox } from "../support/sandbox.js";
import { ask, type Answer } from "./ask.js";

const SENTINEL_2 = "EO.ESA.DAT.SENTINEL-2.MSI.L2A";

interface ProductLike {
  Id: string;
  Name: string;
  ContentType: string;
  ContentLength: number;
  Online: boolean;
  Checksum: { Algorithm: string; Value: string }[];
  ContentDate: { Start: string; End: string };
  Attributes?: { Name: string; Value: unknown }[];
}

interface List<T = ProductLike> {
  value: T[];
  "@odata.count"?: number;
  "@odata.nextLink"?: string;
}

describe("sandbox: SesamEO lists", () => {
  const sandbox = useSandbox();
  const headers = (): Record<string, string> => ({ "x-api-key": sandbox().ready.sesameo.apiKey });
  const get = (path: string, query: Record<string, string> = {}): Promise<Answer> => {
    const text = new URLSearchParams(query).toString();
    return ask(`${sandbox().ready.sesameo.url}${path}${text ? `?${text}` : ""}`, { headers: headers() });
  };
  const products = async (query: Record<string, string>): Promise<List> =>
    (await get(`/Collections('${SENTINEL_2}')/Products`, query)).json<List>();
  const count = async ($filter: string): Promise<number | undefined> =>
    (await products({ $filter, $count: "true", $top: "1" }))["@odata.count"];

  it("lists collections with title; finds one; wants the key unless that is switched off", async () => {
    const { value } = (await get("/Collections", { $filter: "contains(Id,'SENTINEL-2.MSI')" })).json<
      List<{ Id: string }>
    >();
    assert.deepEqual(value.map(({ Id }) => Id).sort(), ["EO.ESA.DAT.SENTINEL-2.MSI.L1C", SENTINEL_2]);
    assert.equal((await get(`/Collections('${SENTINEL_2}')`)).json()["Title"], "Sentinel 2 MSI Level 2-A");
    assert.equal((await get("/Collections('none')")).status, 404);
    assert.equal((await get("/Collections('none')/Products")).status, 404);
    const { url } = sandbox().ready.sesameo;
    assert.equal((await ask(`${url}/Collections`)).status, 401);
    sandbox().settings.patch({ sesameo: { catalogue: "open" } });
    assert.equal((await ask(`${url}/Collections`)).status, 200);
    assert.equal((await ask(url)).status, 200);
  });

  it("shows the Data Lake's items as products, with the checksum of what is downloaded", async () => {
    const { value } = await products({ $orderby: "ContentDate/Start desc", $top: "1", $expand: "Attributes" });
    const [product] = value;
    const item = sandbox().hda.items.of(SENTINEL_2)?.items.at(-1);
    assert.equal(product?.Name, `${item?.id.replace(/\.SAFE$/, "")}.zip`);
    assert.equal(product?.Id, "CDSE:91e28786-0c30-4ccd-879d-e7eb4d42b75c");
    assert.equal(Date.parse(product?.ContentDate.Start ?? ""), item?.start);
    const file = await get(`/Collections('${SENTINEL_2}')/Products('${product?.Id}')/$value`);
    assert.deepEqual([file.body.length, file.headers["content-type"]], [product?.ContentLength, product?.ContentType]);
    const md5 = createHash("md5").update(file.body).digest("hex");
    assert.deepEqual(
      product?.Checksum.map(({ Algorithm, Value }) => [Algorithm, Value]),
      [["MD5", md5]],
    );
    const attribute = (name: string): unknown => product?.Attributes?.find(({ Name }) => Name === name)?.Value;
    assert.deepEqual([attribute("productType"), attribute("tileId")], ["S2MSI2A", "34SGH"]);
    const one = (await get(`/Collections('${SENTINEL_2}')/Products('${product?.Id}')`)).json<ProductLike>();
    assert.deepEqual([one.Name, one.Attributes], [product?.Name, undefined]);
    sandbox().sesameo.setProduct(SENTINEL_2, one.Id, { online: false });
    const offline = (await get(`/Collections('${SENTINEL_2}')/Products('${one.Id}')`)).json<ProductLike>();
    assert.equal(offline.Online, false);
  });

  it("pages by nextLink until all were seen once", async () => {
    const seen: string[] = [];
    let url: string | undefined =
      `${sandbox().ready.sesameo.url}/Collections('${SENTINEL_2}')/Products?$top=25&$count=true`;
    let pages = 0;
    while (url !== undefined) {
      const page: List = (await ask(url, { headers: headers() })).json<List>();
      assert.equal(page["@odata.count"], 60);
      seen.push(...page.value.map(({ Id }) => Id));
      url = page["@odata.nextLink"];
      pages += 1;
    }
    assert.deepEqual([pages, seen.length, new Set(seen).size], [3, 60, 60]);
    assert.equal((await products({})).value.length, 50);
    sandbox().settings.patch({ sesameo: { pageSize: 5 } });
    assert.equal((await products({})).value.length, 5);
    assert.equal((await products({ $skip: "58" })).value.length, 2);
    assert.deepEqual((await products({ $top: "0" })).value, []);
  });

  it("filters as the services around it do", async () => {
    const items = sandbox().hda.items.of(SENTINEL_2)?.items ?? [];
    const start = items[30]?.start ?? 0;
    const date = new Date(start).toISOString();
    const cloudy = items.filter(({ facts }) => Number(facts["eo:cloud_cover"]) <= 20).length;
    const tile = items.filter(({ facts }) => facts["grid:code"] === "MGRS-31UDQ").length;
    const late = items.filter((item) => item.start > start).length;
    const table: [string, number][] = [
      ["contains(Name,'T31UDQ')", tile],
      ["startswith(Name,'S2A') or startswith(Name,'S2B')", 60],
      ["not contains(Name,'T31UDQ')", 60 - tile],
      [`ContentDate/Start gt ${date}`, late],
      [`ContentDate/Start ge ${date} and ContentDate/Start le ${date}`, 1],
      [
        `ContentDate/Start gt ${date} and (contains(Name,'T31UDQ') or contains(Name,'T32TNS'))`,
        items.filter((item) => item.start > start && /T31UDQ|T32TNS/.test(item.id)).length,
      ],
      [
        "Attributes/OData.CSC.DoubleAttribute/any(att:att/Name eq 'cloudCover' and att/OData.CSC.DoubleAttribute/Value le 20)",
        cloudy,
      ],
      [
        "Attributes/OData.CSC.StringAttribute/any(att:att/Name eq 'cloudCover' and att/OData.CSC.StringAttribute/Value le 20)",
        0,
      ],
      ["StringAttributes/any(d:d/Name eq 'tileId' and d/Value eq '31UDQ')", tile],
      ["OData.CSC.Intersects(area=geography'SRID=4326;POLYGON((1.7 48.7,2 48.7,2 49,1.7 49,1.7 48.7))')", tile],
      ["OData.CSC.Intersects(area=geography'SRID=4326;POINT(2 49)')", tile],
      [`Collection/Name eq '${SENTINEL_2}'`, 60],
      ["Id eq 'CDSE:91e28786-0c30-4ccd-879d-e7eb4d42b75c'", 1],
      ["Id eq 91e28786-0c30-4ccd-879d-e7eb4d42b75c", 0],
      ["Online eq true and ContentLength gt 1000", 60],
      ["Name eq 'it''s'", 0],
    ];
    for (const [filter, expected] of table) assert.equal(await count(filter), expected, filter);
    assert.ok(cloudy > 0 && tile > 0 && late > 0, "the table proves nothing");
  });

  it("sorts, also by several keys", async () => {
    const sizes = (await products({ $orderby: "ContentLength desc,Name", $top: "60" })).value;
    const names = sizes.map(({ Name }) => Name);
    assert.deepEqual(names, [...names].sort());
    const [first] = (await products({ $orderby: "ContentDate/Start", $top: "1" })).value;
    assert.equal(Date.parse(first?.ContentDate.Start ?? ""), sandbox().hda.items.of(SENTINEL_2)?.items[0]?.start);
  });

  it("says what is wrong with a query", async () => {
    for (const query of [
      { $filter: "Name eq" },
      { $filter: "Name eq 'a' and" },
      { $filter: "(Name eq 'a'" },
      { $filter: "Name eq 'a')" },
      { $filter: "length(Name) gt 2" },
      { $filter: "Name ~ 'a'" },
      { $filter: "OData.CSC.Intersects(area=geography'SRID=4326;LINE(1)')" },
      { $orderby: "Name down" },
      { $top: "1001" },
      { $top: "-1" },
      { $skip: "x" },
      { $search: "x" },
    ]) {
      const answer = await get(`/Collections('${SENTINEL_2}')/Products`, query as unknown as Record<string, string>);
      assert.equal(answer.status, 400, JSON.stringify(query));
      assert.ok(answer.json<{ error: { message: string } }>().error.message);
    }
  });
});
