import path from 'node:path';
import { parse, stringify } from 'yaml';
import { execution, machineArchitecture } from '../../actions/multi-arch-image/machine.ts';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { actIsPresent, releasedWorkflow, runAct } from '../../test/e2e/act-door.ts';
import type { Door } from '../../test/e2e/door.ts';
import { openGithub } from '../../test/e2e/github-door.ts';
import { pushEvent } from '../../test/e2e/github-events.ts';
import { fromServer, imageEnvironment, rsyncIsPresent, runPipeline } from '../../test/e2e/gitlab-door.ts';
import { serveRelease } from '../../test/e2e/gitlab-release-server.ts';
import { ARCHITECTURES, addServer, CHECK, openPuller, rawManifest } from '../../test/e2e/image-application.ts';
import { createScratchRepository, type ScratchRepository } from '../../test/e2e/scratch-repository.ts';
import { openTerminal } from '../../test/e2e/terminal-door.ts';
import { startGithubApi } from '../../test/support/github-api.ts';
import { startRegistry } from '../../test/support/registry.ts';
import { debianPackage, find } from '../../test/support/tools.ts';

const BRANCH = 'feature/login';

/** What a demonstration works in. */
interface Scene {
  readonly aws: LocalAws;
  readonly repository: ScratchRepository;
  readonly image: string;
}

/** A web server for two architectures: built, tested, assembled and verified at each door, then pulled and run. */
export async function demo(): Promise<void> {
  console.log('\nmulti-arch-image: a web server for amd64 and arm64, on a registry of this machine');
  const missing = ['buildah', 'skopeo', 'docker-registry', 'go'].filter((tool) => find(tool) === '');
  if (missing.length > 0) {
    console.log(
      `  left out: it needs ${missing.join(', ')}. On Debian: apt-get install ${missing.map(debianPackage).join(' ')}`,
    );
    return;
  }
  const architectures: string[] = [];
  for (const architecture of ARCHITECTURES) {
    const how = await execution(machineArchitecture(), { os: 'linux', architecture });
    if (how === 'native' || how === 'emulated') architectures.push(architecture);
  }
  for (const left of ARCHITECTURES.filter((name) => !architectures.includes(name))) {
    console.log(`  ${left} is left out: this machine cannot run it; scripts/tools.sh need_arm64 says what is missing`);
  }
  await scene(async (here) => await byOperation('at the terminal', here, openTerminal, architectures));
  const api = await startGithubApi();
  try {
    await scene(
      async (here) => await byOperation('on GitHub, by a runner of our own', here, openGithub(api), architectures),
    );
  } finally {
    await api.close();
  }
  if (await actIsPresent()) await scene(async (here) => await onAct(here, architectures));
  else console.log('  on GitHub, by act: left out, act is not installed');
  if (await rsyncIsPresent()) await scene(async (here) => await onGitLab(here, architectures));
  else console.log('  on GitLab: left out, rsync is not installed');
}

async function scene(work: (scene: Scene) => Promise<void>): Promise<void> {
  const [aws, registry, repository] = await Promise.all([startLocalAws(), startRegistry(), createScratchRepository()]);
  try {
    await addServer(repository);
    await repository.startBranch(BRANCH);
    await repository.git('push', '--quiet', 'origin', BRANCH);
    await work({ aws, repository, image: `${registry.host}/octo-org/shop` });
  } finally {
    await Promise.all([aws.stop(), registry.stop(), repository.remove()]);
  }
}

