/** One download in a process of its own: the job as JSON in the environment, the outcome as one line of JSON. */
import { Downloads, transfersOf } from "../../../src/download/index.js";
import { timing } from "../../../src/download/timing.js";
import { EoError } from "../../../src/errors.js";
import { AccountDoor } from "../../../src/http/account-door.js";
import { accountDispatcher } from "../../../src/http/dispatcher.js";
import { OwnedOrigins } from "../../../src/http/origins.js";
import { RateLimit } from "../../../src/http/pace.js";

export interface Job {
  payload: unknown;
  folder: string;
  memoryFolder: string;
  /** How far the clock of this process is off, in ms. */
  clock?: number;
  timing?: Partial<typeof timing>;
  filename?: string;
}

async function main(): Promise<void> {
  const job = JSON.parse(process.env["JOB"] ?? "{}") as Job;
  if (job.clock !== undefined) {
    const now = Date.now.bind(Date);
    const off = job.clock;
    Date.now = () => now() + off;
  }
  Object.assign(timing, job.timing);
  const door = new AccountDoor({
    dispatcher: accountDispatcher(),
    origins: new OwnedOrigins([], ""),
    rate: new RateLimit(0),
    secrets: () => [],
  });
  const downloads = new Downloads({ door, memoryFolder: job.memoryFolder });
  const files: object[] = [];
  let code = "";
  try {
    await downloads.run(
      transfersOf(job.payload),
      {
        folder: job.folder,
        retries: 3,
        stallTimeout: 20,
        ...(job.filename === undefined ? {} : { filename: job.filename }),
      },
      {
        onFile: (file) => files.push(file.payload),
        onProgress: (one) => process.stderr.write(`${one.payload.state}\n`),
      },
    );
  } catch (error) {
    code = error instanceof EoError ? error.code : String(error);
  }
  await door.close();
  process.stdout.write(`${JSON.stringify({ files, code })}\n`);
}

void main();
