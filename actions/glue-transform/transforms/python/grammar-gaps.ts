import type { SyntaxNode, Tree } from '@lezer/common';

/** More errors than these are no gaps of the grammar, but a file that is no Python. */
const MOST_ERRORS = 200;

/** Something that only newer Pythons read. */
export interface NewSyntax {
  readonly offset: number;
  readonly python: string;
  readonly what: string;
}

interface Edit extends Partial<Omit<NewSyntax, 'offset'>> {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * Python that the grammar does not know gets a form of the same length that the grammar takes, so that offsets stay. What
 * is none of these stays a syntax error.
 *
 * - `with` with a target that is no plain name, and with its items in parentheses
 * - a decorator that is any expression
 * - `*` in the target of a comprehension, in a subscript, after `in`, in the type of `*args`
 * - `/` in a lambda
 * - numbers that end with a dot
 */
export function blankGaps(
  text: string,
  tree: Tree,
): { readonly text: string; readonly found: readonly NewSyntax[] } | undefined {
  const edits: Edit[] = [];
  let reached = 0;
  let left = MOST_ERRORS;
  let hasError = false;
  const keep = (edit: Edit | undefined) => {
    if (edit === undefined || edit.from < reached) return;
    edits.push(edit);
    reached = edit.to;
  };
  const dots: Edit[] = [];
  tree.iterate({
    enter: ({ type, node, from, name }) => {
      if (name === 'MemberExpression') {
        const dot = trailingDot(text, node);
        if (dot !== undefined) dots.push(dot);
      }
      if (!type.isError || from < reached || left-- <= 0) return;
      hasError = true;
      keep(editFor(text, node));
    },
  });
  if (!hasError) return undefined;
  const all = [...edits, ...dots.filter((dot) => !edits.some(({ from, to }) => from <= dot.from && dot.from < to))];
  if (all.length === 0) return undefined;
  all.sort((a, b) => a.from - b.from);
  const parts: string[] = [];
  let from = 0;
  for (const edit of all) {
    parts.push(text.slice(from, edit.from), edit.text);
    from = edit.to;
  }
  const found = all.flatMap(({ from: offset, python, what }) =>
    python === undefined || what === undefined ? [] : [{ offset, python, what }],
  );
  return { text: parts.join('') + text.slice(from), found };
}

/** Errors of the tree that are none in Python: a bare `yield`, and patterns and parameters of a lambda that are empty. */
export function isGrammarGap(text: string, error: SyntaxNode): boolean {
  const { parent, prevSibling } = error;
  if (error.from !== error.to && text.slice(error.from, error.to).trim() !== '') {
    // `def f[T = int]()`
    return parent?.name === 'TypeParam' && nextSign(text, parent.firstChild?.to ?? 0) === '=';
  }
  switch (parent?.name) {
    case 'YieldStatement':
    case 'YieldExpression':
      return prevSibling?.name === 'yield';
    case 'LiteralPattern':
      return ['PatternArgList', 'SequencePattern', 'MappingPattern'].includes(parent.parent?.name ?? '');
    case 'SequencePattern':
    case 'MappingPattern':
    case 'PatternArgList':
      return prevSibling === parent.firstChild;
    case 'ParamList':
      return (
        parent.parent?.name === 'LambdaExpression' && prevSibling?.name === ',' && nextSign(text, error.from) === ':'
      );
    case 'TypeParam':
      return nextSign(text, error.from) === '=';
    default:
      return false;
  }
}

/** `2.` is read as `20`; the value is read from the source. */
function trailingDot(text: string, { firstChild: number }: SyntaxNode): Edit | undefined {
  const dot = number?.name === 'Number' ? number.nextSibling : null;
  if (number === null || dot?.name !== '.' || dot.from !== number.to) return undefined;
  const isWhole = /^\d[\d_]*$/.test(text.slice(number.from, Math.min(number.to, number.from + 400)));
  return isWhole ? { from: dot.from, to: dot.to, text: '0' } : undefined;
}

function nextSign(text: string, from: number): string | undefined {
  return /\S/.exec(text.slice(from, from + 200))?.[0];
}

function editFor(text: string, error: SyntaxNode): Edit | undefined {
  const { parent } = error;
  if (parent?.name === 'WithStatement' || parent?.parent?.name === 'WithStatement') {
    const statement = parent.name === 'WithStatement' ? parent : (parent.parent as SyntaxNode);
    return withItemsInParentheses(text, statement) ?? withTarget(text, error);
  }
  const at = error.from + (/^\s*/.exec(text.slice(error.from, error.from + 200))?.[0].length ?? 0);
  const sign = text[at];
  if (sign === '*' && text[at + 1] !== '*') return star(at, error);
  if (sign === '/' && parent?.name === 'ParamList' && parent.parent?.name === 'LambdaExpression') {
    return { from: at, to: at + 1, text: '_', python: '3.8', what: "a '/' in the parameters of a lambda" };
  }
  for (let node: SyntaxNode | null = error; node !== null; node = node.parent) {
    if (node.name === 'Decorator' || node.name === 'DecoratedStatement') return decorator(text, node);
    if (node.type.is('Statement')) return undefined;
  }
  return undefined;
}

function star(from: number, { parent, prevSibling }: SyntaxNode): Edit | undefined {
  const edit = { from, to: from + 1, text: ' ' };
  switch (parent?.name) {
    case 'ForStatement':
      return prevSibling?.name === 'in' ? { ...edit, python: '3.9', what: "a '*' after 'in'" } : undefined;
    case 'MemberExpression':
      return prevSibling?.name === '[' || prevSibling?.name === ','
        ? { ...edit, python: '3.11', what: "a '*' in a subscript" }
        : undefined;
    case 'TypeDef':
      return prevSibling?.name === ':' && parent.prevSibling?.prevSibling?.name === '*'
        ? { ...edit, python: '3.11', what: "a '*' in the type of '*args'" }
        : undefined;
    case 'ArrayComprehensionExpression':
    case 'ComprehensionExpression':
    case 'DictionaryComprehensionExpression':
    case 'SetComprehensionExpression':
    case 'ArgList':
      return prevSibling?.name === 'for' || prevSibling?.name === ',' ? edit : undefined;
    default:
      return undefined;
  }
}

/** `with (a as b, c as d):` without its parentheses, on one line. */
function withItemsInParentheses(text: string, statement: SyntaxNode): Edit | undefined {
  const from = text.indexOf('(', statement.from);
  if (from === -1 || text.slice(statement.from + 'with'.length, from).trim() !== '') return undefined;
  const end = endOfPart(text, from, '');
  if (end === undefined || text[end - 1] !== ')' || nextSign(text, end) !== ':') return undefined;
  const inner = text.slice(from + 1, end - 1);
  if (!/\bas\b/.test(inner)) return undefined;
  const oneLine = inner.replace(/#[^\r\n]*/g, (comment) => ' '.repeat(comment.length)).replace(/[\r\n]/g, ' ');
  const withoutComma = oneLine.replace(/,(\s*)$/, ' $1');
  return { from, to: end, text: ` ${withoutComma} `, python: '3.10', what: "'with' with its items in brackets" };
}

/** `with a as (b, c):` and `with a as b.c:`; the target becomes one name. */
function withTarget(text: string, error: SyntaxNode): Edit | undefined {
  let node = error.prevSibling;
  while (node !== null && node.name !== 'as') node = node.prevSibling;
  if (node === null) return undefined;
  const from = node.to + (/^\s*/.exec(text.slice(node.to, node.to + 200))?.[0].length ?? 0);
  const to = endOfPart(text, from, ',:');
  if (to === undefined || to <= from) return undefined;
  return { from, to, text: '_'.repeat(to - from) };
}

/** `@registry[0].wrap(x)`: the expression becomes one name. */
function decorator(text: string, node: SyntaxNode): Edit | undefined {
  const from = text.indexOf('@', node.from) + 1;
  const to = endOfPart(text, from, '');
  if (from === 0 || to === undefined || to <= from) return undefined;
  return { from, to, text: '_'.repeat(to - from), python: '3.9', what: 'a decorator that is no plain name' };
}

/** Longest text that one of these constructs may have. */
const LONGEST = 20_000;

/**
 * Where a part of a line ends: before one of `stops` outside brackets and strings, after the bracket that closes the one
 * that it begins with, or at the end of the line.
 */
function endOfPart(text: string, from: number, stops: string): number | undefined {
  const begin = text[from] ?? '';
  const isOneBracket = stops === '' && begin === '(';
  let depth = 0;
  let quote: string | undefined;
  for (let at = from; at < Math.min(text.length, from + LONGEST); at++) {
    const sign = text[at] ?? '';
    if (quote !== undefined) {
      if (sign === '\\') at++;
      else if (sign === quote) quote = undefined;
    } else if (sign === '"' || sign === "'") quote = sign;
    else if ('([{'.includes(sign)) depth++;
    else if (')]}'.includes(sign)) {
      depth--;
      if (depth < 0) return undefined;
      if (depth === 0 && isOneBracket) return at + 1;
    } else if (depth === 0 && (stops.includes(sign) || sign === '\n' || sign === '\r' || sign === '#')) {
      return from + text.slice(from, at).trimEnd().length;
    }
  }
  return depth === 0 ? Math.min(text.length, from + LONGEST) : undefined;
}
