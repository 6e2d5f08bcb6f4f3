import type { StackFailure } from '../../lib/aws/cloudformation/explain-failure.ts';
import type { PackagePlan } from '../../lib/aws/cloudformation/package.ts';
import { lineAndColumn } from '../../lib/aws/cloudformation/template-error.ts';
import type { TemplateNode } from '../../lib/aws/cloudformation/template-node.ts';
import type { ValidationFinding } from '../../lib/aws/cloudformation/validation-findings.ts';
import type { Annotation, Host } from '../../lib/hosts/host.ts';

/** Shows on the lines of the template what CloudFormation found there: all findings, or the resource that failed. */
export function annotateFailure(host: Host, sources: PackagePlan, { findings, explanation }: StackFailure): void {
  const { rootCause } = explanation.data ?? {};
  const cause = isCause(rootCause) ? [{ level: 'error', ...rootCause } as const] : [];
  annotateFindings(host, sources, findings.length > 0 ? findings : cause);
}

/** Shows findings on the lines of the template that they are about. */
export function annotateFindings(host: Host, { template }: PackagePlan, findings: readonly ValidationFinding[]): void {
  for (const { level, logicalId, type, reason, path } of findings) {
    const place =
      nodeAt(template.root, path) ?? template.resources.find((resource) => resource.logicalId === logicalId);
    if (place === undefined) continue;
    const annotation: Annotation = {
      level,
      title: `${logicalId} (${type})`,
      message: reason,
      file: template.file,
      line: lineAndColumn(template.text, place.range.start).line,
    };
    host.annotate(annotation);
  }
}

/** The node at a path such as `/Resources/Bucket/Properties/Tags/0`, or the last one on the way there. */
function nodeAt(root: TemplateNode, path: string | undefined): TemplateNode | undefined {
  if (path === undefined) return undefined;
  let found: TemplateNode | undefined;
  for (
    let node: TemplateNode | undefined = root, keys = path.split('/').filter((key) => key !== '');
    keys.length > 0;
  ) {
    const [key = ''] = keys.splice(0, 1);
    node = node?.kind === 'map' ? node.entries.get(key) : node?.kind === 'list' ? node.items[Number(key)] : undefined;
    if (node === undefined) break;
    found = node;
  }
  return found;
}

function isCause(value: unknown): value is { logicalId: string; type: string; reason: string } {
  return typeof value === 'object' && value !== null && 'logicalId' in value && 'type' in value && 'reason' in value;
}
