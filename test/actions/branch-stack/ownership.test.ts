import { describe, expect, test } from '@jest/globals';
import { checkOwnership, tagsFor } from '../../../actions/branch-stack/ownership.ts';
import type { Subject } from '../../../actions/branch-stack/subject.ts';
import type { StackState } from '../../../lib/aws/cloudformation/stack.ts';
import { Refused } from '../../../lib/errors.ts';
import { type Owner, ownershipTags } from '../../../lib/naming/ownership.ts';
import type { Branch } from '../../../lib/naming/ref.ts';
import { type RepositoryId, repositoryIdOf } from '../../../lib/naming/repository.ts';
import { stackName } from '../../../lib/naming/stack-name.ts';

function subjectOf(
  branch: string,
  component?: string,
  repository: RepositoryId = repositoryIdOf('github.com/octo-org/shop'),
): Subject {
  const identity = { repository, branch: branch as Branch, ...(component === undefined ? {} : { component }) };
  return { ...identity, stackName: stackName(identity) };
}

const SUBJECT = subjectOf('feature/a');
const OWNER: Owner = {
  repository: SUBJECT.repository,
  branch: SUBJECT.branch,
  commit: 'a'.repeat(40),
  created: '2026-11-01T00:00:00Z',
  expires: '2026-11-08T00:00:00Z',
  version: '1.0.0',
};

function stack(tags: Readonly<Record<string, string>>, status: StackState['status'] = 'CREATE_COMPLETE'): StackState {
  return {
    name: SUBJECT.stackName,
    id: `arn:aws:cloudformation:eu-central-1:111122223333:stack/${SUBJECT.stackName}/1`,
    status,
    tags,
    parameters: {},
    outputs: {},
    terminationProtection: false,
  };
}

/** Why a stack is refused; undefined when it may be touched. */
function refusal(existing: StackState, subject: Subject = SUBJECT): string | undefined {
  try {
    checkOwnership(existing, subject);
    return undefined;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return error.explanation.what;
  }
}

describe('a stack', () => {
  const ours = ownershipTags(OWNER);

  test('of this branch may be touched, also with tags of its users', () => {
    expect(refusal(stack(ours))).toBeUndefined();
    expect(refusal(stack({ ...ours, team: 'blue' }))).toBeUndefined();
  });

  test.each<[string, Partial<Owner>, string]>([
    ['another branch', { branch: 'feature/b' as Branch }, "belongs to branch 'feature/b' of github.com/octo-org/shop"],
    [
      'another repository',
      { repository: repositoryIdOf('github.com/octo-org/bank') },
      "belongs to branch 'feature/a' of github.com/octo-org/bank",
    ],
    ['a component', { component: 'api' }, "belongs to branch 'feature/a' of github.com/octo-org/shop"],
  ])('of %s is not touched', (_, other, whose) => {
    expect(refusal(stack(ownershipTags({ ...OWNER, ...other })))).toBe(
      `The stack ${SUBJECT.stackName} ${whose}; it is not touched`,
    );
  });

  test('without a component is not touched for one', () => {
    expect(refusal(stack(ours), subjectOf('feature/a', 'api'))).toContain('it is not touched');
  });

  test('without our tags was made by somebody else', () => {
    expect(refusal(stack({ team: 'blue' }))).toContain(
      'has no tags of Headgate, so somebody else made it; it is not touched',
    );
    expect(refusal(stack({}))).toContain('has no tags of Headgate');
  });

  const without = (key: string) => Object.fromEntries(Object.entries(ours).filter(([name]) => name !== key));
  test.each<[string, Record<string, string>]>([
    ['the branch missing', without('headgate:ref')],
    ['the repository missing', without('headgate:repository')],
    ['a branch that is none', { ...ours, 'headgate:ref': 'refs/heads/a..b' }],
    ['a time that is none', { ...ours, 'headgate:created': 'yesterday' }],
    ['one tag alone', { 'headgate:version': '1.0.0' }],
  ])('whose tags are broken, with %s, is not touched', (_, tags) => {
    expect(refusal(stack(tags))).toMatch(/ has tags of Headgate that are not whole: .*; it is not touched$/);
    expect(refusal(stack(tags, 'REVIEW_IN_PROGRESS'))).toContain('not whole');
  });

  test('that is the empty shell of a change set may be filled, unless it says that it is not ours', () => {
    expect(refusal(stack({}, 'REVIEW_IN_PROGRESS'))).toBeUndefined();
    expect(refusal(stack(ours, 'REVIEW_IN_PROGRESS'))).toBeUndefined();
    const other = ownershipTags({ ...OWNER, branch: 'feature/b' as Branch });
    expect(refusal(stack(other, 'REVIEW_IN_PROGRESS'))).toContain('belongs to branch');
  });

  test('without our tags in any other status is not touched', () => {
    for (const status of ['CREATE_IN_PROGRESS', 'ROLLBACK_COMPLETE', 'DELETE_FAILED'] as const) {
      expect(refusal(stack({}, status))).toContain('it is not touched');
    }
  });

  test('is refused with what to do', () => {
    expect(() => checkOwnership(stack({}), SUBJECT)).toThrow(
      "Likely cause: a stack of the same name was made by hand or by another tool, or the repository was renamed. Next: Choose another 'prefix' or 'component', or give 'repository' as it was when the stack was made",
    );
  });
});

