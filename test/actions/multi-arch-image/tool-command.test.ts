import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { redactor, runTool, runToolOrFail, type ToolCommand } from '../../../actions/multi-arch-image/tool-command.ts';
import { cleanUp, inWorkPlace } from '../../../actions/multi-arch-image/work-directory.ts';
import type { Json } from '../../../lib/hosts/host.ts';

const directory = mkdtempSync(path.join(os.tmpdir(), 'headgate-tools-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const { signal } = new AbortController();
const quiet = { debug: () => {} };

/** A tool of a few lines of shell. */
function shell(script: string, environment: Record<string, string> = {}): ToolCommand {
  return { program: '/bin/sh', arguments: ['-c', script], environment };
}

test('the lines of both streams go to the log, without secrets, and the last ones are kept', async () => {
  const lines: string[] = [];
  const log = { info: (line: string) => void lines.push(line) };
  const redact = redactor(['hunter22', 'first line\nsecond line']);
  const script =
    'echo "token hunter22"; echo "has second line" >&2; i=0; while [ $i -lt 30 ]; do echo "n$i"; i=$((i+1)); done; exit 7';
  const result = await runTool(shell(script), { signal, log, redact });
  expect(result).toMatchObject({ exitCode: 7, timedOut: false });
  expect(lines).toHaveLength(32);
  expect(lines).toEqual(expect.arrayContaining(['token ***', 'has ***', 'n0', 'n29']));
  expect(result.lastLines).toEqual(lines.slice(-20));
});

test('output without line ends is cut into pieces', async () => {
  const lines: string[] = [];
  const log = { info: (line: string) => void lines.push(line) };
  await runTool(shell("head -c 100000 /dev/zero | tr '\\0' x"), { signal, log });
  expect(lines.length).toBeGreaterThan(5);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(16_384);
  expect(lines.join('')).toHaveLength(100_000);
});

test('a failure says how the tool ended and what it said last', async () => {
  const failing = runToolOrFail({ ...shell('echo no space; exit 5'), program: 'sh' }, { signal });
  await expect(failing).rejects.toThrow(/'sh' ended with 5. Its last lines:\nno space/);
});

test('a program that is not there is named', async () => {
  const missing = { program: path.join(directory, 'none'), arguments: [], environment: {} };
  await expect(runTool(missing, { signal })).rejects.toThrow(/none' cannot be started.*Install/s);
});

/** Starts a process in the background of the tool that writes its id, and both wait. */
const WITH_CHILD = 'sleep 600 & echo $! >"$FILE"; echo up; wait';

test('after the time the whole process group is ended, and the exit code is 124', async () => {
  const file = path.join(directory, 'timed-out');
  const result = await runTool(shell(WITH_CHILD, { FILE: file }), { signal, timeout: 300 });
  expect(result).toMatchObject({ exitCode: 124, timedOut: true });
  expect(await ends(readFileSync(file, 'utf8'))).toBe(true);
});

test('a cancelled tool leaves no process behind, and is no result', async () => {
  const file = path.join(directory, 'cancelled');
  const controller = new AbortController();
  const log = { info: () => controller.abort(new Error('the job was cancelled')) };
  const running = runTool(shell(WITH_CHILD, { FILE: file }), { signal: controller.signal, log });
  await expect(running).rejects.toThrow('the job was cancelled');
  expect(await ends(readFileSync(file, 'utf8'))).toBe(true);
});

test('a tool that a signal ended has 128 and the number of the signal', async () => {
  expect(await runTool(shell('kill -KILL $$'), { signal })).toMatchObject({ exitCode: 137 });
});

/**
 * Whether a process that was killed is gone. Its output closes a moment before the system says so, and nothing tells when
 * a process that is not our child has ended.
 */
async function ends(id: string): Promise<boolean> {
  const deadline = Date.now() + 10_000;
  while (isRunning(id)) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return true;
}

function isRunning(id: string): boolean {
  try {
    // A process that has ended and was not yet waited for still has an id.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${id.trim()}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test('no secret of four characters or more stays in a line', () => {
  const secret = fc.string({ minLength: 4 }).filter((text) => text.trim().length >= 4 && !/[\r\n*]/.test(text));
  fc.assert(
    fc.property(fc.array(secret, { minLength: 1 }), fc.string(), (secrets, text) => {
      const shown = redactor(secrets)(`${text}${secrets.join(text)}`);
      for (const each of secrets) expect(shown).not.toContain(each.trim());
    }),
  );
});

function workContext() {
  const states: Json[] = [];
  return {
    states,
    context: {
      log: quiet as never,
      randomHex: () => '0123456789abcdef',
      keepForCleanup: async (state: Json) => void states.push(state),
    },
  };
}

test('the work folder is removed with what bears its name, also after a failure', async () => {
  const { context, states } = workContext();
  const file = path.join(directory, 'cleaned');
  const commands = (tool: string, place: { name: string }) => [
    shell(`echo ${tool} ${place.name} >"$FILE"`, { FILE: file }),
  ];
  let seen = '';
  const work = inWorkPlace(context, { tool: 'a-tool', commands }, async (place) => {
    seen = place.directory;
    expect(existsSync(seen)).toBe(true);
    throw new Error('the build failed');
  });
  await expect(work).rejects.toThrow('the build failed');
  expect(existsSync(seen)).toBe(false);
  expect(readFileSync(file, 'utf8')).toBe('a-tool headgate-image-0123456789abcdef\n');
  expect(states).toEqual([{ directory: seen, name: 'headgate-image-0123456789abcdef', tool: 'a-tool' }, null]);
});

test('the clean-up after a killed job does the same from what was saved', async () => {
  const { context, states } = workContext();
  let place = { directory: '', name: '' };
  let left = false;
  await inWorkPlace(context, { tool: 'a-tool', commands: () => [] }, async (given) => {
    place = given;
    const file = path.join(directory, 'cleaned-later');
    await cleanUp<string>(
      states[0]!,
      (tool, { name }) => [shell(`echo ${tool} ${name} >"$FILE"`, { FILE: file })],
      quiet,
    );
    left = existsSync(place.directory);
    expect(readFileSync(file, 'utf8')).toBe(`a-tool ${place.name}\n`);
  });
  expect(left).toBe(false);
  await expect(cleanUp(null, () => [], quiet)).resolves.toBeUndefined();
});

test('a saved state that names another folder is refused', async () => {
  const state = { directory, name: 'headgate-image-0123456789abcdef', tool: 'a-tool' };
  await expect(cleanUp(state, () => [], quiet)).rejects.toThrow('not of this operation');
  expect(existsSync(directory)).toBe(true);
});
