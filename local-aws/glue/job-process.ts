import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { packageRoot } from '../../engines/package-root.ts';

/** How much of what a script prints is kept: the end of it, in characters. */
const KEPT = 64 * 1024;
/** What a script has to end in after SIGTERM, and what left-over processes have to close its output in. */
const GRACE_MS = 3000;

export interface JobProcessRequest {
  readonly python: string;
  readonly script: string;
  readonly arguments: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** How a script has ended, and what it has printed. */
export interface JobOutcome {
  readonly exitCode: number;
  readonly output: string;
  readonly errorOutput: string;
}

/**
 * Runs a script in a process group of its own, which is gone when this ends.
 *
 * @param signal ends the group: SIGTERM, after three seconds SIGKILL
 * @param onStart is called when the process is there
 * @throws Error when the process cannot be started
 */
export async function runScript(
  request: JobProcessRequest,
  signal: AbortSignal,
  onStart: () => void,
): Promise<JobOutcome> {
  const launcher = join(packageRoot(), 'local-aws', 'glue', 'launcher.py');
  const child = spawn(request.python, ['-B', '-u', launcher, request.directory, request.script, ...request.arguments], {
    detached: true,
    cwd: request.directory,
    env: request.environment,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => {}); // The script may be gone; its end says so.
  const [output, errorOutput] = [keepEnd(child.stdout), keepEnd(child.stderr)];
  const closed = once(child, 'close');
  const ended = once(child, 'exit');
  for (const event of [closed, ended]) event.catch(() => {}); // That it could not be started is told once.
  const end = () => void endGroup(child, closed);
  try {
    await once(child, 'spawn');
    onStart();
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    const [code, killedBy] = (await ended) as [number | null, string | null];
    if (!signal.aborted) signalGroup(child, 'SIGKILL');
    // What has left the group may hold the output open.
    await Promise.race([closed, setTimeout(GRACE_MS * 2, undefined, { ref: false })]);
    return { exitCode: code ?? (killedBy === null ? 1 : 137), output: output(), errorOutput: errorOutput() };
  } finally {
    signal.removeEventListener('abort', end);
    child.stdin.destroy();
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

async function endGroup(child: ChildProcess, closed: Promise<unknown>): Promise<void> {
  signalGroup(child, 'SIGTERM');
  await Promise.race([closed, setTimeout(GRACE_MS, undefined, { ref: false })]);
  signalGroup(child, 'SIGKILL');
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // The group is gone.
  }
}

/** Reads for ever, so that the script never blocks, and keeps the end. */
function keepEnd(stream: Readable): () => string {
  let kept = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    kept = (kept + text).slice(-KEPT);
  });
  return () => kept;
}
