import type { SyntaxNode } from '@lezer/common';
import { literalKind } from './function.ts';

export interface Returns {
  /** `return` statements of the function itself, not of functions in it. */
  readonly statements: readonly { readonly offset: number; readonly value: SyntaxNode | undefined }[];
  /** Whether the end of the body can be reached. */
  readonly endIsReached: boolean;
  readonly yieldAt: number | undefined;
}

const OWN_SCOPE = new Set(['FunctionDefinition', 'ClassDefinition', 'LambdaExpression']);

export function readReturns(definition: SyntaxNode, text: string): Returns {
  const body = definition.getChild('Body');
  const statements: { offset: number; value: SyntaxNode | undefined }[] = [];
  let yieldAt: number | undefined;
  body?.cursor().iterate((ref) => {
    if (OWN_SCOPE.has(ref.name)) return false;
    if (ref.name === 'ReturnStatement') {
      statements.push({ offset: ref.from, value: ref.node.firstChild?.nextSibling ?? undefined });
    } else if (ref.name === 'yield') yieldAt ??= ref.from;
    return true;
  });
  return { statements, yieldAt, endIsReached: body !== null && completes(body, text, 0) };
}

/** Whether a block can end normally. In doubt it can. */
function completes(block: SyntaxNode, text: string, depth: number): boolean {
  if (depth > 100) return true;
  for (let node = block.firstChild; node !== null; node = node.nextSibling) {
    if (node.type.is('Statement') && !statementCompletes(node, text, depth + 1)) return false;
  }
  return true;
}

function statementCompletes(node: SyntaxNode, text: string, depth: number): boolean {
  const bodies = node.getChildren('Body');
  const after = (keyword: string) => {
    let next = node.getChild(keyword)?.nextSibling ?? null;
    while (next !== null && next.name !== 'Body') next = next.nextSibling;
    return next;
  };
  switch (node.name) {
    case 'ReturnStatement':
    case 'RaiseStatement':
    case 'BreakStatement':
    case 'ContinueStatement':
      return false;
    case 'AssertStatement':
      return !/^assert\s+False\b/.test(text.slice(node.from, node.from + 20));
    case 'ExpressionStatement':
      return !/^(sys\s*\.\s*exit|os\s*\.\s*_exit|exit|quit)\s*\(/.test(text.slice(node.from, node.from + 30));
    case 'StatementGroup':
      return completes(node, text, depth);
    case 'IfStatement':
      return node.getChild('else') === null || bodies.some((body) => completes(body, text, depth));
    case 'WhileStatement': {
      const isEndless = /^while\s*\(?\s*(True|1)\s*\)?\s*:/.test(text.slice(node.from, node.from + 40));
      if (isEndless) return hasBreak(node);
      const otherwise = after('else');
      return otherwise === null || hasBreak(node) || completes(otherwise, text, depth);
    }
    case 'ForStatement': {
      const otherwise = after('else');
      return otherwise === null || hasBreak(node) || completes(otherwise, text, depth);
    }
    case 'WithStatement':
      return bodies[0] === undefined || completes(bodies[0], text, depth);
    case 'TryStatement':
      return tryCompletes(node, text, depth);
    case 'MatchStatement':
      return matchCompletes(node, text, depth);
    default:
      return true;
  }
}

function tryCompletes(node: SyntaxNode, text: string, depth: number): boolean {
  const parts: { keyword: string; body: SyntaxNode }[] = [];
  let keyword = '';
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (['try', 'except', 'else', 'finally'].includes(child.name)) keyword = child.name;
    if (child.name === 'Body') parts.push({ keyword, body: child });
  }
  const of = (name: string) =>
    parts.filter((part) => part.keyword === name).map(({ body }) => completes(body, text, depth));
  if (of('finally').includes(false)) return false;
  const normal = of('try')[0] !== false && of('else')[0] !== false;
  return normal || of('except').includes(true);
}

function matchCompletes(node: SyntaxNode, text: string, depth: number): boolean {
  const clauses = node.getChild('MatchBody')?.getChildren('MatchClause') ?? [];
  const last = clauses.at(-1);
  const takesAll =
    last !== undefined && last.getChild('Guard') === null && last.firstChild?.nextSibling?.name === 'CapturePattern';
  if (!takesAll) return true;
  return clauses.some((clause) => {
    const body = clause.getChild('Body');
    return body === null || completes(body, text, depth);
  });
}

