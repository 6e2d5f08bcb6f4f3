import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { requires } from '../support/requires.ts';
import { releasedWorkflow, runAct } from './act-door.ts';
import { pushEvent } from './github-events.ts';
import { fromServer, imageEnvironment, runPipeline } from './gitlab-door.ts';
import { type ReleaseServer, serveRelease } from './gitlab-release-server.ts';
import {
  addTransforms,
  publishedIn,
  REGIONS,
  STACK,
  sparkEnvironment,
  sparkIsMissing,
  stackOutputs,
  transformsOf,
  withSpark,
} from './glue-transform-application.ts';
import { expectArticleCounts } from './glue-transform-life.ts';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.ts';
import { openTerminal } from './terminal-door.ts';

// The whole of what users copy: the caller workflow and the GitLab template, as they are.

const MINUTES = 60_000;
const SUBJECT = 'repo:octo-org/shop:ref:refs/heads/main';
const act = requires('act', 'it runs the released workflow as GitHub does');
const rsync = requires('rsync', 'gitlab-ci-local copies with it');
const java = requires('java', 'Spark runs on it');
const onGithub = java.path === '' ? java : act;
const onGitlab = java.path === '' ? java : rsync;

let aws: LocalAws;
let server: ReleaseServer;
let repository: ScratchRepository;

beforeAll(async () => {
  const [started, served, missing] = await Promise.all([startLocalAws(), serveRelease(), sparkIsMissing()]);
  [aws, server] = [started, served];
  expect(missing).toBeUndefined();
}, 5 * MINUTES);
afterAll(async () => {
  await Promise.all([aws?.stop(), server?.close()]);
});
beforeEach(async () => {
  repository = await createScratchRepository();
  await addTransforms(repository);
  await aws.reset();
}, 3 * MINUTES);
afterEach(async () => {
  await repository?.remove();
});

/** The stack with its job, deployed at the terminal. */
async function deployStack(): Promise<Readonly<Record<string, string>>> {
  const door = await openTerminal(repository, withSpark(aws));
  const inputs = { ...STACK, parameters: `GitHubSubjects: ${SUBJECT}` };
  const result = await door.run({
    operation: 'stack deploy',
    inputs,
    happening: { kind: 'push', branch: 'main', created: false },
  });
  expect(result.exitCode === 0 ? '' : result.log).toBe('');
  return stackOutputs(result.outputs);
}

async function expectPublished(bucket: string): Promise<void> {
  const expected = await transformsOf(repository);
  for (const region of REGIONS) expect(await publishedIn(aws, region)).toEqual(expected);
  await expectArticleCounts(aws, bucket);
}

onGithub.test(
  'on GitHub a push checks, tests and publishes with the role of the stack, and runs the job; a broken test publishes nothing',
  async () => {
    const stack = await deployStack();
    const variables = {
      AWS_ROLE: stack.GitHubRoleArn ?? '',
      AWS_REGION: REGIONS[0],
      AWS_REGIONS: REGIONS.join('\n'),
      GLUE_JOB: stack.JobName ?? '',
    };
    const workflow = await releasedWorkflow('glue-transform');
    const push = async () => {
      const sha = await repository.git('rev-parse', 'HEAD');
      return await runAct({ repository, aws: withSpark(aws), variables }, workflow, pushEvent('main', sha, false));
    };
    const first = await push();
    expect(first.exitCode === 0 ? '' : first.log).toBe('');
    expect(first).toMatchObject({
      jobs: { test: 'success', publish: 'success' },
      outputs: { published: '6', state: 'SUCCEEDED' },
    });
    await expectPublished(stack.OutputBucket ?? '');
    const published = await publishedIn(aws, REGIONS[0]);

    const broken = 'def test_what_is_wrong():\n    assert 1 == 2\n';
    await rm(path.join(repository.directory, 'transforms', 'tests'), { recursive: true });
    await repository.commit({ 'transforms/tests/test_repartition_date.py': broken }, 'One test, which fails');
    const second = await push();
    expect(second).toMatchObject({ jobs: { test: 'failure' }, outputs: { status: 'failed', tests: '1', failed: '1' } });
    expect(second.log).toContain('test_repartition_date.py');
    expect(await publishedIn(aws, REGIONS[0])).toEqual(published);
  },
  8 * MINUTES,
);

onGitlab.test(
  'on GitLab a push checks, tests and publishes, and runs the job',
  async () => {
    const { JobName: job = '', OutputBucket: bucket = '' } = await deployStack();
    const result = await runPipeline({
      repository,
      server,
      happening: { kind: 'push', branch: 'main', created: false },
      include: [
        {
          template: 'glue-transform',
          inputs: { ...fromServer(server), regions: REGIONS.join('\n'), region: REGIONS[0], job },
        },
      ],
      environment: { ...sparkEnvironment(aws), ...imageEnvironment(path.dirname(process.execPath)) },
    });
    expect(result.exitCode === 0 ? '' : result.log).toBe('');
    expect(result.outputs).toMatchObject({ state: 'SUCCEEDED' });
    await expectPublished(bucket);
  },
  8 * MINUTES,
);
