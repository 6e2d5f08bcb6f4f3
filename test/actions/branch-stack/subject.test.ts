import { describe, expect, test } from '@jest/globals';
import { findSubject, type IdentityGiven, type Skip, type Subject } from '../../../actions/branch-stack/subject.ts';
import { BadInput } from '../../../lib/errors.ts';
import type { HostEvent, Surroundings } from '../../../lib/hosts/host.ts';

type Purpose = 'deploy' | 'destroy' | 'name';

const NOTHING: IdentityGiven = { branch: undefined, component: undefined, prefix: undefined, repository: undefined };

function surroundings(event: HostEvent): Surroundings {
  return { serverHost: 'github.com', repositoryPath: 'octo-org/shop', defaultBranch: 'main', event };
}

/** The branch that is meant, or why there is none. */
async function meant(event: HostEvent, purpose: Purpose, given: Partial<IdentityGiven> = {}): Promise<string> {
  try {
    const found: Subject | Skip = await findSubject({ ...NOTHING, ...given }, surroundings(event), purpose);
    return 'skip' in found ? `skip: ${found.skip}` : found.branch;
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    return `refused: ${error.problems.map(({ message }) => message).join()}`;
  }
}

const branch = 'feature/a';
const pullRequest = { kind: 'pull-request', number: 7, branch, sameRepository: true } as const;
const EVENTS = {
  created: { kind: 'branch-created', branch },
  pushed: { kind: 'branch-pushed', branch },
  deleted: { kind: 'branch-deleted', branch },
  stop: { kind: 'stop', branch },
  opened: { ...pullRequest, action: 'opened' },
  updated: { ...pullRequest, action: 'updated' },
  labelled: { ...pullRequest, action: 'other' },
  closed: { ...pullRequest, action: 'closed' },
  'fork opened': { ...pullRequest, action: 'opened', sameRepository: false },
  'fork closed': { ...pullRequest, action: 'closed', sameRepository: false },
  tag: { kind: 'tag', tag: 'v1', deleted: false },
  'tag deleted': { kind: 'tag', tag: 'v1', deleted: true },
  schedule: { kind: 'schedule', branch },
  manual: { kind: 'manual', branch },
  other: { kind: 'other', branch },
  'manual without a branch': { kind: 'manual' },
  'other without a branch': { kind: 'other' },
} as const satisfies Record<string, HostEvent>;

const GONE = "skip: Branch 'feature/a' is gone; there is nothing to deploy";
const FORK = "skip: Pull request 7 comes from a fork; its branch 'feature/a' is not one of this repository";
const TAG = "skip: Tag 'v1' is not a branch";
const required = (by: string, to: Purpose) =>
  `refused: input 'branch': is required: a run by ${by} does not say which branch to ${to}`;

// Only an ending says that a branch's stack is no longer wanted; a push, a schedule and a run by hand do not.
test.each<[keyof typeof EVENTS, deploy: string, destroy: string, name: string]>([
  ['created', branch, required("the event 'branch-created'", 'destroy'), branch],
  ['pushed', branch, required("the event 'branch-pushed'", 'destroy'), branch],
  ['deleted', GONE, branch, branch],
  ['stop', GONE, branch, branch],
  ['opened', branch, 'skip: Pull request 7 was opened; that is nothing to destroy for', branch],
  ['updated', branch, 'skip: Pull request 7 was updated; that is nothing to destroy for', branch],
  ['labelled', branch, 'skip: Pull request 7 was other; that is nothing to destroy for', branch],
  ['closed', 'skip: Pull request 7 was closed; that is nothing to deploy for', branch, branch],
  ['fork opened', FORK, FORK, branch],
  ['fork closed', FORK, FORK, branch],
  ['tag', TAG, TAG, TAG],
  ['tag deleted', TAG, TAG, TAG],
  ['schedule', branch, required("the event 'schedule'", 'destroy'), branch],
  ['manual', branch, required('hand', 'destroy'), branch],
  ['other', branch, required("the event 'other'", 'destroy'), branch],
  ['manual without a branch', required('hand', 'deploy'), required('hand', 'destroy'), required('hand', 'name')],
  [
    'other without a branch',
    required("the event 'other'", 'deploy'),
    required("the event 'other'", 'destroy'),
    required("the event 'other'", 'name'),
  ],
])('%s', async (event, deploy, destroy, name) => {
  expect({
    deploy: await meant(EVENTS[event], 'deploy'),
    destroy: await meant(EVENTS[event], 'destroy'),
    name: await meant(EVENTS[event], 'name'),
  }).toEqual({ deploy, destroy, name });
});

