import path from 'node:path';
import { BadInput, badInput, type InputProblem } from '../errors.ts';

/**
 * One input of an operation: how it is documented and how its text becomes a value. `parse` throws `InputError` with
 * what is wrong; it never turns bad text into undefined.
 */
export interface InputSpec<Value = unknown> {
  readonly type:
    | 'string'
    | 'choice'
    | 'boolean'
    | 'integer'
    | 'number'
    | 'duration'
    | 'list'
    | 'map'
    | 'path'
    | 'secret';
  readonly description: string;
  readonly required: boolean;
  /** The text used when nothing is given; shown in the docs and the doors. */
  readonly default: string | undefined;
  /** Allowed words of a choice. */
  readonly options?: readonly string[];
  /** Names that this input had before; using one is refused with the new name. */
  readonly renamedFrom?: readonly string[];
  readonly parse: (text: string, context: ParseContext) => Value | Promise<Value>;
}

export interface ParseContext {
  readonly workspace: string;
}

export type InputSpecs = Readonly<Record<string, InputSpec>>;
/** The typed object that an operation receives, keyed by the exact input names. */
export type Inputs<Specs extends InputSpecs> = {
  readonly [Name in keyof Specs]: Specs[Name] extends InputSpec<infer Value> ? Value : never;
};

/** Says why a text is not a value: `'7x' is not a duration; write for example '90m', '12h' or '7d'`. */
export class InputError extends Error {}

interface Common {
  readonly description: string;
  readonly renamedFrom?: readonly string[];
}
type Presence = { readonly required: true } | { readonly default: string } | { readonly required?: false };
type Valued<Given, Value> = Given extends { required: true } | { default: string } ? Value : Value | undefined;

function spec<Value>(
  type: InputSpec['type'],
  given: Common & { required?: boolean; default?: string },
  parse: InputSpec<Value>['parse'],
  more: Partial<InputSpec<Value>> = {},
): InputSpec<Value> {
  return {
    type,
    description: given.description,
    required: given.required ?? false,
    default: given.default,
    ...(given.renamedFrom === undefined ? {} : { renamedFrom: given.renamedFrom }),
    parse,
    ...more,
  };
}

const SECONDS_PER_UNIT = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
/** A hundred years: an end that is further away has a year that ISO 8601 may not write with four digits. */
const LONGEST_DAYS = 36_500;