describe('the tags to deploy with', () => {
  const WEEK = 7 * 86_400;
  const at = new Date('2026-11-22T19:49:00.123Z');
  const commit = 'b'.repeat(40);
  const now = { at, commit, ttl: WEEK, version: '2.0.0' };
  const first = tagsFor(SUBJECT, undefined, now);

  test('of a new stack say whose it is, from when, for how long, and by which version', () => {
    expect(first).toEqual({
      'headgate:repository': 'github.com/octo-org/shop',
      'headgate:ref': 'refs/heads/feature/a',
      'headgate:commit': commit,
      'headgate:created': '2026-11-22T19:49:00Z',
      'headgate:expires': '2026-11-29T19:49:00Z',
      'headgate:version': '2.0.0',
    });
    expect(refusal(stack(first))).toBeUndefined();
  });

  test('without a time to live have no end', () => {
    expect(tagsFor(SUBJECT, undefined, { ...now, ttl: undefined })).not.toHaveProperty('headgate:expires');
  });

  // Otherwise a second run of the same commit would update every resource that has tags.
  test('stay while the commit stays, whatever the time and the version', () => {
    const later = { ...now, at: new Date('2026-11-25T00:00:00Z'), version: '2.1.0' };
    expect(tagsFor(SUBJECT, stack(first), later)).toEqual(first);
  });

  test('begin the time to live again with a new commit, and keep when the stack was made', () => {
    const later = { ...now, at: new Date('2026-11-25T00:00:00Z'), commit: 'c'.repeat(40), version: '2.1.0' };
    expect(tagsFor(SUBJECT, stack(first), later)).toEqual({
      ...first,
      'headgate:commit': 'c'.repeat(40),
      'headgate:expires': '2026-12-02T00:00:00Z',
      'headgate:version': '2.1.0',
    });
  });

  test('take up or drop the end when a time to live is given or taken away', () => {
    const endless = tagsFor(SUBJECT, stack(first), { ...now, ttl: undefined });
    expect(endless).not.toHaveProperty('headgate:expires');
    expect(tagsFor(SUBJECT, stack(endless), now)['headgate:expires']).toBe('2026-11-29T19:49:00Z');
  });

  test('of an empty shell without tags are those of a new stack', () => {
    expect(tagsFor(SUBJECT, stack({}, 'REVIEW_IN_PROGRESS'), now)).toEqual(first);
  });

  test('with the longest time to live that an input can have are still an instant', () => {
    const tags = tagsFor(SUBJECT, undefined, { ...now, ttl: 36_500 * 86_400 });
    expect(tags['headgate:expires']).toBe('2126-10-29T19:49:00Z');
  });
});