describe('the input `branch`', () => {
  test.each(Object.keys(EVENTS).filter((event) => !event.startsWith('fork')) as (keyof typeof EVENTS)[])(
    'counts in place of the event: %s',
    async (event) => {
      for (const purpose of ['deploy', 'destroy', 'name'] as const) {
        expect(await meant(EVENTS[event], purpose, { branch: 'release/1' })).toBe('release/1');
      }
    },
  );

  // `branch: ${{ github.head_ref }}` in a workflow on pull requests hands over what the author of the fork chose.
  test.each(['fork opened', 'fork closed'] as const)('does not make the run of a %s touch a stack', async (event) => {
    expect(await meant(EVENTS[event], 'deploy', { branch: 'main' })).toBe(FORK);
    expect(await meant(EVENTS[event], 'destroy', { branch: 'main' })).toBe(FORK);
  });

  test.each(['a..b', '-x', 'a b', 'refs/heads/', 'HEAD'])('%j is no branch name', async (text) => {
    expect(await meant(EVENTS.pushed, 'deploy', { branch: text })).toMatch(
      /^refused: input 'branch': .* is not a branch name: it /,
    );
  });

  test('a branch name of an event is checked, too', async () => {
    expect(await meant({ kind: 'branch-pushed', branch: 'a..b' }, 'deploy')).toContain(
      "refused: input 'branch': 'a..b'",
    );
  });
});

describe('include and exclude', () => {
  test.each<[include: string[], exclude: string[], string]>([
    [[], [], branch],
    [['feature/*'], [], branch],
    [['main', '**'], [], branch],
    [['feature/a'], [], branch],
    [['*'], [], "skip: Branch 'feature/a' matches no pattern of 'include'"],
    [['main', 'release/*'], [], "skip: Branch 'feature/a' matches no pattern of 'include'"],
    [[], ['feature/**'], "skip: Branch 'feature/a' matches a pattern of 'exclude'"],
    [['feature/*'], ['*/a'], "skip: Branch 'feature/a' matches a pattern of 'exclude'"],
    [['feature/*'], ['*/b'], branch],
  ])('%j and %j', async (include, exclude, outcome) => {
    expect(await meant(EVENTS.pushed, 'deploy', { include, exclude })).toBe(outcome);
  });

  test('hold for a branch that is given, and for destroying', async () => {
    expect(await meant(EVENTS.manual, 'destroy', { branch: 'main', exclude: ['main'] })).toMatch(/^skip: /);
  });
});

describe('the subject', () => {
  test('has repository, branch and the name of the stack', async () => {
    const found = await findSubject(NOTHING, surroundings(EVENTS.pushed), 'deploy');
    expect(found).toEqual({
      repository: 'github.com/octo-org/shop',
      branch,
      stackName: expect.stringMatching(/^shop-feature-a-[a-z2-7]{10}$/),
    });
  });

  test('has the same stack whatever event tells of the branch', async () => {
    const events = [EVENTS.created, EVENTS.deleted, EVENTS.stop, EVENTS.opened, EVENTS.schedule];
    const names = await Promise.all(events.map((event) => findSubject(NOTHING, surroundings(event), 'name')));
    expect(new Set(names.map((found) => ('skip' in found ? found.skip : found.stackName))).size).toBe(1);
  });

  test('has another stack for a component, a prefix and a repository', async () => {
    const name = async (given: Partial<IdentityGiven>) => {
      const found = await findSubject({ ...NOTHING, ...given }, surroundings(EVENTS.pushed), 'deploy');
      return 'skip' in found ? found.skip : found.stackName;
    };
    const names = [
      await name({}),
      await name({ component: 'api' }),
      await name({ prefix: 'store' }),
      await name({ repository: 'gitlab.example.com/octo-org/shop' }),
    ];
    expect(new Set(names).size).toBe(4);
    expect(names[1]).toMatch(/^shop-api-feature-a-/);
    expect(names[2]).toMatch(/^store-feature-a-/);
  });

  test('needs a repository, given or from the run', async () => {
    const outside: Surroundings = { event: EVENTS.manual };
    await expect(findSubject(NOTHING, outside, 'deploy')).rejects.toMatchObject({
      exitCode: 2,
      problems: [{ input: 'repository', message: expect.stringContaining("input 'repository': is required") }],
    });
    const given = { ...NOTHING, repository: 'GitHub.com/Octo-Org/Shop' };
    await expect(findSubject(given, outside, 'deploy')).resolves.toMatchObject({
      repository: 'github.com/octo-org/shop',
    });
  });
});
