import { describe, expect, test } from '@jest/globals';
import { createEvent, deleteEvent, pushEvent } from '../e2e/github-events.ts';
import type { RunnerEvent } from '../support/github-runner.ts';
import { interpolate, jobsOf, read } from './caller.ts';

const sha = '1'.repeat(40);
const branch = '$(touch>pwned);"x"/Ünï';

describe('workflows/multi-arch-image.yml', () => {
  const workflow = read('multi-arch-image');
  const pushed = pushEvent(branch, sha, false);
  const tagged = { ...pushed, ref: 'refs/tags/v1.2.3' };
  const nightly: RunnerEvent = { name: 'schedule', payload: { schedule: '17 3 * * *' }, ref: 'refs/heads/main', sha };

  test.each<[string, RunnerEvent, string[]]>([
    ['a push', pushed, ['image']],
    ['a tag', tagged, ['image']],
    ['a push that deletes', { ...pushed, payload: { ...pushed.payload, deleted: true } }, []],
    ['a deleted branch', deleteEvent('branch', branch, sha), ['clean']],
    ['a deleted tag', deleteEvent('tag', 'v1.2.3', sha), []],
    ['the night', nightly, ['clean']],
  ])('%s starts its job', (_, event, jobs) => {
    expect(jobsOf(workflow, event)).toEqual(jobs);
  });

  test('each branch and tag has a queue of its own, and so has the clean-up', () => {
    const group = (event: RunnerEvent) => interpolate(workflow.concurrency.group, event);
    expect(group(pushed)).toBe(`multi-arch-image/refs/heads/${branch}`);
    expect(group(tagged)).toBe('multi-arch-image/refs/tags/v1.2.3');
    expect(group(deleteEvent('branch', branch, sha))).toBe('multi-arch-image/clean');
    expect(group(nightly)).toBe('multi-arch-image/clean');
  });

  test('is not started by what makes no image', () => {
    expect(Object.keys(workflow.on)).not.toContain(createEvent('branch', branch, sha).name);
  });
});
