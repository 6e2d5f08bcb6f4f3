import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { parse, stringify } from 'yaml';
import type { LocalAws } from '../../local-aws/start.ts';
import { type GithubApi, TOKEN } from '../support/github-api.ts';
import type { RunnerEvent } from '../support/github-runner.ts';
import type { Call, Door, OpenDoor, Result } from './door.ts';
import { eventOf } from './github-door.ts';
import { releaseTree } from './release-tree.ts';
import type { ScratchRepository } from './scratch-repository.ts';
import { cleanEnvironment } from './terminal-door.ts';

/** What stands for actions of GitHub that need GitHub. */
const STANDS_FOR: Readonly<Record<string, string>> = {
  'actions/checkout': path.join(import.meta.dirname, 'act-checkout'),
  'actions/upload-artifact': path.join(import.meta.dirname, 'act-upload-artifact'),
  'actions/download-artifact': path.join(import.meta.dirname, 'act-download-artifact'),
};
/** Labels of runners; all of them are this machine. */
const LABELS = ['ubuntu-latest', 'ubuntu-24.04-arm'];
const ACT = path.resolve(import.meta.dirname, '..', '..', '.cache', 'go', 'bin', 'act');
/** Nobody listens on the port of the discard service. */
const NOBODY = 'http://127.0.0.1:9';
const REFERENCE = 'headgate-dev/headgate';

/** One run of a workflow. */
export interface ActRun extends Result {
  /** The jobs that ran, with their results; a skipped one is not among them. */
  readonly jobs: Readonly<Record<string, string>>;
}

/** Where workflows run: the program, and what they see. */
export interface ActHost {
  /** GitHub's API. Without it comments and deployment records are left out with a note. */
  readonly api?: GithubApi;
  readonly repository: ScratchRepository;
  readonly aws: LocalAws;
  /** Variables of the repository. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Further variables of the runner. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Whether `scripts/tools.sh need_go_tools` has installed act. */
export async function actIsPresent(): Promise<boolean> {
  return await access(ACT).then(
    () => true,
    () => false,
  );
}

/** GitHub by act: the released workflow, with the inputs of the call in the step of its operation. */
export function openAct(api?: GithubApi): OpenDoor {
  return async (repository, aws): Promise<Door> => ({
    name: 'act',
    run: async (call) => {
      const workflow = withInputs(await releasedWorkflow(call.operation.split(' ')[0] ?? ''), call);
      const event = await eventOf(repository, call.happening, api);
      return await runAct({ repository, aws, ...(api === undefined ? {} : { api }) }, workflow, event);
    },
  });
}

/** A caller workflow of the release, without what act 0.2.87 does not know: `queue`, for which it refuses the file. */
export async function releasedWorkflow(name: string): Promise<string> {
  const text = await readFile(path.join(await releaseTree(), 'workflows', `${name}.yml`), 'utf8');
  return text.replace(/^ *queue: max\n/m, '').replace(/, queue: max }/, ' }');
}

/** Runs a workflow in host mode, with actions from the release tree. What is masked or printed stands in the log. */
export async function runAct(host: ActHost, workflow: string, event: RunnerEvent): Promise<ActRun> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'headgate-act-'));
  try {
    const files = {
      workflow: path.join(root, 'workflow.yml'),
      event: path.join(root, 'event.json'),
      home: path.join(root, 'home'),
      artifacts: path.join(root, 'artifacts'),
    };
    await mkdir(files.home);
    await mkdir(files.artifacts);
    await writeFile(files.workflow, workflow);
    await writeFile(files.event, JSON.stringify(event.payload));
    const { exitCode, stdout, stderr } = await execa(
      ACT,
      [
        event.name,
        ...['-W', files.workflow, '-e', files.event, '--json'],
        ...LABELS.flatMap((label) => ['-P', `${label}=-self-hosted`]),
        ...[
          '--action-offline-mode',
          '--pull=false',
          '--no-cache-server',
          '--action-cache-path',
          path.join(root, 'cache'),
        ],
        ...(await mapped(workflow)).flatMap((mapping) => ['--local-repository', mapping]),
        ...Object.entries({ AWS_REGION: 'us-east-1', ...host.variables }).flatMap(([name, value]) => [
          '--var',
          `${name}=${value}`,
        ]),
        ...['--secret', `GITHUB_TOKEN=${TOKEN}`, '--env', `GITHUB_API_URL=${host.api?.url ?? NOBODY}`],
      ],
      {
        cwd: host.repository.directory,
        env: {
          ...cleanEnvironment(),
          ...host.aws.environment,
          HOME: files.home,
          CHECKOUT_FROM: host.repository.directory,
          ARTIFACTS: files.artifacts,
          ...host.environment,
        },
        extendEnv: false,
        reject: false,
        stdin: 'ignore',
      },
    );
    return readRun(stdout, stderr, exitCode ?? -1);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Where act finds each repository that the workflow's steps name, or those of a reusable workflow that it calls. */
async function mapped(workflow: string): Promise<string[]> {
  const tree = await releaseTree();
  const called = [...workflow.matchAll(/uses: ['"]?[\w.-]+\/[\w.-]+\/(\.github\/workflows\/[\w.-]+)@/g)];
  const texts = called.map(async ([, file = '']) => await readFile(path.join(tree, file), 'utf8'));
  const all = [workflow, ...(await Promise.all(texts))].join('\n');
  const uses = [...all.matchAll(/uses: ['"]?([\w.-]+\/[\w.-]+)(?:\/[\w./-]+)?@([\w.-]+)/g)];
  const folders: Readonly<Record<string, string>> = { ...STANDS_FOR, [REFERENCE]: tree };
  return [
    ...new Set(uses.map(([, repository = '', ref]) => `${repository}@${ref}=${folders[repository] ?? 'not mapped'}`)),
  ];
}

interface Workflow {
  readonly jobs: Record<string, { readonly steps: { readonly uses?: string; with?: Record<string, unknown> }[] }>;
}

/** Adds the inputs of a call to the step of its operation. */
function withInputs(text: string, { operation, inputs }: Call): string {
  const workflow = parse(text) as Workflow;
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
  const step = steps.find(({ uses }) => uses?.startsWith(`${REFERENCE}/actions/${operation.replace(' ', '/')}@`));
  if (step === undefined) throw new Error(`The workflow has no step for '${operation}'`);
  step.with = { ...step.with, ...inputs };
  return stringify(workflow);
}

interface Line {
  readonly msg?: string;
  readonly command?: string;
  readonly name?: string;
  readonly arg?: string;
  readonly content?: string;
  readonly jobID?: string;
  readonly jobResult?: string;
}

/** Reads the lines that `act --json` prints. */
function readRun(stdout: string, stderr: string, exitCode: number): ActRun {
  const lines = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);
  const log = `${lines.map(({ msg = '', content = '' }) => `${msg}${content}`).join('\n')}\n${stderr}`;
  const outputs = lines.filter(({ command }) => command === 'set-output').map(({ name = '', arg = '' }) => [name, arg]);
  const jobs = lines
    .filter(({ jobResult }) => jobResult !== undefined)
    .map(({ jobID = '', jobResult }) => [jobID, jobResult]);
  return {
    // act's own is 1 for every failure.
    exitCode: exitCode === 0 ? 0 : Number(/^exit status (\d+)$/m.exec(log)?.[1] ?? -1),
    outputs: Object.fromEntries(outputs),
    jobs: Object.fromEntries(jobs),
    log,
  };
}
