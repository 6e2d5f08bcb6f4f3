import type { TransformFinding } from '../transform.ts';
import type { DefinitionReader, Placed } from './members.ts';

/**
 * Characters that Glue's own API refuses in the texts of a transform: control characters except tabs, and half
 * surrogates. Source: Glue web API reference, "DynamicTransform", the pattern of `Name` and others.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const REFUSED = /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\ufffe\uffff]|\p{Surrogate}/u;

/** Lengths from which a text is hard to read in a form. AWS documents no limit. */
export const LONG_TEXT = { name: 80, description: 1000, option: 200 } as const;

/** Checks a text that people will read in Glue Studio. */
export function checkDisplayedText(
  reader: DefinitionReader,
  text: Placed<string> | undefined,
  what: string,
  kind: keyof typeof LONG_TEXT,
): void {
  if (text === undefined) return;
  const { value, node } = text;
  if (value.trim() === '') {
    reader.report(
      'text-empty',
      node,
      `${what} is empty, so Glue Studio shows nothing; write a text, or leave the member out`,
    );
    return;
  }
  if (REFUSED.test(value)) {
    reader.report(
      'text-control-character',
      node,
      `${what} has a control character, which Glue refuses when the job is saved; remove it`,
    );
  }
  if (/[\n\r\u2028\u2029]/.test(value)) {
    reader.report(
      'text-line-end',
      node,
      `${what} has a line end, which Glue Studio shows as a blank; write it as one line`,
    );
  }
  if (value !== value.trim()) {
    reader.report(
      'text-untrimmed',
      node,
      `${what} begins or ends with a blank, which nobody sees and every search keeps; remove it`,
      trimFix(reader, text),
    );
  }
  if (value.length > LONG_TEXT[kind]) {
    reader.report(
      'text-too-long',
      node,
      `${what} has ${value.length} characters; AWS names no limit, but more than ${LONG_TEXT[kind]} are hard to read in a form`,
    );
  }
}

/** The same literal without what stands around the text; nothing else in it is written otherwise. */
function trimFix({ source }: DefinitionReader, { value, node }: Placed<string>): TransformFinding['fix'] {
  const literal = source.text.slice(node.offset + 1, node.offset + node.length - 1);
  const trimmed = trimEscaped(literal);
  // What ends in an escaped backslash, or in a blank that was written as \u0020, is left to people.
  let same = false;
  try {
    same = JSON.parse(`"${trimmed}"`) === value.trim();
  } catch {
    same = false;
  }
  return same ? { start: node.offset + 1, end: node.offset + node.length - 1, text: trimmed } : undefined;
}

const BLANK_ESCAPES = /^\\[nrtf]$/;

/** Trims blanks and the short escapes of line ends and tabs. A loop, because a pattern would take quadratic time. */
function trimEscaped(literal: string): string {
  let start = 0;
  let end = literal.length;
  for (let moved = true; moved; ) {
    moved = false;
    if (start < end && literal[start]?.trim() === '') {
      start++;
      moved = true;
    } else if (BLANK_ESCAPES.test(literal.slice(start, start + 2))) {
      start += 2;
      moved = true;
    }
  }
  for (let moved = true; moved && end > start; ) {
    moved = false;
    if (literal[end - 1]?.trim() === '') {
      end--;
      moved = true;
    } else if (BLANK_ESCAPES.test(literal.slice(end - 2, end))) {
      end -= 2;
      moved = true;
    }
  }
  return literal.slice(start, Math.max(start, end));
}
