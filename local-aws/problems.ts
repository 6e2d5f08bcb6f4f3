/** Collects everything that is wrong with an object from outside, so that all of it is reported together. */
export class Problems {
  readonly #what: string;
  readonly #found = new Set<string>();

  /** @param what names the object in the message */
  constructor(what: string) {
    this.#what = what;
  }

  /** @param form the form that is allowed, after "write" */
  add(at: string, value: unknown, form: string): void {
    const shown = JSON.stringify(value) ?? 'nothing';
    this.#found.add(`${at || this.#what}: ${shown.length > 80 ? `${shown.slice(0, 80)}…` : shown}; write ${form}.`);
  }

  /** The object itself, or an empty one when it is none; fields other than `fields` are problems. */
  object(value: unknown, at: string, fields?: readonly string[]): Record<string, unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.add(at, value, 'an object');
      return {};
    }
    for (const name of Object.keys(value)) {
      if (!fields || fields.includes(name)) continue;
      this.#found.add(`${at ? `${at}.` : ''}${name}: there is no such field; there are ${fields.join(', ')}.`);
    }
    return value as Record<string, unknown>;
  }

  text(value: unknown, at: string, required = false): string | undefined {
    if (typeof value === 'string' && value !== '') return value;
    if (value !== undefined || required) this.add(at, value, 'a text');
    return undefined;
  }

  choice<T extends string>(value: unknown, at: string, choices: readonly T[], required = false): T | undefined {
    const found = choices.find((choice) => choice === value);
    if (found === undefined && (value !== undefined || required)) this.add(at, value, choices.join(', '));
    return found;
  }

  number(value: unknown, at: string, least: number, most: number, required = false): number | undefined {
    if (typeof value === 'number' && value >= least && value <= most) return value;
    if (value !== undefined || required) this.add(at, value, `a number from ${least} to ${most}`);
    return undefined;
  }

  integer(value: unknown, at: string, least: number, most: number, required = false): number | undefined {
    if (Number.isSafeInteger(value)) return this.number(value, at, least, most, required);
    if (value !== undefined || required) this.add(at, value, `a whole number from ${least} to ${most}`);
    return undefined;
  }

  throwIfAny(error: new (message: string) => Error): void {
    if (this.#found.size > 0) throw new error([...this.#found].join('\n'));
  }
}
