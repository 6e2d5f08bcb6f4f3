import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { requires } from '../support/requires.ts';
import { clientSettings } from './application.ts';
import { describeLife } from './branch-stack-life.ts';
import type { Call, Happening } from './door.ts';
import { fromServer, imageEnvironment, jobsOf, openGitLab, runPipeline } from './gitlab-door.ts';
import { type ReleaseServer, serveRelease } from './gitlab-release-server.ts';
import { releaseTree } from './release-tree.ts';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.ts';

const MINUTES = 60_000;
const { path: rsync, test } = requires('rsync', 'gitlab-ci-local copies with it');

let server: ReleaseServer;
let root: string;
/** An image without npm. */
let withoutNpm: string;
/** An image without npm that has headgate. */
let withHeadgate: string;

beforeAll(async () => {
  server = await serveRelease();
  root = await mkdtemp(path.join(os.tmpdir(), 'headgate-images-'));
  withoutNpm = await image('without-npm');
  withHeadgate = await image('with-headgate');
  await symlink(path.join(await releaseTree(), 'dist', 'headgate.js'), path.join(withHeadgate, 'headgate'));
});

afterAll(async () => {
  await server?.close();
  await rm(root, { recursive: true, force: true });
});

/** A folder that stands before all others on PATH, in which npm does not work. */
async function image(name: string): Promise<string> {
  const folder = path.join(root, name);
  await mkdir(folder);
  for (const program of ['npm', 'npx']) {
    await writeFile(path.join(folder, program), `#!/bin/sh\necho "this image has no ${program}" >&2\nexit 127\n`);
    await chmod(path.join(folder, program), 0o755);
  }
  return folder;
}

if (rsync !== '') {
  describeLife('GitLab (gitlab-ci-local)', async (repository, aws) =>
    openGitLab(repository, aws, server, fromServer(server), withoutNpm),
  );
}

