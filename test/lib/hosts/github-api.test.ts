import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHost } from '../../../lib/hosts/detect.ts';
import type { Host } from '../../../lib/hosts/host.ts';
import { type GithubApi, OWNER, REPO, REPO_ID, startGithubApi, TOKEN } from '../../support/github-api.ts';
import * as payload from './github-payloads.ts';
import { type Fixture, fixture } from './host-fixture.ts';

let at: Fixture;
let api: GithubApi;
beforeEach(async () => {
  at = fixture();
  api = await startGithubApi();
});
afterEach(async () => {
  at.remove();
  await api.close();
});

/** A host in a run with this event. */
async function run(name: string, content: unknown, more: NodeJS.ProcessEnv = {}): Promise<Host> {
  const file = path.join(at.directory, 'event.json');
  writeFileSync(file, JSON.stringify(content));
  return await createHost(
    at.options({
      GITHUB_ACTIONS: 'true',
      GITHUB_EVENT_NAME: name,
      GITHUB_EVENT_PATH: file,
      GITHUB_SHA: payload.HEAD,
      GITHUB_API_URL: api.url,
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: `${OWNER}/${REPO}`,
      GITHUB_RUN_ID: '99',
      'INPUT_GITHUB-TOKEN': TOKEN,
      ...more,
    }),
  );
}
const onPullRequest = (more: NodeJS.ProcessEnv = {}) =>
  run('pull_request', payload.pullRequest('synchronize', 'feature/login', 'same'), more);
const onPush = (branch: string) => run('push', payload.push(`refs/heads/${branch}`));

const comment = (id: number, body: string, more = {}) => ({
  id,
  issue: 17,
  body,
  user: { login: 'github-actions[bot]', type: 'Bot' as const },
  author_association: 'NONE',
  ...more,
});

describe('comment', () => {
  test('is created once and then updated, and an unchanged one is left alone', async () => {
    const host = await onPullRequest();
    const first = await host.comment('branch-stack:app', 'one');
    expect(first).toEqual({ done: true, url: expect.stringContaining('/pull/17#issuecomment-') });
    await host.comment('branch-stack:app', 'two');
    const before = api.requests.length;
    await host.comment('branch-stack:app', 'two');
    expect(api.requests.slice(before)).toEqual([`GET /repos/${OWNER}/${REPO}/issues/17/comments`]);
    expect(api.comments.map(({ body }) => body)).toEqual(['<!-- headgate:branch-stack:app -->\ntwo']);
  });

  test('with another key is another comment', async () => {
    const host = await onPullRequest();
    await host.comment('a', 'x');
    await host.comment('ab', 'y');
    await host.comment('a', 'z');
    expect(api.comments.map(({ body }) => body)).toEqual(['<!-- headgate:a -->\nz', '<!-- headgate:ab -->\ny']);
  });

  test('is found on a later page', async () => {
    for (let id = 0; id < 150; id += 1) api.comments.push(comment(id, 'chat'));
    api.comments.push(comment(777, '<!-- headgate:a -->\nold'));
    await (await onPullRequest()).comment('a', 'new');
    expect(api.comments).toHaveLength(151);
    expect(api.comments.at(-1)).toMatchObject({ id: 777, body: '<!-- headgate:a -->\nnew' });
  });

  test('that only quotes the marker is not ours', async () => {
    api.comments.push(comment(1, '> <!-- headgate:a -->\nwhat is this?'));
    await (await onPullRequest()).comment('a', 'new');
    expect(api.comments.map(({ body }) => body)).toEqual([
      '> <!-- headgate:a -->\nwhat is this?',
      '<!-- headgate:a -->\nnew',
    ]);
  });

  test('of a stranger with a faked marker is not ours: its author could go on to edit our report', async () => {
    const stranger = { user: { login: 'stranger', type: 'User' as const }, author_association: 'CONTRIBUTOR' };
    api.comments.push(comment(1, '<!-- headgate:a -->\nfake', stranger));
    await (await onPullRequest()).comment('a', 'true');
    expect(api.comments.map(({ body }) => body)).toEqual(['<!-- headgate:a -->\nfake', '<!-- headgate:a -->\ntrue']);
  });

  test('on a push goes to the open pull request of the branch', async () => {
    const head = { ref: 'feature/login', repo: { id: REPO_ID, owner: OWNER } };
    api.pulls.push({ number: 3, state: 'closed', head }, { number: 4, state: 'open', head });
    expect(await (await onPush('feature/login')).comment('a', 'x')).toMatchObject({ done: true });
    expect(api.comments).toMatchObject([{ issue: 4 }]);
  });

  test('on a push without a pull request is left out with a note', async () => {
    const fork = { ref: 'feature/login', repo: { id: 2, owner: 'stranger' } };
    api.pulls.push({ number: 5, state: 'open', head: fork });
    expect(await (await onPush('feature/login')).comment('a', 'x')).toEqual({
      done: false,
      note: 'there is no open pull request for this branch',
    });
    expect(api.comments).toEqual([]);
  });

  test('finds the pull request of a branch whose name looks like shell', async () => {
    const branch = '$(touch pwned);"x"&state=closed';
    api.pulls.push({ number: 6, state: 'open', head: { ref: branch, repo: { id: REPO_ID, owner: OWNER } } });
    await (await onPush(branch)).comment('a', 'x');
    expect(api.comments).toMatchObject([{ issue: 6 }]);
  });

  test('is cut to what GitHub takes', async () => {
    await (await onPullRequest()).comment('a', 'line of text\n'.repeat(10_000));
    const body = api.comments[0]!.body;
    expect(body.length).toBeLessThanOrEqual(60_000);
    expect(body).toMatch(/\*Cut here: .* of 130,000 characters are left out.*\*\n$/);
  });

  test('has a key that cannot end the hidden marker', async () => {
    await (await onPullRequest()).comment('x--><b>', 'text');
    expect(api.comments[0]!.body).toBe('<!-- headgate:x-%2D%3E%3Cb%3E -->\ntext');
  });

  test.each([
    [403, 'Resource not accessible by integration'],
    [404, 'Not Found'],
  ])('that GitHub refuses with %i is a note with the missing permission', async (status, message) => {
    api.refuse = { status, message };
    const result = await (await onPullRequest()).comment('a', 'x');
    expect(result).toMatchObject({ done: false });
    expect(result).toHaveProperty('note', expect.stringContaining(`GitHub answered ${status} (${message})`));
    expect(result).toHaveProperty('note', expect.stringContaining('pull-requests: write'));
  });

  test('that meets a fault of the server is a note without advice on permissions', async () => {
    api.refuse = { status: 502, message: 'Bad Gateway' };
    const result = await (await onPullRequest()).comment('a', 'x');
    expect(result).toEqual({ done: false, note: 'No comment was written: GitHub answered 502 (Bad Gateway)' });
  });

  test('does not fail the run when the API cannot be reached', async () => {
    const host = await onPullRequest();
    await api.close();
    expect(await host.comment('a', 'x')).toEqual({ done: false, note: expect.stringContaining('ECONNREFUSED') });
  });

  test('needs a token: the input first, then GITHUB_TOKEN', async () => {
    const none = await onPullRequest({ 'INPUT_GITHUB-TOKEN': '' });
    expect(await none.comment('a', 'x')).toEqual({ done: false, note: expect.stringContaining('github-token') });
    const variable = await onPullRequest({ 'INPUT_GITHUB-TOKEN': '', GITHUB_TOKEN: TOKEN });
    expect(await variable.comment('a', 'x')).toMatchObject({ done: true });
  });
});

