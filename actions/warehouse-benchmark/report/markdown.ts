import { fixedNumber } from '../../../lib/report/chart/number.ts';
import { type Content, code, details, Markdown, table, text } from '../../../lib/report/markdown.ts';
import { engineText } from './engine-text.ts';
import type { Figure } from './figure.ts';
import { dollarsText, durationText, priceText } from './figure-text.ts';
import type { QueryTimes } from './query-times.ts';
import { type BenchmarkReport, type Execution, LABEL } from './report.ts';
import type { Totals } from './totals.ts';
import { statusText, verdictText } from './verdict.ts';

/** A file that was written with the report. */
export interface SummaryFile {
  readonly title: string;
  /** Relative to the Markdown, of letters, digits, dots, hyphens and slashes alone. */
  readonly path: string;
  readonly isPicture: boolean;
}

const MOST_SLOWEST = 10;
const MOST_FAILURES = 20;
const LONGEST_MESSAGE = 500;

/**
 * A report for people, on a host or, through `plain`, at the terminal.
 *
 * @param files links to them; only for Markdown that lies beside them
 */
export function reportMarkdown(report: BenchmarkReport, totals: Totals, files: readonly SummaryFile[] = []): string {
  const measures = report.setting.mode === 'measure';
  const parts = [
    `### Warehouse benchmark: ${totals.verdict.outcome}`,
    measures ? `${verdictText(totals.verdict)}.` : plansText(totals),
    `*${LABEL}*`,
    settingTable(report),
    ...(measures ? [totalsTable(totals), slowest(totals)] : []),
    failures(report, totals),
    ...(measures ? [details('How each total came about', formulas(totals))] : []),
    ...fileLinks(files),
  ];
  return `${parts
    .filter((part) => part !== '')
    .map((part) => part.trimEnd())
    .join('\n\n')}\n`;
}

function plansText({ verdict: { planned, counts } }: Totals): string {
  const wanted = counts.passed === planned ? '' : `; ${planned - counts.passed} could not be planned`;
  return `The plans of ${counts.passed} of ${planned} queries were stored${wanted}. Nothing was measured.`;
}

function settingTable({ run, startedAt, resumed, setting }: BenchmarkReport): string {
  const { engine, scaleFactor, queries, sessions, iterations, warmUps, timeoutMs, pricePerRpuHour } = setting;
  const place = engine.engine === 'redshift' ? ([engine.workgroup, engine.region] as const) : [];
  const measures = setting.mode === 'measure';
  const rows: (readonly [string, Content] | false)[] = [
    ['Run', joined([code(run), resumed ? 'broken off, and gone on with' : ''])],
    // Old scripts do not tell when they ran.
    engine.engine !== 'imported' && ['Started', code(startedAt)],
    ['Engine', engineText(engine)],
    place.some((part) => part !== undefined) && [
      'Workgroup',
      joined(place.flatMap((part) => (part === undefined ? [] : [code(part)]))),
    ],
    ['Scale factor', fixedNumber(scaleFactor, scaleFactor < 1 ? 2 : 0)],
    [
      'Queries',
      joined([
        `${queries.numbers.length} from`,
        code(queries.source),
        queries.hasStreams ? '(each session with parameters of its own)' : '',
      ]),
    ],
    measures && ['Single user', iterations === 0 ? 'left out' : passesText(iterations, warmUps)],
    measures && ['Sessions at a time', sessions === 0 ? 'none' : String(sessions)],
    timeoutMs !== undefined && ['Longest a query', ours(durationText(timeoutMs))],
    pricePerRpuHour !== undefined && ['Price of an RPU-hour', ours(priceText(pricePerRpuHour))],
  ];
  return table(
    ['Setting', 'Value'],
    rows.filter((row) => row !== false),
  );
}

function passesText(iterations: number, warmUps: number): string {
  const passes = (count: number) => `${count} ${count === 1 ? 'pass' : 'passes'}`;
  return warmUps === 0 ? passes(iterations) : `${passes(iterations)} after ${passes(warmUps)} to warm up`;
}

function totalsTable(totals: Totals): string {
  return table(
    ['Total', 'Value', 'Over'],
    namedFigures(totals).map(([name, figure]) => [ours(name), ours(valueText(figure)), overText(figure)]),
  );
}

function formulas(totals: Totals): string {
  return table(
    ['Total', 'Formula'],
    namedFigures(totals).map(([name, { formula }]) => [ours(name), ours(formula)]),
  );
}

