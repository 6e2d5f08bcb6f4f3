import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { pythonWithBuild } from '../local-aws/python-tools.ts';
import { requires } from '../support/requires.ts';
import { releasedWorkflow, runAct } from './act-door.ts';
import { dispatchEvent, pushEvent } from './github-events.ts';
import { fromServer, imageEnvironment, runPipeline } from './gitlab-door.ts';
import { type ReleaseServer, serveRelease } from './gitlab-release-server.ts';
import {
  addPackages,
  contentOf,
  greetings,
  greetingsOf,
  makeRepositories,
  packagesOf,
  pipEnvironment,
  REGIONS,
  REPOSITORY,
  setVersion,
} from './packages-application.ts';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.ts';

// The whole of what users copy: the caller workflow and the GitLab template, each with the job that builds.

const MINUTES = 60_000;
const act = requires('act', 'it runs the released workflow as GitHub does');
const rsync = requires('rsync', 'gitlab-ci-local copies with it');

let aws: LocalAws;
let server: ReleaseServer;
let repository: ScratchRepository;

beforeAll(async () => {
  [aws, server] = await Promise.all([startLocalAws(), serveRelease()]);
}, 3 * MINUTES);
afterAll(async () => {
  await Promise.all([aws?.stop(), server?.close()]);
});
beforeEach(async () => {
  repository = await createScratchRepository();
  await addPackages(repository);
  await aws.reset();
  await makeRepositories(aws);
}, 3 * MINUTES);
afterEach(async () => {
  await repository?.remove();
});

/** Both packages of this version can be installed from everywhere, and all Regions have the same bytes. */
async function expectEverywhere(version: string): Promise<void> {
  const [primary, ...replicas] = REGIONS;
  const content = await contentOf(aws, primary);
  expect(Object.keys(content).filter((name) => name.includes(` ${version} Published `))).toHaveLength(3);
  for (const region of replicas) expect(await contentOf(aws, region)).toEqual(content);
  for (const region of REGIONS) expect(await greetings(aws, region, version)).toEqual(greetingsOf(version));
}

/** A replica has lost a version. */
async function lose(version: string): Promise<void> {
  const { domain, repository: name } = REPOSITORY;
  const client = packagesOf(aws, REGIONS[2]);
  const asked = { domain, repository: name, format: 'pypi', package: 'hello-headgate', versions: [version] } as const;
  await client.deletePackageVersions({ ...asked, versions: [...asked.versions] });
  client.destroy();
}

act.test(
  'on GitHub a push builds once and publishes everywhere, and the nightly run heals',
  async () => {
    const variables = { AWS_REGION: REGIONS[0], AWS_REPLICAS: REGIONS.slice(1).join('\n') };
    const host = { repository, aws, variables, environment: pipEnvironment() };
    const workflow = await releasedWorkflow('packages');
    const push = async () => {
      const sha = await repository.git('rev-parse', 'HEAD');
      return await runAct(host, workflow, pushEvent('main', sha, false));
    };
    const first = await push();
    expect(first.exitCode === 0 ? '' : first.log).toBe('');
    expect(first.outputs).toMatchObject({ status: 'published', versions: '2' });
    await expectEverywhere('1.0.0');

    await setVersion(repository, '1.1.0');
    const second = await push();
    expect(second.exitCode === 0 ? '' : second.log).toBe('');
    await expectEverywhere('1.1.0');

    await lose('1.0.0');
    const sha = await repository.git('rev-parse', 'HEAD');
    const nightly = await runAct(host, workflow, { ...dispatchEvent('main', sha), name: 'schedule' });
    expect(nightly.exitCode === 0 ? '' : nightly.log).toBe('');
    expect(nightly.jobs).toEqual({ heal: 'success' });
    await expectEverywhere('1.0.0');
  },
  8 * MINUTES,
);

rsync.test(
  'on GitLab a push builds once and publishes everywhere, a job installs signed in, and a schedule heals',
  async () => {
    const python = await pythonWithBuild();
    const inputs = { ...REPOSITORY, 'login-tools': 'pip' };
    const pipeline = {
      repository,
      server,
      happening: { kind: 'push', branch: 'main', created: false },
      include: [{ template: 'packages', inputs: { ...fromServer(server), ...inputs } }],
      environment: {
        ...aws.environment,
        ...imageEnvironment(path.dirname(process.execPath)),
        PYTHON: python,
        ...pipEnvironment(),
      },
    } as const;
    const build = {
      stage: 'build',
      script: [
        'export SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)',
        '"$PYTHON" -m build --no-isolation --outdir dist python',
        'npm pack --silent --pack-destination dist ./npm',
      ],
      artifacts: { paths: ['dist'] },
    };
    const use = {
      extends: '.packages-login',
      stage: '.post',
      script: [
        '"$PYTHON" -m pip install --quiet --no-deps --target site hello-headgate',
        'PYTHONPATH=site "$PYTHON" -m hello_headgate',
      ],
    };
    const pushed = await runPipeline({ ...pipeline, jobs: { build, use } });
    expect(pushed.exitCode === 0 ? '' : pushed.log).toBe('');
    expect(pushed.log).toContain('Hello, world, from 1.0.0');
    await expectEverywhere('1.0.0');

    await lose('1.0.0');
    const variables = { CI_PIPELINE_SOURCE: 'schedule' };
    const scheduled = await runPipeline({ ...pipeline, happening: { kind: 'manual', branch: 'main' }, variables });
    expect(scheduled.exitCode === 0 ? '' : scheduled.log).toBe('');
    await expectEverywhere('1.0.0');
  },
  8 * MINUTES,
);
