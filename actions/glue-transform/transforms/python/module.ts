import type { SyntaxNode } from '@lezer/common';
import { type PythonImport, readImports } from './imports.ts';
import type { PythonTree } from './syntax.ts';

/** A function of the top level. */
export interface PythonFunction {
  readonly name: string;
  readonly offset: number;
  readonly node: SyntaxNode;
  readonly isAsync: boolean;
  /** Decorators may change the parameters. */
  readonly isDecorated: boolean;
}

/** `DynamicFrame.name = value`, or `setattr(DynamicFrame, 'name', value)`, at the top level. */
export interface Attachment {
  /** Undefined for a name that is calculated. */
  readonly name: string | undefined;
  readonly value: SyntaxNode | undefined;
  readonly offset: number;
}

export interface PythonModule {
  readonly tree: PythonTree;
  readonly functions: readonly PythonFunction[];
  readonly imports: readonly PythonImport[];
  readonly attachments: readonly Attachment[];
  /** Offsets where the top level binds a name, by the name: `def`, `class`, `import`, `=`. */
  readonly bound: ReadonlyMap<string, readonly number[]>;
  /** What is attached to something that is called DynamicFrame but was not imported from awsglue. */
  readonly strangers: readonly Attachment[];
}

/** Reads what a Python file defines at its top level, and in `if`, `try` and `with` there. */
export function readModule(tree: PythonTree): PythonModule {
  const { text } = tree;
  const imports = readImports(tree);
  const functions: PythonFunction[] = [];
  const attachments: Attachment[] = [];
  const strangers: Attachment[] = [];
  const bound = new Map<string, number[]>();
  const slice = (node: SyntaxNode) => text.slice(node.from, node.to);
  const bind = (name: string, offset: number) => {
    const offsets = bound.get(name);
    if (offsets === undefined) bound.set(name, [offset]);
    else offsets.push(offset);
  };

  const frames = new Set<string>();
  for (const { bindings, offset } of imports.filter(({ isTopLevel }) => isTopLevel)) {
    for (const { name, of } of bindings) {
      bind(name, offset);
      if (of === 'awsglue.DynamicFrame' || of === 'awsglue.dynamicframe.DynamicFrame') frames.add(name);
      // Modules, whose member DynamicFrame is meant.
      if (of === 'awsglue') {
        frames.add(`${name}.DynamicFrame`);
        frames.add(`${name}.dynamicframe.DynamicFrame`);
      }
      if (of === 'awsglue.dynamicframe') frames.add(`${name}.DynamicFrame`);
    }
    if (bindings.length === 0) frames.add('DynamicFrame');
  }

  const attach = (target: string, name: string | undefined, value: SyntaxNode | undefined, offset: number) => {
    if (frames.has(target)) attachments.push({ name, value, offset });
    else if (target === 'DynamicFrame' || target.endsWith('.DynamicFrame')) strangers.push({ name, value, offset });
  };

  const assign = (statement: SyntaxNode) => {
    const parts: SyntaxNode[] = [];
    for (let node = statement.firstChild; node !== null; node = node.nextSibling) parts.push(node);
    const signs = parts.flatMap((part, n) => (part.name === 'AssignOp' ? [n] : []));
    const value = parts.at(-1);
    for (const sign of signs) {
      const target = parts[sign - 1]?.name === 'TypeDef' ? parts[sign - 2] : parts[sign - 1];
      if (target === undefined) continue;
      if (target.name === 'VariableName') {
        bind(slice(target), target.from);
        // `DF = DynamicFrame`
        if (value !== undefined && frames.has(slice(value))) frames.add(slice(target));
      }
      if (target.name !== 'MemberExpression' || target.lastChild?.name !== 'PropertyName') continue;
      const owner = target.firstChild;
      if (owner !== null) attach(slice(owner).replace(/\s+/g, ''), slice(target.lastChild), value, target.from);
    }
  };

  const call = (statement: SyntaxNode) => {
    const expression = statement.firstChild;
    if (expression?.name !== 'CallExpression' || expression.firstChild === null) return;
    if (slice(expression.firstChild) !== 'setattr') return;
    const argumentNodes: SyntaxNode[] = [];
    for (let node = expression.lastChild?.firstChild ?? null; node !== null; node = node.nextSibling) {
      if (!['(', ')', ','].includes(node.name)) argumentNodes.push(node);
    }
    const [owner, name, value] = argumentNodes;
    if (owner === undefined || argumentNodes.length !== 3) return;
    attach(
      slice(owner).replace(/\s+/g, ''),
      name?.name === 'String' ? plainText(slice(name)) : undefined,
      value,
      expression.from,
    );
  };

  const define = (node: SyntaxNode, isDecorated: boolean) => {
    const name = node.getChild('VariableName');
    if (name === null) return;
    bind(slice(name), node.from);
    if (node.name !== 'FunctionDefinition') return;
    functions.push({
      name: slice(name),
      offset: node.getChild('def')?.from ?? node.from,
      node,
      isAsync: node.getChild('async') !== null,
      isDecorated,
    });
  };

  const visit = (block: SyntaxNode, depth: number) => {
    for (let node = block.firstChild; node !== null; node = node.nextSibling) {
      switch (node.name) {
        case 'AssignStatement':
          assign(node);
          break;
        case 'ExpressionStatement':
          call(node);
          break;
        case 'FunctionDefinition':
        case 'ClassDefinition':
          define(node, false);
          break;
        case 'DecoratedStatement': {
          const inner = node.getChild('FunctionDefinition') ?? node.getChild('ClassDefinition');
          if (inner !== null) define(inner, true);
          break;
        }
        case 'StatementGroup':
          if (depth < 100) visit(node, depth + 1);
          break;
        case 'IfStatement':
        case 'TryStatement':
        case 'WithStatement':
        case 'ForStatement':
          for (const body of node.getChildren('Body')) if (depth < 100) visit(body, depth + 1);
          break;
      }
    }
  };
  visit(tree.root, 0);
  return { tree, functions, imports, attachments, strangers, bound };
}

/** The content of a text literal without escapes; undefined for another one. */
export function plainText(literal: string): string | undefined {
  return /^[rRuU]?(?:'([^'\\]*)'|"([^"\\]*)")$/
    .exec(literal)
    ?.slice(1)
    .find((part) => part !== undefined);
}
