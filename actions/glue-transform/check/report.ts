import { code, table, text } from '../../../lib/report/markdown.ts';
import type { TransformFinding } from '../transforms/transform.ts';

export interface CheckResult {
  readonly definitions: number;
  readonly findings: readonly TransformFinding[];
  readonly fixed: number;
  readonly warningsAsErrors: boolean;
}

export function countOf({ findings }: CheckResult, level: TransformFinding['level']): number {
  return findings.filter((finding) => finding.level === level).length;
}

export function hasPassed(result: CheckResult): boolean {
  return countOf(result, 'error') === 0 && !(result.warningsAsErrors && countOf(result, 'warning') > 0);
}

/** `12 transforms, 1 error, 2 warnings`. */
export function summaryOf(result: CheckResult): string {
  const counts = [
    count(result.definitions, 'transform'),
    count(countOf(result, 'error'), 'error'),
    count(countOf(result, 'warning'), 'warning'),
    ...(result.fixed === 0 ? [] : [`${count(result.fixed, 'correction')} written`]),
  ];
  return counts.join(', ');
}

/** Errors first, and in each level by file and line. */
export function reportOf(result: CheckResult): string {
  const heading = `## Glue transforms: ${hasPassed(result) ? 'passed' : 'failed'}\n\n${summaryOf(result)}\n`;
  if (result.findings.length === 0) return heading;
  const rows = bySeverity(result.findings).map(({ level, file, line, rule, message }) => [
    level === 'error' ? '❌ error' : '⚠️ warning',
    code(`${file}:${line}`),
    code(rule),
    text(message),
  ]);
  return `${heading}\n${table(['Level', 'Place', 'Rule', 'Finding'], rows)}`;
}

export function bySeverity(findings: readonly TransformFinding[]): readonly TransformFinding[] {
  return [...findings.filter(({ level }) => level === 'error'), ...findings.filter(({ level }) => level === 'warning')];
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
