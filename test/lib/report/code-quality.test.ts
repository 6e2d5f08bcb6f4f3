import { expect, test } from '@jest/globals';
import fc from 'fast-check';
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

test('what follows no rule is described by its message alone', () => {
  const [issue] = JSON.parse(
    codeQualityJson([{ rule: undefined, level: 'notice', message: 'So it is.', file: 'a', line: 1 }]),
  );
  expect(issue).toMatchObject({ description: 'So it is.', check_name: 'headgate', severity: 'info' });
});

const issue = fc.record({
  rule: fc.constantFrom('first-rule', 'second-rule', undefined),
  level: fc.constantFrom('notice' as const, 'warning' as const, 'error' as const),
  message: fc.constantFrom('one', 'two', ''),
  file: fc.constantFrom('a.json', 'b.py'),
  line: fc.integer({ min: 1, max: 5 }),
});

test('fingerprints differ within a report, and none depends on a line', () => {
  fc.assert(
    fc.property(fc.array(issue), fc.integer({ min: 1, max: 99 }), (issues, moved) => {
      const fingerprints = (of: typeof issues) =>
        JSON.parse(codeQualityJson(of)).map(({ fingerprint }: { fingerprint: string }) => fingerprint);
      const before = fingerprints(issues);

      expect(new Set(before).size).toBe(issues.length);
      expect(fingerprints(issues.map((each) => ({ ...each, line: each.line + moved })))).toEqual(before);
    }),
  );
});
