/**
 * Which data-portfolio id, as SesamEO and the Data Lake use it, stands for a collection of the Copernicus Data Space.
 * The ids are those of eodag's provider file for the Data Lake (CS-SI/eodag, eodag/resources/providers/dedl.yml, commit
 * 14f9e9f); the product types those of its file for the Data Space (cop_dataspace.yml, commit 1f601d8); the STAC
 * collections are named as public programs name them when they ask https://stac.dataspace.copernicus.eu/v1. That SesamEO
 * names its collections like the Data Lake is seen for SENTINEL-2.MSI.L2A in its own how-to, and inferred for the others:
 * the table can be changed in the node.
 */

export interface PortfolioRow {
  /** The data-portfolio id. */
  id: string;
  /** STAC collections of the Data Space. */
  stac: readonly string[];
  /** OData product types of the Data Space (attribute `productType`). */
  types: readonly string[];
}

const timely = (name: string): string[] => [`${name}-nrt`, `${name}-ntc`];

export const PORTFOLIO: readonly PortfolioRow[] = [
  {
    id: "EO.ESA.DAT.SENTINEL-1.L1_GRD",
    stac: ["sentinel-1-grd"],
    types: ["GRD", "IW_GRDH_1S", "EW_GRDM_1S", "EW_GRDH_1S", "SM_GRDH_1S", "IW_GRDM_1S", "WV_GRDM_1S"],
  },
  {
    id: "EO.ESA.DAT.SENTINEL-1.L1_SLC",
    stac: ["sentinel-1-slc"],
    types: ["SLC", "IW_SLC__1S", "EW_SLC__1S", "SM_SLC__1S", "WV_SLC__1S"],
  },
  { id: "EO.ESA.DAT.SENTINEL-2.MSI.L1C", stac: ["sentinel-2-l1c"], types: ["S2MSI1C"] },
  { id: "EO.ESA.DAT.SENTINEL-2.MSI.L2A", stac: ["sentinel-2-l2a"], types: ["S2MSI2A"] },
  { id: "EO.EUM.DAT.SENTINEL-3.OL_1_EFR___", stac: timely("sentinel-3-olci-1-efr"), types: ["OL_1_EFR___"] },
  { id: "EO.EUM.DAT.SENTINEL-3.OL_1_ERR___", stac: timely("sentinel-3-olci-1-err"), types: ["OL_1_ERR___"] },
  { id: "EO.ESA.DAT.SENTINEL-3.OL_2_LRR___", stac: timely("sentinel-3-olci-2-lrr"), types: ["OL_2_LRR___"] },
  { id: "EO.ESA.DAT.SENTINEL-3.OL_2_LFR___", stac: timely("sentinel-3-olci-2-lfr"), types: ["OL_2_LFR___"] },
  { id: "EO.EUM.DAT.SENTINEL-3.OL_2_WRR___", stac: timely("sentinel-3-olci-2-wrr"), types: ["OL_2_WRR___"] },
  { id: "EO.EUM.DAT.SENTINEL-3.OL_2_WFR___", stac: timely("sentinel-3-olci-2-wfr"), types: ["OL_2_WFR___"] },
  { id: "EO.EUM.DAT.SENTINEL-3.SL_1_RBT___", stac: timely("sentinel-3-sl-1-rbt"), types: ["SL_1_RBT___"] },
  { id: "EO.ESA.DAT.SENTINEL-3.SL_2_LST___", stac: timely("sentinel-3-sl-2-lst"), types: ["SL_2_LST___"] },
  { id: "EO.EUM.DAT.SENTINEL-3.SL_2_WST___", stac: timely("sentinel-3-sl-2-wst"), types: ["SL_2_WST___"] },
  {
    id: "EO.ESA.DAT.SENTINEL-3.SR_2_LAN___",
    stac: [...timely("sentinel-3-sr-2-lan"), "sentinel-3-sr-2-lan-stc"],
    types: ["SR_2_LAN___"],
  },
  {
    id: "EO.EUM.DAT.SENTINEL-3.SR_2_WAT___",
    stac: [...timely("sentinel-3-sr-2-wat"), "sentinel-3-sr-2-wat-stc"],
    types: ["SR_2_WAT___"],
  },
];

/** A person's own rows: the Data Space's collection or product type, and the data-portfolio id. */
export type PortfolioChanges = ReadonlyMap<string, string>;

/** The id for the first of `names` (STAC collections, product types) that the changes or the table know. */
export function portfolioId(names: readonly string[], changes: PortfolioChanges = new Map()): string | undefined {
  for (const name of names) {
    const own = changes.get(name);
    if (own !== undefined) return own;
    if (/^EO\.[A-Z0-9-]+\.DAT\./.test(name)) return name;
    const row = PORTFOLIO.find(({ stac, types }) => stac.includes(name.toLowerCase()) || types.includes(name));
    if (row) return row.id;
  }
  return undefined;
}
