import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { type GithubApi, startGithubApi } from '../support/github-api.ts';
import { requires } from '../support/requires.ts';
import { stackNames, tagsOf } from './application.ts';
import type { OpenDoor } from './door.ts';
import { openGithub } from './github-door.ts';
import { fromServer, imageEnvironment, jobsOf, runPipeline } from './gitlab-door.ts';
import { type ReleaseServer, serveRelease } from './gitlab-release-server.ts';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.ts';
import { openTerminal } from './terminal-door.ts';

const MINUTES = 60_000;
const { path: rsync, test: testWithRsync } = requires('rsync', 'gitlab-ci-local copies with it');

const QUEUE = 'Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties: { VisibilityTimeout: 30 }\n';
const INPUTS = { 'stack-name': 'orders', template: 'queue.yaml' };
const TWO = { regions: 'us-east-1\neu-west-1' };
const onMain = { kind: 'push', branch: 'main', created: false } as const;

let aws: LocalAws;
let repository: ScratchRepository;

beforeAll(async () => {
  aws = await startLocalAws();
}, 3 * MINUTES);
afterAll(async () => {
  await aws?.stop();
});
beforeEach(async () => {
  await aws.reset();
  repository = await createScratchRepository();
  await repository.commit({ 'queue.yaml': QUEUE }, 'A queue');
}, MINUTES);
afterEach(async () => {
  await repository?.remove();
});

let api: GithubApi;
beforeAll(async () => {
  api = await startGithubApi();
});
afterAll(() => api?.close());

const doors: [string, OpenDoor][] = [
  ['the terminal', openTerminal],
  ['GitHub (own runner)', (...all) => openGithub(api)(...all)],
];

describe.each(doors)('stack through %s', (_, open) => {
  test(
    'is deployed to two Regions, compared, changed and destroyed',
    async () => {
      const door = await open(repository, aws);
      const run = (operation: string, inputs: Record<string, string> = INPUTS) =>
        door.run({ operation: `stack ${operation}`, inputs: { ...inputs, ...TWO }, happening: onMain });
      expect(await run('deploy')).toMatchObject({
        exitCode: 0,
        outputs: { status: 'created', 'stack-name': 'orders' },
      });
      expect(await tagsOf(aws, 'orders')).toEqual({ 'headgate:stack': 'github.com/octo-org/shop' });
      expect(await run('deploy')).toMatchObject({ exitCode: 0, outputs: { status: 'unchanged' } });
      expect(await run('diff')).toMatchObject({ exitCode: 0, outputs: { status: 'no-changes' } });

      await repository.commit({ 'queue.yaml': QUEUE.replace('30', '60') }, 'Another time-out');
      expect(await run('diff')).toMatchObject({ exitCode: 0, outputs: { status: 'changes' } });
      expect(await run('deploy')).toMatchObject({ exitCode: 0, outputs: { status: 'updated' } });

      const name = { 'stack-name': 'orders' };
      await aws.failResource({ stackName: 'orders', logicalId: 'Queue', action: 'delete', region: 'eu-west-1' });
      const held = await run('destroy', name);
      expect(held.exitCode).toBe(1);
      expect(held.log).toContain('eu-west-1: The stack orders could not be deleted: Queue (AWS::SQS::Queue)');
      expect(await run('destroy', { ...name, retain: 'Queue' })).toMatchObject({
        exitCode: 0,
        outputs: { status: 'destroyed', 'left-behind': '1' },
      });
      expect(await stackNames(aws)).toEqual([]);
    },
    MINUTES,
  );
});

describe('the GitLab template stack', () => {
  let server: ReleaseServer;
  beforeAll(async () => {
    server = await serveRelease();
  }, MINUTES);
  afterAll(() => server?.close());

  const mergeRequest = {
    CI_PIPELINE_SOURCE: 'merge_request_event',
    CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '7',
    CI_PROJECT_ID: '7',
    CI_COMMIT_BRANCH: '',
  };
  const pipeline = (branch: string) => ({
    repository,
    server,
    happening: { kind: 'push', branch, created: true } as const,
    include: [{ template: 'stack', inputs: { ...fromServer(server), ...INPUTS } }],
    environment: { ...aws.environment, ...imageEnvironment(path.dirname(process.execPath)) },
  });

  testWithRsync(
    'deploys on the default branch, and shows the differences on a merge request',
    async () => {
      expect(rsync).not.toBe('');
      const deployed = await runPipeline({ ...pipeline('main'), job: 'stack-deploy' });
      expect(deployed).toMatchObject({ exitCode: 0, outputs: { status: 'created', 'stack-name': 'orders' } });

      await repository.startBranch('feature');
      await repository.commit({ 'queue.yaml': QUEUE.replace('30', '60') }, 'Another time-out');
      const compared = await runPipeline({ ...pipeline('feature'), job: 'stack-diff', variables: mergeRequest });
      expect(compared).toMatchObject({ exitCode: 0, outputs: { status: 'changes' } });
      expect(compared.log).toContain('Properties.VisibilityTimeout: 30 → 60');
    },
    2 * MINUTES,
  );

  testWithRsync(
    'has each job in its own pipelines only, and none for a fork',
    async () => {
      await repository.startBranch('feature');
      const runs = async (branch: string, variables: Record<string, string> = {}) =>
        Object.entries(await jobsOf({ ...pipeline(branch), variables }))
          .filter(([, when]) => when !== 'never')
          .map(([name]) => name);
      expect(await runs('main')).toEqual(['stack-deploy']);
      expect(await runs('main', { CI_PIPELINE_SOURCE: 'schedule' })).toEqual([]);
      expect(await runs('feature')).toEqual([]);
      expect(await runs('feature', mergeRequest)).toEqual(['stack-diff']);
      expect(await runs('feature', { ...mergeRequest, CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '8' })).toEqual([]);
    },
    MINUTES,
  );
});
