import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkBranchName } from '../../../lib/naming/ref.ts';
import { anyText } from './branches.ts';

describe('a branch name', () => {
  test.each([
    'main',
    'feature/login',
    '@',
    '@/x',
    'HEAD/x',
    'refs/heads/x',
    'a-',
    'a/-b',
    'x.locked',
    '日本語',
    '$(touch pwned)'.replace(' ', '_'),
    '`id`;"x"|&',
    '\u0085',
    'x'.repeat(255),
    'x'.repeat(1000),
  ])('may be %j', (name) => {
    expect(checkBranchName(name)).toEqual({ ok: true, branch: name });
  });

  test.each([
    ['', 'is empty'],
    ['HEAD', "is 'HEAD'"],
    ['-a', "begins with '-'"],
    ['a b', 'holds a space or one of'],
    ['a~1', 'holds a space or one of'],
    ['a\\b', 'holds a space or one of'],
    ['a\nb', 'holds a control character'],
    ['a\x7f', 'holds a control character'],
    ['/a', "begins or ends with '/'"],
    ['a/', "begins or ends with '/'"],
    ['a//b', "holds '//'"],
    ['a..b', "holds '..'"],
    ['a@{b', "holds '@{'"],
    ['a.', "ends with '.'"],
    ['a/.b', "begins with '.'"],
    ['a.lock/b', "ends with '.lock'"],
    ['x'.repeat(1001), 'is longer than 1000 bytes'],
    ['é'.repeat(501), 'is longer than 1000 bytes'],
    ['a\uFFFD', 'holds bytes that are not UTF-8'],
    ['a\uD800', 'holds bytes that are not UTF-8'],
  ])('may not be %j', (name, reason) => {
    expect(checkBranchName(name)).toEqual({ ok: false, reason: expect.stringContaining(reason) });
  });

  test('bytes that are not UTF-8 are refused and not mistaken for one another', () => {
    const [one, other] = [Buffer.from([0x61, 0xff]), Buffer.from([0x61, 0xfe])].map((bytes) => bytes.toString());
    expect(one).toBe(other);
    expect(checkBranchName(one ?? '').ok).toBe(false);
  });
});

describe('beside git check-ref-format --branch', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'headgate-ref-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const git = (name: string) => {
    const { status, error } = spawnSync('git', ['check-ref-format', '--branch', name], {
      cwd: directory,
      env: { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() },
    });
    if (error !== undefined) throw error;
    return status === 0;
  };

  test('the verdict is the same for any text that a command line can carry', () => {
    const carried = anyText.filter((text) => text.isWellFormed() && !/[\0\uFFFD]/.test(text));
    let legal = 0;
    fc.assert(
      fc.property(carried, (text) => {
        const { ok } = checkBranchName(text);
        if (ok) legal++;
        expect({ text, ok }).toEqual({ text, ok: git(text) });
      }),
      { seed: 8, numRuns: 400 },
    );
    // The comparison says something only when it saw both kinds.
    expect(legal).toBeGreaterThan(50);
    expect(legal).toBeLessThan(350);
  });
});
