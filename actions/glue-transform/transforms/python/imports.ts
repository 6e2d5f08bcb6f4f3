import type { SyntaxNode } from '@lezer/common';
import type { PythonTree } from './syntax.ts';

export interface PythonImport {
  /** The module's full name; for a relative import with its dots. */
  readonly module: string;
  readonly isRelative: boolean;
  readonly offset: number;
  /** What the import binds here, and what of: `DF` of `awsglue.DynamicFrame`. Empty for `from x import *`. */
  readonly bindings: readonly { readonly name: string; readonly of: string }[];
  /** Not in a function or class. */
  readonly isTopLevel: boolean;
  /** In a `try` that catches a failed import, or for type checkers only. */
  readonly isOptional: boolean;
}

/** All imports of a file, wherever they stand. */
export function readImports({ root, text }: PythonTree): readonly PythonImport[] {
  const found: PythonImport[] = [];
  root.cursor().iterate((ref) => {
    if (ref.name !== 'ImportStatement') return;
    for (const one of readStatement(ref.node, text)) found.push(one);
  });
  return found;
}

function readStatement(statement: SyntaxNode, text: string): readonly PythonImport[] {
  const place = { offset: statement.from, ...surroundings(statement, text) };
  const words: { readonly name: string; readonly text: string }[] = [];
  for (let node = statement.firstChild; node !== null; node = node.nextSibling) {
    words.push({ name: node.name, text: text.slice(node.from, node.to) });
  }
  if (words[0]?.name === 'from') {
    const at = words.findIndex(({ name }) => name === 'import');
    const module = words
      .slice(1, at)
      .map((word) => word.text)
      .join('');
    const items = itemsOf(words.slice(at + 1));
    const isRelative = module.startsWith('.');
    const bindings = items.map(({ path, alias }) => ({ name: alias ?? path, of: `${module}.${path}` }));
    return [{ module, isRelative, bindings: words[at + 1]?.name === '*' ? [] : bindings, ...place }];
  }
  return itemsOf(words.slice(1)).map(({ path, alias }) => {
    const top = path.split('.')[0] ?? path;
    const binding = alias === undefined ? { name: top, of: top } : { name: alias, of: path };
    return { module: path, isRelative: false, bindings: [binding], ...place };
  });
}

function itemsOf(words: readonly { readonly name: string; readonly text: string }[]) {
  const items: { path: string; alias: string | undefined }[] = [];
  let item: { path: string; alias: string | undefined } | undefined;
  let alias = false;
  for (const word of words) {
    if (word.name === 'VariableName') {
      if (item === undefined) {
        item = { path: word.text, alias: undefined };
        items.push(item);
      } else if (alias) item.alias = word.text;
      else item.path += word.text;
    } else if (word.name === '.' && item !== undefined) item.path += '.';
    else if (word.name === 'as') alias = true;
    else if (word.name === ',') {
      item = undefined;
      alias = false;
    }
  }
  return items;
}

const CATCHES_IMPORT = /\b(ImportError|ModuleNotFoundError|Exception|BaseException)\b/;

function surroundings(statement: SyntaxNode, text: string) {
  let isTopLevel = true;
  let isOptional = false;
  for (let node = statement; node.parent !== null; node = node.parent) {
    const { parent } = node;
    if (parent.name === 'FunctionDefinition' || parent.name === 'ClassDefinition') isTopLevel = false;
    if (parent.name === 'TryStatement' && node.name === 'Body') isOptional ||= isGuarded(parent, node, text);
    if (
      parent.name === 'IfStatement' &&
      /^if\s+(typing\s*\.\s*)?TYPE_CHECKING\s*:/.test(text.slice(parent.from, parent.from + 60))
    ) {
      isOptional = true;
    }
  }
  return { isTopLevel, isOptional };
}

/** More handlers than these are not looked at, so that the time stays linear. */
const MOST_HANDLERS = 50;

/** In a `try` that catches a failed import, or in the handler that replaces what could not be imported. */
function isGuarded(statement: SyntaxNode, body: SyntaxNode, text: string): boolean {
  let keyword = body.prevSibling;
  while (keyword !== null && !['try', 'except', 'else', 'finally'].includes(keyword.name))
    keyword = keyword.prevSibling;
  if (keyword?.name === 'except') return catchesImport(keyword, text);
  return (
    keyword?.name === 'try' &&
    statement
      .getChildren('except')
      .slice(0, MOST_HANDLERS)
      .some((except) => catchesImport(except, text))
  );
}

function catchesImport(except: SyntaxNode, text: string): boolean {
  const handler = text.slice(except.from, Math.min(except.from + 200, text.length)).split(':')[0] ?? '';
  return handler.trim() === 'except' || CATCHES_IMPORT.test(handler);
}
