import { createHash } from 'node:crypto';

export interface CodeQualityIssue {
  readonly rule: string;
  readonly level: 'notice' | 'warning' | 'error';
  readonly message: string;
  /** Relative to the root of the repository, with `/`. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

const SEVERITIES = { notice: 'info', warning: 'minor', error: 'major' } as const;

/**
 * A code quality report, as GitLab reads it. An issue has the same fingerprint as the annotation with the rule as its
 * title has in the report of the GitLab host, so that a merge request shows both as one.
 * Source: GitLab Docs, "Code Quality", "Code Quality report format".
 */
export function codeQualityJson(issues: readonly CodeQualityIssue[]): string {
  const seen = new Map<string, number>();
  const report = issues.map(({ rule, level, message, file, line }) => {
    // Without the line: a finding that moves with its code stays the same finding.
    const content = JSON.stringify([level, rule, file, message]);
    const count = seen.get(content) ?? 0;
    seen.set(content, count + 1);
    return {
      description: `${rule}: ${message}`,
      check_name: rule,
      fingerprint: createHash('sha256').update(`${content}${count}`).digest('hex'),
      severity: SEVERITIES[level],
      location: { path: file, lines: { begin: line } },
    };
  });
  return `${JSON.stringify(report, null, 2)}\n`;
}
