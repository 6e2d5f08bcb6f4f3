import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { programScript } from '../../../scripts/generate/gitlab-program.ts';

/** How runners run a script: the docker executor's shell, and the shell executor's subshell. */
const SHELLS: Readonly<Record<string, readonly string[]>> = {
  sh: ['sh', '-e', '-c', 'eval "$SCRIPT"'],
  bash: ['bash', '--norc', '-c', 'set -eo pipefail; : | eval "$SCRIPT"'],
};

let root: string;
let temporary: string;
let server: Server;
let port: number;
let archive: Buffer;
let sha256: string;
const requests: { url: string; host: string; token: string | undefined }[] = [];

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'headgate-program-'));
  temporary = path.join(root, 'tmp');
  const dist = path.join(root, 'package', 'dist');
  await mkdir(temporary);
  await mkdir(dist, { recursive: true });
  const program =
    "#!/usr/bin/env node\nconsole.log(process.argv[2] === '--version' ? '1.2.3' : process.argv.slice(2).join('|'));\n";
  await writeFile(path.join(dist, 'headgate.js'), program);
  archive = Buffer.from((await execa('tar', ['-cz', '-C', root, 'package'], { encoding: 'buffer' })).stdout);
  sha256 = createHash('sha256').update(archive).digest('hex');
  server = createServer((request, response) => {
    const url = request.url ?? '';
    requests.push({ url, host: request.headers.host ?? '', token: request.headers['job-token']?.toString() });
    if (url.endsWith('/moved.tgz')) response.writeHead(302, { location: `http://localhost:${port}/a.tgz` }).end();
    else if (url.endsWith('/round.tgz')) response.writeHead(302, { location: url }).end();
    else if (url.endsWith('/a.tgz')) response.end(archive);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(root, { recursive: true, force: true });
});

interface Job {
  readonly shell?: string;
  readonly environment?: Record<string, string>;
  /** Programs that the image has instead of those of this machine. */
  readonly programs?: Readonly<Record<string, string>>;
  readonly script?: string;
}

/** Runs a job as a runner does: `before_script`, then `script`, in one shell. */
async function run({ shell = 'sh', environment = {}, programs = {}, script = 'headgate a "b c"' }: Job) {
  const binaries = await mkdtemp(path.join(root, 'bin-'));
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(path.join(binaries, name), `#!/bin/sh\n${text}\n`);
    await chmod(path.join(binaries, name), 0o755);
  }
  const [command = '', ...rest] = SHELLS[shell] ?? [];
  const { exitCode, all } = await execa(command, rest, {
    env: {
      PATH: [binaries, path.dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(path.delimiter),
      TMPDIR: temporary,
      SCRIPT: `${programScript()}\n${script}`,
      HEADGATE_SOURCE: 'url',
      HEADGATE_SOURCE_URL: `http://127.0.0.1:${port}/a.tgz`,
      HEADGATE_SOURCE_SHA256: sha256,
      HEADGATE_VERSION: '1.2.3',
      ...environment,
    },
    extendEnv: false,
    reject: false,
    all: true,
  });
  return { exitCode, log: all };
}

describe.each(Object.keys(SHELLS))('in %s', (shell) => {
  test('a file with the right SHA-256 becomes the program, which is gone after the job', async () => {
    expect(await run({ shell })).toEqual({ exitCode: 0, log: 'headgate 1.2.3\na|b c' });
    expect(await readdir(temporary)).toEqual([]);
  });

  test('the exit code of the script is that of the job', async () => {
    expect(await run({ shell, script: 'exit 2' })).toMatchObject({ exitCode: 2 });
    expect(await readdir(temporary)).toEqual([]);
  });

  test('a wrong SHA-256 ends the job before anything of the file runs', async () => {
    const { exitCode, log } = await run({ shell, environment: { HEADGATE_SOURCE_SHA256: 'a'.repeat(64) } });
    expect(exitCode).toBe(1);
    expect(log).toContain(`has the SHA-256 ${sha256}, not aaaa`);
    expect(log).toContain("Next: Compare with the release, then correct 'source-url' or 'source-sha256'");
    expect(log).not.toContain('1.2.3');
    expect(await readdir(temporary)).toEqual([]);
  });
});

test('the SHA-256 may be written in capitals', async () => {
  expect(await run({ environment: { HEADGATE_SOURCE_SHA256: sha256.toUpperCase() } })).toMatchObject({ exitCode: 0 });
});

