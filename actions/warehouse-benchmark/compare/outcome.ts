import { OperationFailed } from '../../../lib/errors.ts';
import type { Json } from '../../../lib/hosts/host.ts';
import type { Outcome } from '../../../lib/operation/define.ts';
import type { Comparison } from './comparison.ts';
import { type Finding, type Findings, findingsOf } from './findings.ts';
import type { COMPARE_OUTPUTS } from './inputs.ts';
import { comparisonMarkdown } from './markdown.ts';

export type FailOn = 'regression' | 'total' | 'never';

type Outputs = Readonly<Record<keyof typeof COMPARE_OUTPUTS, string>>;

/** Findings that the message of a failure names; the report has all. */
const MOST_TOLD = 10;

export function outputsOf(comparison: Comparison): Outputs {
  const { worse, better } = findingsOf(comparison);
  return {
    verdict: comparison.verdict,
    regressions: String(queriesIn(worse)),
    improvements: String(queriesIn(better)),
    ratio: comparison.totals.geometricMean?.ratio.toFixed(4) ?? '',
  };
}

/**
 * The outcome, when nothing is worse that `failOn` watches.
 *
 * @throws OperationFailed with what is worse
 */
export function outcomeOf(comparison: Comparison, failOn: FailOn): Outcome<keyof typeof COMPARE_OUTPUTS> {
  const findings = findingsOf(comparison);
  const failing = reasonsToFail(findings, failOn);
  const report = comparisonMarkdown(comparison, findings);
  if (failing.length > 0) throw failure(comparison, failing, report);
  return {
    summary: summaryOf(comparison, findings),
    outputs: outputsOf(comparison),
    report,
    result: comparison as unknown as Json,
  };
}

/** What of the findings fails the step: a wrong result always does, unless the step only reports. */
export function reasonsToFail({ worse }: Findings, failOn: FailOn): readonly Finding[] {
  if (failOn === 'never') return [];
  return failOn === 'total' ? worse.filter(({ kind }) => kind !== 'query') : worse;
}

function failure(comparison: Comparison, failing: readonly Finding[], report: string): OperationFailed {
  const told = failing.slice(0, MOST_TOLD).map(({ text }) => text);
  const more = failing.length > told.length ? [`… and ${failing.length - told.length} more; see the report`] : [];
  const wrong = failing.some(({ kind }) => kind === 'result');
  const slow = failing.some(({ kind }) => kind !== 'result');
  return new OperationFailed({
    what: `Worse than the baseline '${comparison.baseline.run}':\n${[...told, ...more].join('\n')}`,
    cause: [
      ...(wrong ? ['a change of the warehouse or its data broke queries'] : []),
      ...(slow ? ['a change made queries slower, or something else kept the warehouse busy'] : []),
    ].join('; '),
    next: [
      ...(slow ? ['Run again to see whether it stays', "raise 'threshold' where this is noise"] : []),
      ...(wrong ? ["Look up the query in the run's report"] : []),
      'make the new report the baseline where the change is wanted',
    ].join('; '),
    report,
    data: { result: comparison },
  });
}

function summaryOf({ verdict, baseline }: Comparison, { worse, better }: Findings): string {
  const against = `the baseline '${baseline.run}'`;
  if (verdict === 'same') return `The same as ${against}, within the noise.`;
  const counted = (findings: readonly Finding[]) => `${findings.length} ${findings.length === 1 ? 'thing' : 'things'}`;
  if (verdict === 'improvement') return `Better than ${against} in ${counted(better)}.`;
  return `Worse than ${against} in ${counted(worse)}, which does not fail this step.`;
}

function queriesIn(findings: readonly Finding[]): number {
  return new Set(findings.flatMap(({ query }) => query ?? [])).size;
}