/** The kinds of input that exist. Each builder documents the text that it accepts. */
export const input = {
  /**
   * Any text. `pattern` with `form`, a phrase that says what is allowed, narrows it; so does `check`, which answers with
   * what is wrong with a text, or undefined.
   */
  string<
    const Given extends Common &
      Presence & {
        readonly pattern?: RegExp;
        readonly form?: string;
        readonly check?: (text: string) => string | undefined;
      },
  >(given: Given) {
    return spec<Valued<Given, string>>('string', given, (text) => {
      const reason = given.check?.(text);
      if (reason !== undefined) throw new InputError(`${quote(text)} ${reason}`);
      if (given.pattern !== undefined && !given.pattern.test(text)) {
        throw new InputError(
          `${quote(text)} is not allowed; write ${given.form ?? `text that matches ${given.pattern}`}`,
        );
      }
      return text as Valued<Given, string>;
    });
  },

  /** One of a fixed set of words. */
  choice<const Given extends Common & Presence & { readonly options: readonly string[] }>(given: Given) {
    type Word = Given['options'][number];
    return spec<Valued<Given, Word>>(
      'choice',
      given,
      (text) => {
        if (!given.options.includes(text)) {
          throw new InputError(`${quote(text)} is not allowed; write ${oneOf(given.options)}`);
        }
        return text as Valued<Given, Word>;
      },
      { options: given.options },
    );
  },

  /** `true` or `false`, in YAML 1.2 core spelling. */
  boolean(given: Common & { readonly default: 'true' | 'false' }) {
    return spec<boolean>('boolean', given, (text) => {
      if (!/^(true|True|TRUE|false|False|FALSE)$/.test(text)) {
        throw new InputError(`${quote(text)} is not a boolean; write 'true' or 'false'`);
      }
      return text.toLowerCase() === 'true';
    });
  },

  /** A whole number within an inclusive range. */
  integer<const Given extends Common & Presence & { readonly min: number; readonly max: number }>(given: Given) {
    return spec<Valued<Given, number>>('integer', given, (text) => {
      const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      if (!(value >= given.min && value <= given.max)) {
        throw new InputError(`${quote(text)} is not a whole number from ${given.min} to ${given.max}`);
      }
      return value as Valued<Given, number>;
    });
  },

  /** A number in decimal notation, such as `0.36`, within an inclusive range or above an exclusive end. */
  number<
    const Given extends Common & Presence & { readonly above?: number; readonly min?: number; readonly max: number },
  >(given: Given) {
    const { above, min = 0, max } = given;
    return spec<Valued<Given, number>>('number', given, (text) => {
      const value = /^-?\d{1,12}(\.\d{1,12})?$/.test(text) ? Number(text) : Number.NaN;
      if (!((above === undefined ? value >= min : value > above) && value <= max)) {
        const range = above === undefined ? `from ${min} to ${max}` : `above ${above} and up to ${max}`;
        throw new InputError(`${quote(text)} is not a number ${range}; write for example '0.5'`);
      }
      return value as Valued<Given, number>;
    });
  },

  /** A length of time such as `90m`, `12h` or `7d`, at most a hundred years; the value is in seconds. */
  duration<const Given extends Common & Presence>(given: Given) {
    return spec<Valued<Given, number>>('duration', given, (text) => {
      const match = /^([1-9]\d{0,6})([smhd])$/.exec(text);
      if (match === null) {
        throw new InputError(`${quote(text)} is not a duration; write for example '90m', '12h' or '7d'`);
      }
      const seconds = Number(match[1]) * SECONDS_PER_UNIT[match[2] as keyof typeof SECONDS_PER_UNIT];
      if (seconds > LONGEST_DAYS * SECONDS_PER_UNIT.d) {
        throw new InputError(
          `${quote(text)} is longer than ${LONGEST_DAYS} days; write for example '90m', '12h' or '7d'`,
        );
      }
      return seconds as Valued<Given, number>;
    });
  },

  /**
   * Entries one a line, or a YAML or JSON list. A comma inside an entry stays. `check` answers with what is wrong with an
   * entry, or undefined.
   */
  list(given: Common & { readonly default?: string; readonly check?: (entry: string) => string | undefined }) {
    return spec<readonly string[]>('list', given, async (text) => {
      const entries = await parseList(text);
      const wrong = entries.flatMap((entry) => {
        const reason = given.check?.(entry);
        return reason === undefined ? [] : [`${quote(entry)} ${reason}`];
      });
      if (wrong.length > 0) throw new InputError(wrong.join('; '));
      return entries;
    });
  },

  /** A YAML or JSON map of scalars; the values are text exactly as written, so that `007` and `1.10` stay. */
  map(given: Common & { readonly default?: string }) {
    return spec<Readonly<Record<string, string>>>('map', given, parseMap);
  },

  /** A path inside the workspace, given relative to it; the value is absolute. Symbolic links are checked on use. */
  path<const Given extends Common & Presence>(given: Given) {
    return spec<Valued<Given, string>>(
      'path',
      given,
      (text, { workspace }) => insideWorkspace(text, workspace) as Valued<Given, string>,
    );
  },

  /** Paths inside the workspace, as a list; the values are absolute. */
  paths(given: Common & { readonly default?: string }) {
    return spec<readonly string[]>('list', given, async (text, { workspace }) =>
      (await parseList(text)).map((entry) => insideWorkspace(entry, workspace)),
    );
  },

  /** A secret: never printed, never in a plan or a saved state. On GitLab the input is the name of a CI variable. */
  secret(given: Common & { readonly default?: string }) {
    return spec<string | undefined>('secret', given, (text) => text);
  },
};

