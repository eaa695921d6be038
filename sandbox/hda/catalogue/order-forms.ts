/** Order forms of collections whose products are made to order. */
import type { OrderField, OrderForm } from "../orders/order-form.js";

const numbers = (from: number, to: number, width: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index).padStart(width, "0"));

const one = (name: string, values: string[], preset?: string): OrderField => ({
  name,
  values,
  many: false,
  required: true,
  ...(preset === undefined ? {} : { preset }),
});
const some = (name: string, values: string[], preset?: string): OrderField => ({
  ...one(name, values, preset),
  many: true,
});

const MONTHS = numbers(1, 12, 2);
const DAYS = numbers(1, 31, 2);
const HOURS = numbers(0, 23, 2).map((hour) => `${hour}:00`);

/** Emission inventories: items without any date. */
export const EMISSIONS: OrderForm = {
  prefix: "CAMS_GLOBAL_EMISSIONS",
  dataset: "cams-global-emission-inventories",
  dated: false,
  file: "zip",
  fields: [
    some("variable", ["carbon_dioxide", "carbon_monoxide", "methane", "nitrogen_oxides", "ammonia"]),
    some("source", ["anthropogenic", "biogenic", "shipping", "termites", "oceanic"]),
    one("version", ["v4.2", "v5.3", "v6.2"]),
    some("year", numbers(2000, 2026, 4)),
  ],
  narrowing: [
    { field: "source", value: "termites", leaves: { variable: ["methane"], version: ["v4.2"] } },
    { field: "source", value: "shipping", leaves: { version: ["v5.3", "v6.2"] } },
    { field: "variable", value: "ammonia", leaves: { source: ["anthropogenic", "oceanic"] } },
  ],
};

/** ERA5: items without any date. */
export const ERA5: OrderForm = {
  prefix: "ERA5_SL",
  dataset: "reanalysis-era5-single-levels",
  dated: false,
  file: "grib",
  fields: [
    one("product_type", ["reanalysis", "ensemble_mean", "ensemble_spread"], "reanalysis"),
    some("variable", ["2m_temperature", "10m_u_component_of_wind", "10m_v_component_of_wind", "total_precipitation"]),
    some("year", numbers(1940, 2026, 4)),
    some("month", MONTHS),
    some("day", DAYS),
    some("time", HOURS),
    one("data_format", ["grib", "netcdf"], "grib"),
    one("download_format", ["zip", "unarchived"], "unarchived"),
  ],
};

/** Extremes Digital Twin. */
export const EXTREMES: OrderForm = {
  prefix: "DT_EXTREMES",
  dataset: "extremes-dt",
  dated: true,
  file: "grib",
  fields: [
    one("class", ["d1"], "d1"),
    one("expver", ["0001"], "0001"),
    one("stream", ["oper", "wave"]),
    one("type", ["fc"], "fc"),
    one("levtype", ["sfc", "pl", "hl"]),
    some("param", ["129", "130", "131", "132", "134", "165", "166", "167", "228029", "228246"]),
    some("step", numbers(0, 96, 1)),
    some("time", ["0000"], "0000"),
  ],
  narrowing: [
    { field: "levtype", value: "sfc", leaves: { param: ["134", "165", "166", "167", "228029"] } },
    { field: "levtype", value: "pl", leaves: { param: ["129", "130", "131", "132"], stream: ["oper"] } },
    { field: "levtype", value: "hl", leaves: { param: ["131", "132", "228246"], stream: ["oper"] } },
    { field: "param", value: "228029", leaves: { levtype: ["sfc"], stream: ["oper"], step: numbers(0, 48, 1) } },
  ],
};

/** Climate Digital Twin, projections. */
export const CLIMATE: OrderForm = {
  prefix: "DT_CLIMATE_G2_PROJECTIONS_SSP3-7.0_IFS-NEMO",
  dataset: "climate-dt",
  dated: true,
  file: "grib",
  fields: [
    one("class", ["d1"], "d1"),
    one("activity", ["projections"], "projections"),
    one("experiment", ["SSP3-7.0"], "SSP3-7.0"),
    one("expver", ["0001"], "0001"),
    one("generation", ["2"], "2"),
    one("model", ["IFS-NEMO"], "IFS-NEMO"),
    one("realization", ["1"], "1"),
    one("resolution", ["high", "standard"]),
    one("stream", ["clte", "clmn"], "clte"),
    one("type", ["fc"], "fc"),
    one("levtype", ["sfc", "pl", "sol", "o2d"]),
    some("param", ["130", "131", "132", "134", "165", "166", "167"]),
    { ...some("levelist", ["1000", "925", "850", "700", "500", "250"]), required: false },
    some(
      "time",
      HOURS.map((hour) => hour.replace(":", "")),
    ),
  ],
  narrowing: [
    { field: "levtype", value: "sfc", leaves: { param: ["134", "165", "166", "167"], levelist: [] } },
    { field: "levtype", value: "pl", leaves: { param: ["130", "131", "132"] } },
  ],
};

/** A plain form for the many orderable collections that need nothing special. */
export function plainForm(prefix: string, dataset: string): OrderForm {
  return {
    prefix,
    dataset,
    dated: false,
    file: "zip",
    fields: [
      some("variable", ["all"]),
      some("year", numbers(1990, 2026, 4)),
      { ...some("month", MONTHS), required: false },
    ],
  };
}
