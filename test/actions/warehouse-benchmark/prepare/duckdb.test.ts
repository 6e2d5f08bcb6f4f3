import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import prepare from '../../../../actions/warehouse-benchmark/prepare.ts';
import { runOperation } from '../../../../lib/operation/run.ts';
import { memoryHost } from '../../../support/memory-host.ts';
import { quickClock } from '../../../support/test-clock.ts';

// `warehouse-benchmark prepare` for DuckDB on this machine: no AWS is asked, none is needed. Derived from TPC-DS.

async function run(given: Readonly<Record<string, string>>, environment: NodeJS.ProcessEnv = {}) {
  const host = memoryHost();
  const before = { ...process.env };
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, environment);
  try {
    const exitCode = await runOperation({
      operation: prepare,
      host,
      raw: (name) => given[name],
      version: '1.2.3',
      clock: quickClock,
      randomHex: (bytes) => 'ab'.repeat(bytes),
      signal: new AbortController().signal,
    });
    const message = host.annotations.map((annotation) => annotation.message).join('\n');
    return { exitCode, outputs: host.outputs, message, lines: host.lines, report: host.summaries.join('\n') };
  } finally {
    process.env = before;
    host.remove();
  }
}

test('has the data, counted; the second run changes nothing and says so', async () => {
  const first = await run({});
  expect(first).toMatchObject({ exitCode: 0, message: '' });
  expect(['prepared', 'nothing']).toContain(first.outputs.status);
  const second = await run({});
  expect(second).toMatchObject({
    exitCode: 0,
    outputs: { status: 'nothing', engine: 'duckdb', 'scale-factor': '0.01' },
  });
  expect(second.outputs).not.toHaveProperty('workgroup');
  expect(second.report).toContain('Nothing to change: DuckDB has the 24 tables of scale factor 0.01 already');
}, 300_000);

test('a plan says what it would do and does nothing', async () => {
  const planned = await run({ 'dry-run': 'offline', 'scale-factor': '0.01' });
  expect(planned).toMatchObject({ exitCode: 0, outputs: { status: 'planned' } });
  expect(planned.report).toContain('The data is there. Its rows are counted all the same.');
});

test('a plan on a machine without data says that it is generated', async () => {
  const cache = mkdtempSync(path.join(os.tmpdir(), 'headgate-no-data-'));
  try {
    const planned = await run({ 'dry-run': 'offline', 'scale-factor': '1' }, { HEADGATE_CACHE: cache });
    expect(planned).toMatchObject({ exitCode: 0, outputs: { status: 'planned', 'scale-factor': '1' } });
    expect(planned.report).toContain('generated on this machine');
    expect(readdirSync(cache, { recursive: true }).filter((name) => String(name).includes('data'))).toEqual([]);
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
});

test('inputs of Redshift are refused, all together', async () => {
  const given = {
    workgroup: 'bench',
    rpus: '8',
    namespace: 'bench',
    'subnet-ids': 'subnet-0a1b2c3d',
    'share-name': 'x',
  };
  const ran = await run({ ...given, 'share-database': 'other' });
  expect(ran.exitCode).toBe(2);
  for (const name of [...Object.keys(given), 'share-database']) {
    expect(ran.message).toContain(`input '${name}': belongs to the engine 'redshift'; leave it out`);
  }
});

test.each([
  ['rpus', '9', 'the nearest are 8 and 16'],
  ['rpus', '4x', 'is not a number of RPUs'],
  ['scale-factor', '2', "write '0.01', '0.1', '1', '10', '100', '1000', '3000' or '10000'"],
  ['scale-factor', '3000', "the engine 'duckdb' generates 0.01, 0.1, 1 and 10"],
  ['workgroup', 'My Group', 'three to 64 lower-case letters'],
  ['schema', 'a;drop', 'is not allowed; write an identifier'],
  ['share-name', "x'; drop", 'is not allowed; write up to 127 letters'],
  ['subnet-ids', 'subnet-1', 'is not the id of a subnet'],
  ['security-group-ids', 'default', 'is not the id of a security group'],
  ['timeout', '30', 'is not a duration'],
])('%s: %s is refused', async (name, value, why) => {
  const ran = await run({ [name]: value });
  expect(ran.exitCode).toBe(2);
  expect(ran.message).toContain(`input '${name}': `);
  expect(ran.message).toContain(why);
});
