import { describe, expect, test } from '@jest/globals';
import type { Exception } from './exceptions.ts';
import { judge } from './findings.ts';

const queue = { file: '.github/workflows/ci.yml', line: 3, rule: 'syntax-check', message: 'unexpected key "queue"' };
const exception: Exception = {
  linter: 'actionlint',
  files: '.github/workflows/*.yml',
  finding: 'unexpected key "queue"',
  reason: 'too old',
};

describe('an exception', () => {
  test('covers the finding of its linter in its files', () => {
    expect(judge('actionlint', [queue], [exception])).toEqual({ unexpected: [], unused: [] });
  });

  test('covers no other file, text or linter', () => {
    const elsewhere = { ...queue, file: 'workflows/ci.yml' };
    expect(judge('actionlint', [elsewhere], [exception]).unexpected).toEqual([elsewhere]);
    const other = { ...queue, message: 'unexpected key "que"' };
    expect(judge('actionlint', [other], [exception]).unexpected).toEqual([other]);
    expect(judge('zizmor', [queue], [exception])).toEqual({ unexpected: [queue], unused: [] });
  });

  test('is reported when it covers nothing', () => {
    expect(judge('actionlint', [], [exception]).unused).toEqual([exception]);
  });
});
