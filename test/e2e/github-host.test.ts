import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { type GithubApi, OWNER, REPO_ID, startGithubApi } from '../support/github-api.ts';
import type { StepResult } from '../support/github-runner.ts';
import { stackNames } from './application.ts';
import { runOnGithub } from './github-door.ts';
import { closedEvent, createEvent, deleteEvent, dispatchEvent, pushEvent } from './github-events.ts';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.ts';

const MINUTE = 60_000;
const branch = 'feature/Login_42';

describe('branch-stack on GitHub: what people see of it', () => {
  let aws: LocalAws;
  let repository: ScratchRepository;
  let api: GithubApi;
  let sha: string;

  beforeAll(async () => {
    [aws, repository, api] = await Promise.all([startLocalAws(), createScratchRepository(), startGithubApi()]);
    await repository.startBranch(branch);
    sha = await repository.git('rev-parse', 'HEAD');
  }, 3 * MINUTE);

  afterAll(async () => {
    await Promise.all([aws?.stop(), repository?.remove(), api?.close()]);
  });

  beforeEach(async () => {
    await aws.reset();
    api.refuse = undefined;
    for (const list of [api.requests, api.pulls, api.comments, api.deployments]) list.length = 0;
    api.branches.clear();
    api.branches.set(branch, sha);
  });

  const deploy = (event = pushEvent(branch, sha, true), inputs: Record<string, string> = {}) =>
    runOnGithub(api, repository, aws, event, {
      operation: 'branch-stack deploy',
      inputs: { bootstrap: 'true', ...inputs },
    });
  const destroy = (event = deleteEvent('branch', branch, sha)) =>
    runOnGithub(api, repository, aws, event, { operation: 'branch-stack destroy', inputs: {} });
  const openPull = () =>
    api.pulls.push({ number: 17, state: 'open', head: { ref: branch, repo: { id: REPO_ID, owner: OWNER } } });

  test(
    'a pull request has one comment, which the next run updates',
    async () => {
      openPull();
      const { outputs } = await deploy();
      expect(api.comments).toEqual([expect.objectContaining({ issue: 17 })]);
      const first = api.comments[0]?.body ?? '';
      expect(first).toContain(`### Deployed: stack \`${outputs['stack-name']}\` of branch \`${branch}\``);

      await deploy(pushEvent(branch, sha, false));
      expect(api.comments).toHaveLength(1);
      expect(api.comments[0]?.body).toContain('### Unchanged');

      const closed = await destroy(closedEvent(branch, sha, 'same'));
      expect(closed).toMatchObject({ exitCode: 0, outputs: { status: 'destroyed' } });
      expect(api.comments).toHaveLength(1);
      expect(api.comments[0]?.body).toContain('### Destroyed');
    },
    3 * MINUTE,
  );

  test(
    'the branch is an environment with its address, which ends with the stack',
    async () => {
      const { outputs } = await deploy();
      expect(api.deployments).toEqual([
        expect.objectContaining({ sha, ref: branch, environment: outputs['stack-name'] }),
      ]);
      const states = () => api.deployments.flatMap(({ statuses }) => statuses.map(({ state }) => state));
      expect(states()).toEqual(['in_progress', 'success']);
      expect(outputs.url).toMatch(/^https?:/);
      expect(api.deployments[0]?.statuses.at(-1)).toMatchObject({
        environment_url: outputs.url,
        log_url: 'https://github.com/octo-org/shop/actions/runs/42',
      });

      api.branches.delete(branch);
      await destroy();
      expect(states()).toEqual(['in_progress', 'success', 'inactive']);
    },
    3 * MINUTE,
  );

  test(
    'the job summary holds the report, and the outputs are for later steps',
    async () => {
      const { summary, outputs, annotations } = await deploy();
      expect(summary).toContain(`### Deployed: stack \`${outputs['stack-name']}\``);
      expect(summary).toContain('AWS::S3::Bucket');
      expect(Object.keys(outputs).sort()).toEqual([
        'result-file',
        'stack-id',
        'stack-name',
        'stack-outputs',
        'status',
        'url',
      ]);
      expect(annotations).toEqual([]);
    },
    3 * MINUTE,
  );

  test(
    'a new branch fires push and create: the second run changes nothing',
    async () => {
      expect(await deploy(pushEvent(branch, sha, true))).toMatchObject({ exitCode: 0, outputs: { status: 'created' } });
      expect(await deploy(createEvent('branch', branch, sha))).toMatchObject({
        exitCode: 0,
        outputs: { status: 'unchanged' },
      });
      expect(api.deployments).toHaveLength(1);
    },
    3 * MINUTE,
  );

  test(
    'a deleted branch and its closed pull request are one end: the second finds nothing',
    async () => {
      await deploy();
      expect(await destroy(closedEvent(branch, sha, 'same'))).toMatchObject({
        exitCode: 0,
        outputs: { status: 'destroyed' },
      });
      expect(await destroy()).toMatchObject({ exitCode: 0, outputs: { status: 'missing' } });
    },
    3 * MINUTE,
  );

  test(
    'a closed pull request of a fork touches nothing, although its branch has the name of ours',
    async () => {
      await deploy();
      const [stacks, calls, requests] = [await stackNames(aws), aws.calls().length, api.requests.length];
      const result = await destroy(closedEvent(branch, sha, 'fork'));
      expect(result).toMatchObject({ exitCode: 0, outputs: { status: 'skipped' } });
      expect(result.log).toContain('fork');
      expect(aws.calls()).toHaveLength(calls);
      expect(api.requests).toHaveLength(requests);
      expect(await stackNames(aws)).toEqual(stacks);
    },
    3 * MINUTE,
  );

  test(
    'tags are no branches, whether they come or go',
    async () => {
      const skipped = { exitCode: 0, outputs: { status: 'skipped' } };
      expect(await deploy(createEvent('tag', branch, sha))).toMatchObject(skipped);
      expect(await destroy(deleteEvent('tag', branch, sha))).toMatchObject(skipped);
      expect(aws.calls()).toEqual([]);
    },
    MINUTE,
  );

  test(
    'a stack is removed by hand, by the name of its branch',
    async () => {
      await deploy();
      const result = await runOnGithub(api, repository, aws, dispatchEvent('main', sha), {
        operation: 'branch-stack destroy',
        inputs: { branch },
      });
      expect(result).toMatchObject({ exitCode: 0, outputs: { status: 'destroyed' } });
    },
    3 * MINUTE,
  );

  test(
    'a token that may do nothing fails nothing, and the debug log says what was left out and why',
    async () => {
      openPull();
      api.refuse = { status: 403, message: 'Resource not accessible by integration' };
      const result: StepResult = await deploy();
      expect(result).toMatchObject({ exitCode: 0, outputs: { status: 'created' } });
      expect(result.log).toContain("'permissions: deployments: write'");
      expect(result.log).toContain("'permissions: pull-requests: write'");
    },
    3 * MINUTE,
  );

  test(
    'a bad input is an annotation that names it, and makes no call',
    async () => {
      const { exitCode, annotations } = await deploy(undefined, { ttl: '7x' });
      expect(exitCode).toBe(2);
      expect(annotations).toEqual([
        expect.objectContaining({
          level: 'error',
          title: 'headgate branch-stack deploy',
          message: expect.stringContaining("input 'ttl': '7x'"),
        }),
      ]);
      expect(aws.calls()).toEqual([]);
    },
    MINUTE,
  );
});
