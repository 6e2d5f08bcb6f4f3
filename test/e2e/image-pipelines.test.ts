import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { OWNER, REPO } from '../support/github-api.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { requires } from '../support/requires.ts';
import { releasedWorkflow, runAct } from './act-door.ts';
import { deleteEvent, pushEvent } from './github-events.ts';
import { fromServer, imageEnvironment, runPipeline } from './gitlab-door.ts';
import { type ReleaseServer, serveRelease } from './gitlab-release-server.ts';
import { ARCHITECTURES, addServer, CHECK, openPuller, type Puller, rawManifest, tagsIn } from './image-application.ts';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.ts';
import { reachable } from './terminal-door.ts';

// The whole of what users copy: the caller workflow with the reusable one that it calls, and the GitLab template.

const MINUTES = 60_000;
const BRANCH = 'feature/Login_42';
const TAG = /^feature-login-42-[a-z2-7]{10}$/;

const act = requires('act', 'it runs the released workflows as GitHub does');
const rsync = requires('rsync', 'gitlab-ci-local copies with it');
const go = requires('go', 'it compiles the sample application');
for (const tool of ['docker-registry', 'buildah', 'skopeo'])
  requires(tool, 'images are built, kept and pulled with it');
// Without Go there is no application, and the skip says so.
const onGithub = go.path === '' ? go : act;
const onGitlab = go.path === '' ? go : rsync;

let aws: LocalAws;
let server: ReleaseServer;
let puller: Puller;
let registry: TestRegistry;
let repository: ScratchRepository;
let image: string;

beforeAll(async () => {
  [aws, server, puller] = await Promise.all([startLocalAws(), serveRelease(), openPuller()]);
}, 3 * MINUTES);
afterAll(async () => {
  await Promise.all([aws?.stop(), server?.close(), puller?.remove()]);
});
beforeEach(async () => {
  [registry, repository] = await Promise.all([startRegistry(), createScratchRepository()]);
  image = `${registry.host}/${OWNER}/${REPO}`;
  await addServer(repository);
  await repository.startBranch(BRANCH);
  await repository.git('push', '--quiet', 'origin', BRANCH);
}, 3 * MINUTES);
afterEach(async () => {
  await Promise.all([registry?.stop(), repository?.remove()]);
});

/** git goes to the repository that stands for the host, wherever the host's address is asked. */
const hostIsHere = () => reachable('multi-arch-image clean', repository);

/** The one tag is an image that runs on each architecture, and was tested. */
async function expectImage(digest: string | undefined): Promise<void> {
  const tags = await tagsIn(image);
  expect(tags).toEqual([expect.stringMatching(TAG)]);
  const { manifests } = await rawManifest(`${image}:${tags[0]}`);
  expect(manifests.map(({ platform }) => platform.architecture)).toEqual([...ARCHITECTURES]);
  for (const architecture of ARCHITECTURES) {
    expect(await puller.run(`${image}@${digest}`, architecture)).toContain(architecture);
  }
}

/** The released caller workflow with the inputs of this image. */
async function caller(inputs: Readonly<Record<string, string | boolean>> = {}): Promise<string> {
  const workflow = parse(await releasedWorkflow('multi-arch-image')) as {
    jobs: { image: { with: object }; clean: { steps: { with?: object }[] } };
  };
  const { image: build, clean } = workflow.jobs;
  build.with = { ...build.with, image, context: 'server', 'allow-emulation': true, command: CHECK, ...inputs };
  const [step] = clean.steps;
  if (step !== undefined) step.with = { image };
  return stringify(workflow);
}

onGithub.test(
  'on GitHub a push makes the image in a matrix, and the deletion of the branch removes it',
  async () => {
    const sha = await repository.git('rev-parse', 'HEAD');
    const host = { repository, aws, environment: hostIsHere() };
    const pushed = await runAct(host, await caller(), pushEvent(BRANCH, sha, true));
    expect(pushed.exitCode === 0 ? '' : pushed.log).toBe('');
    await expectImage(pushed.outputs.digest);

    await repository.git('checkout', '--quiet', 'main');
    await repository.git('push', '--quiet', 'origin', '--delete', BRANCH);
    const deleted = await runAct(host, await caller(), deleteEvent('branch', BRANCH, sha));
    expect(deleted).toMatchObject({ exitCode: 0, outputs: { status: 'cleaned', 'deleted-manifests': '3' } });
    expect(await tagsIn(image)).toEqual([]);
  },
  5 * MINUTES,
);

onGithub.test(
  'on GitHub an image whose test fails gets no tag',
  async () => {
    const sha = await repository.git('rev-parse', 'HEAD');
    const command = `${CHECK}\n--expect\namd64`;
    const pushed = await runAct({ repository, aws }, await caller({ command }), pushEvent(BRANCH, sha, true));
    expect(pushed.exitCode).not.toBe(0);
    expect(await tagsIn(image)).toEqual([]);
  },
  5 * MINUTES,
);

const pipeline = (
  happening: Parameters<typeof runPipeline>[0]['happening'],
  inputs: Record<string, string | string[]>,
) => ({
  repository,
  server,
  happening,
  include: [{ template: 'multi-arch-image', inputs: { ...fromServer(server), 'image-name': image, ...inputs } }],
  environment: { ...aws.environment, ...imageEnvironment(path.dirname(process.execPath)) },
});

onGitlab.test(
  'on GitLab a push makes the image in a matrix of two stages, and a schedule removes it when the branch is gone',
  async () => {
    const inputs = { platforms: [...ARCHITECTURES], context: 'server', command: CHECK, 'allow-emulation': 'true' };
    const pushed = await runPipeline(pipeline({ kind: 'push', branch: BRANCH, created: true }, inputs));
    expect(pushed.exitCode === 0 ? '' : pushed.log).toBe('');
    await expectImage(pushed.outputs.digest);

    await repository.git('checkout', '--quiet', 'main');
    await repository.git('push', '--quiet', 'origin', '--delete', BRANCH);
    const scheduled = await runPipeline({
      ...pipeline({ kind: 'manual', branch: 'main' }, {}),
      variables: { CI_PIPELINE_SOURCE: 'schedule', CI_SERVER_URL: 'https://github.com', ...hostIsHere() },
    });
    expect(scheduled).toMatchObject({ exitCode: 0, outputs: { status: 'cleaned', 'deleted-manifests': '3' } });
    expect(await tagsIn(image)).toEqual([]);
  },
  5 * MINUTES,
);

onGitlab.test(
  'on GitLab an image whose test fails gets no tag',
  async () => {
    const inputs = { context: 'server', command: `${CHECK}\n--expect\namd64`, 'allow-emulation': 'true' };
    const pushed = await runPipeline(pipeline({ kind: 'push', branch: BRANCH, created: true }, inputs));
    expect(pushed.exitCode).not.toBe(0);
    expect(await tagsIn(image)).toEqual([]);
  },
  5 * MINUTES,
);
