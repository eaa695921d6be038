/** Reading the JSON a dialog sends: only the properties that are known, each of the type it must have. */

/** The body has the wrong shape: HTTP 400. */
export class BadRequest extends Error {}

/** A refusal with a code of the endpoints' own, beside those of the contract. */
export class Refusal extends Error {
  constructor(
    readonly code: "KEY_NEEDED" | "NOT_DEPLOYED" | "DEPLOY_FIRST" | "NO_PREVIEW" | "BUSY",
    message: string,
  ) {
    super(message);
  }
}

/** One object of the body. Nothing is reached but its own properties. */
export class Fields {
  readonly #object: object;
  readonly #where: string;

  /** @throws BadRequest when `value` is not an object */
  constructor(value: unknown, where: string) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new BadRequest(`${where} must be a JSON object.`);
    }
    this.#object = value;
    this.#where = where;
  }

  #own(name: string): unknown {
    return Object.hasOwn(this.#object, name) ? (this.#object as Record<string, unknown>)[name] : undefined;
  }

  /** @throws BadRequest when it is missing or no text */
  text(name: string): string {
    const value = this.optionalText(name);
    if (value === undefined) throw new BadRequest(`${this.#where}: ${name} is missing.`);
    return value;
  }

  optionalText(name: string): string | undefined {
    const value = this.#own(name);
    if (value === undefined) return undefined;
    if (typeof value !== "string") throw new BadRequest(`${this.#where}: ${name} must be a text.`);
    return value;
  }

  /** The texts that are there, of these names. */
  texts<Name extends string>(names: readonly Name[]): Partial<Record<Name, string>> {
    const found: Partial<Record<Name, string>> = {};
    for (const name of names) {
      const value = this.optionalText(name);
      if (value !== undefined) found[name] = value;
    }
    return found;
  }

  choice<Value extends string>(name: string, known: readonly Value[]): Value {
    const value = this.text(name);
    const found = known.find((one) => one === value);
    if (found === undefined) throw new BadRequest(`${this.#where}: ${name} must be one of ${known.join(", ")}.`);
    return found;
  }

  object(name: string): Fields {
    return new Fields(this.#own(name), `${this.#where}: ${name}`);
  }

  optionalObject(name: string): Fields | undefined {
    return this.#own(name) === undefined ? undefined : this.object(name);
  }

  /** The typed properties that are there, of these names. */
  typed<Name extends string>(names: readonly Name[]): Partial<Record<Name, Typed>> {
    const found: Partial<Record<Name, Typed>> = {};
    for (const name of names) {
      const fields = this.optionalObject(name);
      if (fields) found[name] = { value: fields.text("value"), type: fields.choice("type", TYPES) };
    }
    return found;
  }
}

const TYPES = ["str", "num", "bool", "json", "env"] as const;

/** A typed property as it stands in a dialog. */
export interface Typed {
  value: string;
  type: (typeof TYPES)[number];
}
