import type { SyntaxNode } from '@lezer/common';

/** A parameter of a Python function. */
export interface PythonParameter {
  readonly name: string;
  readonly offset: number;
  readonly kind: 'positional-only' | 'ordinary' | 'keyword-only';
  readonly default: SyntaxNode | undefined;
}

export interface Signature {
  readonly parameters: readonly PythonParameter[];
  /** Where `*args` stands. */
  readonly takesPositions: boolean;
  /** Whether `**kwargs` takes what has no name of its own. */
  readonly takesKeywords: boolean;
}

/** Reads the parameters of a `def` or a `lambda`. */
export function readSignature(list: SyntaxNode | null, text: string): Signature {
  const parameters: PythonParameter[] = [];
  let takesPositions = false;
  let takesKeywords = false;
  let keywordOnly = false;
  for (let node = list?.firstChild ?? null; node !== null; node = node.nextSibling) {
    if (hasSlashBefore(node, text)) {
      for (const [n, parameter] of parameters.entries()) parameters[n] = { ...parameter, kind: 'positional-only' };
    }
    if (node.name === '*') {
      keywordOnly = true;
      if (node.nextSibling?.name === 'VariableName') {
        takesPositions = true;
        node = node.nextSibling;
      }
    } else if (node.name === '**') {
      takesKeywords = true;
      if (node.nextSibling !== null) node = node.nextSibling;
    } else if (node.name === 'VariableName') {
      parameters.push({
        name: text.slice(node.from, node.to),
        offset: node.from,
        kind: keywordOnly ? 'keyword-only' : 'ordinary',
        default: defaultOf(node),
      });
      const value = parameters.at(-1)?.default;
      if (value !== undefined) node = value;
    }
  }
  return { parameters, takesPositions, takesKeywords };
}

/** The grammar gives `/` no node; it stands between two others. */
export function hasSlashBefore({ prevSibling, from }: SyntaxNode, text: string): boolean {
  return prevSibling?.name === ',' && text.slice(prevSibling.to, from).includes('/');
}

function defaultOf(name: SyntaxNode): SyntaxNode | undefined {
  const after = name.nextSibling?.name === 'TypeDef' ? name.nextSibling.nextSibling : name.nextSibling;
  return after?.name === 'AssignOp' ? (after.nextSibling ?? undefined) : undefined;
}

export type LiteralKind =
  | 'str'
  | 'empty-str'
  | 'bytes'
  | 'int'
  | 'float'
  | 'bool'
  | 'list'
  | 'tuple'
  | 'dict'
  | 'set'
  | 'None';

/** What kind of value an expression certainly has; undefined when that cannot be seen. */
export function literalKind(node: SyntaxNode, text: string): LiteralKind | undefined {
  const shown = text.slice(node.from, Math.min(node.to, node.from + 400));
  switch (node.name) {
    case 'None':
      return 'None';
    case 'Boolean':
      return 'bool';
    case 'Number':
      return numberKind(shown);
    // `1.` and `1.e5`, which the grammar takes for members.
    case 'MemberExpression':
      return /^\d[\d_]*\.([eE]\d+)?$/.test(shown) ? 'float' : undefined;
    case 'UnaryExpression': {
      const inner = node.lastChild === null ? undefined : literalKind(node.lastChild, text);
      return inner === 'int' || inner === 'float' ? inner : undefined;
    }
    case 'ParenthesizedExpression': {
      const inner = node.firstChild?.nextSibling;
      return inner == null || node.parent === null || isDeep(node) ? undefined : literalKind(inner, text);
    }
    case 'String':
      if (/^[A-Za-z]*[bB]/.test(shown.slice(0, 2)) && /^[A-Za-z]*["']/.test(shown)) return 'bytes';
      return /^[A-Za-z]{0,2}(''|""|''''''|"""""")$/.test(shown) ? 'empty-str' : 'str';
    case 'FormatString':
    case 'ContinuedString':
      return 'str';
    case 'ArrayExpression':
    case 'ArrayComprehensionExpression':
      return 'list';
    case 'TupleExpression':
      return 'tuple';
    case 'DictionaryExpression':
    case 'DictionaryComprehensionExpression':
      return 'dict';
    case 'SetExpression':
    case 'SetComprehensionExpression':
      return 'set';
    default:
      return undefined;
  }
}

function numberKind(shown: string): LiteralKind | undefined {
  if (/^0[xXoObB]/.test(shown)) return 'int';
  if (/[jJ]$/.test(shown)) return undefined;
  return /[.eE]/.test(shown) ? 'float' : 'int';
}

/** Brackets around brackets around brackets: nobody writes a default like that. */
function isDeep(node: SyntaxNode): boolean {
  let up: SyntaxNode | null = node;
  for (let steps = 0; steps < 10; steps++) {
    if (up?.name !== 'ParenthesizedExpression') return false;
    up = up.parent;
  }
  return true;
}
