import type { SyntaxNode, Tree } from '@lezer/common';
import { parser } from '@lezer/python';
import type { SourceText } from '../source-text.ts';
import { blankGaps, isGrammarGap, type NewSyntax } from './grammar-gaps.ts';
import { lenienceProblem } from './lenience.ts';

/** A Python file as a tree. Offsets of the tree are those of the source. */
export interface PythonTree {
  readonly source: SourceText;
  /** What was parsed: the source, except where the grammar had to be helped. Of the same length. */
  readonly text: string;
  readonly root: SyntaxNode;
  /** New syntax that the text that was parsed does not show. */
  readonly blanked: readonly NewSyntax[];
}

export interface SyntaxProblem {
  readonly rule: 'python-syntax' | 'python-too-deep';
  readonly offset: number;
  readonly message: string;
}

/** Python itself stops at 100 levels of indentation and 200 of brackets ("too many nested parentheses"). */
const DEEPEST = 1000;

const TOO_DEEP = `the file is nested deeper than ${DEEPEST} levels; Python itself stops at 200 brackets. Give parts of it names`;

/** Parses a Python file. With a problem, the tree is not to be trusted and is left out. */
export function parsePython(source: SourceText): PythonTree | SyntaxProblem {
  try {
    return parse(source);
  } catch (error) {
    // The parser builds its tree by calls within calls.
    if (!(error instanceof RangeError)) throw error;
    return { rule: 'python-too-deep', offset: 0, message: TOO_DEEP };
  }
}

function parse(source: SourceText): PythonTree | SyntaxProblem {
  const nul = source.text.indexOf('\0');
  if (nul !== -1) return problem(nul, 'the file has a null character, which Python does not read');
  // A byte order mark would be read as a letter; a form feed means nothing.
  let text = source.text.startsWith('\ufeff') ? `\f${source.text.slice(1)}` : source.text;
  let tree = parser.parse(text);
  // A second round, because a gap can hide another one.
  const found: NewSyntax[] = [];
  for (let round = 0; round < 2; round++) {
    const blanked = blankGaps(text, tree);
    if (blanked === undefined) break;
    text = blanked.text;
    for (const one of blanked.found) found.push(one);
    tree = parser.parse(text);
  }
  return firstProblem(source, text, tree) ?? { source, text, root: tree.topNode, blanked: found };
}

function firstProblem(source: SourceText, text: string, tree: Tree): SyntaxProblem | undefined {
  let depth = 0;
  let first: SyntaxProblem | undefined;
  tree.iterate({
    enter: (node) => {
      if (first !== undefined) return false;
      depth++;
      if (depth > DEEPEST) {
        first = { rule: 'python-too-deep', offset: node.from, message: TOO_DEEP };
      } else if (node.type.isError) {
        if (!isGrammarGap(text, node.node)) first = problem(node.from, describe(source.text, node.from, node.to));
      } else {
        const lenience = lenienceProblem(source.text, node);
        if (lenience !== undefined) first = problem(lenience.offset, lenience.message);
      }
      return first === undefined;
    },
    leave: () => {
      depth--;
    },
  });
  return first;
}

function describe(text: string, from: number, to: number): string {
  const found = /\S+/.exec(text.slice(from, Math.max(to, Math.min(from + 40, text.length))))?.[0];
  const shown = found === undefined ? 'the end of the file' : `'${found.slice(0, 30)}'`;
  return `Python cannot be read on from ${shown}; correct the line, or the one before it (an open bracket, a missing colon)`;
}

function problem(offset: number, message: string): SyntaxProblem {
  return { rule: 'python-syntax', offset, message };
}
