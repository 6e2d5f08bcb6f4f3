import type { RunnerEvent } from '../support/github-runner.ts';

const ZEROS = '0'.repeat(40);
const repository = {
  id: 1,
  name: 'shop',
  full_name: 'octo-org/shop',
  private: true,
  owner: { login: 'octo-org', id: 9, type: 'Organization' },
  fork: false,
  default_branch: 'main',
};
const sender = { login: 'mona', id: 5, type: 'User' };

/** A branch was pushed and has `sha` as its head. `created` is true for its first push. */
export function pushEvent(branch: string, sha: string, created: boolean): RunnerEvent {
  const ref = `refs/heads/${branch}`;
  const payload = {
    ref,
    before: created ? ZEROS : '1'.repeat(40),
    after: sha,
    created,
    deleted: false,
    forced: false,
    base_ref: null,
    commits: [],
    head_commit: { id: sha, message: 'change' },
    repository,
    sender,
  };
  return { name: 'push', payload, ref, sha };
}

/** A branch or tag was made; GitHub sends it for a new branch besides `push`. */
export function createEvent(type: 'branch' | 'tag', name: string, sha: string): RunnerEvent {
  const payload = {
    ref: name,
    ref_type: type,
    master_branch: 'main',
    description: null,
    pusher_type: 'user',
    repository,
    sender,
  };
  return { name: 'create', payload, ref: `refs/${type === 'branch' ? 'heads' : 'tags'}/${name}`, sha };
}

/** A branch or tag is gone. The run is on the default branch, whose head is `sha`. */
export function deleteEvent(type: 'branch' | 'tag', name: string, sha: string): RunnerEvent {
  const payload = { ref: name, ref_type: type, pusher_type: 'user', repository, sender };
  return { name: 'delete', payload, ref: 'refs/heads/main', sha };
}

/** Pull request 17 was closed. The run is on its merge commit. GitHub tells no repository of a fork that is gone. */
export function closedEvent(branch: string, sha: string, from: 'same' | 'fork' | 'deleted fork'): RunnerEvent {
  const fork = {
    ...repository,
    id: 2,
    full_name: 'stranger/shop',
    owner: { login: 'stranger', id: 66, type: 'User' },
    fork: true,
  };
  const head = from === 'same' ? repository : fork;
  const payload = {
    action: 'closed',
    number: 17,
    pull_request: {
      number: 17,
      state: 'closed',
      merged: false,
      head: { label: `${head.owner.login}:${branch}`, ref: branch, sha, repo: from === 'deleted fork' ? null : head },
      base: { label: 'octo-org:main', ref: 'main', sha: '3'.repeat(40), repo: repository },
    },
    repository,
    sender,
  };
  return { name: 'pull_request', payload, ref: 'refs/pull/17/merge', sha: '2'.repeat(40), headRef: branch };
}

/** Somebody started the workflow by hand, on the branch. */
export function dispatchEvent(
  branch: string,
  sha: string,
  inputs: Readonly<Record<string, string>> | null = null,
): RunnerEvent {
  const ref = `refs/heads/${branch}`;
  return {
    name: 'workflow_dispatch',
    payload: { inputs, ref, repository, sender, workflow: '.github/workflows/branch-stack.yml' },
    ref,
    sha,
  };
}
