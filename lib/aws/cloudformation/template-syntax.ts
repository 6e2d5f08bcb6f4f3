import type { Document, Node, Pair } from 'yaml';
import { lineAndColumn, TemplateError, type TemplateProblem } from './template-error.ts';
import type { SourceRange, TemplateNode } from './template-node.ts';
import { MAX_TEMPLATE_BYTES, templateBytes } from './template-size.ts';

/** Deeper than any real template, shallow enough for every recursion over one. */
const MAX_DEPTH = 200;
const MAX_PROBLEMS = 20;

/**
 * Reads the YAML or JSON of a template into nodes with source ranges. Every tag is kept, every scalar stays text.
 *
 * Aliases and merge keys are refused, because CloudFormation refuses them ("CloudFormation template format", YAML);
 * with them gone no small text can stand for a large template.
 *
 * @throws TemplateError naming file, line and column
 */
export async function parseSyntax(text: string, file: string): Promise<TemplateNode> {
  const bytes = templateBytes(text);
  if (bytes > MAX_TEMPLATE_BYTES) {
    const message = `has ${bytes} bytes; CloudFormation accepts at most ${MAX_TEMPLATE_BYTES}. Move parts into nested stacks`;
    throw new TemplateError([{ file, message }]);
  }
  const document = await readDocument(text, file);
  const problems = document.errors.slice(0, MAX_PROBLEMS).map(
    (error): TemplateProblem => ({
      file,
      ...lineAndColumn(text, error.pos[0]),
      message: explain(error.code, error.message),
    }),
  );
  if (problems.length > 0) throw new TemplateError(problems);
  if (document.contents === null)
    throw new TemplateError([{ file, message: 'is empty; write a CloudFormation template' }]);

  const { isAlias, isMap, isScalar, isSeq } = await import('yaml');
  const report = (range: SourceRange, message: string) => {
    problems.push({ file, ...lineAndColumn(text, range.start), message });
  };
  const root = convert(document.contents, 0);
  if (problems.length > 0) throw new TemplateError(problems.slice(0, MAX_PROBLEMS));
  return root;

  function convert(node: Node | null, depth: number): TemplateNode {
    const range = rangeOf(node);
    const tag = node?.tag === undefined ? {} : { tag: node.tag };
    const nothing: TemplateNode = { kind: 'text', value: '', style: 'plain', range, ...tag };
    if (depth > MAX_DEPTH) {
      report(range, `is nested more than ${MAX_DEPTH} levels deep`);
      return nothing;
    }
    if (isAlias(node)) {
      report(range, `'*${node.source}' is a YAML alias, which CloudFormation does not accept; write the value out`);
      return nothing;
    }
    if (isMap(node)) return { kind: 'map', entries: convertEntries(node.items, depth), range, ...tag };
    if (isSeq(node)) {
      return { kind: 'list', items: node.items.map((item) => convert(item as Node | null, depth + 1)), range, ...tag };
    }
    if (!isScalar(node)) return nothing;
    const style = node.type === 'PLAIN' ? 'plain' : node.type?.startsWith('QUOTE') ? 'quoted' : 'block';
    return { kind: 'text', value: typeof node.value === 'string' ? node.value : '', style, range, ...tag };
  }

  function convertEntries(pairs: readonly Pair[], depth: number): ReadonlyMap<string, TemplateNode> {
    const entries = new Map<string, TemplateNode>();
    for (const { key, value } of pairs) {
      const range = rangeOf(key as Node | null);
      const name = isScalar(key) ? (typeof key.value === 'string' ? key.value : '') : undefined;
      if (name === undefined) report(range, 'this key is not text');
      else if (name === '<<')
        report(range, "'<<' is a YAML merge, which CloudFormation does not accept; write the keys out");
      else if (entries.has(name)) report(range, `the key '${shorten(name)}' is written twice in the same map`);
      else entries.set(name, convert(value as Node | null, depth + 1));
    }
    return entries;
  }
}

/** A template is one document; the failsafe schema keeps every scalar as written. */
async function readDocument(text: string, file: string): Promise<Document> {
  const { parseDocument } = await import('yaml');
  try {
    // Duplicate keys are found in `convertEntries`: the library's own check takes quadratic time.
    return parseDocument(text, { schema: 'failsafe', uniqueKeys: false, prettyErrors: false, logLevel: 'error' });
  } catch (error) {
    throw new TemplateError([{ file, message: `is not YAML or JSON: ${shorten(String(error))}` }]);
  }
}

function explain(code: string, message: string): string {
  if (code === 'MULTIPLE_DOCS') return 'has a second YAML document; write one template in one file';
  if (code === 'RESOURCE_EXHAUSTION') return 'is nested too deeply to be read';
  return `is not valid YAML or JSON: ${shorten(message)}`;
}

function shorten(message: string): string {
  const line = message.replaceAll(/\s+/g, ' ');
  return line.length > 200 ? `${line.slice(0, 197)}...` : line;
}

function rangeOf(node: Node | null): SourceRange {
  const [start, end] = node?.range ?? [0, 0];
  return { start, end };
}
