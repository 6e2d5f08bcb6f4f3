import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { connectDuckdb } from '../../../../actions/warehouse-benchmark/engine/duckdb/connect.ts';
import { hasData, makeData } from '../../../../actions/warehouse-benchmark/engine/duckdb/data.ts';
import {
  checkFreeDisk,
  explainGeneration,
} from '../../../../actions/warehouse-benchmark/engine/duckdb/data-failure.ts';
import { standardTexts } from '../../../../actions/warehouse-benchmark/queries/standard-texts.ts';
import { cacheDirectory } from '../../../../engines/cache.ts';
import { installDuckdb } from '../../../../engines/duckdb/install.ts';
import { installTpcds } from '../../../../engines/duckdb/install-tpcds.ts';
import { dataPlace } from '../../../../engines/duckdb/place.ts';
import { OperationFailed } from '../../../../lib/errors.ts';
import { keptLog, openDriver } from './support.ts';

const environment = { ...process.env };
const { signal } = new AbortController();
let engines: readonly string[];
let cache: string;

beforeAll(async () => {
  engines = [await installDuckdb(), dirname(await installTpcds())];
}, 120_000);
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'headgate-cache-'));
  process.env.HEADGATE_CACHE = cache;
  for (const engine of engines) symlinkSync(engine, join(cacheDirectory('engines'), basename(engine)));
});
afterEach(() => {
  process.env = { ...environment };
  rmSync(cache, { recursive: true, force: true });
});

/** What is in the cache beside the engines. */
const made = () =>
  readdirSync(cacheDirectory('engines')).filter((name) => !engines.map((e) => basename(e)).includes(name));

test('is generated once, and has the 24 tables of TPC-DS', async () => {
  const log = keptLog();
  expect(await hasData(0.01)).toBe(false);
  await makeData(0.01, { log, signal });
  await makeData(0.01, { log, signal });
  expect(await hasData(0.01)).toBe(true);
  expect(log.lines).toEqual([
    expect.stringMatching(/^Generating TPC-DS data of scale factor 0\.01 in .* \(once; up to 19 MB\)\.$/),
  ]);
  expect(made()).toEqual(['tpcds-data-1.5.5-0.01']);
  expect(readdirSync(dataPlace(0.01).directory)).toEqual(['data.duckdb']);
  const driver = await openDriver(dataPlace(0.01).file, { access_mode: 'READ_ONLY' });
  const count = async (sql: string) => Number((await driver.runAndReadAll(sql)).getRows()[0]?.[0]);
  expect(await count('select count(*) from information_schema.tables')).toBe(24);
  expect(await count('select count(*) from date_dim')).toBe(73049);
  expect(await count('select count(*) from store_sales')).toBe(28810);
  driver.closeSync();
}, 60_000);

test('a cancelled generation leaves nothing, and rejects with the reason', async () => {
  const controller = new AbortController();
  const reason = new Error('the run was cancelled');
  const log = { ...keptLog(), info: () => controller.abort(reason) };
  await expect(makeData(0.1, { log, signal: controller.signal })).rejects.toBe(reason);
  expect(made()).toEqual([]);
  expect(await hasData(0.1)).toBe(false);
});

test('too little memory is said, and leaves nothing', async () => {
  const making = makeData(0.01, { log: keptLog(), signal, memoryLimit: '4MB' });
  await expect(making).rejects.toThrow(OperationFailed);
  await expect(making).rejects.toThrow(
    /^The data of scale factor 0\.01 could not be generated in .*: Out of Memory Error[\s\S]*Likely cause: This machine, or its container, has too little memory\. Next: Take a smaller scale factor, or a machine with more memory$/,
  );
  expect(made()).toEqual([]);
}, 60_000);

test('a damaged database is no reason to go on', async () => {
  const { directory, file } = dataPlace(0.01);
  mkdirSync(directory);
  writeFileSync(file, 'not a database');
  await expect(connectDuckdb({ scaleFactor: 0.01, log: keptLog(), signal })).rejects.toThrow(
    /^DuckDB does not open .*data\.duckdb: [\s\S]*Next: Remove its directory; the next run generates the data again$/,
  );
  expect(made()).toEqual(['tpcds-data-1.5.5-0.01']);
});

test('without the extension the message says what to do', async () => {
  rmSync(join(cacheDirectory('engines'), basename(engines[1]!)));
  process.env.HEADGATE_PYTHON = '/nonexistent/python3';
  // No proxy is there, so the repository of DuckDB is not reached either, on any machine.
  process.env.http_proxy = 'http://127.0.0.1:9';
  for (const ask of [standardTexts, (request: Parameters<typeof standardTexts>[0]) => makeData(0.01, request)]) {
    const asking = ask({ log: keptLog(), signal });
    await expect(asking).rejects.toThrow(OperationFailed);
    await expect(asking).rejects.toThrow(
      /^Could not install DuckDB's TPC-DS extension\.\nFrom the Python package index: /,
    );
  }
}, 60_000);

describe('the disk', () => {
  test('has to have room for what is generated', () => {
    expect(() => checkFreeDisk(10, '/cache', 4.1e9)).not.toThrow();
    expect(() => checkFreeDisk(10, '/cache', 2e9)).toThrow(
      'The data of scale factor 10 needs 4.0 GB in /cache, where 2.0 GB are free. Likely cause: The disk is too small, or full. Next: Make room, set HEADGATE_CACHE to a directory on a larger disk, or take a smaller scale factor',
    );
  });

  test.each([
    [
      'TransactionContext Error: Failed to commit: Could not write file "x": No space left on device',
      /The disk is full/,
    ],
    ['Out of Memory Error: failed to offload data block of size 64.0 KiB (2.8 MiB/2.9 MiB used).', /The disk is full/],
    ['Out of Memory Error: failed to allocate data of size 256.0 KiB', /too little memory/],
    [
      'The process of DuckDB has ended (SIGKILL, which is what the system does when memory runs out)',
      /too little memory/,
    ],
    ['IO Error: Cannot open file "x": Permission denied', /DuckDB cannot write there/],
  ])('%s', (said, cause) => {
    const { explanation } = explainGeneration(1, '/cache', said);
    expect(explanation.what).toBe(`The data of scale factor 1 could not be generated in /cache: ${said}`);
    expect(explanation.cause).toMatch(cause);
  });
});
