import type { SyntaxNode } from '@lezer/common';
import { hasSlashBefore } from './function.ts';
import type { NewSyntax } from './grammar-gaps.ts';
import type { PythonTree } from './syntax.ts';

/** Syntax that came after Python 3.7. Sources: "What's New in Python" 3.8 to 3.13. */
export function newSyntax({ root, text, blanked }: PythonTree): readonly NewSyntax[] {
  const found: NewSyntax[] = [...blanked];
  const add = (node: { readonly from: number }, python: string, what: string) =>
    found.push({ offset: node.from, python, what });
  root.cursor().iterate((ref) => {
    switch (ref.name) {
      case 'AssignOp':
        if (text.slice(ref.from, ref.to) === ':=') add(ref, '3.8', "':=' inside an expression");
        return;
      case 'ParamList':
        for (let node = ref.node.firstChild; node !== null; node = node.nextSibling) {
          if (hasSlashBefore(node, text))
            add({ from: text.lastIndexOf('/', node.from) }, '3.8', "a '/' in the parameters");
        }
        return;
      case 'FormatSelfDoc':
        add(ref, '3.8', "a '=' in a formatted text");
        return;
      case 'ReturnStatement':
      case 'YieldStatement':
        if (ref.node.getChild('*') !== null)
          add(ref, '3.8', `a '*' after '${ref.name === 'ReturnStatement' ? 'return' : 'yield'}'`);
        return;
      case 'MatchStatement':
        add(ref, '3.10', "'match'");
        return;
      case 'TryStatement': {
        const star = ref.node.getChild('*');
        if (star !== null) add(star, '3.11', "'except*'");
        return;
      }
      case 'TypeDefinition':
        add(ref, '3.12', "the statement 'type'");
        return;
      case 'TypeParamList':
        add(ref, '3.12', 'type parameters in square brackets');
        if (/=/.test(text.slice(ref.from, Math.min(ref.to, ref.from + 2000))))
          add(ref, '3.13', 'defaults of type parameters');
        return;
      case 'FormatString':
        if (isFreeFormat(text, ref.node))
          add(ref, '3.12', 'quotes, backslashes or comments inside the braces of a formatted text');
        return;
    }
  });
  return found.sort((a, b) => a.offset - b.offset);
}

/** PEP 701: before 3.12 the text ended at its quote, also inside braces. */
function isFreeFormat(text: string, node: SyntaxNode): boolean {
  const quote = /^[A-Za-z]{1,2}("""|'''|"|')/.exec(text.slice(node.from, node.from + 5))?.[1];
  if (quote === undefined) return false;
  for (const part of node.getChildren('FormatReplacement')) {
    const expression = text.slice(part.from, part.getChild('FormatSpec')?.from ?? part.to);
    if (expression.includes(quote) || expression.includes('\\')) return true;
    if (part.getChildren('Comment').length > 0) return true;
  }
  return false;
}
