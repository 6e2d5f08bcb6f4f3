import path from 'node:path';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { actIsPresent, releasedWorkflow, runAct } from '../../test/e2e/act-door.ts';
import type { OpenDoor } from '../../test/e2e/door.ts';
import { openGithub } from '../../test/e2e/github-door.ts';
import { pushEvent } from '../../test/e2e/github-events.ts';
import { fromServer, imageEnvironment, rsyncIsPresent, runPipeline } from '../../test/e2e/gitlab-door.ts';
import { serveRelease } from '../../test/e2e/gitlab-release-server.ts';
import {
  addTransforms,
  DESTROY,
  filesByFolder,
  NAMES,
  publishedIn,
  REGIONS,
  STACK,
  sparkEnvironment,
  sparkIsMissing,
  stackOutputs,
  withSpark,
} from '../../test/e2e/glue-transform-application.ts';
import { createScratchRepository, type ScratchRepository } from '../../test/e2e/scratch-repository.ts';
import { openTerminal } from '../../test/e2e/terminal-door.ts';
import { startGithubApi } from '../../test/support/github-api.ts';

/** What a demonstration works in. */
interface Scene {
  readonly aws: LocalAws;
  readonly repository: ScratchRepository;
  /** Whether tests and jobs can run. */
  readonly hasSpark: boolean;
}

const EVERYWHERE = { regions: REGIONS.join('\n') } as const;

/** Two visual transforms in three Regions of a Glue on this machine, and the job that uses them, at each door. */
export async function demo(): Promise<void> {
  console.log('\nglue-transform: a sales generator and a repartitioner, checked, tested, published and used by a job');
  const missing = await sparkIsMissing();
  const hasSpark = missing === undefined;
  if (!hasSpark) console.log(`\n  without Spark: ${missing}\n  Tests and the job are left out.`);
  await scene(hasSpark, async (here) => await byOperation('at the terminal', here, openTerminal));
  const api = await startGithubApi();
  try {
    await scene(
      hasSpark,
      async (here) => await byOperation('on GitHub, by a runner of our own', here, openGithub(api)),
    );
  } finally {
    await api.close();
  }
  if (!hasSpark) return console.log('\n  whole pipelines on GitHub and GitLab: left out, their tests need Spark');
  if (await actIsPresent()) await scene(hasSpark, onAct);
  else console.log('\n  on GitHub, by act: left out, act is not installed');
  if (await rsyncIsPresent()) await scene(hasSpark, onGitLab);
  else console.log('\n  on GitLab: left out, rsync is not installed');
}

async function scene(hasSpark: boolean, work: (scene: Scene) => Promise<void>): Promise<void> {
  const [aws, repository] = await Promise.all([startLocalAws(), createScratchRepository()]);
  try {
    await addTransforms(repository);
    await work({ aws, repository, hasSpark });
  } finally {
    await Promise.all([aws.stop(), repository.remove()]);
  }
}

/** Each operation through one door. */
async function byOperation(where: string, { aws, repository, hasSpark }: Scene, open: OpenDoor): Promise<void> {
  console.log(`\n  ${where}`);
  const door = await open(repository, withSpark(aws));
  const call = async (operation: string, inputs: Record<string, string>) =>
    await door.run({ operation, inputs, happening: { kind: 'push', branch: 'main', created: false } });
  const run = async (operation: string, inputs: Record<string, string> = {}) => {
    const result = await call(operation, inputs);
    if (result.exitCode !== 0) throw new Error(`${operation} ended with ${result.exitCode}:\n${result.log}`);
    return result.outputs;
  };
  const checked = await run('glue-transform check');
  tell('definitions and Python files are checked', `${checked.errors} errors, ${checked.warnings} warnings`);
  if (hasSpark) {
    const tested = await run('glue-transform test');
    tell('their tests run on Spark', `${tested.passed} of ${tested.tests} on Glue ${tested.versions}`);
  }
  const published = await run('glue-transform publish', EVERYWHERE);
  tell('published to three Regions', `${published.status}: ${published.published}`);
  tell('published once more', `${(await run('glue-transform publish', EVERYWHERE)).status}`);
  const { JobName: job = '', OutputBucket: bucket = '' } = stackOutputs(await run('stack deploy', STACK));
  tell('a stack with a job that uses both', job);
  if (hasSpark) {
    const ran = await run('glue-transform run-job', { job, region: REGIONS[0] });
    tell('the job runs on Spark', `${ran.state} after ${ran['execution-seconds']} s`);
    await tellFiles(aws, bucket);
  }
  const { exitCode } = await call('glue-transform retire', { ...EVERYWHERE, names: NAMES.join('\n') });
  tell('retiring is refused while the job uses them', `it ends with ${exitCode}`);
  await run('stack destroy', DESTROY);
  const retired = await run('glue-transform retire', { ...EVERYWHERE, names: NAMES.join('\n') });
  tell('without the job they are retired', `${retired.status}: ${retired.retired}`);
}

