import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { local } from '../../local-aws/cli.ts';
import { clients } from './support.ts';

const program = join(process.cwd(), 'local-aws', 'cli.ts');
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'headgate-cli-test-'));
});

afterEach(async () => {
  await run('stop');
  await rm(directory, { recursive: true, force: true });
});

/** Runs the command in a process of its own, in the test's directory. */
function run(...args: string[]) {
  return runWith({}, ...args);
}

function runWith(environment: Record<string, string>, ...args: string[]) {
  const options = { cwd: directory, env: { ...process.env, ...environment } };
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(process.execPath, [program, ...args], options, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}

async function status() {
  return JSON.parse((await run('status', '--json')).stdout);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until a process is gone: reaped, or a zombie whose parent has not asked for it. */
async function gone(pid: number): Promise<boolean> {
  for (let i = 0; i < 400; i += 1) {
    if (!isAlive(pid)) return true;
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
    if (/\) [ZX]/.test(stat)) return true;
    await new Promise((wake) => setTimeout(wake, 25));
  }
  return false;
}

describe('start, use, status, reset, stop', () => {
  test('work from one directory, and a second start finds the first', async () => {
    const started = await run('start', '--json');
    expect(started).toMatchObject({ code: 0 });
    const { endpoint, pid, environment } = JSON.parse(started.stdout);
    expect(environment.AWS_ENDPOINT_URL).toBe(endpoint);

    await clients(endpoint).s3.createBucket({ Bucket: 'from-the-outside' });
    expect(await status()).toMatchObject({ running: true, endpoint, pid, calls: 1 });
    expect(JSON.parse((await run('start', '--json')).stdout)).toMatchObject({ endpoint, pid });
    expect(await run('start', '--port', '1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`already runs at ${endpoint}`),
    });

    expect(await run('reset')).toMatchObject({ code: 0 });
    expect((await clients(endpoint).s3.listBuckets({})).Buckets ?? []).toEqual([]);

    const { emulators } = await status();
    expect(await run('stop')).toMatchObject({ code: 0, stdout: `Stopped the local AWS at ${endpoint}.\n` });
    expect([await gone(pid), await gone(emulators[0].pid)]).toEqual([true, true]);
    expect(existsSync(join(directory, '.local-aws', 'state.json'))).toBe(false);
    expect(await run('status')).toMatchObject({ code: 1, stdout: expect.stringContaining('Not running') });
    expect(await run('stop')).toMatchObject({ code: 0 });
    expect(await run('reset')).toMatchObject({ code: 1, stderr: expect.stringContaining('headgate local start') });
  });

  test('faults are set from a file, shown with what they did, and taken back', async () => {
    const { endpoint } = JSON.parse((await run('start', '--json')).stdout);
    const file = join(directory, 'faults.json');
    await writeFile(file, JSON.stringify({ seed: 5, rules: [{ fault: 'throttle', service: 's3', times: 1 }] }));
    expect(await run('faults', file)).toMatchObject({
      code: 0,
      stdout: `Faults at ${endpoint}, seed 5:\n{"fault":"throttle","service":"s3","times":1}: 0 of 0 calls\n`,
    });
    await expect(clients(endpoint).s3.listBuckets({})).rejects.toThrow('reduce your request rate');
    expect(JSON.parse((await run('faults', '--json')).stdout)).toMatchObject({
      seed: 5,
      rules: [{ hits: 1, matched: 1 }],
    });
    expect((await run('status')).stdout).toContain('1 fault rule in force');
    expect(await run('faults', '--clear')).toMatchObject({ code: 0, stdout: 'No faults.\n' });
  });

  test('start prints nothing but shell lines on standard output', async () => {
    const { stdout } = await run('start');
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^export AWS_ENDPOINT_URL=http:\/\/127\.0\.0\.1:\d+$/);
    expect(lines.every((line) => /^(export \w+=\S+|unset [\w ]+)$/.test(line))).toBe(true);
  });

  test('a state file that tells of another program is not believed', async () => {
    await run('start');
    const file = join(directory, '.local-aws', 'state.json');
    const state = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...state, pid: process.pid }));
    expect(await status()).toEqual({ running: false });
    expect(await run('stop')).toMatchObject({ stdout: 'No local AWS is running.\n' });
    await fetch(`${state.endpoint}/_headgate/stop`, { method: 'POST' });
    expect(await gone(state.pid)).toBe(true);
  });
});

describe('emulators end with the gateway', () => {
  test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('when it ends by %s', async (signal) => {
    const child = spawn(process.execPath, [program, 'start', '--foreground', '--json'], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    const { endpoint, pid } = JSON.parse(line);
    expect(pid).toBe(child.pid);
    const { emulators } = await status();
    const group = emulators[0].pid;
    child.kill(signal);
    await once(child, 'close');
    expect(await gone(group)).toBe(true);
    await expect(fetch(endpoint)).rejects.toThrow('fetch failed');
  });
});

describe('bad input', () => {
  async function inProcess(...args: string[]) {
    let stdout = '';
    let stderr = '';
    const code = await local(args, {
      stdout: (text) => {
        stdout += text;
      },
      stderr: (text) => {
        stderr += text;
      },
    });
    return { code, stdout, stderr };
  }

  test.each([
    [['begin'], "'local begin' is not a command"],
    [['start', 'stop'], "'local start stop' is not a command"],
    [['start', '--port', '70000'], "--port: '70000' is not a port"],
    [['start', '--port', '4566x'], "--port: '4566x' is not a port"],
    [['start', '--host', '0.0.0.0'], '127.0.0.1 only'],
    [['start', '--verbose'], '--verbose'],
    [['faults', 'a.json', 'b.json'], "'local faults a.json b.json' is not a command"],
    [['faults', 'a.json', '--clear'], '--clear stands with'],
    [['reset', '--clear'], '--clear stands with'],
    [['faults', '/nonexistent/faults.json'], '/nonexistent/faults.json: ENOENT'],
    [['faults', 'package.json'], 'package.json: name: there is no such field; there are seed, rules.'],
  ])('%j is refused with exit code 2', async (args, message) => {
    expect(await inProcess(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  });

  test('help is printed when asked for', async () => {
    expect(await inProcess('--help')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('headgate local start'),
    });
  });

  test('a machine without Python is told what to install', async () => {
    expect(await runWith({ HEADGATE_PYTHON: '/nonexistent/python3' }, 'start')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/needs Python 3\.10 or newer[\s\S]*python3-venv/),
    });
  });
});
