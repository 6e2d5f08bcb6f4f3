import type { SyntaxNode, SyntaxNodeRef } from '@lezer/common';

interface Found {
  readonly offset: number;
  readonly message: string;
}

/** What the grammar takes and Python 3 does not. */
export function lenienceProblem(text: string, node: SyntaxNodeRef): Found | undefined {
  switch (node.name) {
    case 'Script':
      return badIndent(text, node.node, '');
    case 'Body':
      return badIndent(text, node.node, undefined);
    case 'PrintStatement':
      return { offset: node.from, message: "'print' without brackets is Python 2; write print(...)" };
    case 'CompareOp':
      return text.slice(node.from, node.to) === '<>'
        ? { offset: node.from, message: "'<>' is Python 2; write '!='" }
        : undefined;
    case 'RaiseStatement':
      return node.node.getChild(',') === null
        ? undefined
        : { offset: node.from, message: "'raise' with commas is Python 2; write 'raise Error(text)'" };
    case 'TryStatement':
      return node.node.getChild(',') === null
        ? undefined
        : {
            offset: node.node.getChild(',')?.from ?? node.from,
            message: "'except' with a comma is Python 2; write 'except Error as name', or 'except (A, B)'",
          };
    case 'elif':
      return node.node.nextSibling?.name === 'Body'
        ? { offset: node.from, message: "'elif' needs a condition" }
        : undefined;
    case 'String':
      return unterminated(text, node.node);
    case 'ParamList':
      return node.node.parent?.name === 'FunctionDefinition' ? defaultOrder(node.node) : undefined;
    case 'AssignStatement':
      return assignedToValue(node.node);
    case 'ReturnStatement':
    case 'YieldStatement':
      return isInFunction(node.node)
        ? undefined
        : {
            offset: node.from,
            message: `'${node.name === 'ReturnStatement' ? 'return' : 'yield'}' outside a function`,
          };
    default:
      return undefined;
  }
}

/** Statements of a block begin in the same column. */
function badIndent(text: string, block: SyntaxNode, given: string | undefined): Found | undefined {
  let expected = given;
  const statements = block.cursor();
  if (!statements.firstChild()) return undefined;
  do {
    if (statements.name === ':' || statements.name === 'Comment' || statements.type.isError) continue;
    const indent = indentOf(text, statements.from);
    if (indent === undefined) continue;
    expected ??= indent;
    if (indent !== expected) {
      return { offset: statements.from, message: 'the line is indented otherwise than the lines of its block' };
    }
  } while (statements.nextSibling());
  return undefined;
}

/** The blanks before a statement; undefined when something else stands before it in its line. */
function indentOf(text: string, from: number): string | undefined {
  let start = from;
  while (start > 0 && /[ \t\f\ufeff]/.test(text[start - 1] ?? '')) start--;
  if (start > 0 && !/[\r\n]/.test(text[start - 1] ?? '')) return undefined;
  // After a backslash the line before goes on.
  if (/\\\r?\n?$/.test(text.slice(Math.max(0, start - 3), start))) return undefined;
  return text.slice(start, from).replace(/^.*[\f\ufeff]/, '');
}

function unterminated(text: string, node: SyntaxNode): Found | undefined {
  const [, quote = ''] = /^[A-Za-z]{0,2}("""|'''|"|')/.exec(text.slice(node.from, node.from + 5)) ?? [];
  const opening = text.indexOf(quote, node.from) + quote.length;
  const closes = node.to - quote.length >= opening && text.slice(node.to - quote.length, node.to) === quote;
  return quote === '' || closes ? undefined : { offset: node.from, message: 'a text is not closed in its line' };
}

/** A parameter without a default after one with a default, before `*`. */
function defaultOrder(list: SyntaxNode): Found | undefined {
  let hasDefault = false;
  const items = list.cursor();
  if (!items.firstChild()) return undefined;
  do {
    if (items.name === '*') return undefined;
    if (items.name !== 'VariableName') continue;
    const { node } = items;
    const after = node.nextSibling?.name === 'TypeDef' ? node.nextSibling.nextSibling : node.nextSibling;
    if (after?.name === 'AssignOp') hasDefault = true;
    else if (hasDefault && node.prevSibling?.name !== '**' && node.prevSibling?.name !== 'AssignOp') {
      return { offset: node.from, message: 'a parameter without a default follows one with a default' };
    }
  } while (items.nextSibling());
  return undefined;
}

const VALUES = new Set(['Number', 'String', 'ContinuedString', 'FormatString', 'CallExpression', 'Boolean', 'None']);

function assignedToValue(statement: SyntaxNode): Found | undefined {
  const target = statement.firstChild;
  return target !== null && VALUES.has(target.name) && target.nextSibling?.name === 'AssignOp'
    ? { offset: target.from, message: 'what stands before the equals sign cannot be assigned to' }
    : undefined;
}

function isInFunction(node: SyntaxNode): boolean {
  for (let up = node.parent; up !== null; up = up.parent) {
    if (up.name === 'FunctionDefinition') return true;
    if (up.name === 'ClassDefinition') return false;
  }
  return false;
}
