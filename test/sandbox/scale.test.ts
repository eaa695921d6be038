/** Large item sets: every item once, page one still holds the older product, and nothing takes long. */
import assert from "node:assert/strict";
import { startSandbox } from "../../sandbox/index.js";
import { ask, type PageLike } from "./ask.js";

describe("sandbox: scale", () => {
  for (const seedWeek of [false, true]) {
    it(`serves 20,000 items, each once (${seedWeek ? "within a week" : "over years"})`, async () => {
      const sandbox = await startSandbox({ items: 20_000, bytes: 1000, seedWeek });
      try {
        const headers = { authorization: `Bearer ${sandbox.tokens.issue()}` };
        const { stac, collection } = sandbox.ready.hda;
        const ids: string[] = [];
        const dates: number[] = [];
        let href: string | undefined = `${stac}/search`;
        let body: Record<string, unknown> = { collections: [collection], limit: 2500 };
        while (href) {
          const page: PageLike = (await ask(href, { headers, body })).json<PageLike>();
          for (const { id, properties } of page.features) {
            ids.push(id);
            dates.push(Date.parse(String(properties["datetime"])));
          }
          const next = page.links.find(({ rel }) => rel === "next");
          href = next?.href;
          body = next?.body ?? {};
        }
        assert.equal(ids.length, 20_000);
        assert.equal(new Set(ids).size, 20_000);
        const wanted = ids.flatMap((id, index) => (id.includes("plankton_nrt_l3-olci-300m_P1D") ? [index] : []));
        assert.ok((wanted[0] ?? 99) < 10 && (wanted.at(-1) ?? 0) >= 10);
        const week = Date.now() - 7 * 86_400_000;
        if (seedWeek) assert.ok(dates.every((date) => date > week && date <= Date.now()));
      } finally {
        await sandbox.close();
      }
    });
  }

  it("keeps page one for small numbers of items", async () => {
    const sandbox = await startSandbox({ items: 11, bytes: 1000, seedWeek: true });
    try {
      const { items } = sandbox.hda.items.of(sandbox.ready.hda.collection) ?? { items: [] };
      const wanted = items.flatMap(({ id }, index) => (id.includes("plankton_nrt_l3-olci-300m_P1D") ? [index] : []));
      assert.equal(items.length, 11);
      assert.deepEqual(wanted, [5, 6, 7, 8, 9, 10]);
    } finally {
      await sandbox.close();
    }
  });
});
