import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { cacheDirectory } from '../../../engines/cache.ts';
import { installDuckdb } from '../../../engines/duckdb/install.ts';
import { installTpcds } from '../../../engines/duckdb/install-tpcds.ts';
import { runInstaller } from '../../../engines/duckdb/installer.ts';
import { TPCDS_REQUIREMENT } from '../../../engines/duckdb/pins.ts';
import { EngineError } from '../../../engines/engine-error.ts';

// The TPC-DS extension: by its hash from the Python package index, else by DuckDB's signature from its repository.

const environment = { ...process.env };
const wrongHash = `${TPCDS_REQUIREMENT.split(' ')[0]} --hash=sha256:${'0'.repeat(64)}`;
let duckdb: string;
/** The extension as the usual way gives it. */
let extension: Buffer;
let cache: string;
let server: Server;
let repository: string;
/** What the repository gives, and what it was asked for. */
let served: Buffer;
let asked: string[];

beforeAll(async () => {
  duckdb = await installDuckdb();
  extension = readFileSync(await installTpcds());
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end(gzipSync(served, { level: 1 }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  repository = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}, 120_000);
afterAll(() => {
  server?.close();
});

beforeEach(() => {
  served = extension;
  asked = [];
  cache = mkdtempSync(join(tmpdir(), 'headgate-cache-'));
  process.env.HEADGATE_CACHE = cache;
  symlinkSync(duckdb, join(cacheDirectory('engines'), basename(duckdb)));
});
afterEach(() => {
  process.env = { ...environment };
  rmSync(cache, { recursive: true, force: true });
});

const installed = () => readdirSync(cacheDirectory('engines')).filter((name) => name !== basename(duckdb));

test('it comes from the Python package index, once, whatever pip is told to do elsewhere', async () => {
  process.env.PIP_REQUIRE_VIRTUALENV = 'true';
  process.env.PIP_USER = 'true';
  const said: string[] = [];
  const say = (line: string) => said.push(line);
  const file = await installTpcds({ say, repository });
  expect(await installTpcds({ say, repository })).toBe(file);
  expect(said).toEqual([expect.stringMatching(/^Installing DuckDB's TPC-DS extension into .*checked by its hash/)]);
  expect(asked).toEqual([]);
  expect(installed()).toHaveLength(1);
  await runInstaller(duckdb, ['load', file]);
}, 60_000);

test.each([
  ['there is no Python', () => ({ HEADGATE_PYTHON: '/nonexistent/python3' }), TPCDS_REQUIREMENT],
  ['the Python has neither pip nor venv', () => ({ HEADGATE_PYTHON: pythonWithoutPip() }), TPCDS_REQUIREMENT],
  ['the package has another hash', () => ({}), wrongHash],
])(
  'where %s, it comes from the repository of DuckDB',
  async (_what, settings, requirement) => {
    Object.assign(process.env, settings());
    const said: string[] = [];
    const file = await installTpcds({ say: (line) => said.push(line), requirement, repository });
    expect(asked).toEqual([expect.stringMatching(/^\/v1\.5\.5\/\w+\/tpcds\.duckdb_extension\.gz$/)]);
    expect(said.at(-1)).toMatch(/^From the Python package index: [\s\S]*checked by DuckDB's signature/);
    expect(readFileSync(file).equals(extension)).toBe(true);
    expect(installed()).toHaveLength(1);
  },
  60_000,
);

test('what is not signed by DuckDB is refused, and the message names both ways and what to do', async () => {
  process.env.HEADGATE_PYTHON = '/nonexistent/python3';
  served = Buffer.from(extension);
  served[1000] = (served[1000] ?? 0) ^ 1;
  const installing = installTpcds({ repository });
  await expect(installing).rejects.toThrow(EngineError);
  await expect(installing).rejects.toThrow(
    /^Could not install DuckDB's TPC-DS extension\.\nFrom the Python package index: .*ENOENT\nFrom http:\/\/127\.0\.0\.1:\d+: .*signature[\s\S]*\nLikely cause: the Python package index and http:\/\/127\.0\.0\.1:\d+ cannot be reached, or have no file of DuckDB 1\.5\.5 for [\w-]+\. Check the network, the proxy and the configuration of pip, or copy .* from a machine of the same kind that has it\.$/,
  );
  expect(installed()).toEqual([]);
}, 60_000);

test('it stops when the run is cancelled', async () => {
  const cancelled = new Error('cancelled');
  await expect(installTpcds({ repository, signal: AbortSignal.abort(cancelled) })).rejects.toBe(cancelled);
  expect(installed()).toEqual([]);
});

/** As Debian has it without python3-pip and python3-venv. */
function pythonWithoutPip(): string {
  const file = join(cache, 'python3');
  writeFileSync(file, '#!/bin/sh\necho "No module named $2" >&2\nexit 1\n', { mode: 0o755 });
  return file;
}
