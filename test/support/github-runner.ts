import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';
import { parseAnnotations, parseCommandFile, type RunnerAnnotation } from './github-runner-protocol.ts';

/** An event as GitHub gives it to a run: the variables that follow from it, and the payload. */
export interface RunnerEvent {
  readonly name: 'push' | 'create' | 'delete' | 'pull_request' | 'schedule' | 'workflow_dispatch';
  readonly payload: object;
  /** GITHUB_REF. For `delete` it is the default branch. */
  readonly ref: string;
  /** GITHUB_SHA */
  readonly sha: string;
  /** GITHUB_HEAD_REF; only pull requests have it. */
  readonly headRef?: string;
}

/** The run's surroundings: one job on one runner. */
export interface RunnerJob {
  readonly event: RunnerEvent;
  /** `owner/name` */
  readonly repository: string;
  /** GITHUB_WORKSPACE: the checkout, or an empty directory where a job has none. */
  readonly workspace: string;
  /** Where actions come from: each step's `uses` is a folder in it. */
  readonly actions: string;
  readonly apiUrl: string;
  readonly token: string;
  /** What a workflow's `env:` adds. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface RunnerStep {
  /** Folder of the action, for example `actions/branch-stack/deploy`; `.` is the root action. */
  readonly uses: string;
  readonly with?: Readonly<Record<string, string>>;
}

export interface StepResult {
  readonly exitCode: number;
  readonly outputs: Readonly<Record<string, string>>;
  /** Standard output and error of `main` and `post`, in order. Nothing is masked: a secret must not be there at all. */
  readonly log: string;
  /** The job summary, as Markdown. */
  readonly summary: string;
  readonly annotations: readonly RunnerAnnotation[];
}

interface Manifest {
  readonly inputs?: Readonly<Record<string, { readonly default?: unknown } | null>>;
  readonly runs: { readonly using: string; readonly main: string; readonly post?: string; readonly 'post-if'?: string };
}

/** A step of which `post` may have to run when the job ends. */
interface Begun {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly inputs: Readonly<Record<string, string>>;
  readonly state: Record<string, string>;
  readonly result: { -readonly [Key in keyof StepResult]: StepResult[Key] };
}

const FILES = ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_ENV', 'GITHUB_PATH', 'GITHUB_STEP_SUMMARY'] as const;
type FileName = (typeof FILES)[number];

/**
 * Runs the steps of one job as actions/runner does: each JavaScript action in a process of its own, with its inputs and
 * their defaults, the event's payload and the runner's files; after a failed step only what has to clean up; at the end
 * the `post` of each step that began, the last one first. Source: GitHub Docs, "Metadata syntax" and "Workflow commands".
 *
 * @returns one result a step that ran
 */
