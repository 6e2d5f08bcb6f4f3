import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import destroy from '../../../actions/branch-stack/destroy.ts';
import type { HostEvent } from '../../../lib/hosts/host.ts';
import { runOperation } from '../../../lib/operation/run.ts';
import { type MemoryHost, memoryHost } from '../../support/memory-host.ts';
import { jumpingClock } from '../../support/test-clock.ts';

let host: MemoryHost | undefined;
beforeEach(() => {
  // Without a Region the first use of AWS is refused, so that it is seen and no call is made.
  delete process.env.AWS_REGION;
  delete process.env.AWS_DEFAULT_REGION;
});
afterEach(() => host?.remove());

const AWS_WAS_USED = "input 'region': is required: give it, or set AWS_REGION for the job";

/** What destroying comes to before AWS is used. */
async function destroying(
  event: HostEvent,
  inputs: Readonly<Record<string, string>> = {},
  defaultBranch: string | null = 'main',
) {
  host?.remove();
  host = memoryHost({
    surroundings: {
      serverHost: 'github.com',
      repositoryPath: 'octo-org/shop',
      event,
      ...(defaultBranch === null ? {} : { defaultBranch }),
    },
  });
  const code = await runOperation({
    operation: destroy,
    host,
    raw: (name) => inputs[name],
    version: '1.2.3',
    clock: jumpingClock(),
    randomHex: (bytes) => 'ab'.repeat(bytes),
    signal: new AbortController().signal,
  });
  const [first = ''] = host.annotations[0]?.message.split('\n') ?? [];
  return { code, message: first };
}

const deleted = (branch: string): HostEvent => ({ kind: 'branch-deleted', branch });

describe('a branch', () => {
  test('that is gone may lose its stack', async () => {
    expect(await destroying(deleted('feature/a'))).toEqual({ code: 2, message: AWS_WAS_USED });
  });

  test.each<[string, Record<string, string>, string | null, string]>([
    ['main', {}, 'main', "Branch 'main' is the default branch; its stack is not destroyed"],
    ['develop', {}, 'develop', "Branch 'develop' is the default branch; its stack is not destroyed"],
    ['trunk', { 'default-branch': 'trunk' }, null, "Branch 'trunk' is the default branch; its stack is not destroyed"],
    // Another default branch that is given does not open the real one.
    [
      'main',
      { 'default-branch': 'trunk', protected: 'none' },
      'main',
      "Branch 'main' is the default branch; its stack is not destroyed",
    ],
    ['master', {}, 'main', "Branch 'master' is named by 'protected'; its stack is not destroyed"],
    ['main', {}, 'develop', "Branch 'main' is named by 'protected'; its stack is not destroyed"],
    [
      'release/7',
      { protected: 'release/*' },
      'main',
      "Branch 'release/7' is named by 'protected'; its stack is not destroyed",
    ],
  ])('%s with %j and the default branch %s keeps its stack', async (branch, inputs, defaultBranch, message) => {
    expect(await destroying(deleted(branch), inputs, defaultBranch)).toEqual({ code: 1, message });
    expect(await destroying({ kind: 'manual' }, { ...inputs, branch }, defaultBranch)).toEqual({ code: 1, message });
    expect(await destroying({ kind: 'stop', branch }, { ...inputs, 'dry-run': 'offline' }, defaultBranch)).toEqual({
      code: 1,
      message,
    });
  });

  test.each<[string, Record<string, string>]>([
    ['master', { protected: 'release/*' }],
    ['release/7/fix', { protected: 'release/*' }],
    ['Main', {}],
  ])('%s with %j is not protected', async (branch, inputs) => {
    expect(await destroying(deleted(branch), inputs)).toEqual({ code: 2, message: AWS_WAS_USED });
  });

  test('is not destroyed where nobody says which the default branch is', async () => {
    expect(await destroying({ kind: 'manual' }, { branch: 'feature/a' }, null)).toEqual({
      code: 2,
      message:
        "input 'default-branch': is required: the default branch is not known here, and its stack must never be destroyed",
    });
  });
});

describe('skipped without any call', () => {
  test.each<[string, HostEvent, Record<string, string>]>([
    [
      'the pull request of a fork',
      { kind: 'pull-request', action: 'closed', number: 7, branch: 'x', sameRepository: false },
      {},
    ],
    [
      'a pull request that was only updated',
      { kind: 'pull-request', action: 'updated', number: 7, branch: 'x', sameRepository: true },
      {},
    ],
    ['a tag that was deleted', { kind: 'tag', tag: 'v1', deleted: true }, {}],
    ['a branch that is excluded', deleted('dependabot/npm'), { exclude: 'dependabot/**' }],
  ])('%s', async (_, event, inputs) => {
    expect(await destroying(event, inputs)).toEqual({ code: 0, message: '' });
    expect(host?.outputs).toMatchObject({ status: 'skipped' });
  });
});
