import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { childEnvironment } from '../../engines/child-environment.ts';
import type { Backstage } from './backstage.ts';
import { masterOf } from './capacity.ts';
import type { JobEnvironment, JobEnvironments } from './environment.ts';
import { addresses, commandLine, notes } from './job-arguments.ts';
import { type JobOutcome, type JobProcessRequest, runScript } from './job-process.ts';
import { type EarlyEnd, type Ending, logGroupOf, move, type Run } from './run.ts';
import { failureOf } from './traceback.ts';

export interface RunnerParts {
  readonly backstage: Backstage;
  readonly environments: JobEnvironments;
  /** The address of the gateway. */
  readonly endpoint: () => string;
  /** How long a minute of a job's time-out lasts. */
  readonly minuteMs: number;
}

/** CloudWatch Logs API reference, PutLogEvents. */
const MOST_EVENTS = 10_000;

/** Carries out runs: what a script needs is laid in a directory, and the script runs there. */
export class Runner {
  readonly #parts: RunnerParts;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** Runs a run's script and gives how it has ended. What goes wrong is told by that; nothing is thrown. */
  async run(run: Run): Promise<Ending> {
    const directory = await mkdtemp(join(tmpdir(), 'headgate-glue-'));
    const { signal } = run.ending;
    try {
      const environment = await orAborted(this.#parts.environments.of(run.job), signal);
      const request = await orAborted(this.#prepare(run, environment, directory), signal);
      const outcome = await this.#execute(run, request);
      if (signal.reason !== 'forgotten') await this.#writeLogs(run, outcome);
      if (signal.aborted) return earlyEnding(run);
      if (outcome.exitCode === 0) return { state: 'SUCCEEDED' };
      return { state: 'FAILED', error: failureOf(outcome.errorOutput, outcome.exitCode) };
    } catch (error) {
      if (signal.aborted) return earlyEnding(run);
      return { state: 'FAILED', error: error instanceof Error ? error.message : String(error) };
    } finally {
      await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  async #prepare(run: Run, environment: JobEnvironment, directory: string): Promise<JobProcessRequest> {
    const { backstage, endpoint } = this.#parts;
    const { owner, job, settings, arguments: given } = run;
    const download = async (address: string, into: string) => {
      const { content, at } = await backstage.object(owner, address);
      const file = join(into, at.name);
      await writeFile(file, content);
      return file;
    };
    const [temporary, modules] = [join(directory, 'tmp'), join(directory, 'modules')];
    for (const each of [temporary, modules]) await mkdir(each);
    const script = await download(job.scriptLocation, directory);
    const libraries: string[] = [];
    for (const address of addresses(given, '--extra-py-files')) libraries.push(await download(address, modules));
    for (const address of addresses(given, '--extra-files')) await download(address, directory);
    const archives = libraries.filter((file) => !file.endsWith('.py'));
    const path = [modules, ...archives, environment.variables.PYTHONPATH].filter((each) => each !== undefined);
    const variables = {
      ...childEnvironment(environment.variables),
      ...(await backstage.credentials(owner, job.role)),
      AWS_ENDPOINT_URL: endpoint(),
      AWS_REGION: owner.region,
      AWS_DEFAULT_REGION: owner.region,
      AWS_EC2_METADATA_DISABLED: 'true',
      // No configuration of the user, and nothing that stays behind.
      HOME: directory,
      TMPDIR: temporary,
      SPARK_LOCAL_DIRS: temporary,
      SPARK_SUBMIT_OPTS: `-Djava.io.tmpdir="${temporary}"`,
      PYTHONPATH: path.join(delimiter),
      HEADGATE_SPARK_MASTER: masterOf(settings),
    };
    const line = commandLine(job, run.id, given);
    return { python: environment.python, script, arguments: line, directory, environment: variables };
  }

  async #execute(run: Run, request: JobProcessRequest): Promise<JobOutcome> {
    const timeoutMs = (run.settings.timeoutMinutes ?? 0) * this.#parts.minuteMs;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await runScript(request, run.ending.signal, () => {
        if (run.ending.signal.aborted) return;
        run.running = Date.now();
        move(run, 'RUNNING');
        timer = setTimeout(() => run.ending.abort('timeout' satisfies EarlyEnd), timeoutMs);
      });
    } finally {
      clearTimeout(timer);
    }
  }

  async #writeLogs(run: Run, { output, errorOutput }: JobOutcome): Promise<void> {
    const group = logGroupOf(run.job);
    const write = (kind: string, lines: readonly string[]) =>
      this.#parts.backstage.writeLog(run.owner, `${group}/${kind}`, run.id, lines.slice(-MOST_EVENTS));
    await write('output', linesOf(output));
    await write('error', [...notes(run.arguments), ...linesOf(errorOutput)]);
  }
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== '');
}

function earlyEnding({ ending, settings }: Run): Ending {
  if (ending.signal.reason !== 'timeout') return { state: 'STOPPED' };
  return { state: 'TIMEOUT', error: `The run took longer than ${settings.timeoutMinutes} min.` };
}

/** Waits for work, or for the signal: what others wait for, too, goes on. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => {});
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
