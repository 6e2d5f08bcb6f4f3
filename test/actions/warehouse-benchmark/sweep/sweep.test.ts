import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { costOfPoint, efficient, type SweepPoint } from '../../../../actions/warehouse-benchmark/sweep/point.ts';
import { makeWorkgroup } from '../../../local-aws/redshift-client.ts';
import { ON_REDSHIFT, openWorkplace, WORKGROUP, type Workplace } from '../workplace.ts';

// `warehouse-benchmark sweep` on the local AWS, where RPUs change nothing about times. Derived from TPC-DS.

let place: Workplace;
let workspace: string;

beforeAll(async () => {
  place = await openWorkplace();
}, 300_000);
afterAll(() => place?.stop());
beforeEach(() => {
  workspace = place.workspace();
});

const SMALL = { ...ON_REDSHIFT, queries: '1-2', sessions: '0', 'run-id': 's', capacities: '32\n8' };
const sweep = (inputs: Record<string, string> = {}) => place.call('sweep', { ...SMALL, ...inputs }, { workspace });
const folder = () => path.join(workspace, '.headgate', 'warehouse-benchmark', 's');
const resizes = (since: number) => place.calls(since).filter(({ operation }) => operation === 'UpdateWorkgroup').length;
const capacity = async () =>
  (await place.clients.serverless.getWorkgroup({ workgroupName: WORKGROUP })).workgroup?.baseCapacity;

describe('on a workgroup that is ready', () => {
  beforeEach(async () => {
    await place.aws.reset();
    await makeWorkgroup(place.clients);
    expect((await place.prepare({ ...ON_REDSHIFT, rpus: '16' })).message).toBe('');
  });

  test('each capacity is measured, drawn and told, and the workgroup gets its own back', async () => {
    const ran = await sweep({ 'price-per-rpu-hour': '0.36' });
    expect([ran.exitCode, ran.message]).toEqual([0, '']);
    const { points } = JSON.parse(readFileSync(path.join(folder(), 'sweep.json'), 'utf8'));
    expect(points.map(({ rpus, cost }: SweepPoint) => [rpus, cost?.toFixed(3)])).toEqual([
      [8, '0.048'],
      [32, '0.192'],
    ]);
    // The least that is billed makes the smaller one cheaper; which is quicker is chance here.
    expect(ran.outputs).toMatchObject({ 'run-id': 's', verdict: 'passed', cheapest: '8' });
    const chart = readFileSync(path.join(folder(), 'charts', 'cost-time.svg'), 'utf8');
    expect(chart).toContain('8 RPUs');
    expect(chart).toContain('US dollars');
    expect(await capacity()).toBe(16);
  });

  test('a sweep that was broken off measures only what is missing', async () => {
    await sweep();
    rmSync(path.join(folder(), '32'), { recursive: true });
    const since = place.lastCall();
    const ran = await sweep();
    expect([ran.exitCode, ran.message]).toEqual([0, '']);
    expect(ran.lines.join('\n')).toContain('8 RPUs were measured before');
    // To 32 and back.
    expect(resizes(since)).toBe(2);
    const other = await sweep({ queries: '1-3' });
    expect(other.exitCode).toBe(1);
    expect(other.message).toContain("The sweep 's' was begun with another setting: queries.digest");
  });
});

test.each([
  [{ capacities: '8' }, "input 'capacities': has fewer than two different capacities"],
  [{ capacities: '8\n8' }, "input 'capacities': has fewer than two different capacities"],
  [{ capacities: '8\n12' }, "input 'capacities': '12' is not a base capacity"],
  [{ engine: 'duckdb' }, "input 'engine': 'duckdb' is not allowed"],
  [{ iterations: '0' }, "input 'iterations': is 0 and 'sessions' is 0"],
] as const)('bad input is refused before a call: %j', async (inputs, message) => {
  const since = place.lastCall();
  const ran = await sweep(inputs as Record<string, string>);
  expect(ran.exitCode).toBe(2);
  expect(ran.message).toContain(message);
  expect(place.lastCall()).toBe(since);
});

describe('the efficient capacities', () => {
  const point = (rpus: number, timeMs: number, cost: number | undefined, outcome: 'passed' | 'failed' = 'passed') => ({
    ...({} as SweepPoint),
    rpus,
    timeMs,
    cost,
    rpuHours: (rpus * timeMs) / 3_600_000,
    verdict: { outcome, planned: 1, counts: {} } as unknown as SweepPoint['verdict'],
  });

  test('are those that no other one beats in both time and cost', () => {
    const points = [point(8, 800, 1), point(16, 400, 1.1), point(32, 410, 2), point(64, 300, 3)];
    expect(efficient(points).map(({ rpus }) => rpus)).toEqual([64, 16, 8]);
  });

  test('do not have failed queries', () => {
    expect(efficient([point(8, 1, 1, 'failed'), point(16, 2, 2)]).map(({ rpus }) => rpus)).toEqual([16]);
  });

  test('are told by RPU-hours where no price is known', () => {
    expect(costOfPoint(point(8, 3_600_000, undefined))).toBe(8);
  });
});
