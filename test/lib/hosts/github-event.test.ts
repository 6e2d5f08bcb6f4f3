import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHost } from '../../../lib/hosts/detect.ts';
import type { Surroundings } from '../../../lib/hosts/host.ts';
import * as payload from './github-payloads.ts';
import { type Fixture, fixture } from './host-fixture.ts';

let at: Fixture;
beforeEach(() => {
  at = fixture();
});
afterEach(() => at.remove());

/** The surroundings of a run with this event, as the runner would set it up. */
async function surroundings(name: string, content: unknown, more: NodeJS.ProcessEnv = {}): Promise<Surroundings> {
  const file = path.join(at.directory, 'event.json');
  writeFileSync(file, JSON.stringify(content));
  const host = await createHost(
    at.options({
      GITHUB_ACTIONS: 'true',
      GITHUB_EVENT_NAME: name,
      GITHUB_EVENT_PATH: file,
      GITHUB_SHA: payload.HEAD,
      GITHUB_REF: 'refs/heads/main',
      GITHUB_REF_PROTECTED: 'true',
      GITHUB_REPOSITORY: 'octo-org/shop',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_RUN_ID: '99',
      ...more,
    }),
  );
  return await host.surroundings();
}

const NASTY = '$(touch pwned);"x"';

describe('push', () => {
  test('of a new branch is branch-created', async () => {
    const found = await surroundings('push', payload.push('refs/heads/feature/login', { created: true }));
    expect(found.event).toEqual({ kind: 'branch-created', branch: 'feature/login' });
    expect(found.commit).toBe(payload.HEAD);
  });

  test('of an existing branch is branch-pushed, and everything around it is known', async () => {
    const found = await surroundings('push', payload.push('refs/heads/main'));
    expect(found).toEqual({
      serverHost: 'github.com',
      repositoryPath: 'octo-org/shop',
      defaultBranch: 'main',
      commit: payload.HEAD,
      branchIsProtected: true,
      runUrl: 'https://github.com/octo-org/shop/actions/runs/99',
      imageRepository: 'ghcr.io/octo-org/shop',
      event: { kind: 'branch-pushed', branch: 'main' },
    });
  });

  test('that deletes a branch is branch-deleted and has no commit', async () => {
    const found = await surroundings('push', payload.push('refs/heads/old', { deleted: true }));
    expect(found.event).toEqual({ kind: 'branch-deleted', branch: 'old' });
    expect(found.commit).toBeUndefined();
  });

  test('of a tag is a tag, not a branch', async () => {
    const found = await surroundings('push', payload.push('refs/tags/v1.0.0', { created: true }));
    expect(found.event).toEqual({ kind: 'tag', tag: 'v1.0.0', deleted: false });
  });

  test('takes a branch whose name looks like shell as it is', async () => {
    const found = await surroundings('push', payload.push(`refs/heads/${NASTY}`));
    expect(found.event).toEqual({ kind: 'branch-pushed', branch: NASTY });
  });

  test('takes off the prefix of a ref once: a branch may itself be called refs/heads/x', async () => {
    const found = await surroundings('push', payload.push('refs/heads/refs/heads/x'));
    expect(found.event).toEqual({ kind: 'branch-pushed', branch: 'refs/heads/x' });
  });

  test('of neither a branch nor a tag is other, and does not fall back to a branch', async () => {
    const found = await surroundings('push', payload.push('refs/notes/commits'));
    expect(found.event).toEqual({ kind: 'other' });
  });
});

describe('create and delete', () => {
  test('create of a branch takes the bare ref as it is', async () => {
    const found = await surroundings('create', payload.create('branch', 'refs/heads/x'), {
      GITHUB_REF: 'refs/heads/refs/heads/x',
    });
    expect(found.event).toEqual({ kind: 'branch-created', branch: 'refs/heads/x' });
    expect(found.branchIsProtected).toBe(true);
  });

  test('create of a tag is a tag', async () => {
    const found = await surroundings('create', payload.create('tag', 'v2'));
    expect(found.event).toEqual({ kind: 'tag', tag: 'v2', deleted: false });
  });

  test('delete names the deleted branch, not the default branch that the run is on', async () => {
    const found = await surroundings('delete', payload.remove('branch', 'feature/login'), {
      GITHUB_SHA: payload.DEFAULT_HEAD,
    });
    expect(found.event).toEqual({ kind: 'branch-deleted', branch: 'feature/login' });
    expect(found.commit).toBeUndefined();
    expect(found.branchIsProtected).toBeUndefined();
    expect(found.defaultBranch).toBe('main');
  });

  test('delete of a tag is no deleted branch', async () => {
    const found = await surroundings('delete', payload.remove('tag', 'feature/login'));
    expect(found.event).toEqual({ kind: 'tag', tag: 'feature/login', deleted: true });
  });
});