/** A `break` of this loop, not of one in it. */
function hasBreak(loop: SyntaxNode): boolean {
  let found = false;
  for (const body of loop.getChildren('Body')) {
    body.cursor().iterate((ref) => {
      if (OWN_SCOPE.has(ref.name) || ref.name === 'WhileStatement' || ref.name === 'ForStatement') return false;
      if (ref.name === 'BreakStatement') found = true;
      return !found;
    });
  }
  return found;
}

/**
 * What a returned expression certainly is, when that is no DynamicFrame: a literal, or a chain that begins with
 * `self.toDF()`, itself or in variables that hold nothing else.
 */
export function certainType(value: SyntaxNode, text: string, frames: ReadonlySet<string>): string | undefined {
  const kind = literalKind(value, text);
  if (kind !== undefined) return kind === 'empty-str' ? 'str' : kind;
  if (value.name === 'LambdaExpression') return 'function';
  return isDataFrame(value, text, frames) ? 'Spark DataFrame' : undefined;
}

/** The variables of a function to which only Spark DataFrames are assigned. */
export function dataFrameVariables(definition: SyntaxNode, self: string, text: string): ReadonlySet<string> {
  const assigned = new Map<string, SyntaxNode[]>();
  const unclear = new Set<string>();
  const body = definition.getChild('Body');
  body?.cursor().iterate((ref) => {
    if (ref.name === 'AssignStatement') {
      const target = ref.node.firstChild;
      const value = ref.node.lastChild;
      const isSimple = ref.node.getChildren('AssignOp').length === 1 && target?.name === 'VariableName';
      if (isSimple && value !== null) {
        const name = text.slice(target.from, target.to);
        assigned.set(name, [...(assigned.get(name) ?? []).slice(0, 50), value]);
      } else if (target !== null) {
        for (const name of ref.node.getChildren('VariableName')) unclear.add(text.slice(name.from, name.to));
        for (
          let node = target as SyntaxNode | null;
          node !== null && node.name !== 'AssignOp';
          node = node.nextSibling
        ) {
          if (node.name === 'TupleExpression' || node.name === 'ArrayExpression') {
            for (const name of node.getChildren('VariableName')) unclear.add(text.slice(name.from, name.to));
          }
        }
      }
    } else if (
      [
        'ForStatement',
        'WithStatement',
        'ScopeStatement',
        'TryStatement',
        'DeleteStatement',
        'NamedExpression',
        'UpdateStatement',
      ].includes(ref.name)
    ) {
      for (const name of ref.node.getChildren('VariableName')) unclear.add(text.slice(name.from, name.to));
    }
    return true;
  });
  const frames = new Set<string>([`${self}.toDF()`]);
  // A variable of a variable: as often as something is found, but not without end.
  for (let round = 0; round < 5; round++) {
    const before = frames.size;
    for (const [name, values] of assigned) {
      if (unclear.has(name) || frames.has(name) || name === self) continue;
      const known = new Set([...frames, name]);
      const begins = values.some((value) => isDataFrame(value, text, frames));
      if (begins && values.every((value) => isDataFrame(value, text, known))) frames.add(name);
    }
    if (frames.size === before) break;
  }
  return frames;
}

/** Methods of a Spark DataFrame that give a DataFrame. Source: PySpark API reference, "DataFrame", 3.1 to 4.1. */
const GIVES_DATA_FRAME = new Set(
  `alias cache coalesce crossJoin distinct drop dropDuplicates drop_duplicates dropna exceptAll fillna filter hint intersect
  intersectAll join limit na orderBy persist repartition repartitionByRange replace sample select selectExpr sort
  sortWithinPartitions subtract summary toDF transform union unionAll unionByName unpivot unpersist where withColumn
  withColumnRenamed withColumns withColumnsRenamed withMetadata withWatermark`.split(/\s+/),
);

function isDataFrame(value: SyntaxNode, text: string, frames: ReadonlySet<string>): boolean {
  let node: SyntaxNode | null = value;
  for (let steps = 0; node !== null && steps < 500; steps++) {
    const shown = node.to - node.from < 200 ? text.slice(node.from, node.to).replace(/\s+/g, '') : '';
    if (frames.has(shown)) return true;
    if (node.name === 'ParenthesizedExpression') {
      node = node.firstChild?.nextSibling ?? null;
      continue;
    }
    const callee: SyntaxNode | null = node.name === 'CallExpression' ? node.firstChild : null;
    const method = callee?.name === 'MemberExpression' ? callee.lastChild : null;
    if (method?.name !== 'PropertyName' || !GIVES_DATA_FRAME.has(text.slice(method.from, method.to))) return false;
    node = callee?.firstChild ?? null;
  }
  return false;
}
