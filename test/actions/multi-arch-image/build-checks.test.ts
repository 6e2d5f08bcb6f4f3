import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { checkBuild } from '../../../actions/multi-arch-image/build/checks.ts';
import { BUILD_INPUTS } from '../../../actions/multi-arch-image/build/inputs.ts';
import { originOf, sourceDateEpoch } from '../../../actions/multi-arch-image/build/metadata.ts';
import { BadInput } from '../../../lib/errors.ts';
import { parseInputs } from '../../../lib/operation/inputs.ts';

const outside = mkdtempSync(path.join(os.tmpdir(), 'headgate-outside-'));
const workspace = mkdtempSync(path.join(os.tmpdir(), 'headgate-checks-'));

beforeAll(() => {
  writeFileSync(path.join(outside, 'Containerfile'), 'FROM scratch\n');
  for (const folder of ['app', 'plain', 'linked-file', 'both']) mkdirSync(path.join(workspace, folder));
  writeFileSync(path.join(workspace, 'app', 'Dockerfile'), 'FROM scratch\n');
  writeFileSync(path.join(workspace, 'both', 'Dockerfile'), 'FROM scratch\n');
  writeFileSync(path.join(workspace, 'both', 'Containerfile'), 'FROM scratch\n');
  symlinkSync(outside, path.join(workspace, 'way-out'));
  symlinkSync('app', path.join(workspace, 'way-in'));
  symlinkSync(path.join(outside, 'Containerfile'), path.join(workspace, 'linked-file', 'Containerfile'));
});
afterAll(() => {
  for (const directory of [outside, workspace]) rmSync(directory, { recursive: true, force: true });
});

async function check(given: Readonly<Record<string, string>>, environment: NodeJS.ProcessEnv = {}) {
  const raw = (name: string) => ({ platform: 'amd64', context: 'app', ...given })[name];
  return await checkBuild(await parseInputs(BUILD_INPUTS, raw, { workspace }), workspace, environment);
}

/** The messages of everything that is refused. */
async function problems(given: Readonly<Record<string, string>>, environment?: NodeJS.ProcessEnv): Promise<string> {
  const error = await check(given, environment).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(BadInput);
  return (error as BadInput).problems.map(({ message }) => message).join('\n');
}

describe('what is built', () => {
  test('is the file of the context, through links inside the workspace', async () => {
    expect(await check({ context: 'way-in' })).toMatchObject({ file: path.join(workspace, 'app', 'Dockerfile') });
    expect(await check({ context: 'both' })).toMatchObject({ file: path.join(workspace, 'both', 'Containerfile') });
    expect(await check({ context: 'plain', file: 'app/Dockerfile' })).toMatchObject({
      context: path.join(workspace, 'plain'),
    });
  });

  test.each([
    [{ context: 'none' }, "input 'context': 'none' does not exist"],
    [{ context: 'app/Dockerfile' }, "input 'context': 'app/Dockerfile' is not a folder"],
    [{ context: 'way-out' }, "input 'context': 'way-out' is a symbolic link that leads out of the workspace"],
    [{ context: '../' }, "input 'context': '../' is outside the workspace"],
    [{ context: 'plain' }, "input 'file': is required: the context has neither"],
    [{ context: 'linked-file' }, "input 'file': 'Containerfile' in the context is a symbolic link that leads out"],
    [{ file: 'way-out/Containerfile' }, "input 'file': 'way-out/Containerfile' is a symbolic link that leads out"],
    [{ file: 'app' }, "input 'file': 'app' is not a file"],
    [{ file: 'app/none' }, "input 'file': 'app/none' does not exist"],
    [{ platform: 'linux / arm64' }, "input 'platform': 'linux / arm64' is not a platform"],
    [{ target: '--secret' }, "input 'target': '--secret' is not allowed"],
    [{ annotations: 'a b: c' }, "input 'annotations': 'a b' is not a key"],
    [{ annotations: '{"a": "one\\ntwo"}' }, "input 'annotations': the value of 'a' must be one line"],
    [{ labels: '"=": x' }, "input 'labels': '=' is not a key"],
    [{ 'build-args': 'a-b: c' }, "input 'build-args': 'a-b' is not a name"],
    [{ 'cache-from': 'shop' }, "input 'cache-from': 'shop' does not begin with a registry"],
    [{ registries: 'ghcr.io/acme' }, "input 'registries': 'ghcr.io/acme' is not a registry"],
    [{ registries: 'https://ghcr.io' }, "input 'registries': 'https://ghcr.io' is not a registry"],
  ])('%j', async (given, message) => {
    expect(await problems(given)).toContain(message);
  });

  test('all problems are told together', async () => {
    const given = { context: 'none', file: 'none', secrets: 'a=NOT_SET', annotations: '"": x', 'build-args': '1: x' };
    const told = (await problems(given)).split('\n').map((line) => /'([a-z-]+)'/.exec(line)?.[1]);
    expect(told).toEqual(['context', 'file', 'secrets', 'build-args', 'annotations']);
  });
});

