import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHost } from '../../../lib/hosts/detect.ts';
import { TOKEN as GITHUB_TOKEN, type GithubApi, OWNER, REPO, startGithubApi } from '../../support/github-api.ts';
import { TOKEN as GITLAB_TOKEN, type GitlabApi, startGitlabApi } from '../../support/gitlab-api.ts';
import { type Fixture, fixture } from './host-fixture.ts';

const NOW = new Date('2026-11-22T20:00:00Z');
let at: Fixture;
beforeEach(() => {
  at = fixture();
});
afterEach(() => at.remove());

describe('on GitHub', () => {
  let api: GithubApi;
  beforeEach(async () => {
    api = await startGithubApi();
  });
  afterEach(() => api.close());

  const inspect = async (environment: NodeJS.ProcessEnv) => {
    const repository = { GITHUB_API_URL: api.url, GITHUB_REPOSITORY: `${OWNER}/${REPO}` };
    const host = await createHost(at.options({ GITHUB_ACTIONS: 'true', ...repository, ...environment }));
    return await host.inspect(NOW);
  };

  test('the token is tried with reads only', async () => {
    expect(await inspect({ 'INPUT_GITHUB-TOKEN': GITHUB_TOKEN })).toEqual([
      {
        check: 'API token: pull requests',
        status: 'ok',
        found:
          "it may read the pull requests; whether it may write cannot be known without writing ('pull-requests: write')",
      },
      {
        check: 'API token: deployments',
        status: 'ok',
        found:
          "it may read the deployments; whether it may write cannot be known without writing ('deployments: write')",
      },
    ]);
    expect(api.requests.every((request) => request.startsWith('GET '))).toBe(true);
  });

  test('a token that is refused, or missing, is a warning that says what to give', async () => {
    api.refuse = { status: 403, message: 'Resource not accessible by integration' };
    for (const finding of await inspect({ GITHUB_TOKEN: GITHUB_TOKEN })) {
      expect(finding).toMatchObject({ status: 'warning', found: expect.stringContaining('GitHub answered 403') });
      expect(finding.next).toContain('permissions: pull-requests: write');
    }
    const [missing] = await inspect({});
    expect(missing).toMatchObject({
      check: 'API token',
      status: 'warning',
      found: expect.stringContaining('no token'),
    });
  });
});

describe('on GitLab', () => {
  let api: GitlabApi;
  beforeEach(async () => {
    api = await startGitlabApi();
  });
  afterEach(() => api.close());

  const token = async (environment: NodeJS.ProcessEnv) => {
    const host = await createHost(at.options({ GITLAB_CI: 'true', CI_API_V4_URL: api.url, ...environment }));
    const [finding, dotenv] = await host.inspect(NOW);
    expect(dotenv).toMatchObject({
      check: 'Outputs (dotenv report)',
      status: 'ok',
      found: expect.stringContaining('5120 bytes'),
    });
    return finding;
  };
  const given = { HEADGATE_GITLAB_TOKEN: GITLAB_TOKEN };

  test('the scopes and the end of the token are known', async () => {
    api.token.expires_at = '2027-06-01';
    expect(await token(given)).toEqual({
      check: 'API token',
      status: 'ok',
      found: 'its scopes are api; it ends on 2027-06-01',
    });
    expect(api.requests).toEqual(['GET /api/v4/personal_access_tokens/self']);
  });

  test.each([
    ['without the scope', { scopes: ['read_api'] }, 'It may not comment'],
    ['revoked', { active: false }, 'It is not active any more'],
    ['about to end', { expires_at: '2026-12-01' }, 'Replace it soon'],
  ])('%s it is a warning', async (_, change, next) => {
    Object.assign(api.token, change);
    expect(await token(given)).toMatchObject({ status: 'warning', next: expect.stringContaining(next) });
  });

  test('without one comments are left out', async () => {
    expect(await token({})).toMatchObject({
      status: 'warning',
      found: expect.stringContaining('comments are left out'),
    });
  });

  test('one that GitLab refuses is not shown', async () => {
    const finding = await token({ HEADGATE_GITLAB_TOKEN: 'glpat-wrong' });
    expect(finding).toMatchObject({ status: 'warning', found: expect.stringContaining('GitLab answered 401') });
    expect(JSON.stringify(finding)).not.toContain('glpat-wrong');
  });
});

test('at the terminal no token is used', async () => {
  const host = await createHost(at.options());
  expect(await host.inspect(NOW)).toMatchObject([{ check: 'API token', status: 'ok' }]);
});
