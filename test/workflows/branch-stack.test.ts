import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { closedEvent, createEvent, deleteEvent, dispatchEvent, pushEvent } from '../e2e/github-events.ts';
import type { RunnerEvent } from '../support/github-runner.ts';
import { interpolate, jobsOf, read } from './caller.ts';

const sha = '1'.repeat(40);
const branch = '$(touch>pwned);"x"/Ünï';

describe('workflows/branch-stack.yml', () => {
  const workflow = read('branch-stack');
  const mine: [string, RunnerEvent, string[]][] = [
    ['a push', pushEvent(branch, sha, false), ['deploy']],
    ['the creation of the branch', createEvent('branch', branch, sha), ['deploy']],
    ['its deletion', deleteEvent('branch', branch, sha), ['destroy']],
    ['its closed pull request', closedEvent(branch, sha, 'same'), ['destroy']],
    ['a run by hand that makes the stack', dispatchEvent('main', sha, { branch, action: 'up' }), ['deploy']],
    ['a run by hand that removes it', dispatchEvent('main', sha, { branch, action: 'down' }), ['destroy']],
  ];

  test.each(mine)('%s waits in the queue of the branch and starts its job', (_, event, jobs) => {
    expect(interpolate(workflow.concurrency.group, event)).toBe(`branch-stack/octo-org/shop/${branch}`);
    expect(jobsOf(workflow, event)).toEqual(jobs);
  });

  const deleting = pushEvent(branch, sha, false);
  const foreign: [string, RunnerEvent][] = [
    ['a new tag', createEvent('tag', branch, sha)],
    ['a deleted tag', deleteEvent('tag', branch, sha)],
    ['a push that deletes', { ...deleting, payload: { ...deleting.payload, deleted: true } }],
    ['a push to the default branch', pushEvent('main', sha, false)],
    ['a closed pull request of the default branch', closedEvent('main', sha, 'same')],
    ['a closed pull request of a fork', closedEvent(branch, sha, 'fork')],
    ['a closed pull request of a fork that is gone', closedEvent(branch, sha, 'deleted fork')],
  ];

  test.each(foreign)('%s starts no job', (_, event) => {
    expect(jobsOf(workflow, event)).toEqual([]);
  });

  test("a fork cannot fill the queue of a branch that has the name of the fork's", () => {
    const group = interpolate(workflow.concurrency.group, closedEvent(branch, sha, 'fork'));
    expect(group).toBe(`branch-stack/stranger/shop/${branch}`);
  });

  test('nothing that waits is dropped or cancelled', () => {
    expect(workflow.concurrency).toMatchObject({ queue: 'max', 'cancel-in-progress': false });
  });

  test('fits on one page', () => {
    const text = readFileSync(path.join(import.meta.dirname, '..', '..', 'workflows', 'branch-stack.yml'), 'utf8');
    expect(text.split('\n').filter((line) => !/^\s*(#|$)/.test(line)).length).toBeLessThanOrEqual(55);
  });
});

describe('workflows/branch-stack-least.yml', () => {
  const workflow = read('branch-stack-least');

  test.each([
    ['a push', pushEvent(branch, sha, false)],
    ['the deletion of the branch', deleteEvent('branch', branch, sha)],
  ])('%s waits in the queue of the branch', (_, event) => {
    expect(interpolate(workflow.concurrency.group, event)).toBe(`stack/${branch}`);
  });

  test('does not run for the default branch, whose stack could not be destroyed', () => {
    expect(workflow.on.push?.['branches-ignore']).toEqual(['main']);
  });
});
