import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex, Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { OperationFailed } from '../../../lib/errors.ts';
import { parseEvent, type TestEvent } from './events.ts';
import type { ProcessEnd } from './ledger.ts';
import type { PytestCommand } from './pytest-command.ts';

export interface PytestRun {
  readonly onEvent: (event: TestEvent) => void;
  /** Gets each line that pytest prints, standard output and standard error. */
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
  /** In seconds. */
  readonly timeout: number;
}

const LAST_LINES = 40;
/** A longer line is cut into pieces, so that output without line ends fills no memory. */
const LONGEST_LINE = 4096;
/** The plugin shortens what it tells to less. */
const LONGEST_EVENT = 1024 * 1024;
/** How long a test that takes too long is asked where it is. */
const ANSWER_MS = 2_000;
/** GitHub ends a cancelled job 10 seconds after the first signal. Spark removes its temporary files within one. */
const KILL_AFTER_MS = 5_000;

/**
 * Runs pytest in a process group of its own. When the signal is aborted or the time is over, the whole group is told to end,
 * and killed a few seconds later; when this process ends it is killed at once, by the plugin where nothing else can.
 *
 * @returns how it ended, and its last lines
 * @throws OperationFailed when it cannot be started
 * @throws the signal's reason when it was aborted
 */
export async function runPytest(
  command: PytestCommand,
  run: PytestRun,
): Promise<{ readonly end: ProcessEnd; readonly lastLines: readonly string[] }> {
  const { signal, onEvent, onLine, timeout } = run;
  signal.throwIfAborted();
  const child = spawn(command.program, command.arguments, {
    cwd: command.directory,
    env: { ...command.environment },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const [, stdout, stderr, events] = child.stdio as unknown as [null, Readable, Readable, Duplex];
  const killWithUs = () => killGroup(child, 'SIGKILL');
  process.once('exit', killWithUs);
  const lastLines: string[] = [];
  const keep = (line: string) => {
    lastLines.push(line);
    if (lastLines.length > LAST_LINES) lastLines.shift();
    onLine(line);
  };
  const answered = Promise.withResolvers<void>();
  const tell = (line: string) => {
    const event = parseEvent(line);
    if (event === undefined) return;
    if (event.event === 'where') answered.resolve();
    onEvent(event);
  };
  // A question to a process that has just ended.
  events.on('error', () => {});
  const ends = new AbortController();
  const reading = Promise.all([
    readLines(stdout, LONGEST_LINE, keep),
    readLines(stderr, LONGEST_LINE, keep),
    readLines(events, LONGEST_EVENT, tell),
  ]);
  const stop = () => void stopGroup(child, ends.signal);
  signal.addEventListener('abort', stop, { once: true });
  let timedOut = false;
  const timer = setTimeout(async () => {
    timedOut = true;
    events.write('?');
    await Promise.race([answered.promise, pause(ANSWER_MS, undefined, { signal: ends.signal }).catch(() => {})]);
    if (!ends.signal.aborted) stop();
  }, timeout * 1000);
  try {
    const [code, killedBy] = await exitOf(child, command.program);
    clearTimeout(timer);
    // Java, and what a test has started, may still hold the pipes.
    await Promise.race([reading, pause(KILL_AFTER_MS, undefined, { ref: false })]);
    signal.throwIfAborted();
    return { end: endOf(code, killedBy, timedOut, timeout), lastLines };
  } finally {
    clearTimeout(timer);
    ends.abort();
    signal.removeEventListener('abort', stop);
    process.off('exit', killWithUs);
    killGroup(child, 'SIGKILL');
    for (const stream of [stdout, stderr, events]) stream.destroy();
  }
}

async function exitOf(child: ChildProcess, program: string): Promise<[number | null, NodeJS.Signals | null]> {
  try {
    return (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  } catch (error) {
    throw new OperationFailed(
      {
        what: `'${program}' cannot be started: ${(error as Error).message}`,
        cause: 'what was installed into the cache has been changed since',
        next: 'Remove it from the cache and run again',
      },
      { cause: error },
    );
  }
}

function endOf(code: number | null, killedBy: NodeJS.Signals | null, timedOut: boolean, timeout: number): ProcessEnd {
  if (timedOut) return { how: 'timed-out', after: timeout % 60 === 0 ? `${timeout / 60}m` : `${timeout}s` };
  if (killedBy !== null) return { how: 'killed', signal: killedBy };
  return { how: 'exited', code: code ?? 1 };
}

async function stopGroup(child: ChildProcess, ended: AbortSignal): Promise<void> {
  killGroup(child, 'SIGTERM');
  await pause(KILL_AFTER_MS, undefined, { signal: ended }).catch(() => {});
  if (!ended.aborted) killGroup(child, 'SIGKILL');
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function readLines(stream: Readable, longest: number, onLine: (line: string) => void): Promise<void> {
  let rest = '';
  try {
    for await (const chunk of stream.setEncoding('utf8')) {
      const parts = `${rest}${chunk}`.split(/\r\n|\r|\n/);
      rest = parts.pop() ?? '';
      for (const part of parts) if (part !== '') onLine(part);
      for (; rest.length > longest; rest = rest.slice(longest)) onLine(rest.slice(0, longest));
    }
  } catch {
    // The other side was killed, or the stream was destroyed with lines in it that nobody waits for.
  }
  if (rest !== '') onLine(rest);
}
