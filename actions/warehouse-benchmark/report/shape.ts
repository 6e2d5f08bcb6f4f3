/** A part of a JSON Schema (draft 2020-12), as far as shapes use it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a value in a JSON file has to be: checks it, and says the same as JSON Schema. */
export interface Shape<Value> {
  readonly schema: JsonSchema;
  /** The value with its keys in the order of the shape. Throws `ShapeError`. */
  read(value: unknown, path: string): Value;
}

/** A value is not what it has to be. `path` leads to it: `executions[3].durationMs`; empty for the whole. */
export class ShapeError extends Error {
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.name = new.target.name;
    this.path = path;
  }
}

export interface OptionalShape<Value> {
  readonly optional: Shape<Value>;
}

/** Of each property its shape; those that may be absent are `optional`, and the compiler holds it against the type. */
type Fields<Value> = {
  readonly [Key in keyof Value]-?: Record<never, never> extends Pick<Value, Key>
    ? OptionalShape<Required<Value>[Key]>
    : Shape<Value[Key]>;
};

export function optional<Value>(shape: Shape<Value>): OptionalShape<Value> {
  return { optional: shape };
}

export function oneOf<const Word extends string>(words: readonly Word[]): Shape<Word> {
  return {
    schema: words.length === 1 ? { const: words[0] } : { enum: words },
    read(value, path) {
      const word = words.find((candidate) => candidate === value);
      if (word === undefined) {
        throw new ShapeError(path, `${shown(value)} is not ${words.map((each) => `'${each}'`).join(' or ')}`);
      }
      return word;
    },
  };
}

export function text(limits: {
  readonly max: number;
  readonly pattern?: RegExp;
  readonly form?: string;
}): Shape<string> {
  const { max, pattern, form } = limits;
  return {
    schema: { type: 'string', minLength: 1, maxLength: max, ...(pattern && { pattern: pattern.source }) },
    read(value, path) {
      // As JSON Schema counts: code points. The cheap bound first.
      if (typeof value !== 'string' || value === '' || (value.length > max && [...value].length > max)) {
        throw new ShapeError(path, `${shown(value)} is not a text of 1 to ${max} characters`);
      }
      if (pattern !== undefined && !pattern.test(value)) throw new ShapeError(path, `${shown(value)} is not ${form}`);
      return value;
    },
  };
}

export const flag: Shape<boolean> = {
  schema: { type: 'boolean' },
  read(value, path) {
    if (typeof value !== 'boolean') throw new ShapeError(path, `${shown(value)} is not true or false`);
    return value;
  },
};

/** A finite number; `above` is exclusive, the others are inclusive. */
export function number(limits: {
  readonly min?: number;
  readonly above?: number;
  readonly max?: number;
  readonly whole?: boolean;
}): Shape<number> {
  const { min, above, max, whole = false } = limits;
  const range = [
    ...(min === undefined ? [] : [`from ${min}`]),
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(max === undefined ? [] : [`up to ${max}`]),
  ].join(' ');
  return {
    schema: {
      type: whole ? 'integer' : 'number',
      ...(min !== undefined && { minimum: min }),
      ...(above !== undefined && { exclusiveMinimum: above }),
      ...(max !== undefined && { maximum: max }),
    },
    read(value, path) {
      const fits =
        typeof value === 'number' &&
        Number.isFinite(value) &&
        (!whole || Number.isInteger(value)) &&
        (min === undefined || value >= min) &&
        (above === undefined || value > above) &&
        (max === undefined || value <= max);
      if (!fits)
        throw new ShapeError(path, `${shown(value)} is not a ${whole ? 'whole ' : ''}number ${range}`.trimEnd());
      return value;
    },
  };
}

export function list<Item>(
  item: Shape<Item>,
  limits: { readonly min: number; readonly max: number },
): Shape<readonly Item[]> {
  return {
    schema: { type: 'array', minItems: limits.min, maxItems: limits.max, items: item.schema },
    read(value, path) {
      if (!Array.isArray(value)) throw new ShapeError(path, `${shown(value)} is not a list`);
      if (value.length < limits.min || value.length > limits.max) {
        throw new ShapeError(path, `it has ${value.length} entries; allowed are ${limits.min} to ${limits.max}`);
      }
      return value.map((each: unknown, index) => item.read(each, `${path}[${index}]`));
    },
  };
}

/** An object with these properties and no other. */
export function object<Value extends object>(fields: Fields<Value>): Shape<Value> {
  const entries = Object.entries(fields) as [string, Shape<unknown> | OptionalShape<unknown>][];
  return {
    schema: {
      type: 'object',
      required: entries.flatMap(([key, field]) => ('optional' in field ? [] : [key])),
      properties: Object.fromEntries(
        entries.map(([key, field]) => [key, 'optional' in field ? field.optional.schema : field.schema]),
      ),
      additionalProperties: false,
    },
    read(value, path) {
      if (!isObject(value)) throw new ShapeError(path, `${shown(value)} is not an object`);
      const unknown = Object.keys(value).find((key) => !Object.hasOwn(fields, key));
      if (unknown !== undefined) throw new ShapeError(join(path, unknown), 'a report has no such property');
      const read: Record<string, unknown> = {};
      for (const [key, field] of entries) {
        if (Object.hasOwn(value, key)) {
          read[key] = ('optional' in field ? field.optional : field).read(value[key], join(path, key));
        } else if (!('optional' in field)) {
          throw new ShapeError(join(path, key), 'it is missing');
        }
      }
      return read as Value;
    },
  };
}

/** Objects that a word in one of their properties tells apart. */
export function variants<Value>(key: string, shapes: Readonly<Record<string, Shape<Value>>>): Shape<Value> {
  const words = Object.keys(shapes);
  return {
    schema: { oneOf: Object.values(shapes).map(({ schema }) => schema) },
    read(value, path) {
      if (!isObject(value)) throw new ShapeError(path, `${shown(value)} is not an object`);
      const word = oneOf(words).read(Object.hasOwn(value, key) ? value[key] : undefined, join(path, key));
      const shape = shapes[word];
      if (shape === undefined) throw new ShapeError(path, `'${word}' is not known`);
      return shape.read(value, path);
    },
  };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function join(path: string, key: string): string {
  const step = /^[A-Za-z_]\w{0,60}$/.test(key) ? key : shown(key);
  return path === '' ? step : `${path}.${step}`;
}

/** A value in a message: short, and never more of an object than that it is one. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const json = JSON.stringify(value);
  return json.length > 60 ? `${json.slice(0, 57).toWellFormed()}…` : json;
}
