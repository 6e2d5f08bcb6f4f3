import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type ExpectedSkip, expectedSkips, missingMessage, requires, verdict } from './requires.ts';

const here: ExpectedSkip = { suite: 'lint/x', needs: 'tool', where: 'somewhere', why: 'reason' };
const absent = { suite: 'lint/x', tool: 'tool', present: false, ci: false };

describe('a suite that needs a tool', () => {
  test('runs where the tool is there', () => {
    expect(verdict({ ...absent, present: true, ci: true }, [])).toBe('run');
  });

  test('fails where the tool is absent and nothing is said about it', () => {
    expect(verdict(absent, [])).toBe('fail');
  });

  test('is skipped where its own entry allows it', () => {
    expect(verdict(absent, [here])).toBe('skip');
    expect(verdict({ ...absent, suite: 'lint/y' }, [here])).toBe('fail');
    expect(verdict({ ...absent, tool: 'other' }, [here])).toBe('fail');
  });

  test('is skipped in CI only where the entry says so', () => {
    expect(verdict({ ...absent, ci: true }, [here])).toBe('fail');
    expect(verdict({ ...absent, ci: true }, [{ ...here, ci: true }])).toBe('skip');
  });

  test('says what is missing and the line that installs it', () => {
    expect(missingMessage('zizmor', 'lint/zizmor', 'it audits')).toContain('scripts/tools.sh need_python_tools');
    expect(missingMessage('rsync', 'e2e/gitlab', 'it copies')).toMatch(/^rsync is missing.*need_debian rsync/);
    expect(missingMessage('go', 'e2e/images', 'it compiles')).toMatch(/^go is missing.*need_debian golang-go\./);
  });
});

const node = requires('node', 'it is what runs this test');
node.test('is given the path of a tool found on PATH', () => {
  expect(existsSync(node.path)).toBe(true);
});

test('every expected skip names a suite that exists, a place and a reason', () => {
  for (const skip of expectedSkips()) {
    expect(existsSync(join(import.meta.dirname, '..', `${skip.suite}.test.ts`))).toBe(true);
    expect(skip.where).not.toBe('');
    expect(skip.why).not.toBe('');
  }
});
