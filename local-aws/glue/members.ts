import { invalid } from './error.ts';

/** The members of a request, checked as they are read. */
export class Members {
  readonly #sent: Readonly<Record<string, unknown>>;

  constructor(sent: unknown) {
    if (!isObject(sent)) throw invalid('The body is not a JSON object.');
    this.#sent = sent;
  }

  /** @throws GlueError InvalidInputException when it is no text, also in the methods below */
  text(name: string): string | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string' || value === '') throw invalid(`The value of ${name} must be a text.`);
    return value;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw invalid(`${name} is missing.`);
    return value;
  }

  integer(name: string, least: number, most: number): number | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (!Number.isInteger(value) || Number(value) < least || Number(value) > most) {
      throw invalid(`${name} must be a whole number from ${least} to ${most}.`);
    }
    return Number(value);
  }

  number(name: string): number | undefined {
    const value = this.#value(name);
    if (value !== undefined && (typeof value !== 'number' || value <= 0)) throw invalid(`${name} must be above 0.`);
    return value;
  }

  flag(name: string): boolean | undefined {
    const value = this.#value(name);
    if (value !== undefined && typeof value !== 'boolean') throw invalid(`${name} must be true or false.`);
    return value;
  }

  texts(name: string, least: number, most: number): readonly string[] {
    const value = this.#value(name) ?? [];
    if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string')) {
      throw invalid(`${name} must be a list of texts.`);
    }
    if (value.length < least || value.length > most) throw invalid(`${name} must have ${least} to ${most} entries.`);
    return value;
  }

  /** Texts by name. */
  map(name: string): Readonly<Record<string, string>> | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (!isObject(value)) throw invalid(`${name} must have a text for each name.`);
    const entries = Object.entries(value).map(([key, each]) => {
      if (typeof each !== 'string') throw invalid(`The value of ${key} in ${name} must be a text.`);
      return [key, each] as const;
    });
    return Object.fromEntries(entries);
  }

  /** The members of a member; none when it is absent. */
  object(name: string): Members {
    return new Members(this.#value(name) ?? {});
  }

  #value(name: string): unknown {
    const value = Object.hasOwn(this.#sent, name) ? this.#sent[name] : undefined;
    return value === null ? undefined : value;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