describe('secrets', () => {
  test('are named by a variable, or by a variable that names a file', async () => {
    const file = path.join(outside, 'key');
    writeFileSync(file, 'of the file');
    const environment = { NPM_TOKEN: 'of the variable', KEY_FILE: file };
    expect(await check({ secrets: 'npm=NPM_TOKEN\nkey=file:KEY_FILE' }, environment)).toMatchObject({
      secrets: [
        { id: 'npm', variable: 'NPM_TOKEN' },
        { id: 'key', file },
      ],
      secretValues: ['of the variable', 'of the file'],
    });
  });

  test.each([
    ['a=NOT_SET', "the variable NOT_SET of 'a' is not set"],
    ['a=EMPTY', "the variable EMPTY of 'a' is not set"],
    ['a=SET\na=SET', "'a' is there twice"],
    ['a=file:SET', "the variable SET of 'a' names no file"],
    ['a=file:COMMA', "the variable COMMA of 'a' names a file with a comma"],
  ])('%j is refused', async (secrets, message) => {
    expect(await problems({ secrets }, { EMPTY: '', SET: 'some-value', COMMA: '/a,b' })).toContain(message);
  });

  test('a secret that stands where its variable should is not repeated', async () => {
    const message = await problems({ secrets: 'a=SET\nb=ghp-not-a-name!' }, { SET: 'x' });
    expect(message).toContain("entry 2 is not of the form 'id=VARIABLE'");
    expect(message).not.toContain('ghp');
  });
});

describe('the origin of an image', () => {
  test('is what the host knows; the time only where it is always the same', () => {
    const surroundings = { serverHost: 'github.com', repositoryPath: 'octo-org/shop', commit: 'a'.repeat(40) };
    expect(originOf(surroundings, 1_700_000_000)).toEqual({
      'org.opencontainers.image.source': 'https://github.com/octo-org/shop',
      'org.opencontainers.image.revision': 'a'.repeat(40),
      'org.opencontainers.image.created': '2023-11-14T22:13:20Z',
    });
    expect(originOf({}, undefined)).toEqual({});
  });

  test('SOURCE_DATE_EPOCH counts, otherwise the time of the commit', async () => {
    const repository = mkdtempSync(path.join(os.tmpdir(), 'headgate-epoch-'));
    try {
      await expect(sourceDateEpoch(repository, {})).rejects.toThrow(/needs the time of the commit/);
      await expect(sourceDateEpoch(repository, { SOURCE_DATE_EPOCH: 'now' })).rejects.toThrow(
        /not a number of seconds/,
      );
      expect(await sourceDateEpoch(repository, { SOURCE_DATE_EPOCH: '12' })).toBe(12);
      const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.com', '-c', 'commit.gpgsign=false'];
      await execa('git', ['init', '--quiet'], { cwd: repository });
      await execa('git', [...who, 'commit', '--quiet', '--allow-empty', '--message', 'one'], {
        cwd: repository,
        env: { GIT_COMMITTER_DATE: '2001-02-03T04:05:06Z' },
      });
      expect(await sourceDateEpoch(repository, {})).toBe(Date.parse('2001-02-03T04:05:06Z') / 1000);
    } finally {
      rmSync(repository, { recursive: true, force: true });
    }
  });
});
