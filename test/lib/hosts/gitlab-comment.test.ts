import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHost } from '../../../lib/hosts/detect.ts';
import type { Host } from '../../../lib/hosts/host.ts';
import { type GitlabApi, PROJECT_ID, SELF, startGitlabApi, TOKEN } from '../../support/gitlab-api.ts';
import { type Fixture, fixture } from './host-fixture.ts';

let at: Fixture;
let api: GitlabApi;
beforeEach(async () => {
  at = fixture();
  api = await startGitlabApi();
});
afterEach(async () => {
  at.remove();
  await api.close();
});

const job = (environment: NodeJS.ProcessEnv): Promise<Host> =>
  createHost(
    at.options({
      GITLAB_CI: 'true',
      CI_API_V4_URL: api.url,
      CI_PROJECT_ID: String(PROJECT_ID),
      CI_PROJECT_URL: 'https://gitlab.example.com/group/shop',
      HEADGATE_GITLAB_TOKEN: TOKEN,
      ...environment,
    }),
  );
const onMergeRequest = (more: NodeJS.ProcessEnv = {}) =>
  job({
    CI_PIPELINE_SOURCE: 'merge_request_event',
    CI_MERGE_REQUEST_IID: '17',
    CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: 'feature/login',
    CI_MERGE_REQUEST_SOURCE_PROJECT_ID: String(PROJECT_ID),
    ...more,
  });
const note = (id: number, body: string, author = SELF) => ({ id, merge_request: 17, body, author: { id: author } });

describe('comment', () => {
  test('is created once and then updated, and an unchanged one is left alone', async () => {
    const host = await onMergeRequest();
    expect(await host.comment('a', 'one\n')).toEqual({
      done: true,
      url: 'https://gitlab.example.com/group/shop/-/merge_requests/17',
    });
    await host.comment('a', 'two\n');
    const before = api.requests.length;
    await host.comment('a', 'two\n');
    expect(api.requests.slice(before).filter((request) => !request.startsWith('GET'))).toEqual([]);
    expect(api.notes.map(({ body }) => body)).toEqual(['<!-- headgate:a -->\ntwo']);
  });

  test('is found on a later page', async () => {
    for (let id = 0; id < 150; id += 1) api.notes.push(note(id, 'chat'));
    api.notes.push(note(777, '<!-- headgate:a -->\nold'));
    await (await onMergeRequest()).comment('a', 'new');
    expect(api.notes.at(-1)).toMatchObject({ id: 777, body: '<!-- headgate:a -->\nnew' });
  });

  test('of somebody else with a faked marker is not ours', async () => {
    api.notes.push(note(1, '<!-- headgate:a -->\nfake', 99));
    await (await onMergeRequest()).comment('a', 'true');
    expect(api.notes.map(({ body }) => body)).toEqual(['<!-- headgate:a -->\nfake', '<!-- headgate:a -->\ntrue']);
  });

  test('carries out no quick action', async () => {
    await (await onMergeRequest()).comment('a', 'title\n/merge\n  /close\n1/2 /tmp\n');
    expect(api.notes[0]!.body).toBe('<!-- headgate:a -->\ntitle\n\u200b/merge\n  \u200b/close\n1/2 /tmp');
  });

  test('on a branch goes to its open merge request, not to one of a fork with the same branch', async () => {
    const branch = '$(touch pwned);"x"&state=closed';
    const request = { source_branch: branch, source_project_id: PROJECT_ID } as const;
    api.mergeRequests.push(
      { ...request, iid: 3, state: 'merged' },
      { ...request, iid: 4, state: 'opened', source_project_id: 43 },
      { ...request, iid: 5, state: 'opened' },
    );
    expect(await (await job({ CI_COMMIT_BRANCH: branch })).comment('a', 'x')).toMatchObject({ done: true });
    expect(api.notes).toMatchObject([{ merge_request: 5 }]);
  });

  test('without an open merge request is left out with a note', async () => {
    expect(await (await job({ CI_COMMIT_BRANCH: 'x' })).comment('a', 'x')).toEqual({
      done: false,
      note: 'No comment was written: there is no open merge request for this branch',
    });
  });

  test('without a token is left out with a note, and nothing is asked', async () => {
    const result = await (await onMergeRequest({ HEADGATE_GITLAB_TOKEN: '' })).comment('a', 'x');
    expect(result).toEqual({ done: false, note: expect.stringContaining('HEADGATE_GITLAB_TOKEN') });
    expect(api.requests).toEqual([]);
  });

  test.each([401, 403, 404])('that GitLab refuses with %i is a note that says what the token needs', async (status) => {
    api.refuse = { status, message: 'insufficient_scope' };
    const result = await (await onMergeRequest()).comment('a', 'x');
    expect(result).toEqual({
      done: false,
      note: expect.stringMatching(`answered ${status} .*insufficient_scope.*'api'`),
    });
  });

  test('does not send the token along a redirect', async () => {
    const elsewhere = await startGitlabApi();
    try {
      api.refuse = { status: 307, message: 'moved', location: `${elsewhere.url}/user` };
      const result = await (await onMergeRequest()).comment('a', 'x');
      expect(result).toEqual({ done: false, note: expect.stringContaining('redirect') });
      expect(elsewhere.requests).toEqual([]);
    } finally {
      await elsewhere.close();
    }
  });

  test('does not fail the job when GitLab cannot be reached', async () => {
    const host = await onMergeRequest();
    await api.close();
    expect(await host.comment('a', 'x')).toEqual({ done: false, note: expect.stringContaining('ECONNREFUSED') });
  });
});
