/** Payloads in the shape that GitHub sends, cut to what is read and some of what stands around it. */

export const HEAD = '1111111111111111111111111111111111111111';
export const MERGE = '2222222222222222222222222222222222222222';
export const DEFAULT_HEAD = '3333333333333333333333333333333333333333';
const ZEROS = '0000000000000000000000000000000000000000';

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

export const push = (ref: string, flags: { created?: boolean; deleted?: boolean } = {}) => ({
  ref,
  before: flags.created ? ZEROS : DEFAULT_HEAD,
  after: flags.deleted ? ZEROS : HEAD,
  created: flags.created ?? false,
  deleted: flags.deleted ?? false,
  forced: false,
  base_ref: null,
  commits: [],
  head_commit: flags.deleted ? null : { id: HEAD, message: 'change' },
  repository,
  sender,
});

export const create = (ref_type: 'branch' | 'tag', ref: string) => ({
  ref,
  ref_type,
  master_branch: 'main',
  description: null,
  pusher_type: 'user',
  repository,
  sender,
});

export const remove = (ref_type: 'branch' | 'tag', ref: string) => ({
  ref,
  ref_type,
  pusher_type: 'user',
  repository,
  sender,
});

export const pullRequest = (action: string, branch: string, head: 'same' | 'fork' | 'deleted fork') => ({
  action,
  number: 17,
  pull_request: {
    number: 17,
    state: action === 'closed' ? 'closed' : 'open',
    merged: action === 'closed',
    merge_commit_sha: MERGE,
    head: {
      label: `${head === 'same' ? 'octo-org' : 'stranger'}:${branch}`,
      ref: branch,
      sha: HEAD,
      repo: {
        same: repository,
        fork: { ...repository, id: 2, full_name: 'stranger/shop', owner: { login: 'stranger' }, fork: true },
        'deleted fork': null,
      }[head],
    },
    base: { label: 'octo-org:main', ref: 'main', sha: DEFAULT_HEAD, repo: repository },
  },
  repository,
  sender,
});

export const schedule = { schedule: '0 3 * * *', repository };
export const workflowDispatch = {
  inputs: null,
  ref: 'refs/heads/main',
  repository,
  sender,
  workflow: '.github/workflows/x.yml',
};