test('a fault of the address or the sum is bad input, and a password in the address is not repeated', async () => {
  for (const sum of ['', 'latest', sha256.slice(1)]) {
    const { exitCode, log } = await run({ environment: { HEADGATE_SOURCE_SHA256: sum } });
    expect(exitCode).toBe(2);
    expect(log).toContain("The input 'source-sha256' is not a SHA-256");
  }
  for (const address of ['', 'headgate.tgz', 'file:///etc/passwd', `http://me:hunter2@127.0.0.1:${port}/a.tgz`]) {
    const { exitCode, log } = await run({ environment: { HEADGATE_SOURCE_URL: address } });
    expect(exitCode).toBe(2);
    expect(log).toContain("The input 'source-url' is not an http or https address without credentials");
    expect(log).not.toContain('hunter2');
  }
});

test('an address that looks like a command is an address', async () => {
  const { exitCode, log } = await run({
    environment: { HEADGATE_SOURCE_URL: `http://127.0.0.1:${port}/$(touch pwned)\`id\`.tgz"; touch pwned` },
  });
  expect(exitCode).toBe(1);
  expect(log).toContain('the answer is 404');
});

test('a file that is not there, a server that is not there, and redirects without end say so', async () => {
  const from = async (address: string) => await run({ environment: { HEADGATE_SOURCE_URL: address } });
  expect(await from(`http://127.0.0.1:${port}/none?token=hunter2`)).toMatchObject({
    exitCode: 1,
    log: expect.stringContaining(`/none: the answer is 404`),
  });
  expect(await from('http://127.0.0.1:1/a.tgz')).toMatchObject({
    exitCode: 1,
    log: expect.stringContaining('could not be downloaded from http://127.0.0.1:1/a.tgz'),
  });
  expect(await from(`http://127.0.0.1:${port}/round.tgz`)).toMatchObject({
    exitCode: 1,
    log: expect.stringContaining('more than five redirects'),
  });
});

test('the job token goes to the API of this GitLab only, and not along with a redirect', async () => {
  const ask = async (address: string) => {
    requests.length = 0;
    const environment = {
      CI_API_V4_URL: `http://127.0.0.1:${port}/api/v4`,
      CI_JOB_TOKEN: 'glcbt-1',
      HEADGATE_SOURCE_URL: address,
    };
    expect(await run({ environment })).toMatchObject({ exitCode: 0 });
    return requests.map(({ host, token }) => `${host.split(':')[0]} ${token}`);
  };
  const origin = `http://127.0.0.1:${port}`;
  expect(await ask(`${origin}/api/v4/projects/1/packages/generic/a.tgz`)).toEqual(['127.0.0.1 glcbt-1']);
  expect(await ask(`${origin}/api/v4/projects/1/moved.tgz`)).toEqual(['127.0.0.1 glcbt-1', 'localhost undefined']);
  expect(await ask(`${origin}/elsewhere/a.tgz`)).toEqual(['127.0.0.1 undefined']);
  expect(await ask(`${origin}/api/v4/../../elsewhere/a.tgz`)).toEqual(['127.0.0.1 undefined']);
});

test('an image without Node, or with an old one, says which image to take', async () => {
  const { exitCode, log } = await run({ programs: { node: 'exit 1' } });
  expect(exitCode).toBe(1);
  expect(log).toContain('headgate: This image has no Node 22.18 or newer');
  expect(log).toContain("Next: Choose another image, for example 'node:24'");
});

test('an image without the program says so; one with it needs nothing else', async () => {
  const environment = { HEADGATE_SOURCE: 'preinstalled', HEADGATE_SOURCE_URL: '', HEADGATE_SOURCE_SHA256: '' };
  const missing = await run({ environment });
  expect(missing.exitCode).toBe(1);
  expect(missing.log).toContain("There is no 'headgate' in this image");
  expect(await run({ environment, programs: { headgate: 'echo 9.9.9' } })).toEqual({
    exitCode: 0,
    log: 'headgate 9.9.9\n9.9.9',
  });
  expect(await readdir(temporary)).toEqual([]);
});

test('npm installs the version that is asked for, and runs no install scripts', async () => {
  const npm =
    'echo "$@"; while [ "$1" != --prefix ]; do shift; done; mkdir "$2/bin"; printf "#!/bin/sh\\necho 1.2.3\\n" >"$2/bin/headgate"; chmod +x "$2/bin/headgate"';
  const { exitCode, log } = await run({ environment: { HEADGATE_SOURCE: 'npm' }, programs: { npm } });
  expect(exitCode).toBe(0);
  expect(log).toMatch(/^install --global --prefix \S+ --ignore-scripts .* headgate@1\.2\.3$/m);
  expect(await readdir(temporary)).toEqual([]);
});

test('a file that is no release does not start, and says so', async () => {
  const { exitCode, log } = await run({
    environment: { HEADGATE_SOURCE: 'preinstalled' },
    programs: { headgate: 'exit 3' },
  });
  expect(exitCode).toBe(1);
  expect(log).toContain('headgate: The program does not start');
});
