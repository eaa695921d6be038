/** Everything the DeltaTwin service keeps while it runs. */
import type { Modes } from "../core/settings.js";
import type { IdentityState } from "../identity/identity-state.js";
import type { SesameoState } from "../sesameo/sesameo-state.js";
import { ComponentStore, EXAMPLE } from "./components.js";
import { Drive } from "./drive.js";
import { RunBook } from "./run-book.js";
import { ScheduleBook } from "./schedule-book.js";

export interface DeltatwinEnvironment {
  identity: IdentityState;
  sesameo: SesameoState;
  /** Base URL of an origin by name. */
  origin: (name: string) => string;
  modes: () => Modes;
  /** The authority's certificate, with --tls. */
  ca: () => string | undefined;
}

export class DeltatwinState {
  readonly identity: IdentityState;
  readonly components: ComponentStore;
  readonly runs: RunBook;
  readonly schedules: ScheduleBook;
  readonly drive = new Drive();

  constructor(private readonly environment: DeltatwinEnvironment) {
    const { identity, modes, ca, origin } = environment;
    this.identity = identity;
    this.components = new ComponentStore(() => identity.realms.person.username);
    const resource = (id: string, owner: string): Buffer | undefined => this.drive.find(id, owner)?.bytes;
    this.runs = new RunBook({ modes, ca, sesameo: () => origin("sesameo"), resource });
    this.schedules = new ScheduleBook(this.components, this.runs);
  }

  /** What the ready line tells: an account, and a run that succeeds. */
  get ready(): { url: string; username: string; password: string; component: string; inputs: object; output: string } {
    const { identity, sesameo, origin } = this.environment;
    const auth = { type: "SesamEO", api_key: sesameo.keys.first };
    return {
      url: origin("deltatwin"),
      ...identity.realms.person,
      component: EXAMPLE.component,
      inputs: {
        product: { type: "Data", url: sesameo.exampleLink, auth },
        bandName: { type: "string", value: "B01" },
      },
      output: EXAMPLE.output,
    };
  }

  reset(): void {
    this.runs.reset();
    this.components.reset();
    this.schedules.reset();
    this.drive.reset();
  }

  /** Ends all runs and removes their files. */
  close(): Promise<void> {
    return this.runs.close();
  }
}
