import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { codeQualityReport } from '../../../lib/hosts/gitlab-code-quality.ts';
import { codeQualityJson } from '../../../lib/report/code-quality.ts';

test('an issue has what GitLab reads', () => {
  const [issue] = JSON.parse(
    codeQualityJson([{ rule: 'a-rule', level: 'error', message: 'So it is.', file: 'a/b.json', line: 3 }]),
  );

  expect(issue).toMatchObject({
    description: 'a-rule: So it is.',
    check_name: 'a-rule',
    severity: 'major',
    location: { path: 'a/b.json', lines: { begin: 3 } },
  });
  expect(issue.fingerprint).toMatch(/^[0-9a-f]{64}$/);
});

test('the report is the one that annotations of the same rule make on GitLab, so that nothing is shown twice', () => {
  const issue = fc.record({
    rule: fc.constantFrom('first-rule', 'second-rule'),
    level: fc.constantFrom('notice' as const, 'warning' as const, 'error' as const),
    message: fc.string(),
    file: fc.constantFrom('a.json', 'b.py'),
    line: fc.integer({ min: 1, max: 5 }),
  });
  fc.assert(
    fc.property(fc.array(issue), (issues) => {
      const annotations = issues.map(({ rule, ...rest }) => ({ ...rest, title: rule }));

      expect(codeQualityJson(issues)).toBe(codeQualityReport(annotations));
    }),
  );
});
