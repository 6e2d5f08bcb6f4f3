import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { stringify } from 'yaml';
import type { LocalAws } from '../../local-aws/start.ts';
import type { Call, Door, Happening, Result } from './door.ts';
import type { ReleaseServer } from './gitlab-release-server.ts';
import type { ScratchRepository } from './scratch-repository.ts';
import { cleanEnvironment } from './terminal-door.ts';

const GITLAB_CI_LOCAL = path.resolve(import.meta.dirname, '..', '..', 'node_modules/gitlab-ci-local/dist/index.js');

/** One `include:` of a template, as a user writes it. */
export interface Include {
  readonly template: string;
  readonly inputs: Readonly<Record<string, string | readonly string[]>>;
}

/** What a user's pipeline is, and which job of it runs. */
export interface Pipeline {
  readonly repository: ScratchRepository;
  readonly server: ReleaseServer;
  readonly happening: Happening;
  readonly include: readonly Include[];
  /** Jobs of the user's own. */
  readonly jobs?: Readonly<Record<string, object>>;
  /** The one job that runs; without it, the whole pipeline. */
  readonly job?: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Variables that GitLab would set. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Whether this machine has what gitlab-ci-local copies with. */
export async function rsyncIsPresent(): Promise<boolean> {
  return !(await execa('rsync', ['--version'], { reject: false })).failed;
}

/** The inputs by which a template gets the program from a server of one's own. */
export function fromServer({ archive, sha256 }: ReleaseServer): Record<string, string> {
  return { source: 'url', 'source-url': archive, 'source-sha256': sha256 };
}

/**
 * GitLab by gitlab-ci-local: a push runs the deploy job in a clone of the branch; a deletion runs the stop job, as
 * GitLab does when it stops the environment, where nothing is checked out.
 *
 * @param source the inputs that say where the program comes from
 * @param binaries a folder that the image has on its PATH, before everything else
 */
export function openGitLab(
  repository: ScratchRepository,
  aws: LocalAws,
  server: ReleaseServer,
  source: Record<string, string>,
  binaries: string,
): Door {
  return {
    name: 'gitlab',
    run: async ({ operation, inputs, happening }: Call): Promise<Result> => {
      const [scenario = ''] = operation.split(' ');
      return await runPipeline({
        repository,
        server,
        happening,
        include: [{ template: scenario, inputs: { ...source, ...inputs } }],
        job: operation.replaceAll(' ', '-'),
        environment: { ...aws.environment, ...imageEnvironment(binaries) },
      });
    },
  };
}

/** The environment of a job in an image with `binaries` first on its PATH; none of the surrounding host's variables. */
export function imageEnvironment(binaries: string): Record<string, string> {
  const clean = cleanEnvironment();
  return { ...clean, PATH: `${binaries}${path.delimiter}${clean.PATH}` };
}

/** Runs one job of a pipeline, or all of them, in a fresh clone. The exit code is that of the first script that failed. */
export async function runPipeline(pipeline: Pipeline): Promise<Result> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'headgate-gitlab-'));
  try {
    const clone = await cloneFor(pipeline, root);
    const { all, exitCode } = await gitlabCiLocal(pipeline, clone, root);
    const log = withoutJobNames(all);
    const status = exitCode === 0 ? 0 : Number(/ FAIL (\d+)\s*$/m.exec(log)?.[1] ?? -1);
    return { exitCode: status, outputs: await outputsOf(clone), log };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/**
 * The jobs of a pipeline, by name, with `on_success`, `manual` or `never`.
 *
 * @param variables what GitLab sets in such a pipeline; an empty text for what it does not set
 */
export async function jobsOf(pipeline: Omit<Pipeline, 'job'>): Promise<Record<string, string>> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'headgate-gitlab-'));
  try {
    const clone = await cloneFor(pipeline, root);
    const { stdout } = await gitlabCiLocal({ ...pipeline, job: '--list-json' }, clone, root);
    const jobs = JSON.parse(stdout) as { name: string; when: string }[];
    return Object.fromEntries(jobs.map(({ name, when }) => [name, when]));
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function cloneFor(
  { repository, happening, server, include, jobs = {} }: Omit<Pipeline, 'job'>,
  root: string,
): Promise<string> {
  const clone = path.join(root, 'shop');
  const git = async (...parts: readonly string[]) => await execa('git', [...parts], { cwd: root });
  await git('clone', '--quiet', '--branch', happening.branch, repository.directory, clone);
  const url = await repository.git('remote', 'get-url', 'origin');
  await git('-C', clone, 'remote', 'set-url', 'origin', url);
  await git('-C', clone, 'symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main');
  if (happening.kind === 'delete') {
    // What `GIT_STRATEGY: none` means; gitlab-ci-local always has the working copy.
    const names = (await readdir(clone)).filter((name) => name !== '.git');
    for (const name of names) await rm(path.join(clone, name), { recursive: true });
  }
  const includes = include.map(({ template, inputs }) => ({
    remote: `${server.origin}/templates/${template}.yml`,
    inputs,
  }));
  await writeFile(path.join(clone, '.gitlab-ci.yml'), stringify({ include: includes, ...jobs }, { version: '1.1' }));
  return clone;
}

async function gitlabCiLocal({ happening, job, environment, variables = {} }: Pipeline, clone: string, root: string) {
  const home = path.join(root, 'home');
  await mkdir(home);
  // For a job with an image gitlab-ci-local names the folder that a container would have.
  const fixed = { GITLAB_CI: 'true', CI_PROJECT_DIR: clone };
  const given: Record<string, string> = { ...fixed, ...branchVariables(happening.branch), ...variables };
  const flags = Object.entries(given).flatMap(([name, value]) => ['--variable', `${name}=${value}`]);
  const ignored = ['--ignore-predefined-vars', Object.keys(given).join(',')];
  return await execa(
    process.execPath,
    [
      GITLAB_CI_LOCAL,
      ...(job === undefined ? [] : [job]),
      '--force-shell-executor',
      '--no-color',
      '--concurrency',
      '1',
      ...flags,
      ...ignored,
    ],
    { cwd: clone, env: { ...environment, HOME: home }, extendEnv: false, reject: false, all: true },
  );
}

/** gitlab-ci-local expands variables inside a predefined value, so a branch that looks like one is given by hand. */
function branchVariables(branch: string): Record<string, string> {
  return branch.includes('$') ? { CI_COMMIT_REF_NAME: branch, CI_COMMIT_BRANCH: branch } : {};
}

function withoutJobNames(log: string): string {
  return log.replace(/^\S+ +> /gm, '');
}

/** The job's dotenv report, as GitLab hands it to later jobs. */
async function outputsOf(clone: string): Promise<Record<string, string>> {
  const text = await readFile(path.join(clone, '.headgate', 'outputs.env'), 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const [, name = '', value = ''] = /^HEADGATE_(\w+)=(.*)$/.exec(line) ?? [];
      return [name.toLowerCase().replaceAll('_', '-'), value];
    }),
  );
}
