import { quote } from '../../operation/inputs.ts';
import type { TemplateParameter } from './template.ts';

/** What is wrong with a value; `what` follows the name of the parameter. */
export interface ValueProblem {
  readonly level: 'error' | 'note';
  readonly what: string;
}

/** Longest parameter value (CloudFormation quotas: 4,096 bytes). */
const MAX_VALUE_BYTES = 4096;

/** Checks one value against type and constraints of its parameter. Values of NoEcho parameters are not repeated. */
export function checkValue(parameter: TemplateParameter, value: string): readonly ValueProblem[] {
  const problems: ValueProblem[] = [];
  const error = (what: string) => problems.push({ level: 'error', what: explained(parameter, what) });
  const shown = (text: string) => (parameter.noEcho ? 'the value' : quote(text));

  const bytes = Buffer.byteLength(value, 'utf8');
  if (bytes > MAX_VALUE_BYTES) error(`the value has ${bytes} bytes; CloudFormation accepts at most ${MAX_VALUE_BYTES}`);

  const items = itemsOf(parameter.type, value);
  for (const item of items) {
    if (isNumeric(parameter.type) && !isNumber(item)) {
      error(`${shown(item)} is not a number`);
    } else if (parameter.allowedValues !== undefined && !isAllowed(parameter, item)) {
      const allowed = parameter.noEcho ? 'one of its AllowedValues' : oneOf(parameter.allowedValues);
      error(`${shown(item)} is not allowed; write ${allowed}`);
    }
  }
  checkPattern(parameter, items, shown, problems);
  checkLength(parameter, value, error);
  checkRange(parameter, value, shown, error);
  return problems;
}

/** Lists are one text with commas; CloudFormation trims the spaces around each item. */
function itemsOf(type: string, value: string): readonly string[] {
  if (type !== 'CommaDelimitedList' && !type.startsWith('List<')) return [value];
  // An empty list has no item to check.
  return value.trim() === '' ? [] : value.split(',').map((item) => item.trim());
}

function isNumeric(type: string): boolean {
  return type === 'Number' || type === 'List<Number>';
}

/** An integer or a float, as CloudFormation writes it. */
function isNumber(text: string): boolean {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text.trim());
}

function isAllowed({ type, allowedValues = [] }: TemplateParameter, item: string): boolean {
  return allowedValues.some((allowed) => allowed === item || (isNumeric(type) && Number(allowed) === Number(item)));
}

function checkPattern(
  parameter: TemplateParameter,
  items: readonly string[],
  shown: (text: string) => string,
  problems: ValueProblem[],
): void {
  const { allowedPattern, type } = parameter;
  if (allowedPattern === undefined || isNumeric(type)) return;
  const pattern = compileJavaPattern(allowedPattern);
  if (pattern === undefined) {
    const what = `not checked against ${quote(allowedPattern)}, which uses a part of Java's regular expressions that JavaScript lacks`;
    problems.push({ level: 'note', what: `${what}; CloudFormation checks it` });
    return;
  }
  for (const item of items) {
    if (pattern.test(item)) continue;
    const what = `${shown(item)} does not match ${quote(allowedPattern)}`;
    problems.push({ level: 'error', what: explained(parameter, what) });
  }
}

/**
 * A Java regular expression that has to match the whole value, as a JavaScript one; undefined where the two languages
 * differ. Unicode mode makes JavaScript refuse what it does not know, instead of taking it literally.
 */
export function compileJavaPattern(pattern: string): RegExp | undefined {
  // Both are valid in either language and mean something else: class intersection, and ASCII or Unicode properties.
  if (pattern.includes('&&') || /\\[pPv]/.test(pattern)) return undefined;
  // Java lets any character that is not a letter or digit be escaped; JavaScript only those that have a meaning.
  const source = pattern.replaceAll(/\\([^A-Za-z0-9])/g, (escaped, character: string) =>
    '^$\\.*+?()[]{}|/-'.includes(character) ? escaped : character,
  );
  for (const candidate of [source, source.replaceAll('\\-', '\\x2d')]) {
    try {
      return new RegExp(`^(?:${candidate})$`, 'u');
    } catch {
      // `\-` stands only inside a class in JavaScript.
    }
  }
  return undefined;
}

function checkLength(
  { type, minLength, maxLength }: TemplateParameter,
  value: string,
  error: (what: string) => void,
): void {
  if (type !== 'String') return;
  const length = [...value].length;
  if (minLength !== undefined && length < minLength)
    error(`has ${length} characters; at least ${minLength} are needed`);
  if (maxLength !== undefined && length > maxLength)
    error(`has ${length} characters; at most ${maxLength} are allowed`);
}

function checkRange(
  { type, minValue, maxValue }: TemplateParameter,
  value: string,
  shown: (text: string) => string,
  error: (what: string) => void,
): void {
  if (type !== 'Number' || !isNumber(value)) return;
  if (minValue !== undefined && Number(value) < minValue) error(`${shown(value)} is less than ${minValue}`);
  if (maxValue !== undefined && Number(value) > maxValue) error(`${shown(value)} is more than ${maxValue}`);
}

function explained({ constraintDescription }: TemplateParameter, what: string): string {
  return constraintDescription === undefined ? what : `${what} (${constraintDescription})`;
}

function oneOf(values: readonly string[]): string {
  const quoted = values.map(quote);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}
