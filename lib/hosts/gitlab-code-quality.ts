import { createHash } from 'node:crypto';
import type { Annotation } from './host.ts';

const SEVERITIES = { notice: 'info', warning: 'minor', error: 'major' } as const;

/**
 * A code quality report of the annotations that name a file.
 * Source: GitLab Docs, "Code Quality", "Code Quality report format".
 */
export function codeQualityReport(annotations: readonly Annotation[]): string {
  const seen = new Map<string, number>();
  const issues = annotations.flatMap(({ level, message, title, file, line }) => {
    if (file === undefined) return [];
    // Without the line: a finding that moves with its code stays the same finding.
    const content = JSON.stringify([level, title ?? '', file, message]);
    const count = seen.get(content) ?? 0;
    seen.set(content, count + 1);
    return {
      description: title === undefined ? message : `${title}: ${message}`,
      check_name: title ?? 'headgate',
      fingerprint: createHash('sha256').update(`${content}${count}`).digest('hex'),
      severity: SEVERITIES[level],
      location: { path: file, lines: { begin: line ?? 1 } },
    };
  });
  return `${JSON.stringify(issues, null, 2)}\n`;
}
