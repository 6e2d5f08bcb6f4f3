import { describe, expect, test } from '@jest/globals';
import { compareReports } from '../../../../actions/warehouse-benchmark/compare/compare.ts';
import { numberRanges } from '../../../../actions/warehouse-benchmark/compare/format.ts';
import type { BenchmarkReport, Setting } from '../../../../actions/warehouse-benchmark/report/report.ts';
import { Refused } from '../../../../lib/errors.ts';
import { benchmarkReport, REDSHIFT } from './reports.ts';

// Runs that did not measure the same thing are not compared.

const OPTIONS = { thresholdPercent: 10, minimumMs: 50 };
const IMPORTED = { engine: 'imported', version: 'scripts', rpus: 128 } as const;

function report(setting: Partial<Setting> = {}): BenchmarkReport {
  return benchmarkReport({ single: { 1: [1000], 2: [1000] }, sessions: [{ 1: 1000, 2: 1000 }], setting });
}

function reasons(current: Partial<Setting>, baseline: Partial<Setting> = {}): readonly string[] {
  try {
    compareReports(report(current), report(baseline), OPTIONS);
    return [];
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return error.explanation.what.split('\n').slice(1);
  }
}

function notes(current: Partial<Setting>, baseline: Partial<Setting> = {}): readonly string[] {
  return compareReports(report(current), report(baseline), OPTIONS).notes;
}

const queries = report().setting.queries;

describe('refused, with both values', () => {
  test.each<[string, Partial<Setting>, string]>([
    ['another scale factor', { scaleFactor: 1000 }, 'scale factor: 1000 against 3000 in the baseline'],
    ['another capacity', { engine: { ...REDSHIFT, rpus: 64 } }, 'capacity: 64 RPUs against 128 RPUs in the baseline'],
    [
      'a capacity that is not known',
      { engine: { engine: 'imported', version: 'scripts' } },
      'capacity: RPUs not known against 128 RPUs in the baseline',
    ],
    ['other queries', { queries: { ...queries, numbers: [1, 3] } }, 'queries: 1, 3 against 1-2 in the baseline'],
    [
      'other texts',
      { queries: { ...queries, source: 'folder', digest: 'cd'.repeat(32) } },
      'query texts: folder (cdcdcdcdcdcd) against queries (abababababab) in the baseline',
    ],
    ['plans', { mode: 'explain' }, 'mode: explain against measure in the baseline'],
    ['another number of sessions', { sessions: 5 }, 'sessions: 5 against 1 in the baseline'],
  ])('%s', (_, setting, reason) => {
    expect(reasons(setting)).toEqual([reason]);
  });

  test('another engine, and fewer threads', () => {
    const duckdb = { engine: 'duckdb', version: '1.5.5', threads: 2 } as const;
    expect(reasons({ engine: duckdb })).toEqual([
      'engine: duckdb against redshift in the baseline',
      'capacity: 2 threads against 128 RPUs in the baseline',
    ]);
    expect(reasons({ engine: duckdb }, { engine: { ...duckdb, threads: 8 } })).toEqual([
      'capacity: 2 threads against 8 threads in the baseline',
    ]);
  });

  test('everything together', () => {
    const all = reasons({ scaleFactor: 1, sessions: 3, mode: 'explain', queries: { ...queries, numbers: [1] } });
    expect(all.map((reason) => reason.split(':')[0])).toEqual(['scale factor', 'mode', 'queries', 'sessions']);
  });

  test('two reports of plans, and two that have no part in common', () => {
    expect(reasons({ mode: 'explain' }, { mode: 'explain' })).toEqual([
      'both reports are of EXPLAIN, which measures nothing',
    ]);
    expect(reasons({ iterations: 0 }, { sessions: 0 })).toEqual([
      'parts: concurrent against single user in the baseline, so nothing is in both',
    ]);
  });

  test('and the message says what to do', () => {
    expect(() => compareReports(report({ scaleFactor: 1 }), report(), OPTIONS)).toThrow(
      "Next: Give as 'baseline' the report of a run with the same setting, or run both again with the same inputs",
    );
  });
});

describe('compared, with a note', () => {
  test.each<[string, Partial<Setting>, string]>([
    [
      'another version',
      { engine: { ...REDSHIFT, version: '1.0.200' } },
      'Other engine version: 1.0.200 against 1.0.122103.',
    ],
    ['another Region', { engine: { ...REDSHIFT, region: 'us-east-1' } }, 'Other Region: us-east-1 against eu-west-1.'],
    ['warm-ups', { warmUps: 1 }, 'Other warm-up passes: 1 against 0.'],
    ['a time-out', { timeoutMs: 60_000 }, 'Other time-out: 60000 ms against none.'],
    ['no single user', { iterations: 0 }, 'The part of the single user is not compared: this report has none.'],
    ['no sessions', { sessions: 0 }, 'The concurrent part is not compared: this report has none.'],
  ])('%s', (_, setting, note) => {
    expect(notes(setting)).toContain(note);
  });

  test('an imported baseline of the same capacity: its texts are not known', () => {
    const imported = { engine: IMPORTED, queries: { ...queries, digest: '0'.repeat(64) } };
    expect(notes({}, imported)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('The baseline was imported: which texts and parameters its queries had is not known'),
        expect.stringContaining('Imported times include starting psql'),
      ]),
    );
    expect(notes(imported, imported)[0]).toContain('Both reports were imported');
    expect(reasons({ scaleFactor: 10 }, imported)).toEqual(['scale factor: 10 against 3000 in the baseline']);
  });

  test('answers are not compared with those of an imported report, which only counts lines', () => {
    const imported = benchmarkReport({ single: { 1: [{ rows: 5 }] }, setting: { engine: IMPORTED } });
    expect(compareReports(benchmarkReport({ single: { 1: [1000] } }), imported, OPTIONS).verdict).toBe('same');
  });

  test('a single pass: it tells no noise', () => {
    const run = (iterations: number) =>
      benchmarkReport({ single: { 1: Array.from({ length: iterations }, () => 1000) } });
    const single =
      "Queries were measured only once in a report, so that only the threshold tells a change from noise; 'iterations: 3' would show the noise.";
    expect(compareReports(run(3), run(1), OPTIONS).notes).toEqual([single]);
    expect(compareReports(run(3), run(2), OPTIONS).notes).toEqual([]);
  });
});

test.each([
  [[], 'none'],
  [[67], '67'],
  [[3, 1, 2, 2], '1-3'],
  [[1, 2, 4, 98, 99], '1-2, 4, 98-99'],
])('numbers %j are %s', (list, expected) => {
  expect(numberRanges(list)).toBe(expected);
});