export async function runJob(job: RunnerJob, steps: readonly RunnerStep[]): Promise<readonly StepResult[]> {
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'headgate-runner-'));
  try {
    const environment = await jobEnvironment(job, scratch);
    const begun: Begun[] = [];
    for (const step of steps) {
      const one = await beginStep(job, step);
      begun.push(one);
      await runScript(one, one.manifest.runs.main, environment, job, scratch);
      if (one.result.exitCode !== 0) break;
    }
    for (const one of begun.toReversed()) {
      const { post } = one.manifest.runs;
      const failed = begun.some(({ result }) => result.exitCode !== 0);
      if (post !== undefined && postRuns(one.manifest, failed)) await runScript(one, post, environment, job, scratch);
    }
    return begun.map(({ result }) => result);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function beginStep(job: RunnerJob, step: RunnerStep): Promise<Begun> {
  const folder = path.join(job.actions, step.uses);
  const manifest = parse(await readFile(path.join(folder, 'action.yml'), 'utf8')) as Manifest;
  if (manifest.runs.using !== 'node24') throw new Error(`${step.uses} runs with '${manifest.runs.using}', not node24`);
  const declared = manifest.inputs ?? {};
  const unknown = Object.keys(step.with ?? {}).filter((name) => !(name in declared));
  // GitHub only warns; for a test it is a mistake.
  if (unknown.length > 0) throw new Error(`${step.uses} has no input ${unknown.join(', ')}`);
  const defaults = Object.entries(declared).map(([name, input]) => [name, defaultValue(input?.default, job.token)]);
  const inputs = { ...Object.fromEntries(defaults), ...step.with } as Record<string, string>;
  return {
    folder,
    manifest,
    inputs,
    state: {},
    result: { exitCode: 0, outputs: {}, log: '', summary: '', annotations: [] },
  };
}

function defaultValue(value: unknown, token: string): string {
  const text = value === undefined || value === null ? '' : String(value);
  if (text === '${{ github.token }}') return token;
  if (text.includes('${{')) throw new Error(`The default ${text} is an expression that this runner does not know`);
  return text;
}

function postRuns({ runs }: Manifest, failed: boolean): boolean {
  const condition = runs['post-if'] ?? 'always()';
  if (condition === 'always()') return true;
  if (condition === 'success()') return !failed;
  if (condition === 'failure()') return failed;
  throw new Error(`post-if: '${condition}' is an expression that this runner does not know`);
}

async function runScript(
  step: Begun,
  script: string,
  environment: Record<string, string>,
  job: RunnerJob,
  scratch: string,
): Promise<void> {
  const files = await emptyFiles(scratch);
  const run = await execa(process.execPath, [path.join(step.folder, script)], {
    cwd: job.workspace,
    env: { ...environment, ...inputVariables(step.inputs), ...prefixed('STATE_', step.state), ...files },
    extendEnv: false,
    all: true,
    reject: false,
    stdin: 'ignore',
  });
  const { result } = step;
  const read = (name: FileName) => readFile(files[name], 'utf8');
  const log = run.all ?? '';
  result.log += `${log}\n`;
  result.annotations = [...result.annotations, ...parseAnnotations(log)];
  result.summary += await read('GITHUB_STEP_SUMMARY');
  result.outputs = { ...result.outputs, ...parseCommandFile(await read('GITHUB_OUTPUT')) };
  Object.assign(step.state, parseCommandFile(await read('GITHUB_STATE')));
  Object.assign(environment, parseCommandFile(await read('GITHUB_ENV')));
  const added = (await read('GITHUB_PATH')).split('\n').filter((line) => line !== '');
  environment.PATH = [...added.toReversed(), environment.PATH].join(path.delimiter);
  result.exitCode ||= run.exitCode ?? -1;
}

/** The runner's files are new for each script. */
async function emptyFiles(scratch: string): Promise<Record<FileName, string>> {
  const directory = await mkdtemp(path.join(scratch, 'files-'));
  const files = FILES.map((name) => [name, path.join(directory, name.toLowerCase())] as const);
  for (const [, file] of files) await writeFile(file, '');
  return Object.fromEntries(files) as Record<FileName, string>;
}

/** What a job's environment holds before its steps: nothing of the surrounding one but PATH. */
async function jobEnvironment({ event, ...job }: RunnerJob, scratch: string): Promise<Record<string, string>> {
  const directories = { home: path.join(scratch, 'home'), temp: path.join(scratch, 'temp') };
  for (const directory of Object.values(directories)) await mkdir(directory);
  const payload = path.join(scratch, 'event.json');
  await writeFile(payload, JSON.stringify(event.payload));
  const [owner = ''] = job.repository.split('/');
  return {
    PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH ?? ''}`,
    HOME: directories.home,
    LANG: 'C.UTF-8',
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTOR: 'mona',
    GITHUB_API_URL: job.apiUrl,
    GITHUB_BASE_REF: event.headRef === undefined ? '' : 'main',
    GITHUB_EVENT_NAME: event.name,
    GITHUB_EVENT_PATH: payload,
    GITHUB_HEAD_REF: event.headRef ?? '',
    GITHUB_JOB: 'job',
    GITHUB_REF: event.ref,
    GITHUB_REF_NAME: event.ref.replace(/^refs\/(heads|tags|pull)\//, ''),
    GITHUB_REF_PROTECTED: 'false',
    GITHUB_REF_TYPE: event.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    GITHUB_REPOSITORY: job.repository,
    GITHUB_REPOSITORY_OWNER: owner,
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_RUN_ID: '42',
    GITHUB_RUN_NUMBER: '7',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_SHA: event.sha,
    GITHUB_WORKFLOW: 'branch-stack',
    GITHUB_WORKSPACE: job.workspace,
    RUNNER_OS: 'Linux',
    RUNNER_TEMP: directories.temp,
    ...job.environment,
  };
}

/** `INPUT_ROLE-TO-ASSUME`: upper case, spaces become underscores, hyphens stay. An input without a value is empty text. */
function inputVariables(inputs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]),
  );
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value]));
}
