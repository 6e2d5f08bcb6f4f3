import { invalid, notImplemented } from './error.ts';

/** The members of a request, checked as they are read. */
export class Members {
  readonly #sent: Readonly<Record<string, unknown>>;

  constructor(sent: unknown) {
    if (typeof sent !== 'object' || sent === null || Array.isArray(sent))
      throw invalid('The body is not a JSON object.');
    this.#sent = { ...sent };
  }

  has(name: string): boolean {
    return this.#value(name) !== undefined;
  }

  /** @throws RedshiftError ValidationException when it is no text, or does not match */
  text(name: string, rule?: RegExp): string | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string' || value === '') throw invalid(`The value of '${name}' must be a text.`);
    if (rule && !rule.test(value)) throw invalid(`The value of '${name}' does not match ${rule.source}.`);
    return value;
  }

  required(name: string, rule?: RegExp): string {
    const value = this.text(name, rule);
    if (value === undefined) throw invalid(`The member '${name}' is missing.`);
    return value;
  }

  integer(name: string, least: number, most: number): number | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (!Number.isInteger(value) || Number(value) < least || Number(value) > most) {
      throw invalid(`The value of '${name}' must be a whole number from ${least} to ${most}.`);
    }
    return Number(value);
  }

  flag(name: string): boolean | undefined {
    const value = this.#value(name);
    if (value !== undefined && typeof value !== 'boolean')
      throw invalid(`The value of '${name}' must be true or false.`);
    return value;
  }

  choice<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) throw invalid(`The value of '${name}' must be one of ${allowed.join(', ')}.`);
    return found;
  }

  texts(name: string): string[] | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string')) {
      throw invalid(`The value of '${name}' must be a list of texts.`);
    }
    return value;
  }

  /** A list of objects with two texts each, such as tags. */
  pairs(name: string, first: string, second: string): [string, string][] | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw invalid(`The value of '${name}' must be a list.`);
    return value.map((entry: Record<string, unknown> | null): [string, string] => {
      const [a, b] = [entry?.[first], entry?.[second]];
      if (typeof a !== 'string' || typeof b !== 'string') {
        throw invalid(`Each entry of '${name}' must have the texts '${first}' and '${second}'.`);
      }
      return [a, b];
    });
  }

  /** For members that would change what a call does. @throws RedshiftError 501 when one is there */
  refuse(operation: string, ...names: string[]): void {
    for (const name of names) if (this.has(name)) throw notImplemented(`the member ${name} of ${operation}`);
  }

  #value(name: string): unknown {
    const value = Object.hasOwn(this.#sent, name) ? this.#sent[name] : undefined;
    return value === null ? undefined : value;
  }
}
