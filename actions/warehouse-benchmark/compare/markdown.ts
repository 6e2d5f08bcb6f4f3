import { type Content, code, details, table, text } from '../../../lib/report/markdown.ts';
import { durationText } from '../report/figure-text.ts';
import { LABEL } from '../report/report.ts';
import type { ComparedTime, Comparison, QueryComparison, Side } from './comparison.ts';
import type { Findings } from './findings.ts';
import { asIs, bandText, change, queryName } from './format.ts';

/** The comparison as Markdown: what changed first, by weight, and the rest folded. */
export function comparisonMarkdown(comparison: Comparison, { worse, better }: Findings): string {
  const { queries, answers, notes, options } = comparison;
  const changed = queries.filter(({ verdict }) => verdict !== 'same');
  const same = queries.filter(({ verdict }) => verdict === 'same');
  const band = `A query counts as changed when its median differs by ${options.minimumMs} ms or more and by more than its band: the larger of ${options.thresholdPercent} % and 3 × 1.4826 × the median absolute deviation of its repeats in either report.`;
  return `${[
    `### Warehouse benchmark: ${headline(comparison.verdict, worse.length, better.length)}`,
    `Run ${code(comparison.current.run)} (${text(comparison.current.engine)}) against ${code(comparison.baseline.run)} (${text(comparison.baseline.engine)}).`,
    totalsTable(comparison),
    ...(answers.length === 0 ? [] : [`**The answer changed**\n\n${answersTable(answers)}`]),
    ...(changed.length === 0 ? [] : [queriesTable([...changed].sort((a, b) => weight(b) - weight(a)))]),
    ...(same.length === 0
      ? []
      : [details(`${counted(same.length, 'query', 'queries')} without a change`, queriesTable(same))]),
    [band, ...notes].map((note) => `- ${text(note)}`).join('\n'),
    `*${LABEL}*`,
  ]
    .map((part) => part.trimEnd())
    .join('\n\n')}\n`;
}

function headline(verdict: Comparison['verdict'], worse: number, better: number): string {
  if (verdict === 'same') return 'the same as the baseline';
  const also = worse > 0 && better > 0 ? `, and better in ${better}` : '';
  return verdict === 'improvement'
    ? `better than the baseline in ${counted(better, 'thing', 'things')}`
    : `worse than the baseline in ${counted(worse, 'thing', 'things')}${also}`;
}

function totalsTable({ totals }: Comparison): string {
  const { sum, geometricMean, concurrent, measured, queries } = totals;
  const rows: Content[][] = [];
  if (sum !== undefined) rows.push(timeRow(`Sum of the medians, ${measured} of ${queries} queries`, sum));
  if (geometricMean !== undefined) {
    const { ratio, band, verdict } = geometricMean;
    rows.push(['Geometric mean of the ratios', '', '', asIs(change(ratio)), asIs(bandText(band)), verdict]);
  }
  if (concurrent !== undefined) rows.push(timeRow(`Concurrent part, ${concurrent.of}`, concurrent));
  if (rows.length === 0) return 'No total could be compared.';
  return table(['Total', 'Now', 'Baseline', 'Change', 'Band', 'Verdict'], rows);
}

function timeRow(name: string, { currentMs, baselineMs, ratio, band, verdict }: ComparedTime): Content[] {
  return [
    name,
    asIs(durationText(currentMs)),
    asIs(durationText(baselineMs)),
    asIs(change(ratio)),
    asIs(bandText(band)),
    verdict,
  ];
}

function answersTable(answers: Comparison['answers']): string {
  return table(
    ['Query', 'Part', 'Difference'],
    answers.map(({ query, part, session, difference }) => [
      queryName(query),
      part === 'single' ? 'single user' : `session ${session}`,
      difference,
    ]),
  );
}

function queriesTable(queries: readonly QueryComparison[]): string {
  return table(
    ['Query', 'Part', 'Verdict', 'Now', 'Baseline', 'Change', 'Band'],
    queries.map(({ query, part, verdict, current, baseline, times }) => [
      queryName(query),
      part === 'single' ? 'single user' : 'concurrent',
      verdict,
      sideText(current),
      sideText(baseline),
      times === undefined ? '' : asIs(change(times.ratio)),
      times === undefined ? '' : asIs(bandText(times.band)),
    ]),
  );
}

function sideText(side: Side): Content {
  return side.state === 'measured' ? asIs(durationText(side.medianMs)) : side.reason;
}

/** What did not run to its end comes before every time. */
function weight({ times }: QueryComparison): number {
  return times === undefined ? Number.POSITIVE_INFINITY : Math.abs(times.differenceMs);
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
