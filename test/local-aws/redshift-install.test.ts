import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { cacheDirectory } from '../../local-aws/install.ts';
import { LocalAwsError } from '../../local-aws/local-aws-error.ts';
import { DUCKDB_PACKAGES, TPCDS_REQUIREMENT } from '../../local-aws/redshift/duckdb-pins.ts';
import { installDuckdb, installTpcds } from '../../local-aws/redshift/install-duckdb.ts';
import { startLocalAws } from '../../local-aws/start.ts';
import { errorOf, HERE, makeWorkgroup, redshiftOf } from './redshift-client.ts';

// DuckDB and its extension are installed by version and hash, or not at all.

const environment = { ...process.env };
let cache: string;

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'headgate-cache-'));
});
afterEach(() => {
  process.env = { ...environment };
  rmSync(cache, { recursive: true, force: true });
});

test('DuckDB comes into the cache, once, without a download address in its lock file', async () => {
  process.env.HEADGATE_CACHE = cache;
  const said: string[] = [];
  const directory = await installDuckdb((line) => said.push(line));
  expect(await installDuckdb((line) => said.push(line))).toBe(directory);
  expect(said).toEqual([expect.stringMatching(/^Installing DuckDB 1\.5\.5 into .*checked by its hash/)]);
  expect(directory.startsWith(cache)).toBe(true);
  expect(readdirSync(cacheDirectory())).toHaveLength(1);
  const lock = readFileSync(join(directory, 'package-lock.json'), 'utf8');
  expect(lock).not.toMatch(/resolved|https?:/);
  expect(lock).toContain('sha512-');
}, 60_000);

test('a file with another hash is refused, and nothing is left behind', async () => {
  process.env.HEADGATE_CACHE = cache;
  const integrity = `sha512-${Buffer.alloc(64).toString('base64')}`;
  const wrong = { ...DUCKDB_PACKAGES, 'detect-libc': { version: '2.1.2', integrity } };
  await expect(installDuckdb(() => {}, wrong)).rejects.toThrow(/^Could not install DuckDB.*EINTEGRITY/s);
  expect(readdirSync(cacheDirectory())).toEqual([]);
}, 60_000);

test('without npm the message says what to do', async () => {
  process.env.HEADGATE_CACHE = cache;
  process.env.PATH = cache;
  const installing = installDuckdb();
  await expect(installing).rejects.toThrow(LocalAwsError);
  await expect(installing).rejects.toThrow(/Likely cause: npm is not on the PATH, or its registry cannot be reached/);
});

test('an extension with another hash is refused', async () => {
  const wrong = `${TPCDS_REQUIREMENT.split(' ')[0]} --hash=sha256:${'0'.repeat(64)}`;
  const before = readdirSync(cacheDirectory());
  await expect(installTpcds(() => {}, wrong)).rejects.toThrow(
    /^Could not install DuckDB's TPC-DS extension.*Likely cause: the Python package index cannot be reached/s,
  );
  expect(readdirSync(cacheDirectory())).toEqual(before);
}, 60_000);

test('a client is told what keeps a statement from running', async () => {
  const aws = await startLocalAws();
  try {
    const here = redshiftOf(aws);
    await makeWorkgroup(here);
    process.env.HEADGATE_CACHE = cache;
    process.env.PATH = cache;
    expect(await errorOf(here.data.executeStatement({ Sql: 'select 1', ...HERE }))).toEqual({
      name: 'InternalServerException',
      message: expect.stringMatching(/^Could not install DuckDB, which Redshift runs on.*npm is not on the PATH/s),
    });
  } finally {
    await aws.stop();
  }
}, 60_000);