/** The released workflow, unchanged. */
async function onAct({ aws, repository }: Scene): Promise<void> {
  console.log('\n  on GitHub, by act: the whole workflow on a push');
  const { job, bucket } = await deployed({ aws, repository });
  const variables = { AWS_REGION: REGIONS[0], AWS_REGIONS: REGIONS.join('\n'), GLUE_JOB: job };
  const sha = await repository.git('rev-parse', 'HEAD');
  const host = { repository, aws: withSpark(aws), variables };
  const result = await runAct(host, await releasedWorkflow('glue-transform'), pushEvent('main', sha, false));
  if (result.exitCode !== 0) throw new Error(`the workflow ended with ${result.exitCode}:\n${result.log}`);
  await tellAll(aws, bucket);
}

/** The released template. */
async function onGitLab({ aws, repository }: Scene): Promise<void> {
  console.log('\n  on GitLab, by gitlab-ci-local: the whole pipeline on a push');
  const { job, bucket } = await deployed({ aws, repository });
  const server = await serveRelease();
  try {
    const inputs = { ...fromServer(server), ...EVERYWHERE, region: REGIONS[0], job };
    const result = await runPipeline({
      repository,
      server,
      happening: { kind: 'push', branch: 'main', created: false },
      include: [{ template: 'glue-transform', inputs }],
      environment: { ...sparkEnvironment(aws), ...imageEnvironment(path.dirname(process.execPath)) },
    });
    if (result.exitCode !== 0) throw new Error(`the pipeline ended with ${result.exitCode}:\n${result.log}`);
    await tellAll(aws, bucket);
  } finally {
    await server.close();
  }
}

async function deployed({ aws, repository }: Pick<Scene, 'aws' | 'repository'>) {
  const door = await openTerminal(repository, withSpark(aws));
  const happening = { kind: 'push', branch: 'main', created: false } as const;
  const { exitCode, outputs, log } = await door.run({ operation: 'stack deploy', inputs: STACK, happening });
  if (exitCode !== 0) throw new Error(`stack deploy ended with ${exitCode}:\n${log}`);
  const { JobName: job = '', OutputBucket: bucket = '' } = stackOutputs(outputs);
  return { job, bucket };
}

async function tellAll(aws: LocalAws, bucket: string): Promise<void> {
  for (const region of REGIONS) {
    tell(`published in ${region}`, Object.keys(await publishedIn(aws, region)).join(', '));
  }
  await tellFiles(aws, bucket);
}

/** The article's counts: what repartitioning is for. */
async function tellFiles(aws: LocalAws, bucket: string): Promise<void> {
  for (const [prefix, what] of [
    ['sales/by-date/', 'files as Spark has them'],
    ['sales/by-day/', 'files after repartitioning'],
  ] as const) {
    const counts = Object.values(await filesByFolder(aws, bucket, prefix));
    tell(what, `${counts.reduce((sum, count) => sum + count, 0)} for ${counts.length} days`);
  }
}

function tell(happened: string, result: string): void {
  console.log(`    ${happened.padEnd(46)} ${result}`);
}