/** Each operation through one door, from the first build to the cleaned registry. */
async function byOperation(
  where: string,
  { aws, repository, image }: Scene,
  open: (repository: ScratchRepository, aws: LocalAws) => Promise<Door>,
  architectures: readonly string[],
): Promise<void> {
  console.log(`\n  ${where}`);
  const door = await open(repository, aws);
  const platforms = architectures.join('\n');
  const run = async (verb: string, inputs: Record<string, string>, gone = false) => {
    const happening = gone
      ? ({ kind: 'delete', branch: BRANCH } as const)
      : ({ kind: 'push', branch: BRANCH, created: true } as const);
    const result = await door.run({ operation: `multi-arch-image ${verb}`, inputs: { image, ...inputs }, happening });
    if (result.exitCode !== 0) throw new Error(`${verb} ended with ${result.exitCode}:\n${result.log}`);
    return result.outputs;
  };
  for (const platform of architectures) {
    const built = await run('build', { platform, context: 'server' });
    tell(`${platform} is built`, `${built.digest?.slice(0, 19)}`);
    const tested = await run('test', { platform, command: CHECK, 'allow-emulation': 'true' });
    tell(`${platform} is tested`, `exit code ${tested['exit-code']}`);
  }
  const assembled = await run('assemble', { platforms });
  tell('the index is assembled', `${assembled.status}: ${assembled.tags}`);
  await run('verify', { platforms });
  tell('the image is verified', `${assembled.platforms}`);
  await pulled(`${image}@${assembled.digest}`, architectures);
  tell('it is assembled once more', `${(await run('assemble', { platforms })).status}`);
  await repository.git('checkout', '--quiet', 'main');
  await repository.git('push', '--quiet', 'origin', '--delete', BRANCH);
  const cleaned = await run('clean', {}, true);
  tell('the branch is gone', `${cleaned['deleted-tags']} tag, ${cleaned['deleted-manifests']} manifests removed`);
}

/** The released caller workflow, with the reusable one that it calls. */
async function onAct({ aws, repository, image }: Scene, architectures: readonly string[]): Promise<void> {
  console.log('\n  on GitHub, by act: the whole workflow on a push');
  const workflow = parse(await releasedWorkflow('multi-arch-image')) as { jobs: { image: { with: object } } };
  workflow.jobs.image.with = {
    ...workflow.jobs.image.with,
    ...{ image, context: 'server', command: CHECK, platforms: architectures.join('\n'), 'allow-emulation': true },
  };
  const sha = await repository.git('rev-parse', 'HEAD');
  const result = await runAct({ repository, aws }, stringify(workflow), pushEvent(BRANCH, sha, true));
  if (result.exitCode !== 0) throw new Error(`the workflow ended with ${result.exitCode}:\n${result.log}`);
  tell('matrix, build, test, assemble, verify', `${result.outputs.digest?.slice(0, 19)}`);
  await pulled(`${image}@${result.outputs.digest}`, architectures);
}

/** The released template. */
async function onGitLab({ aws, repository, image }: Scene, architectures: readonly string[]): Promise<void> {
  console.log('\n  on GitLab, by gitlab-ci-local: the whole pipeline on a push');
  const server = await serveRelease();
  try {
    const inputs = { 'image-name': image, context: 'server', command: CHECK, 'allow-emulation': 'true' };
    const result = await runPipeline({
      repository,
      server,
      happening: { kind: 'push', branch: BRANCH, created: true },
      include: [
        { template: 'multi-arch-image', inputs: { ...fromServer(server), ...inputs, platforms: architectures } },
      ],
      environment: { ...aws.environment, ...imageEnvironment(path.dirname(process.execPath)) },
    });
    if (result.exitCode !== 0) throw new Error(`the pipeline ended with ${result.exitCode}:\n${result.log}`);
    tell('build, test, assemble, verify', `${result.outputs.digest?.slice(0, 19)}`);
    await pulled(`${image}@${result.outputs.digest}`, architectures);
  } finally {
    await server.close();
  }
}

/** What a client of each architecture gets, run with programs that are not ours. */
async function pulled(reference: string, architectures: readonly string[]): Promise<void> {
  const puller = await openPuller();
  try {
    const { manifests } = await rawManifest(reference);
    for (const architecture of architectures) {
      const said = await puller.run(reference, architecture);
      tell(
        `${architecture} is pulled and run`,
        `${manifests.length} platforms in the index; ${said.trim().split('\n').at(-1)}`,
      );
    }
  } finally {
    await puller.remove();
  }
}

function tell(happened: string, result: string): void {
  console.log(`    ${happened.padEnd(42)} ${result}`);
}
