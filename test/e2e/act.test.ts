import { afterAll, beforeAll, beforeEach, expect } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { type GithubApi, OWNER, REPO_ID, startGithubApi } from '../support/github-api.ts';
import { requires } from '../support/requires.ts';
import { type ActHost, openAct, releasedWorkflow, runAct } from './act-door.ts';
import { stackNames } from './application.ts';
import { describeLife } from './branch-stack-life.ts';
import { closedEvent, createEvent, deleteEvent, dispatchEvent, pushEvent } from './github-events.ts';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.ts';

const act = requires('act', 'it runs the released workflows as GitHub does');
const MINUTE = 60_000;
const branch = 'feature/Login_42';
const ROLE = 'arn:aws:iam::111122223333:role/branch-stack';
const api: GithubApi = await startGithubApi();

let aws: LocalAws;
let repository: ScratchRepository;
let host: ActHost;
let sha: string;

beforeAll(async () => {
  [aws, repository] = await Promise.all([startLocalAws(), createScratchRepository()]);
  await repository.startBranch(branch);
  sha = await repository.git('rev-parse', 'HEAD');
  host = { api, repository, aws, variables: { AWS_ROLE: ROLE } };
}, 3 * MINUTE);

afterAll(async () => {
  await Promise.all([aws?.stop(), repository?.remove(), api.close()]);
});

beforeEach(async () => {
  await aws.reset();
  for (const list of [api.pulls, api.comments, api.deployments]) list.length = 0;
  api.branches.clear();
  api.branches.set(branch, sha);
  await repository.git('checkout', '--quiet', branch);
});

const run = async (event: Parameters<typeof runAct>[2], workflow = 'branch-stack') =>
  await runAct(host, await releasedWorkflow(workflow), event);

act.test(
  'the released workflow makes the stack of a pushed branch and destroys it when the branch is deleted',
  async () => {
    api.pulls.push({ number: 17, state: 'open', head: { ref: branch, repo: { id: REPO_ID, owner: OWNER } } });
    const pushed = await run(pushEvent(branch, sha, true));
    expect(pushed).toMatchObject({ exitCode: 0, jobs: { deploy: 'success' }, outputs: { status: 'created' } });
    expect(aws.calls().filter(({ operation }) => operation === 'AssumeRole')).not.toEqual([]);
    expect(api.comments).toHaveLength(1);
    expect(api.deployments).toEqual([expect.objectContaining({ sha, environment: pushed.outputs['stack-name'] })]);

    await repository.git('checkout', '--quiet', 'main');
    api.branches.delete(branch);
    const deleted = await run(deleteEvent('branch', branch, sha));
    expect(deleted).toMatchObject({ exitCode: 0, jobs: { destroy: 'success' }, outputs: { status: 'destroyed' } });
    expect(await stackNames(aws)).not.toContain(pushed.outputs['stack-name']);
    expect(api.deployments[0]?.statuses.at(-1)).toMatchObject({ state: 'inactive' });
  },
  3 * MINUTE,
);

act.test(
  'create, pull_request and workflow_dispatch start the jobs that they are for',
  async () => {
    expect(await run(createEvent('branch', branch, sha))).toMatchObject({ exitCode: 0, jobs: { deploy: 'success' } });
    const closed = await run(closedEvent(branch, sha, 'same'));
    expect(closed).toMatchObject({ exitCode: 0, jobs: { destroy: 'success' }, outputs: { status: 'destroyed' } });

    await repository.git('checkout', '--quiet', 'main');
    const by = (action: string) => run(dispatchEvent('main', sha, { branch, action }));
    expect(await by('up')).toMatchObject({ exitCode: 0, jobs: { deploy: 'success' }, outputs: { status: 'created' } });
    expect(await by('down')).toMatchObject({ jobs: { destroy: 'success' }, outputs: { status: 'destroyed' } });
  },
  3 * MINUTE,
);

act.test(
  'no job runs for a tag, a fork, the default branch or a push that deletes',
  async () => {
    const none = { exitCode: 0, jobs: {}, outputs: {} };
    expect(await run(createEvent('tag', 'v1', sha))).toMatchObject(none);
    expect((await run(deleteEvent('tag', 'v1', sha))).jobs).toEqual({});
    expect((await run(closedEvent(branch, sha, 'fork'))).jobs).toEqual({});
    const gone = pushEvent(branch, sha, false);
    expect((await run({ ...gone, payload: { ...gone.payload, deleted: true } })).jobs).toEqual({});
    await repository.git('checkout', '--quiet', 'main');
    expect((await run(pushEvent('main', await repository.git('rev-parse', 'main'), false))).jobs).toEqual({});
    expect(aws.calls()).toEqual([]);
  },
  3 * MINUTE,
);

act.test(
  'the least workflow makes a stack and destroys it',
  async () => {
    const pushed = await run(pushEvent(branch, sha, true), 'branch-stack-least');
    expect(pushed).toMatchObject({ exitCode: 0, outputs: { status: 'created' } });
    await repository.git('checkout', '--quiet', 'main');
    const deleted = await run(
      deleteEvent('branch', branch, await repository.git('rev-parse', 'main')),
      'branch-stack-least',
    );
    expect(deleted).toMatchObject({ exitCode: 0, outputs: { status: 'destroyed' } });
  },
  3 * MINUTE,
);

if (act.path !== '') describeLife('GitHub (act)', openAct(api));