describe('deployment', () => {
  const state = { environment: 'stack/feature', branch: 'feature/login', commit: payload.HEAD } as const;
  beforeEach(() => {
    api.branches.set('feature/login', payload.HEAD);
  });

  test('is created for branch and commit, and its states follow each other', async () => {
    const host = await onPush('feature/login');
    await host.deployment({ ...state, state: 'in-progress' });
    const done = await host.deployment({ ...state, state: 'success', url: 'https://app.example.com' });
    expect(done).toEqual({ done: true, url: 'https://app.example.com' });
    expect(api.deployments).toHaveLength(1);
    expect(api.deployments[0]!.request).toEqual({
      ref: 'feature/login',
      environment: 'stack/feature',
      auto_merge: false,
      required_contexts: [],
      transient_environment: true,
      production_environment: false,
    });
    const log_url = `https://github.com/${OWNER}/${REPO}/actions/runs/99`;
    expect(api.deployments[0]!.statuses).toEqual([
      { state: 'in_progress', auto_inactive: false, log_url },
      { state: 'success', auto_inactive: false, log_url, environment_url: 'https://app.example.com' },
    ]);
  });

  test('of a branch that has moved on is of the commit all the same', async () => {
    api.branches.set('feature/login', payload.DEFAULT_HEAD);
    await (await onPush('feature/login')).deployment({ ...state, state: 'success' });
    expect(api.deployments.map(({ sha, statuses }) => [sha, statuses.at(-1)?.state])).toEqual([
      [payload.DEFAULT_HEAD, 'inactive'],
      [payload.HEAD, 'success'],
    ]);
  });

  test('inactive ends all deployments of the environment, on all pages, once', async () => {
    for (let id = 1; id <= 130; id += 1) {
      const environment = id === 130 ? 'production' : 'stack/feature';
      const statuses = [{ state: 'success' }];
      api.deployments.push({ id, ref: 'x', sha: payload.HEAD, environment, request: {}, statuses });
    }
    const host = await run('delete', payload.remove('branch', 'feature/login'));
    expect(await host.deployment({ environment: 'stack/feature', state: 'inactive' })).toEqual({ done: true });
    await host.deployment({ environment: 'stack/feature', state: 'inactive' });
    const states = api.deployments.map(({ statuses }) => statuses.map(({ state }) => state).join());
    expect(states.slice(0, 129)).toEqual(Array(129).fill('success,inactive'));
    expect(states[129]).toBe('success');
  });

  test('of a commit that is unknown to GitHub is a note', async () => {
    const result = await (await onPush('x')).deployment({ environment: 'e', branch: 'gone', state: 'success' });
    expect(result).toEqual({ done: false, note: expect.stringContaining('422 (No ref found for: gone)') });
  });

  test('that GitHub refuses is a note with the missing permission', async () => {
    api.refuse = { status: 403, message: 'Resource not accessible by integration' };
    const result = await (await onPush('x')).deployment({ ...state, state: 'success' });
    expect(result).toEqual({ done: false, note: expect.stringContaining('deployments: write') });
  });

  test('has a description that fits', async () => {
    await (await onPush('x')).deployment({ ...state, state: 'failure', description: 'x'.repeat(300) });
    expect(String(api.deployments[0]!.statuses[0]!.description)).toHaveLength(140);
  });
});