describe('the GitLab template branch-stack', () => {
  let aws: LocalAws;
  let repository: ScratchRepository;
  const inputs = { bootstrap: 'true' };

  beforeAll(async () => {
    if (rsync === '') return;
    aws = await startLocalAws();
    repository = await createScratchRepository();
  }, 3 * MINUTES);

  afterAll(async () => {
    await aws?.stop();
    await repository?.remove();
  });

  const push = (branch: string): Happening => ({ kind: 'push', branch, created: true });
  const deploy = (branch: string, given: Call['inputs'] = inputs): Call => ({
    operation: 'branch-stack deploy',
    inputs: given,
    happening: push(branch),
  });

  test(
    'runs the program that the image has',
    async () => {
      await repository.startBranch('preinstalled');
      const door = openGitLab(repository, aws, server, { source: 'preinstalled' }, withHeadgate);
      expect(await door.run(deploy('preinstalled'))).toMatchObject({ exitCode: 0, outputs: { status: 'created' } });
      const stopped = await door.run({
        operation: 'branch-stack destroy',
        inputs: {},
        happening: { kind: 'delete', branch: 'preinstalled' },
      });
      expect(stopped).toMatchObject({ exitCode: 0, outputs: { status: 'destroyed' } });
    },
    2 * MINUTES,
  );

  test(
    'installs the program with npm from a registry of one’s own',
    async () => {
      await repository.startBranch('npm');
      const result = await viaNpm('npm', server.version);
      expect(result).toMatchObject({ exitCode: 0, outputs: { status: 'planned' } });
    },
    2 * MINUTES,
  );

  test(
    'says what to do when the registry lacks the version',
    async () => {
      await repository.startBranch('npm-lacks');
      const result = await viaNpm('npm-lacks', '99.0.0');
      expect(result.exitCode).toBe(1);
      expect(result.log).toContain('npm could not install headgate 99.0.0');
      expect(result.log).toContain('NPM_CONFIG_REGISTRY');
    },
    MINUTES,
  );

  async function viaNpm(branch: string, version: string) {
    return await runPipeline({
      repository,
      server,
      happening: push(branch),
      include: [{ template: 'branch-stack', inputs: { ...inputs, version, 'dry-run': 'offline' } }],
      job: 'branch-stack-deploy',
      environment: {
        ...aws.environment,
        ...imageEnvironment(path.dirname(process.execPath)),
        NPM_CONFIG_REGISTRY: `${server.origin}/npm/`,
      },
    });
  }

  test(
    'runs nothing of a file whose SHA-256 is another',
    async () => {
      await repository.startBranch('wrong-sum');
      const before = aws.calls().length;
      const source = { ...fromServer(server), 'source-sha256': '0'.repeat(64) };
      const result = await openGitLab(repository, aws, server, source, withoutNpm).run(deploy('wrong-sum'));
      expect(result).toMatchObject({ exitCode: 1, outputs: {} });
      expect(result.log).toContain(`has the SHA-256 ${server.sha256}, not 000`);
      expect(result.log).toContain("correct 'source-url' or 'source-sha256'");
      expect(aws.calls().length).toBe(before);
    },
    MINUTES,
  );

  test(
    'included twice, each with its prefix, deploys two stacks of one branch and destroys the one that is asked for',
    async () => {
      await repository.startBranch('both');
      const component = (name: string) => ({
        template: 'branch-stack',
        inputs: { ...fromServer(server), ...inputs, component: name, 'job-prefix': `${name}-` },
      });
      const include = [component('web'), component('api')];
      const run = (job: string, happening: Happening) =>
        runPipeline({
          repository,
          server,
          happening,
          include,
          job,
          environment: { ...aws.environment, ...imageEnvironment(withoutNpm) },
        });

      const web = await run('web-branch-stack-deploy', push('both'));
      const api = await run('api-branch-stack-deploy', push('both'));
      expect(web.outputs).toMatchObject({ status: 'created', 'stack-name': expect.stringContaining('-web-') });
      expect(api.outputs).toMatchObject({ status: 'created', 'stack-name': expect.stringContaining('-api-') });

      const stopped = await run('web-branch-stack-destroy', { kind: 'delete', branch: 'both' });
      expect(stopped.outputs).toMatchObject({ status: 'destroyed', 'stack-name': web.outputs['stack-name'] });
      const { Stacks: left = [] } = await new CloudFormation(clientSettings(aws)).describeStacks({});
      const names = left.map(({ StackName }) => StackName);
      expect(names).toContain(api.outputs['stack-name']);
      expect(names).not.toContain(web.outputs['stack-name']);
    },
    3 * MINUTES,
  );

  const mergeRequest = (project: string) => ({
    CI_PIPELINE_SOURCE: 'merge_request_event',
    CI_COMMIT_BRANCH: '',
    CI_MERGE_REQUEST_SOURCE_PROJECT_ID: project,
    CI_PROJECT_ID: '7',
    CI_OPEN_MERGE_REQUESTS: 'octo-org/shop!1',
  });
  const open = { CI_OPEN_MERGE_REQUESTS: 'octo-org/shop!1' };
  const tag = { CI_COMMIT_TAG: 'v1', CI_COMMIT_BRANCH: '' };
  type Case = [of: string, pipelines: string, branch: string, variables: Record<string, string>, jobs: string];
  const cases: Case[] = [
    ['a branch', 'branch', 'rules', {}, 'on_success manual'],
    ['a branch with an open merge request', 'branch', 'rules', open, 'on_success manual'],
    ['a merge request', 'branch', 'rules', mergeRequest('7'), 'never never'],
    ['the default branch', 'branch', 'main', {}, 'on_success never'],
    ['a tag', 'branch', 'rules', tag, 'never never'],
    ['a branch', 'merge-request', 'rules', {}, 'on_success manual'],
    ['a branch with an open merge request', 'merge-request', 'rules', open, 'never never'],
    ['a merge request', 'merge-request', 'rules', mergeRequest('7'), 'on_success manual'],
    ['a merge request of a fork', 'merge-request', 'rules', mergeRequest('8'), 'never never'],
    ['the default branch', 'merge-request', 'main', {}, 'on_success never'],
    ['a tag', 'merge-request', 'rules', tag, 'never never'],
  ];
  for (const [of, pipelines, branch, variables, expected] of cases) {
    test(`with 'pipelines: ${pipelines}' the pipeline of ${of} has the jobs: ${expected}`, async () => {
      if ((await repository.git('branch', '--list', branch)) === '') await repository.startBranch(branch);
      const include = [{ template: 'branch-stack', inputs: { pipelines } }];
      const environment = imageEnvironment(withoutNpm);
      const jobs = await jobsOf({ repository, server, happening: push(branch), include, environment, variables });
      expect(`${jobs['branch-stack-deploy']} ${jobs['branch-stack-destroy']}`).toBe(expected);
    });
  }
});
