import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import compare from '../../../../actions/warehouse-benchmark/compare.ts';
import { LABEL } from '../../../../actions/warehouse-benchmark/report/report.ts';
import { benchmarkReport } from './reports.ts';
import { openWorkspace, type Workspace } from './run-operation.ts';

// `warehouse-benchmark compare` from its files to its exit code.

let place: Workspace;

const baseline = benchmarkReport({
  run: 'main-1',
  single: { 1: [1000, 1010, 1020], 14: [5000, 5100, 5050], 67: [80_000, 80_500, 80_100], 99: [300, 300, 300] },
});
const slower = benchmarkReport({
  run: 'branch-1',
  single: {
    1: [1000, 1010, 1020],
    14: [5000, { status: 'failed', message: 'out | of memory' }, 5000],
    67: [101_000, 101_500, 101_200],
    99: [200, 200, 200],
  },
});

beforeAll(() => {
  place = openWorkspace();
  place.write('baseline.json', baseline);
  place.write('slower.json', slower);
});
afterAll(() => place.remove());

test('a report against itself is the same', async () => {
  const ran = await place.run(compare, { report: 'baseline.json', baseline: 'baseline.json' });
  expect(ran).toMatchObject({
    exitCode: 0,
    message: '',
    outputs: { verdict: 'same', regressions: '0', improvements: '0', ratio: '1.0000' },
    result: { verdict: 'same', totals: { measured: 4, sum: { ratio: 1 } } },
  });
  expect(ran.lines).toContain("info: The same as the baseline 'main-1', within the noise.");
  expect(ran.report).toContain('### Warehouse benchmark: the same as the baseline');
  expect(ran.report).toContain('<summary>4 queries without a change</summary>');
  expect(ran.report).toContain(LABEL.slice(0, 20));
});

test('what is worse fails the step, with the outputs set and the worst told first', async () => {
  const ran = await place.run(compare, { report: 'slower.json', baseline: 'baseline.json' });
  expect(ran).toMatchObject({
    exitCode: 1,
    outputs: { verdict: 'regression', regressions: '2', improvements: '1' },
    result: { result: { verdict: 'regression' } },
  });
  expect(ran.message.split('\n')).toEqual([
    "Worse than the baseline 'main-1':",
    'q14: newly failing: failed: out | of memory',
    'sum of 3 queries: slower: 1m42.410s, 1m21.410s in the baseline (+25.8 %)',
    'q67: slower: 1m41.200s, 1m20.100s in the baseline (+26.3 %)',
    'Likely cause: a change of the warehouse or its data broke queries; a change made queries slower, or something else kept the warehouse busy',
    "Next: Run again to see whether it stays; raise 'threshold' where this is noise; Look up the query in the run's report; make the new report the baseline where the change is wanted",
  ]);
  const lines = ran.report.split('\n');
  const rows = lines.slice(lines.indexOf('| Query | Part | Verdict | Now | Baseline | Change | Band |') + 2);
  expect(rows.slice(0, 3)).toEqual([
    '| q14 | single user | newly failing | failed: out \\| of memory | 5.050 s |  |  |',
    '| q67 | single user | slower | 1m41.200s | 1m20.100s | +26.3 % | ±10.0 % |',
    '| q99 | single user | faster | 200.0 ms | 300.0 ms | −33.3 % | ±10.0 % |',
  ]);
});

describe('fail-on', () => {
  test("'never' only reports", async () => {
    const ran = await place.run(compare, { report: 'slower.json', baseline: 'baseline.json', 'fail-on': 'never' });
    expect(ran).toMatchObject({ exitCode: 0, outputs: { verdict: 'regression', regressions: '2' } });
    expect(ran.lines).toContain("info: Worse than the baseline 'main-1' in 3 things, which does not fail this step.");
  });

  test("'total' lets a slower query pass, but not one that fails", async () => {
    place.write(
      'query.json',
      benchmarkReport({
        single: { 1: [1400, 1400, 1400], 14: [5000, 5000, 5000], 67: [80_000, 80_000, 80_000], 99: [300, 300, 300] },
      }),
    );
    const inputs = { report: 'query.json', baseline: 'baseline.json' };
    expect((await place.run(compare, inputs)).exitCode).toBe(1);
    expect((await place.run(compare, { ...inputs, 'fail-on': 'total' })).exitCode).toBe(0);
    const failing = await place.run(compare, { report: 'slower.json', baseline: 'baseline.json', 'fail-on': 'total' });
    expect(failing.exitCode).toBe(1);
    expect(failing.message).toContain('q14: newly failing');
    expect(failing.message).not.toContain('q67');
  });

  test('threshold and minimum decide', async () => {
    const inputs = { report: 'slower.json', baseline: 'baseline.json' };
    expect((await place.run(compare, { ...inputs, threshold: '30' })).outputs.regressions).toBe('1');
    expect((await place.run(compare, { ...inputs, minimum: '30000' })).outputs).toMatchObject({
      regressions: '1',
      improvements: '0',
    });
  });
});

describe('refused', () => {
  test('reports that did not measure the same, with every difference', async () => {
    place.write('other.json', benchmarkReport({ single: { 1: [1000] }, setting: { scaleFactor: 1000 } }));
    const ran = await place.run(compare, { report: 'other.json', baseline: 'baseline.json' });
    expect(ran).toMatchObject({ exitCode: 1, outputs: {} });
    expect(ran.message).toBe(
      [
        'The report cannot be compared with its baseline:',
        'scale factor: 1000 against 3000 in the baseline',
        'queries: 1 against 1, 14, 67, 99 in the baseline',
        'Likely cause: the two runs did not measure the same thing, so that a ratio of their times would mean nothing',
        "Next: Give as 'baseline' the report of a run with the same setting, or run both again with the same inputs",
      ].join('\n'),
    );
  });

  test('files that are no reports, named by their input', async () => {
    place.write('text.json', 'hello');
    const bad = await place.run(compare, { report: 'baseline.json', baseline: 'text.json' });
    expect([bad.exitCode, bad.message]).toEqual([2, expect.stringContaining("input 'baseline': ")]);
    const missing = await place.run(compare, { report: 'nowhere.json', baseline: 'baseline.json' });
    expect([missing.exitCode, missing.message]).toEqual([2, expect.stringContaining("input 'report': ")]);
  });

  test('wrong inputs, all together', async () => {
    const ran = await place.run(compare, { report: '../x.json', threshold: '-1', minimum: '0.5', 'fail-on': 'always' });
    expect(ran.exitCode).toBe(2);
    expect(ran.message.match(/input '[a-z-]+'/g)).toEqual([
      "input 'report'",
      "input 'baseline'",
      "input 'threshold'",
      "input 'minimum'",
      "input 'fail-on'",
    ]);
  });
});