describe('pull request', () => {
  const merge = { GITHUB_SHA: payload.MERGE, GITHUB_REF: 'refs/pull/17/merge', GITHUB_REF_PROTECTED: 'false' };

  test.each([
    ['opened', 'opened'],
    ['reopened', 'opened'],
    ['synchronize', 'updated'],
    ['closed', 'closed'],
    ['labeled', 'other'],
  ] as const)('%s has the action %s and the head commit, not the merge commit', async (sent, action) => {
    const found = await surroundings('pull_request', payload.pullRequest(sent, 'feature/login', 'same'), merge);
    expect(found.event).toEqual({
      kind: 'pull-request',
      action,
      number: 17,
      branch: 'feature/login',
      sameRepository: true,
    });
    expect(found.commit).toBe(payload.HEAD);
  });

  test.each(['pull_request', 'pull_request_target'])(
    'fork safety: a closed %s from a fork whose head is called like a branch of ours is not of this repository',
    async (name) => {
      const found = await surroundings(name, payload.pullRequest('closed', 'main', 'fork'), merge);
      expect(found.event).toMatchObject({ action: 'closed', branch: 'main', sameRepository: false });
    },
  );

  test('fork safety: neither is one whose fork was deleted', async () => {
    const found = await surroundings('pull_request', payload.pullRequest('closed', 'main', 'deleted fork'), merge);
    expect(found.event).toMatchObject({ action: 'closed', branch: 'main', sameRepository: false });
  });
});

describe('other events', () => {
  test('schedule and manual runs are on the branch of the run', async () => {
    expect((await surroundings('schedule', payload.schedule)).event).toEqual({ kind: 'schedule', branch: 'main' });
    expect((await surroundings('workflow_dispatch', payload.workflowDispatch)).event).toEqual({
      kind: 'manual',
      branch: 'main',
    });
  });

  test('a manual run on a tag has no branch', async () => {
    const found = await surroundings('workflow_dispatch', payload.workflowDispatch, { GITHUB_REF: 'refs/tags/v1' });
    expect(found.event).toEqual({ kind: 'manual' });
    expect(found.branchIsProtected).toBeUndefined();
  });

  test('an event that we do not know is other', async () => {
    expect((await surroundings('merge_group', { repository: {} }, { GITHUB_REF: 'refs/heads/q' })).event).toEqual({
      kind: 'other',
      branch: 'q',
    });
  });

  test('a self-managed server is named without its port', async () => {
    const found = await surroundings('schedule', payload.schedule, {
      GITHUB_SERVER_URL: 'https://git.example.com:8443',
    });
    expect(found.serverHost).toBe('git.example.com');
  });
});

describe('a payload that cannot be used', () => {
  const run = (environment: NodeJS.ProcessEnv) =>
    createHost(at.options({ GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: 'push', ...environment })).then((host) =>
      host.surroundings(),
    );

  test('is named when it is missing', async () => {
    await expect(run({ GITHUB_EVENT_PATH: '/nowhere/event.json' })).rejects.toThrow(
      /^The event payload '\/nowhere\/event\.json' cannot be read: .*ENOENT.*Likely cause: /,
    );
    await expect(run({})).rejects.toThrow('GITHUB_EVENT_PATH is not set');
  });

  test('is named when it is cut off', async () => {
    const file = path.join(at.directory, 'cut.json');
    writeFileSync(file, '{"ref": "refs/he');
    await expect(run({ GITHUB_EVENT_PATH: file })).rejects.toThrow(`The event payload '${file}' is not JSON`);
  });

  test('is named with the member that it lacks', async () => {
    await expect(surroundings('delete', { ref: 'x' })).rejects.toThrow(/event 'delete' has no text at 'ref_type'/);
    await expect(surroundings('pull_request', { pull_request: { head: { sha: 'a' } } })).rejects.toThrow(
      /has no number at 'pull_request.number'/,
    );
    await expect(surroundings('push', null)).rejects.toThrow(/has no text at 'ref'/);
  });
});
