/** What the parts agree on: one line for each agreement, and the count at the end. */

export class Report {
  #agreed = 0;
  #total = 0;

  constructor(private readonly print: (line: string) => void) {}

  /** For a part: its agreements carry its name. */
  of(part: string): PartReport {
    return {
      agree: async (what, prove) => {
        this.#total += 1;
        try {
          const detail = await prove();
          this.#agreed += 1;
          this.print(`ok      ${part}: ${what}${detail ? `: ${detail}` : ""}`);
          return true;
        } catch (error) {
          this.print(`differs ${part}: ${what}: ${wordsOf(error)}`);
          return false;
        }
      },
      missing: (why) => {
        this.#total += 1;
        this.print(`missing ${part}: ${wordsOf(why)}`);
      },
      note: (text) => this.print(`        ${part}: ${text}`),
    };
  }

  /** `N of M agree`. */
  get closing(): string {
    return `${this.#agreed} of ${this.#total} agree`;
  }

  /** Whether something was looked at, and all of it agreed. */
  get allAgree(): boolean {
    return this.#total > 0 && this.#agreed === this.#total;
  }
}

export interface PartReport {
  /** Runs the proof; its text is shown behind the line. A proof that throws makes the line `differs`. Never rejects. */
  agree(what: string, prove: () => Promise<string> | string): Promise<boolean>;
  /** The part could not be run at all. */
  missing(why: unknown): void;
  /** A line that is no agreement. */
  note(text: string): void;
}

const MOST_LINES = 25;

/** The error's message; of long ones the first lines, indented. */
function wordsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const lines = text.trimEnd().split("\n");
  const shown = lines.slice(0, MOST_LINES).map((line) => line.slice(0, 500));
  if (lines.length > MOST_LINES) shown.push("…");
  return shown.join("\n        ");
}
