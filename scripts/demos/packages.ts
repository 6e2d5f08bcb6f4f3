import path from 'node:path';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { actIsPresent, releasedWorkflow, runAct } from '../../test/e2e/act-door.ts';
import type { Door } from '../../test/e2e/door.ts';
import { openGithub } from '../../test/e2e/github-door.ts';
import { pushEvent } from '../../test/e2e/github-events.ts';
import { fromServer, imageEnvironment, rsyncIsPresent, runPipeline } from '../../test/e2e/gitlab-door.ts';
import { serveRelease } from '../../test/e2e/gitlab-release-server.ts';
import {
  addPackages,
  buildPackages,
  greetings,
  makeRepositories,
  packagesOf,
  pipEnvironment,
  REGIONS,
  REPOSITORY,
  setVersion,
} from '../../test/e2e/packages-application.ts';
import { createScratchRepository, type ScratchRepository } from '../../test/e2e/scratch-repository.ts';
import { openTerminal } from '../../test/e2e/terminal-door.ts';
import { pythonWithBuild } from '../../test/local-aws/python-tools.ts';
import { startGithubApi } from '../../test/support/github-api.ts';

/** What a demonstration works in. */
interface Scene {
  readonly aws: LocalAws;
  readonly repository: ScratchRepository;
}

/** A Python and an npm package in three Regions: published, installed, lost in one and healed, at each door. */
export async function demo(): Promise<void> {
  console.log('\npackages: a Python and an npm package in three Regions of a CodeArtifact on this machine');
  await scene(async (here) => await byOperation('at the terminal', here, openTerminal));
  const api = await startGithubApi();
  try {
    await scene(async (here) => await byOperation('on GitHub, by a runner of our own', here, openGithub(api)));
  } finally {
    await api.close();
  }
  if (await actIsPresent()) await scene(onAct);
  else console.log('\n  on GitHub, by act: left out, act is not installed');
  if (await rsyncIsPresent()) await scene(onGitLab);
  else console.log('\n  on GitLab: left out, rsync is not installed');
}

async function scene(work: (scene: Scene) => Promise<void>): Promise<void> {
  const [aws, repository] = await Promise.all([startLocalAws(), createScratchRepository()]);
  try {
    await addPackages(repository);
    await work({ aws, repository });
  } finally {
    await Promise.all([aws.stop(), repository.remove()]);
  }
}

/** Each operation through one door, from the stack to a Region that lost a version and has it again. */
async function byOperation(
  where: string,
  { aws, repository }: Scene,
  open: (repository: ScratchRepository, aws: LocalAws) => Promise<Door>,
): Promise<void> {
  console.log(`\n  ${where}`);
  const door = await open(repository, aws);
  const call = async (operation: string, inputs: Record<string, string>) =>
    await door.run({ operation, inputs, happening: { kind: 'push', branch: 'main', created: false } });
  const run = async (operation: string, inputs: Record<string, string> = REPOSITORY) => {
    const result = await call(operation, inputs);
    if (result.exitCode !== 0) throw new Error(`${operation} ended with ${result.exitCode}:\n${result.log}`);
    return result.outputs;
  };
  await run('stack deploy', {
    'stack-name': 'packages',
    template: 'template.yaml',
    capabilities: 'CAPABILITY_IAM',
    regions: REGIONS.join('\n'),
    parameters: `PrimaryRegion: ${REGIONS[0]}`,
  });
  tell('domain and repository in three Regions', REGIONS.join(', '));
  for (const version of ['1.0.0', '1.1.0']) {
    await setVersion(repository, version);
    await buildPackages(repository);
    const { status, published } = await run('packages publish');
    tell(`version ${version} is built and published`, `${status}: ${published} files`);
    await installed(aws, version);
  }
  tell('it is published once more', `${(await run('packages publish')).status}`);
  const client = packagesOf(aws, REGIONS[2]);
  const { domain, repository: name } = REPOSITORY;
  await client.deletePackage({
    domain,
    repository: name,
    format: 'npm',
    namespace: 'octo-org',
    package: 'hello-headgate',
  });
  client.destroy();
  const { exitCode } = await call('packages verify', REPOSITORY);
  tell(`${REGIONS[2]} has lost the npm package`, `verify ends with ${exitCode}`);
  const healed = await run('packages reconcile');
  tell('the Region is healed', `${healed.status}: ${healed.versions} versions`);
  tell('all Regions are compared', `${(await run('packages verify')).status}`);
}

/** The released workflow, unchanged. */
async function onAct({ aws, repository }: Scene): Promise<void> {
  console.log('\n  on GitHub, by act: the whole workflow on a push');
  await makeRepositories(aws);
  const variables = { AWS_REGION: REGIONS[0], AWS_REPLICAS: REGIONS.slice(1).join('\n') };
  const sha = await repository.git('rev-parse', 'HEAD');
  const host = { repository, aws, variables, environment: pipEnvironment() };
  const result = await runAct(host, await releasedWorkflow('packages'), pushEvent('main', sha, false));
  if (result.exitCode !== 0) throw new Error(`the workflow ended with ${result.exitCode}:\n${result.log}`);
  tell('built once, published everywhere', `${result.outputs.status}: ${result.outputs.published} files`);
  await installed(aws, '1.0.0');
}

/** The released template. */
async function onGitLab({ aws, repository }: Scene): Promise<void> {
  console.log('\n  on GitLab, by gitlab-ci-local: the whole pipeline on a push');
  await makeRepositories(aws);
  const server = await serveRelease();
  try {
    const build = [
      '"$PYTHON" -m build --no-isolation --outdir dist python',
      'npm pack --silent --pack-destination dist ./npm',
    ];
    const image = imageEnvironment(path.dirname(process.execPath));
    const result = await runPipeline({
      repository,
      server,
      happening: { kind: 'push', branch: 'main', created: false },
      include: [{ template: 'packages', inputs: { ...fromServer(server), ...REPOSITORY } }],
      jobs: { build: { stage: 'build', script: build, artifacts: { paths: ['dist'] } } },
      environment: { ...aws.environment, ...image, PYTHON: await pythonWithBuild() },
    });
    if (result.exitCode !== 0) throw new Error(`the pipeline ended with ${result.exitCode}:\n${result.log}`);
    tell('built once, published everywhere', `${result.outputs.status}: ${result.outputs.published} files`);
    await installed(aws, '1.0.0');
  } finally {
    await server.close();
  }
}

/** What pip and npm install from each Region. */
async function installed(aws: LocalAws, version: string): Promise<void> {
  for (const region of REGIONS) {
    const { python, npm } = await greetings(aws, region, version);
    tell(`pip and npm install from ${region}`, `${python}; ${npm}`);
  }
}

function tell(happened: string, result: string): void {
  console.log(`    ${happened.padEnd(42)} ${result}`);
}
