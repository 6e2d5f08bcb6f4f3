import type { Node } from 'jsonc-parser';
import type { Parameter } from '../transform.ts';
import { type DefinitionReader, type Placed, shorten } from './members.ts';
import { checkDisplayedText } from './texts.ts';

const ONLY_TYPE = 'RegularExpression';

/**
 * How the console checks what a user enters. Source: Glue user guide, "JSON config file": `validationType` has one value,
 * which is also its default.
 */
export function readValidation(
  reader: DefinitionReader,
  members: ReadonlyMap<string, Node>,
  what: string,
): Parameter['validation'] {
  const type = reader.text(members.get('validationType'), `the 'validationType' of ${what}`);
  const rule = reader.text(members.get('validationRule'), `the 'validationRule' of ${what}`);
  const message = reader.text(members.get('validationMessage'), `the 'validationMessage' of ${what}`);
  checkDisplayedText(reader, message, `the 'validationMessage' of ${what}`, 'description');
  if (type !== undefined && type.value !== ONLY_TYPE) {
    reader.report(
      'validation-type-unknown',
      type.node,
      `the 'validationType' of ${what} is '${shorten(type.value)}'; Glue Studio knows only '${ONLY_TYPE}'`,
    );
  }
  if (rule === undefined) {
    const idle = message ?? type;
    if (idle !== undefined && !members.has('validationRule')) {
      reader.report(
        'validation-rule-missing',
        idle.node,
        `${what} has a '${idle === message ? 'validationMessage' : 'validationType'}' but no 'validationRule', so nothing is checked; add the rule, or remove it`,
      );
    }
    return undefined;
  }
  if (!members.has('validationType')) reportMissingType(reader, rule, what);
  if (!members.has('validationMessage')) {
    reader.report(
      'validation-message-missing',
      rule.node,
      `${what} has a 'validationRule' without a 'validationMessage', so its users only see that a value is wrong; say what is allowed`,
    );
  }
  checkRule(reader, rule, what);
  return { rule: rule.value, message: message?.value };
}

function reportMissingType(reader: DefinitionReader, rule: Placed<string>, what: string): void {
  const { text } = reader.source;
  const property = rule.node.parent;
  if (property === undefined) return;
  // What stands before this member separates it from the one before, and will do so again.
  const gap = /\s*$/.exec(text.slice(Math.max(0, property.offset - 200), property.offset))?.[0] ?? '';
  reader.report(
    'validation-type-missing',
    rule.node,
    `${what} has a 'validationRule' without a 'validationType'; '${ONLY_TYPE}' is the default today, write it so that the rule stays one`,
    {
      start: property.offset,
      end: property.offset,
      text: `"validationType": "${ONLY_TYPE}",${gap === '' ? ' ' : gap}`,
    },
  );
}

/** What Python's `re` refuses or reads otherwise. Source: Python library reference, "re", and ECMA-262, section 22.2. */
const DIFFERENCES: readonly (readonly [RegExp, string])[] = [
  [/\(\?<[A-Za-z_$]/, "Python writes a named group '(?P<name>...)'"],
  [/\\k</, "Python refers to a named group with '(?P=name)'"],
  [/\\[pP]\{/, "Python has no '\\p{...}'"],
  [/\\c[A-Za-z]/, "Python has no '\\cX'"],
  [/\\u\{/, "Python has no '\\u{...}'"],
  [/\[\]|\[\^\]/, "Python reads a ']' right after '[' as a letter"],
  [/\(\?<[=!](?:[^()\\]|\\.)*(?:[*+]|\{\d+,)/, 'Python refuses to look behind for a part of no fixed length'],
];

function checkRule(reader: DefinitionReader, rule: Placed<string>, what: string): void {
  const shown = `the 'validationRule' of ${what}`;
  if (rule.value === '') {
    reader.report(
      'validation-rule-invalid',
      rule.node,
      `${shown} is empty, so it allows everything; write a rule, or leave it out`,
    );
    return;
  }
  try {
    new RegExp(rule.value);
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).replace(
      /^Invalid regular expression: \/[\s\S]*\/[a-z]*: /,
      '',
    );
    reader.report(
      'validation-rule-invalid',
      rule.node,
      `${shown}, '${shorten(rule.value)}', is no regular expression of JavaScript, which the console uses: ${reason}`,
    );
    return;
  }
  if (/^\/.+\/[a-z]*$/.test(rule.value)) {
    reader.report(
      'validation-rule-invalid',
      rule.node,
      `${shown} stands between slashes, which become part of it, so that no value matches; write it without them`,
    );
    return;
  }
  // Escaped backslashes would hide or fake what comes after them.
  const plain = rule.value.replaceAll('\\\\', '__');
  const difference = DIFFERENCES.find(([pattern]) => pattern.test(plain))?.[1];
  if (difference !== undefined) {
    reader.report(
      'validation-rule-differs-in-python',
      rule.node,
      `${shown} is right for the console, but Python would read it otherwise: ${difference}. Do not use it in the Python file unchanged`,
    );
  }
}
