import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { findingAt, findingOnLine } from '../rules.ts';
import type { SourceText } from '../source-text.ts';
import type { TransformFinding } from '../transform.ts';

/** A definition has four levels; this leaves room for a message that says what is wrong deeper down. */
const DEEPEST = 64;

/** Numbers of the scanner's tokens (`SyntaxKind`, which only exists for the compiler). */
const TOKEN = { openBrace: 1, closeBrace: 2, openBracket: 3, closeBracket: 4, end: 17 } as const;

/** What the codes of the parser mean, where its own word is not enough. */
const WORDS: Readonly<Record<string, string>> = {
  CloseBraceExpected: "a '}' is missing",
  CloseBracketExpected: "a ']' is missing",
  ColonExpected: "a ':' is missing",
  CommaExpected: "a ',' is missing",
  EndOfFileExpected: 'something stands after the end',
  InvalidCharacter: 'a text has a control character; write it as an escape, such as \\n',
  InvalidCommentToken: 'JSON has no comments',
  InvalidEscapeCharacter: 'a backslash begins no escape; write two of them for a backslash',
  InvalidNumberFormat: 'a number is not written as JSON writes it',
  InvalidSymbol: 'a word is neither true, false nor null; texts stand in double quotes',
  InvalidUnicode: 'a \\u needs four hexadecimal digits',
  PropertyNameExpected: "the name of a member is missing, in double quotes; a ',' before a '}' is not allowed",
  UnexpectedEndOfNumber: 'a number is not complete',
  UnexpectedEndOfString: 'a text is not closed in its line',
  ValueExpected: "a value is missing; a ',' before a ']' is not allowed",
};

/** Reads JSON strictly (RFC 8259), with the place of every value. */
export function parseJson(source: SourceText): {
  readonly root: Node | undefined;
  readonly findings: readonly TransformFinding[];
} {
  const { text } = source;
  if (text.startsWith('\ufeff')) {
    const message =
      'the file begins with a byte order mark, which readers of JSON refuse; save it as UTF-8 without one';
    const fix = { start: 0, end: 1, text: '' };
    return { root: undefined, findings: [findingAt('byte-order-mark', source, 0, message, fix)] };
  }
  const deep = tooDeep(text);
  if (deep !== undefined) {
    const message = `values are nested deeper than ${DEEPEST} levels; a definition has four`;
    return { root: undefined, findings: [findingAt('invalid-json', source, deep, message)] };
  }
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  const [first] = errors;
  if (first !== undefined) {
    const code = printParseErrorCode(first.error);
    return {
      root: undefined,
      findings: [findingAt('invalid-json', source, first.offset, notJson(WORDS[code] ?? code))],
    };
  }
  try {
    // The last word: the parser with places takes a little more than JSON.
    JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { root: undefined, findings: [findingOnLine('invalid-json', source.path, 1, notJson(reason))] };
  }
  return { root, findings: [] };
}

function notJson(reason: string): string {
  return `the file is not JSON: ${reason}`;
}

/** Where values are nested too deep; the parser itself would go down as deep as the text. */
function tooDeep(text: string): number | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (let token: number = scanner.scan(); token !== TOKEN.end; token = scanner.scan()) {
    if (token === TOKEN.openBrace || token === TOKEN.openBracket) {
      if (++depth > DEEPEST) return scanner.getTokenOffset();
    } else if (token === TOKEN.closeBrace || token === TOKEN.closeBracket) depth--;
  }
  return undefined;
}
