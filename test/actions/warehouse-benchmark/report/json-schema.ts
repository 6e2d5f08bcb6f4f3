type Schema = Readonly<Record<string, unknown>>;

/** Whether a value fits a schema of the words that the report's uses; any other word is an error. */
export function fitsSchema(schema: Schema, value: unknown): boolean {
  return Object.entries(schema).every(([word, rule]) => fitsWord(word, rule, value, schema));
}

function fitsWord(word: string, rule: unknown, value: unknown, schema: Schema): boolean {
  switch (word) {
    case '$schema':
    case 'title':
      return true;
    case 'type':
      return fitsType(rule, value);
    case 'const':
      return value === rule;
    case 'enum':
      return (rule as unknown[]).includes(value);
    case 'oneOf':
      return (rule as Schema[]).filter((each) => fitsSchema(each, value)).length === 1;
    case 'minimum':
      return typeof value !== 'number' || value >= (rule as number);
    case 'maximum':
      return typeof value !== 'number' || value <= (rule as number);
    case 'exclusiveMinimum':
      return typeof value !== 'number' || value > (rule as number);
    case 'minLength':
      return typeof value !== 'string' || [...value].length >= (rule as number);
    case 'maxLength':
      return typeof value !== 'string' || [...value].length <= (rule as number);
    case 'pattern':
      return typeof value !== 'string' || new RegExp(rule as string, 'u').test(value);
    case 'minItems':
      return !Array.isArray(value) || value.length >= (rule as number);
    case 'maxItems':
      return !Array.isArray(value) || value.length <= (rule as number);
    case 'items':
      return !Array.isArray(value) || value.every((each) => fitsSchema(rule as Schema, each));
    case 'required':
      return !isObject(value) || (rule as string[]).every((key) => Object.hasOwn(value, key));
    case 'properties':
      return (
        !isObject(value) ||
        Object.entries(rule as Record<string, Schema>).every(
          ([key, each]) => !Object.hasOwn(value, key) || fitsSchema(each, value[key]),
        )
      );
    case 'additionalProperties':
      return (
        rule !== false ||
        !isObject(value) ||
        Object.keys(value).every((key) => Object.hasOwn(schema.properties as object, key))
      );
    default:
      throw new Error(`the test does not know the word '${word}' of JSON Schema`);
  }
}

function fitsType(type: unknown, value: unknown): boolean {
  switch (type) {
    case 'object':
      return isObject(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    default:
      return typeof value === type;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
