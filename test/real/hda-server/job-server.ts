/** A stand-in for the Atmosphere Data Store: its order form, and jobs that are ready after some looks. */
import http from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface JobServer {
  origin: string;
  /** Bodies of the orders so far. */
  orders: unknown[];
  /** Looks at a job until it is ready; a job of the year 2001 fails. */
  looks: number;
  close(): Promise<void>;
}

interface Job {
  id: string;
  dataset: string;
  inputs: Record<string, unknown>;
  looks: number;
}

const FORM = [
  { name: "variable", values: ["carbon_monoxide", "methane", "ammonia"], many: true },
  { name: "source", values: ["anthropogenic", "termites"], many: true },
  { name: "version", values: ["v5.3", "v6.2"], many: false },
  { name: "year", values: ["2000", "2001", "2020"], many: true },
].map(({ name, values, many }, id) => ({
  ...{ id, name, label: name, required: true, css: "todo" },
  type: many ? "StringListWidget" : "StringChoiceWidget",
  details: { columns: 2, values, labels: Object.fromEntries(values.map((value) => [value, value])) },
}));

/** Termites make methane only. */
const CONSTRAINTS = [
  {
    ...{ variable: ["carbon_monoxide", "methane", "ammonia"], source: ["anthropogenic"], version: ["v5.3", "v6.2"] },
    year: ["2000", "2001", "2020"],
  },
  { variable: ["methane"], source: ["termites"], version: ["v5.3"], year: ["2000", "2001"] },
];

export async function startJobServer(product: Buffer): Promise<JobServer> {
  const jobs = new Map<string, Job>();
  const state: JobServer = { origin: "", orders: [], looks: 2, close: () => Promise.resolve() };
  const server = http.createServer((request, response) => {
    const json = (status: number, value: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    };
    const place = (request.url ?? "").split("?")[0] ?? "";
    if (place.endsWith("/constraints.json")) return json(200, CONSTRAINTS);
    if (place.endsWith("/form.json")) return json(200, FORM);
    if (place.startsWith("/files/")) {
      response.writeHead(200, { "content-type": "application/x-netcdf", "content-length": product.length });
      response.end(product);
      return;
    }
    const dataset = /\/processes\/([^/]+)\/execution$/.exec(place)?.[1];
    if (dataset !== undefined && request.method === "POST") {
      text(request).then(
        (body) => {
          const order = JSON.parse(body) as { inputs: Record<string, unknown> };
          state.orders.push(order);
          const job: Job = { id: crypto.randomUUID(), dataset, inputs: order.inputs, looks: 0 };
          jobs.set(job.id, job);
          json(201, { ...documentOf(job), status: "accepted" });
        },
        () => response.destroy(),
      );
      return;
    }
    const [, id = "", results] = /\/jobs\/([^/]+)(\/results)?$/.exec(place) ?? [];
    const job = jobs.get(id);
    if (job === undefined) return json(404, { detail: "job not found" });
    if (results !== undefined) return json(200, { asset: { value: { href: `${state.origin}/files/${id}.nc` } } });
    job.looks += 1;
    const failed = JSON.stringify(job.inputs).includes("2001");
    const status = job.looks <= state.looks ? "running" : failed ? "failed" : "successful";
    return json(200, { ...documentOf(job), status });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  state.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  state.close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return state;
}

const documentOf = ({ id, dataset, inputs }: Job) => {
  const now = new Date().toISOString();
  return {
    ...{ jobID: id, processID: dataset, type: "process", created: now, updated: now },
    metadata: { request: { ids: inputs } },
  };
};
