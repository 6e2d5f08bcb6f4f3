import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHost } from '../../../lib/hosts/detect.ts';
import { repositoryOf } from '../../../lib/hosts/terminal-git.ts';
import { type Fixture, fixture } from './host-fixture.ts';

let at: Fixture;
beforeEach(() => {
  at = fixture();
});
afterEach(() => at.remove());

const terminal = (environment: NodeJS.ProcessEnv = {}, flags = {}) =>
  createHost(
    at.options({ HEADGATE_HOST: 'terminal', ...environment }, { flags: { json: false, quiet: false, ...flags } }),
  );

describe('streams', () => {
  test('progress goes to standard error, results to standard output', async () => {
    const host = await terminal();
    await host.log.group('Deploy', async () => host.log.info('working'));
    host.log.warning('care');
    host.annotate({ level: 'error', title: 'check', message: 'no\nNext: fix', file: 'a.py', line: 3 });
    await host.summary('# Report\n');
    await host.setOutputs({ 'stack-name': 'app' });
    expect(at.stderr.text).toBe('Deploy\nworking\nwarning: care\na.py:3: error: check: no\nNext: fix\n');
    expect(at.stdout.text).toBe('# Report\nstack-name=app\n');
  });

  test('--json leaves only JSON on standard output', async () => {
    const host = await terminal({}, { json: true });
    host.log.info('working');
    await host.summary('# Report');
    await host.setOutputs({ branch: 'say "hi"' });
    expect(JSON.parse(at.stdout.text)).toEqual({ outputs: { branch: 'say "hi"' } });
    expect(at.stderr.text).toBe('working\n# Report\n');
  });

  test('quiet leaves warnings, errors and results', async () => {
    const host = await terminal({ HEADGATE_DEBUG: '' }, { quiet: true });
    host.log.info('working');
    host.log.debug('detail');
    host.log.error('bad');
    await host.setOutputs({ a: 'b' });
    expect(at.stderr.text).toBe('error: bad\n');
    expect(at.stdout.text).toBe('a=b\n');
  });

  test('colour is for a terminal without NO_COLOR', async () => {
    at.stderr.isTTY = true;
    (await terminal()).log.warning('one');
    (await terminal({ NO_COLOR: '1' })).log.warning('two');
    expect(at.stderr.text).toBe('\x1b[33mwarning: one\x1b[0m\nwarning: two\n');
  });

  test('text from outside cannot move the cursor', async () => {
    (await terminal()).log.info('branch \x1b[2Aevil\x07');
    expect(at.stderr.text).toBe('branch \\x1b[2Aevil\\x07\n');
  });

  test('masked values are not shown', async () => {
    const host = await terminal();
    host.mask('abc');
    host.mask('abcdef');
    host.log.info('abcdef abc');
    expect(at.stderr.text).toBe('*** ***\n');
  });

  test('an output of several lines is refused here too, so that it is found before CI', async () => {
    await expect((await terminal()).setOutputs({ a: 'b\nc' })).rejects.toThrow("Output 'a' holds more than one line");
  });
});

describe('surroundings', () => {
  const BRANCH = '$(touch${IFS}pwned);"x"';
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      cwd: at.directory,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();

  test('come from the checkout; credentials in the remote go no further', async () => {
    git('init', '--initial-branch=main');
    git('commit', '--allow-empty', '-m', 'first');
    git('remote', 'add', 'origin', 'https://me:s3cret@git.example.com/Group/Shop.git');
    git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main');
    git('checkout', '-b', BRANCH);
    const host = await terminal({ PATH: process.env.PATH });
    const found = await host.surroundings();
    expect(found).toEqual({
      serverHost: 'git.example.com',
      repositoryPath: 'group/shop',
      defaultBranch: 'main',
      commit: git('rev-parse', 'HEAD'),
      event: { kind: 'manual', branch: BRANCH },
    });
    expect(JSON.stringify(found)).not.toContain('s3cret');
  });

  test('know only the branch before the first commit, and no branch on a detached head', async () => {
    git('init', '--initial-branch=main');
    const before = await (await terminal({ PATH: process.env.PATH })).surroundings();
    expect(before).toEqual({ event: { kind: 'manual', branch: 'main' } });
    git('commit', '--allow-empty', '-m', 'first');
    git('checkout', '--detach');
    const detached = await (await terminal({ PATH: process.env.PATH })).surroundings();
    expect(detached).toEqual({ commit: git('rev-parse', 'HEAD'), event: { kind: 'manual' } });
  });

  test('are unknown outside a repository, and without git', async () => {
    const fence = { GIT_CEILING_DIRECTORIES: path.dirname(at.directory) };
    const outside = await terminal({ PATH: process.env.PATH, ...fence });
    expect(await outside.surroundings()).toEqual({ event: { kind: 'manual' } });
    const without = await terminal({ PATH: at.directory });
    expect(await without.surroundings()).toEqual({ event: { kind: 'manual' } });
  });

  test('a local remote has no host', () => {
    expect(repositoryOf('/srv/git/shop.git')).toEqual({});
    expect(repositoryOf('git@github.com:octo-org/shop.git')).toEqual({
      serverHost: 'github.com',
      repositoryPath: 'octo-org/shop',
    });
  });
});

test('what a terminal has not is left out with a note', async () => {
  const host = await terminal();
  expect(await host.comment('a', 'x')).toMatchObject({ done: false, note: expect.any(String) });
  expect(await host.deployment({ environment: 'x', state: 'success' })).toMatchObject({ done: false });
  expect(await host.identityToken('x')).toBeUndefined();
  expect(host.rawInput('x')).toBeUndefined();
});

test('state is kept in the process', async () => {
  const host = await terminal();
  await host.saveState('x', { a: 1 });
  expect(await host.savedState('x')).toEqual({ a: 1 });
  expect(await host.savedState('y')).toBeUndefined();
});
