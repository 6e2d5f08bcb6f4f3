import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Runs a program that installs something, with this process's environment (proxies, configuration) and what is given.
 *
 * @returns what it printed
 * @throws Error with the last lines that it said, or the signal's reason
 */
export async function runProgram(
  [program, ...options]: readonly [string, ...string[]],
  request: { cwd?: string; env?: Readonly<Record<string, string>>; signal?: AbortSignal | undefined } = {},
): Promise<string> {
  const { cwd, env, signal } = request;
  try {
    const { stdout } = await run(program, options, {
      ...(cwd !== undefined && { cwd }),
      ...(signal !== undefined && { signal }),
      env: { ...process.env, ...env },
      maxBuffer: 16 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(lastLines(error));
  }
}

function lastLines(error: unknown): string {
  const { stderr, message } = error as { stderr?: unknown; message?: unknown };
  const said = typeof stderr === 'string' && stderr.trim() !== '' ? stderr : String(message ?? error);
  return said.trim().split('\n').slice(-5).join('\n');
}
