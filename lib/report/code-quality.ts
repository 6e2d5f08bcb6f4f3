import { createHash } from 'node:crypto';

export interface CodeQualityIssue {
  /** Undefined for what follows no rule with a name. */
  readonly rule: string | undefined;
  readonly level: 'notice' | 'warning' | 'error';
  readonly message: string;
  /** Relative to the root of the repository, with `/`. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

const SEVERITIES = { notice: 'info', warning: 'minor', error: 'major' } as const;

/**
 * A code quality report, as GitLab reads it.
 * Source: GitLab Docs, "Code Quality", "Code Quality report format".
 */
export function codeQualityJson(issues: readonly CodeQualityIssue[]): string {
  const seen = new Map<string, number>();
  const report = issues.map(({ rule, level, message, file, line }) => {
    // Without the line: a finding that moves with its code stays the same finding.
    const content = JSON.stringify([level, rule ?? '', file, message]);
    const count = seen.get(content) ?? 0;
    seen.set(content, count + 1);
    return {
      description: rule === undefined ? message : `${rule}: ${message}`,
      check_name: rule ?? 'headgate',
      fingerprint: createHash('sha256').update(`${content}${count}`).digest('hex'),
      severity: SEVERITIES[level],
      location: { path: file, lines: { begin: line } },
    };
  });
  return `${JSON.stringify(report, null, 2)}\n`;
}
