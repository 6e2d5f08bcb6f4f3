import { isScalar, parseAllDocuments, Scalar, visit } from 'yaml';
import type { Finding } from './findings.ts';

type Input = { type?: string; default?: unknown; options?: unknown[] } | null;

const interpolation = /\$\[\[\s*(inputs|component)\.([\w-]+)[^\]]*\]\]/g;
const wholeInterpolation = /^\$\[\[\s*inputs\.([\w-]+)\s*\]\]$/;

/**
 * The two documents of a GitLab template: its header as it is, and its jobs with every `$[[ inputs.x ]]` replaced by
 * a value that the input can take. GitLab gives a value that is one whole interpolation the type of its input, so a
 * schema check of the raw text would take a number for a string. Source: docs.gitlab.com/ci/inputs.
 */
export function renderTemplate(file: string, text: string): { header: string; jobs: string; findings: Finding[] } {
  const documents = parseAllDocuments(text);
  const [header, jobs] = documents;
  const findings: Finding[] = [];
  const report = (rule: string, message: string) => findings.push({ file, line: 0, rule, message });
  if (!header || !jobs || documents.length !== 2) {
    report('documents', 'a template is two YAML documents: `spec:`, then `---`, then the jobs');
    return { header: '', jobs: '', findings };
  }
  for (const error of documents.flatMap((document) => document.errors)) report('yaml', error.message);

  const inputs = (header.toJS() as { spec?: { inputs?: Record<string, Input> } } | null)?.spec?.inputs ?? {};
  const valueFor = (name: string): unknown => {
    if (name in inputs) return sample(inputs[name] ?? null);
    report('unknown-input', `the jobs use the input '${name}', which the header does not declare`);
    return 'x';
  };
  visit(jobs, {
    Scalar(_key, node) {
      if (typeof node.value !== 'string') return;
      const whole = wholeInterpolation.exec(node.value);
      if (whole) {
        const value = jobs.createNode(valueFor(whole[1]!));
        if (!isScalar(value)) return value;
        node.value = value.value;
        node.type = typeof value.value === 'string' ? Scalar.QUOTE_DOUBLE : Scalar.PLAIN;
        return;
      }
      node.value = node.value.replace(interpolation, (_match, space: string, name: string) =>
        space === 'component' ? 'x' : String(valueFor(name)),
      );
    },
  });
  return { header: header.toString({ directives: false }), jobs: jobs.toString({ directives: false }), findings };
}

function sample(input: Input): unknown {
  if (input?.default !== undefined && input.default !== null) return input.default;
  if (input?.options?.[0] !== undefined) return input.options[0];
  switch (input?.type) {
    case 'number':
      return 1;
    case 'boolean':
      return true;
    case 'array':
      return ['x'];
    default:
      return 'x';
  }
}
