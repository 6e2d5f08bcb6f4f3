import os from 'node:os';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { OperationFailed } from '../../lib/errors.ts';
import type { Log } from '../../lib/hosts/host.ts';

/** A call of a tool, computed apart from its execution. Nothing in it is secret. */
export interface ToolCommand {
  readonly program: string;
  readonly arguments: readonly string[];
  /** Added to the variables of the job. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where it runs; the working directory of this process when not given. */
  readonly directory?: string;
}

export interface ToolRun {
  readonly signal: AbortSignal;
  /** Gets each line of the tool, standard output and standard error together. Without it, the lines are only kept. */
  readonly log?: Pick<Log, 'info'>;
  /** Takes secrets out of a line. */
  readonly redact?: (line: string) => string;
  /** Milliseconds. */
  readonly timeout?: number;
}

export interface ToolResult {
  /** The tool's own; 124 after a time-out, as timeout(1) has it; 128 and the signal's number after a signal. */
  readonly exitCode: number;
  readonly timedOut: boolean;
  /** The last lines, at most 20. */
  readonly lastLines: readonly string[];
}

const LAST_LINES = 20;
/** A longer line is cut into pieces, so that output without line ends fills no memory. */
const LONGEST_LINE = 16_384;
/** GitHub ends a cancelled job 10 seconds after the first signal. */
const KILL_AFTER = 5_000;
const TIMED_OUT = 124;
/** What tells one call of a tool from another in a message. */
const VERBS: readonly string[] = ['build', 'buildx', 'debug', 'from', 'pull', 'push', 'rm', 'rmi', 'run', 'version'];

/**
 * Runs a tool in a process group of its own. When the signal is aborted or the time is over, the whole group is told to
 * end, and killed a few seconds later.
 *
 * @throws OperationFailed when the program cannot be started
 * @throws the signal's reason when it was aborted
 */
export async function runTool(command: ToolCommand, run: ToolRun): Promise<ToolResult> {
  const { signal, log, redact = (line) => line, timeout } = run;
  signal.throwIfAborted();
  const child = execa(command.program, command.arguments, {
    env: command.environment,
    ...(command.directory === undefined ? {} : { cwd: command.directory }),
    stdin: 'ignore',
    all: true,
    buffer: false,
    reject: false,
    cancelSignal: signal,
    killDescendants: true,
    // What it registers for this ends our process by the signal, in place of the exit code of a cancelled run.
    cleanup: false,
    forceKillAfterDelay: KILL_AFTER,
    ...(timeout === undefined ? {} : { timeout }),
  });
  const endWithUs = () => void child.kill('SIGKILL');
  process.once('exit', endWithUs);
  const lastLines: string[] = [];
  try {
    for await (const line of linesOf(child.all)) {
      const shown = redact(line);
      lastLines.push(shown);
      if (lastLines.length > LAST_LINES) lastLines.shift();
      log?.info(shown);
    }
  } finally {
    process.off('exit', endWithUs);
  }
  const { timedOut, exitCode, signal: killedBy, code, shortMessage } = await child;
  signal.throwIfAborted();
  if (timedOut) return { exitCode: TIMED_OUT, timedOut, lastLines };
  if (exitCode !== undefined) return { exitCode, timedOut, lastLines };
  if (killedBy !== undefined) return { exitCode: 128 + os.constants.signals[killedBy], timedOut, lastLines };
  throw new OperationFailed({
    what: `'${command.program}' cannot be started: ${shortMessage ?? code ?? 'the system does not say why'}`,
    cause: 'it is not installed, or may not be executed',
    next: `Install ${command.program} on the runner, or name another tool with 'tool'`,
  });
}

/** Runs a tool that must end well; its lines, at most the last 20, are the result. */
export async function runToolOrFail(command: ToolCommand, run: ToolRun): Promise<readonly string[]> {
  const { exitCode, timedOut, lastLines } = await runTool(command, run);
  if (exitCode === 0) return lastLines;
  const verb = command.arguments.find((word) => VERBS.includes(word));
  const call = verb === undefined ? command.program : `${command.program} ${verb}`;
  throw new OperationFailed({
    what: [
      `'${call}' ${timedOut ? 'did not end in time' : `ended with ${exitCode}`}${lastLines.length === 0 ? '' : '. Its last lines:'}`,
      ...lastLines,
    ].join('\n'),
    cause: 'what the tool says above',
    next: 'Correct it and run again. The log has all lines of the tool',
  });
}

/** Runs a tool whose failure must not hide what happened before. */
export async function tryTool(command: ToolCommand, log: Pick<Log, 'debug'>): Promise<void> {
  try {
    await runToolOrFail(command, { signal: AbortSignal.timeout(60_000) });
  } catch (error) {
    log.debug(`Clean-up: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    const parts = `${rest}${chunk}`.split(/\r\n|\r|\n/);
    rest = parts.pop() ?? '';
    yield* parts.filter((part) => part !== '');
    for (; rest.length > LONGEST_LINE; rest = rest.slice(LONGEST_LINE)) yield rest.slice(0, LONGEST_LINE);
  }
  if (rest !== '') yield rest;
}

/** A line without these secrets; a secret of several lines is looked for line by line. */
export function redactor(secrets: readonly string[]): (line: string) => string {
  const parts = secrets
    .flatMap((secret) => secret.split(/\r\n|\r|\n/))
    .map((part) => part.trim())
    // Shorter parts (a brace, 'true') would only spoil the log.
    .filter((part) => part.length >= 4)
    .sort((one, other) => other.length - one.length);
  return (line) => parts.reduce((text, part) => text.replaceAll(part, '***'), line);
}

/**
 * Attributes as Docker, BuildKit and Podman read them: `type=oci,dest=/a`, a field with a comma in quotes.
 * Source: Docker, "buildx build", `--output`: the value is a line of CSV.
 */
export function attributes(entries: readonly (readonly [name: string, value: string])[]): string {
  return entries
    .map(([name, value]) => `${name}=${value}`)
    .map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(',');
}
