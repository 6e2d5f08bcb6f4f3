import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { cacheDirectory } from '../../../engines/cache.ts';
import { installDuckdb } from '../../../engines/duckdb/install.ts';
import { runInstaller } from '../../../engines/duckdb/installer.ts';
import { DUCKDB_PACKAGES } from '../../../engines/duckdb/pins.ts';
import { EngineError } from '../../../engines/engine-error.ts';

// DuckDB is installed by version and hash, or not at all.

const environment = { ...process.env };
let cache: string;

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'headgate-cache-'));
  process.env.HEADGATE_CACHE = cache;
});
afterEach(() => {
  process.env = { ...environment };
  rmSync(cache, { recursive: true, force: true });
});

test('it comes into the cache, once, without a download address in its lock file', async () => {
  const said: string[] = [];
  const say = (line: string) => said.push(line);
  const directory = await installDuckdb({ say });
  expect(await installDuckdb({ say })).toBe(directory);
  expect(said).toEqual([expect.stringMatching(/^Installing DuckDB 1\.5\.5 into .*checked by its hash/)]);
  expect(directory.startsWith(cache)).toBe(true);
  expect(readdirSync(cacheDirectory('engines'))).toHaveLength(1);
  const lock = readFileSync(join(directory, 'package-lock.json'), 'utf8');
  expect(lock).not.toMatch(/resolved|https?:/);
  expect(lock).toContain('sha512-');
}, 60_000);

test('two that begin at once, with settings of npm that leave out what is optional, both have all of it', async () => {
  process.env.npm_config_omit = 'optional';
  process.env.npm_config_global = 'true';
  const [one, other] = await Promise.all([installDuckdb(), installDuckdb()]);
  expect(one).toBe(other);
  expect(readdirSync(cacheDirectory('engines'))).toHaveLength(1);
  await runInstaller(one, ['check']);
}, 60_000);

test('a file with another hash is refused, and nothing is left behind', async () => {
  const integrity = `sha512-${Buffer.alloc(64).toString('base64')}`;
  const packages = { ...DUCKDB_PACKAGES, 'detect-libc': { version: '2.1.2', integrity } };
  await expect(installDuckdb({ packages })).rejects.toThrow(/^Could not install DuckDB 1\.5\.5: .*EINTEGRITY/s);
  expect(readdirSync(cacheDirectory('engines'))).toEqual([]);
}, 60_000);

test('what this machine cannot load is not kept', async () => {
  const elsewhere = Object.entries(DUCKDB_PACKAGES).map(([name, pinned]) => [
    name,
    pinned.os ? { ...pinned, os: ['aix'] } : pinned,
  ]);
  const packages = Object.fromEntries(elsewhere);
  await expect(installDuckdb({ packages })).rejects.toThrow(
    /^DuckDB 1\.5\.5 cannot be loaded on this machine: .*\nLikely cause: there is no DuckDB for \w+-\w+/s,
  );
  expect(readdirSync(cacheDirectory('engines'))).toEqual([]);
}, 60_000);

test('without npm the message says what to do', async () => {
  process.env.PATH = cache;
  const installing = installDuckdb();
  await expect(installing).rejects.toThrow(EngineError);
  await expect(installing).rejects.toThrow(
    /npm 7 or newer was not found[\s\S]*Likely cause: npm is not on the PATH, or its registry cannot be reached\. Check the network, the proxy and the configuration of npm\.$/,
  );
});

test('it stops when the run is cancelled', async () => {
  const cancelled = new Error('cancelled');
  await expect(installDuckdb({ signal: AbortSignal.abort(cancelled) })).rejects.toBe(cancelled);
  expect(readdirSync(cacheDirectory('engines'))).toEqual([]);
});