function namedFigures({ single, concurrent, sumAndLargestSession, cost }: Totals): (readonly [string, Figure])[] {
  const rows: (readonly [string, Figure | undefined])[] = [
    ['Single user: sum', single?.sum],
    ['Single user: mean', single?.mean],
    ['Single user: geometric mean', single?.geometricMean],
    ['Single user: p50', single?.p50],
    ['Single user: p90', single?.p90],
    ['Single user: p95', single?.p95],
    [
      single?.max.query === undefined ? 'Single user: slowest' : `Single user: slowest, query ${single.max.query}`,
      single?.max,
    ],
    ['Single user: queue', single?.queue],
    ['Single user: compile', single?.compile],
    ['Single user: execution', single?.execution],
    ['Single user: wall clock', single?.wallClock],
    ['Single user: queries an hour', single?.queriesPerHour],
    ['Concurrent: wall clock', concurrent?.wallClock],
    ['Concurrent: times the single user', concurrent?.timesSingle],
    ['Concurrent: queries an hour', concurrent?.queriesPerHour],
    ['Concurrent: largest session sum', concurrent?.largestSessionSum],
    ['Sum and largest session sum (as in old reports)', sumAndLargestSession],
    ['Cost: warm-up', cost?.warmUp],
    ['Cost: single user', cost?.single],
    ['Cost: concurrent', cost?.concurrent],
    ['Cost: all', cost?.total],
  ];
  return rows.flatMap(([name, figure]) => (figure === undefined ? [] : [[name, figure] as const]));
}

function valueText({ unit, value }: Figure): string {
  if (value === undefined) return 'not known';
  switch (unit) {
    case 'ms':
      return durationText(value);
    case 'USD':
      return dollarsText(value);
    case 'ratio':
      return fixedNumber(value, 4);
    case 'queries/h':
      return fixedNumber(value, 0);
  }
}

function overText({ counted, of, what }: Figure): string {
  return `${counted} of ${of} ${what}`;
}

function slowest({ single, concurrent }: Totals): string {
  const queries = (single ?? concurrent)?.queries ?? [];
  const rows = queries
    .flatMap((times) => (times.medianMs === undefined ? [] : [{ ...times, medianMs: times.medianMs }]))
    .toSorted((a, b) => b.medianMs - a.medianMs || a.query - b.query)
    .slice(0, MOST_SLOWEST);
  if (rows.length === 0) return '';
  const shown = COLUMNS.filter(([, cell]) => rows.some((row) => cell(row) !== ''));
  const where = single === undefined ? 'of all sessions' : 'of the single user';
  return `**The slowest queries ${where}**\n\n${table(
    shown.map(([header]) => header),
    rows.map((row) => shown.map(([, cell]) => ours(cell(row)))),
  )}`;
}

const time = (ms: number | undefined) => (ms === undefined ? '' : durationText(ms));
const COLUMNS: readonly (readonly [header: string, cell: (times: QueryTimes) => string])[] = [
  ['Query', ({ query }) => String(query)],
  ['Median', ({ medianMs }) => time(medianMs)],
  // One measurement is its own median and extreme.
  ['Least', ({ passed, minMs }) => (passed > 1 ? time(minMs) : '')],
  ['Spread', ({ spreadMs }) => time(spreadMs)],
  ['Queue', ({ queueMs }) => time(queueMs)],
  ['Compile', ({ compileMs }) => time(compileMs)],
  ['Execution', ({ executionMs }) => time(executionMs)],
];

/** Warm-ups too: they do not count, but what failed there is worth knowing. */
function failures({ executions }: BenchmarkReport, { verdict }: Totals): string {
  const faults = executions.flatMap((each) => (each.status === 'passed' ? [] : [{ ...each, status: each.status }]));
  const missing = verdict.counts['not-run'];
  const parts = [
    ...(faults.length === 0
      ? []
      : [
          '**What did not pass**',
          table(
            ['Query', 'Where', 'What', 'After', 'Message'],
            faults
              .slice(0, MOST_FAILURES)
              .map((each) => [
                String(each.query),
                whereText(each),
                statusText(each.status),
                ours(durationText(each.durationMs)),
                shortened(each.message ?? ''),
              ]),
          ).trimEnd(),
        ]),
    ...(faults.length > MOST_FAILURES
      ? [`And ${faults.length - MOST_FAILURES} more; executions.csv has them all.`]
      : []),
    ...(missing === 0 ? [] : [`${missing} of ${verdict.planned} executions did not run.`]),
  ];
  return parts.join('\n\n');
}

function whereText({ part, session, iteration }: Execution): string {
  switch (part) {
    case 'warm-up':
      return `warm-up, pass ${iteration}`;
    case 'single':
      return `single user, pass ${iteration}`;
    case 'concurrent':
      return `session ${session}`;
  }
}

function shortened(message: string): string {
  return message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE)}…`;
}

function fileLinks(files: readonly SummaryFile[]): string[] {
  if (files.length === 0) return [];
  const links = files.map(({ title, path }) => `[${text(title)}](<${path}>)`).join(', ');
  const pictures = files.filter(({ isPicture }) => isPicture);
  return [`Files: ${links}`, ...pictures.map(({ title, path }) => `![${text(title)}](<${path}>)`)];
}

function joined(parts: readonly Content[]): Markdown {
  const sources = parts.map((part) => (typeof part === 'string' ? text(part).source : part.source));
  return new Markdown(sources.filter((source) => source !== '').join(' '));
}

/** Text that we made of numbers and words of our own. Only the dollar could act: mathematics, or a snippet of GitLab. */
function ours(value: string): Markdown {
  return new Markdown(value.replace(/\$/g, (sign) => `\\${sign}&#8203;`));
}
