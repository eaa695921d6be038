/** Output of the Digital Twins: made to order. */
import type { OrderForm } from "../orders/order-form.js";
import { CLIMATE, EXTREMES } from "./order-forms.js";
import { collectionsOf, type Group, type Row } from "./rows.js";

const GROUP: Group = {
  prefix: "EO.ECMWF.DAT.",
  backends: ["dedt_lumi"],
  since: "2015-01-01T00:00:00Z",
  about: "Output of a Destination Earth Digital Twin, made to order for users with upgraded access.",
  keywords: ["Destination Earth", "Digital Twin", "forecast", "projection"],
};

/** One simulation of the Climate twin: its form differs in a few fixed values only. */
function climate(generation: string, activity: string, experiment: string, model: string, realization = "1"): Row {
  const simulation = `${activity.toUpperCase()}_${experiment.toUpperCase()}_${model}.R${realization}`;
  const fixed: Record<string, string> = { generation, activity, experiment, model, realization };
  const form: OrderForm = {
    ...CLIMATE,
    prefix: `DT_CLIMATE_G${generation}_${simulation.replace(/[.-]/g, "_")}`,
    fields: CLIMATE.fields.map((field) => {
      const value = fixed[field.name];
      return value === undefined ? field : { ...field, values: [value], preset: value };
    }),
  };
  const title = `Climate Change Adaptation Digital Twin (Climate DT) - Generation-${generation} - ${activity} ${experiment} ${model}, realization ${realization}`;
  const projected = experiment.startsWith("SSP");
  const backends = generation === "1" || (activity !== "story-nudging" && model !== "IFS-NEMO") ? LUMI : MARENOSTRUM;
  const dates = { since: projected ? "2015-01-01T00:00:00Z" : "1990-01-01T00:00:00Z" };
  return [
    `D1.DT_CLIMATE.G${generation}.${simulation}`,
    title,
    { order: form, backends, ...dates, until: projected ? "2049-12-31T23:59:59Z" : null },
  ];
}

const LUMI = ["dedt_lumi"];
const MARENOSTRUM = ["dedt_mn5"];

const ROWS: Row[] = [
  ["DT_EXTREMES", "Weather-Induced Extremes Digital Twin (Extremes DT)", { order: EXTREMES }],
  [
    "DT_CLIMATE_ADAPTATION",
    "Climate Change Adaptation Digital Twin (Climate DT)",
    { order: { ...CLIMATE, prefix: "DT_CLIMATE_ADAPTATION" } },
  ],
  ...["ICON", "IFS-NEMO", "IFS-FESOM"].map((model) => climate("1", "CMIP6", "hist", model)),
  climate("1", "HighResMIP", "cont", "IFS-NEMO"),
  climate("1", "ScenarioMIP", "SSP3-7.0", "ICON"),
  climate("1", "ScenarioMIP", "SSP3-7.0", "IFS-NEMO"),
  climate("1", "ScenarioMIP", "SSP3-7.0", "IFS-FESOM", "2"),
  ...["cont", "hist", "Tplus2.0K"].map((experiment) => climate("1", "story-nudging", experiment, "IFS-FESOM")),
  ...["ICON", "IFS-FESOM", "IFS-NEMO"].flatMap((model) => [
    climate("2", "baseline", "cont", model),
    climate("2", "baseline", "hist", model),
    climate("2", "projections", "SSP3-7.0", model),
  ]),
  ...["cont", "hist", "Tplus2.0K"].flatMap((experiment) =>
    ["1", "2", "3", "4", "5"].map((realization) => climate("2", "story-nudging", experiment, "IFS-FESOM", realization)),
  ),
];

export const DIGITAL_TWINS = collectionsOf(GROUP, ROWS);
