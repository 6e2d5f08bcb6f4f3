import { Refused } from '../../../lib/errors.ts';
import { engineText } from '../report/engine-text.ts';
import type { BenchmarkReport } from '../report/report.ts';
import { compareAnswers } from './answers.ts';
import { knownTexts, notesOnSettings, reasonsNotToCompare } from './comparable.ts';
import type { CompareOptions, Comparison, Subject } from './comparison.ts';
import { findingsOf } from './findings.ts';
import { compareConcurrent, compareSingle } from './queries.ts';
import { compareTotals, isConcurrentWhole } from './totals.ts';

/**
 * Compares a report with its baseline: every query, the totals, and the answers. Pure.
 *
 * A query is slower when its median exceeds the baseline's by more than the band and by at least `minimumMs`. The band is
 * the larger of the threshold and the noise that the repeats of both sides show (`noiseOf`).
 *
 * @throws Refused with every reason why the two must not be compared, each with both values
 */
export function compareReports(
  current: BenchmarkReport,
  baseline: BenchmarkReport,
  options: CompareOptions,
): Comparison {
  checkComparable(current.setting, baseline.setting);
  const hasBoth = (of: (report: BenchmarkReport) => number) => of(current) > 0 && of(baseline) > 0;
  const single = hasBoth(({ setting }) => setting.iterations) ? compareSingle(current, baseline, options) : [];
  const concurrent = hasBoth(({ setting }) => setting.sessions) ? compareConcurrent(current, baseline) : [];
  const queries = [...single, ...concurrent];
  const answers = knownTexts(current.setting, baseline.setting) ? compareAnswers(current, baseline) : [];
  const totals = compareTotals(current, baseline, queries, options);
  const { worse, better } = findingsOf({ queries, answers, totals });
  return {
    verdict: worse.length > 0 ? 'regression' : better.length > 0 ? 'improvement' : 'same',
    current: subjectOf(current),
    baseline: subjectOf(baseline),
    options,
    queries,
    answers,
    totals,
    notes: [
      ...notesOnSettings(current, baseline),
      ...notesOnRepeats(single),
      ...(hasBoth(({ setting }) => setting.sessions) && totals.concurrent === undefined
        ? concurrentNotes(current, baseline)
        : []),
    ],
  };
}

/** @throws Refused with every reason why two measurements must not be compared, each with both values */
export function checkComparable(current: BenchmarkReport['setting'], baseline: BenchmarkReport['setting']): void {
  const reasons = reasonsNotToCompare(current, baseline);
  if (reasons.length === 0) return;
  throw new Refused({
    what: `The report cannot be compared with its baseline:\n${reasons.join('\n')}`,
    cause: 'the two runs did not measure the same thing, so that a ratio of their times would mean nothing',
    next: "Give as 'baseline' the report of a run with the same setting, or run both again with the same inputs",
    data: { reasons },
  });
}

function notesOnRepeats(single: Comparison['queries']): readonly string[] {
  const once = single.some(
    ({ current, baseline }) =>
      (current.state === 'measured' && current.repeats === 1) ||
      (baseline.state === 'measured' && baseline.repeats === 1),
  );
  if (!once) return [];
  return [
    "Queries were measured only once in a report, so that only the threshold tells a change from noise; 'iterations: 3' would show the noise.",
  ];
}

function concurrentNotes(current: BenchmarkReport, baseline: BenchmarkReport): readonly string[] {
  const [now, then] = [isConcurrentWhole(current), isConcurrentWhole(baseline)];
  const where = !now && !then ? 'either report' : now ? 'the baseline' : 'this report';
  return [
    `The times of the concurrent part are not compared: not every query of every session was measured in ${where}.`,
  ];
}

function subjectOf({ run, startedAt, setting }: BenchmarkReport): Subject {
  return { run, startedAt, engine: engineText(setting.engine) };
}
