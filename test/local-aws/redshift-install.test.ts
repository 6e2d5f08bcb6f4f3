import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startLocalAws } from '../../local-aws/start.ts';
import { errorOf, HERE, makeWorkgroup, redshiftOf } from './redshift-client.ts';

const environment = { ...process.env };
let cache: string;

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'headgate-cache-'));
});
afterEach(() => {
  process.env = { ...environment };
  rmSync(cache, { recursive: true, force: true });
});

test('a client is told what keeps a statement from running', async () => {
  const aws = await startLocalAws();
  try {
    const here = redshiftOf(aws);
    await makeWorkgroup(here);
    process.env.HEADGATE_CACHE = cache;
    process.env.PATH = cache;
    expect(await errorOf(here.data.executeStatement({ Sql: 'select 1', ...HERE }))).toEqual({
      name: 'InternalServerException',
      message: expect.stringMatching(/^Could not install DuckDB 1\.5\.5: npm 7 or newer was not found/),
    });
  } finally {
    await aws.stop();
  }
}, 60_000);