function insideWorkspace(text: string, workspace: string): string {
  const absolute = path.resolve(workspace, text);
  const relative = path.relative(workspace, absolute);
  if (text.includes('\0') || relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative)) {
    throw new InputError(`${quote(text)} is outside the workspace; write a path relative to the checkout`);
  }
  return absolute;
}

async function parseList(text: string): Promise<readonly string[]> {
  const trimmed = text.trim();
  if (trimmed.startsWith('[') || /^- /m.test(trimmed)) {
    const value = await parseYaml(trimmed, 'a list: one entry a line, or a YAML list');
    if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string')) {
      throw new InputError(`${quote(text)} is not a list of text; write one entry a line, or a YAML list`);
    }
    return value;
  }
  return trimmed
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

async function parseMap(text: string): Promise<Readonly<Record<string, string>>> {
  const form = "a YAML map, for example 'Name: value', one entry a line";
  const value = await parseYaml(text, form);
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw new InputError(`${quote(text)} is not a map; write ${form}`);
  const entries = Object.entries(value).map(([key, entry]): [string, string] => {
    if (Array.isArray(entry) && entry.every((item) => typeof item === 'string' && !item.includes(','))) {
      // CloudFormation's list parameters are one text with commas; a YAML list is the readable way to write it.
      return [key, entry.join(',')];
    }
    if (typeof entry !== 'string') throw new InputError(`the value of '${key}' is not text; write ${form}`);
    return [key, entry];
  });
  return Object.fromEntries(entries);
}

/** Parses YAML so that every scalar stays the text that was written (the failsafe schema); duplicate keys are refused. */
async function parseYaml(text: string, form: string): Promise<unknown> {
  const { parse } = await import('yaml');
  try {
    return parse(text, { schema: 'failsafe', uniqueKeys: true, prettyErrors: false });
  } catch (error) {
    throw new InputError(`${quote(text)} is not ${form}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Where the text of inputs comes from: flags first, then the host. */
export type RawInputs = (name: string) => string | undefined;

/**
 * Parses all inputs of a call once. Every problem of the call is reported together.
 *
 * @throws BadInput naming each wrong input, its value (unless secret) and the allowed form
 */
export async function parseInputs<Specs extends InputSpecs>(
  specs: Specs,
  raw: RawInputs,
  context: ParseContext,
): Promise<Inputs<Specs>> {
  const problems: InputProblem[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(specs)) {
    try {
      for (const old of spec.renamedFrom ?? []) {
        if (given(raw, old) !== undefined) {
          throw badInput(old, `is now called '${name}'; write '${name}' instead`);
        }
      }
      const text = given(raw, name) ?? spec.default;
      if (text === undefined && spec.required) throw new InputError('is required and was not given');
      values[name] = text === undefined ? emptyValue(spec) : await spec.parse(text, context);
    } catch (error) {
      // A host refuses by itself when an input names a CI variable that does not exist.
      if (error instanceof BadInput) problems.push(...error.problems);
      else if (error instanceof InputError) {
        const isSecret = spec.type === 'secret' && given(raw, name) !== undefined;
        problems.push(...badInput(name, isSecret ? 'is not allowed' : error.message).problems);
      } else throw error;
    }
  }
  if (problems.length > 0) throw new BadInput(problems);
  return values as Inputs<Specs>;
}

/** The value of an input that was not given and has no default. */
function emptyValue({ type }: InputSpec): unknown {
  return type === 'list' ? [] : type === 'map' ? {} : undefined;
}

/** Hosts hand over an empty text for an input that was left out. */
function given(raw: RawInputs, name: string): string | undefined {
  const text = raw(name);
  return text === undefined || text.trim() === '' ? undefined : text;
}

/** Quotes a value for a message: one line, control characters visible, at most 80 characters. */
export function quote(text: string): string {
  const shown = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
  return shown.length > 80 ? `'${shown.slice(0, 77)}...'` : `'${shown}'`;
}

function oneOf(words: readonly string[]): string {
  const quoted = words.map((word) => `'${word}'`);
  return quoted.length === 1 ? (quoted[0] ?? '') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}
