import type { Json } from '../../../lib/hosts/host.ts';
import type { Outcome } from '../../../lib/operation/define.ts';
import { code, details, type Markdown, table, text } from '../../../lib/report/markdown.ts';
import { asIs, queryName } from '../compare/format.ts';
import { durationText } from '../report/figure-text.ts';
import { LABEL } from '../report/report.ts';
import type { Figure, Figures } from './figures.ts';
import type { Prepared } from './hooks.ts';
import type { IMPORT_OUTPUTS } from './inputs.ts';
import type { Measurement } from './measurements.ts';

/** Missing queries that are named. */
const MOST_NAMED = 5;
/** Rows of the table of the largest corrections. */
const MOST_CORRECTIONS = 20;

/** What an import came to: the old figures beside the repaired ones, and what the files cannot tell. */
export function outcomeOf(
  prepared: Prepared,
  figures: Figures,
  file: string,
): Outcome<keyof typeof IMPORT_OUTPUTS> & { readonly notes: readonly string[] } {
  const { report, measurements, files } = prepared;
  const notes = notesOf(prepared);
  return {
    summary: `${summaryOf(figures)}. The report is ${file}.`,
    outputs: {
      'run-id': report.run,
      report: file,
      executions: String(figures.queries),
      ...(figures.single === undefined ? {} : { 'single-user-ms': String(figures.single.sum.repairedMs) }),
      ...(figures.longestSession === undefined
        ? {}
        : { 'longest-session-ms': String(figures.longestSession.repairedMs) }),
    },
    report: markdownOf(prepared, figures, notes),
    result: {
      run: report.run,
      report: file,
      files,
      figures: figures as unknown as Json,
      notes,
      corrected: corrected(measurements).length,
    },
    notes,
  };
}

function summaryOf({ queries, single, longestSession, sessions }: Figures): string {
  const parts = [
    ...(single === undefined
      ? []
      : [`single user ${durationText(single.sum.repairedMs)} (${durationText(single.sum.writtenMs)} as written)`]),
    ...(longestSession === undefined
      ? []
      : [
          `longest of ${sessions} ${sessions === 1 ? 'session' : 'sessions'} ${durationText(longestSession.repairedMs)} (${durationText(longestSession.writtenMs)} as written)`,
        ]),
  ];
  return `Imported ${queries} queries: ${parts.join(', ')}`;
}

function markdownOf({ report, files, measurements }: Prepared, figures: Figures, notes: readonly string[]): string {
  const { single, longestSession } = figures;
  const row = (name: string, figure: Figure | undefined) =>
    figure === undefined
      ? []
      : [
          [
            name,
            asIs(durationText(figure.writtenMs)),
            asIs(durationText(figure.repairedMs)),
            signed(figure.repairedMs - figure.writtenMs),
          ],
        ];
  const corrections = corrected(measurements);
  const shown = corrections.slice(0, MOST_CORRECTIONS);
  return `${[
    `### Warehouse benchmark: imported as ${code(report.run)}`,
    `From ${files.map((file) => code(file)).join(', ')}: ${figures.queries} queries, scale factor ${report.setting.scaleFactor}.`,
    table(
      ['Figure', 'As written', 'Repaired', 'Difference'],
      [
        ...row('Sum of the single user', single?.sum),
        ...row('Mean of the single user', single?.mean),
        ...row(`Longest of ${figures.sessions} sessions`, longestSession),
      ],
    ),
    ...(corrections.length === 0
      ? []
      : [
          details(
            `The ${shown.length} largest of ${corrections.length} corrections`,
            table(
              ['Query', 'Session', 'As written', 'Repaired', 'Difference'],
              shown.map((each) => [
                queryName(each.query),
                each.session === 0 ? 'single user' : String(each.session),
                asIs(durationText(each.writtenMs)),
                asIs(durationText(each.durationMs)),
                signed(each.durationMs - each.writtenMs),
              ]),
            ),
          ),
        ]),
    notes.map((note) => `- ${text(note)}`).join('\n'),
    `*${LABEL}*`,
  ]
    .map((part) => part.trimEnd())
    .join('\n\n')}\n`;
}

function notesOf(prepared: Prepared): readonly string[] {
  const { report, correct } = prepared;
  const { sessions, engine } = report.setting;
  const missing = missingIn(prepared);
  return [
    'The files do not tell when the queries ran, what their texts and answers were, and what else the warehouse did. In the report, instants are 1970-01-01, starts are 0 and answers are unknown.',
    'The durations include starting psql, connecting and reading the rows: the scripts measured from outside.',
    ...(sessions > 0
      ? ['The wall clock of the concurrent part is not known; the longest session stands for it, as in the scripts.']
      : []),
    ...(engine.rpus === undefined
      ? ["Without 'rpus', the report cannot be compared with one of a known capacity, and costs cannot be told."]
      : []),
    ...(correct.length > 0 ? [`Right already, and taken as they stand: the durations in ${correct.join(', ')}.`] : []),
    ...(missing.length > 0
      ? [`Not in the files, because the scripts end a session at the first query that fails: ${listed(missing)}.`]
      : []),
  ];
}

/** What a session lacks that another one has. */
function missingIn({ report, measurements }: Prepared): readonly string[] {
  const { sessions, iterations, queries } = report.setting;
  const known = new Set(measurements.map(({ session, query }) => `${session} ${query}`));
  const first = iterations > 0 ? 0 : 1;
  return Array.from({ length: sessions - first + 1 }, (_, index) => first + index).flatMap((session) =>
    queries.numbers
      .filter((query) => !known.has(`${session} ${query}`))
      .map((query) => `${queryName(query)} of ${session === 0 ? 'the single user' : `session ${session}`}`),
  );
}

function listed(names: readonly string[]): string {
  const left = names.length - MOST_NAMED;
  return left > 0 ? `${names.slice(0, MOST_NAMED).join(', ')} and ${left} more` : names.join(', ');
}

/** The largest correction first. */
function corrected(measurements: readonly Measurement[]): readonly Measurement[] {
  return measurements
    .filter((each) => Math.abs(each.durationMs - each.writtenMs) >= 0.001)
    .sort((a, b) => Math.abs(b.durationMs - b.writtenMs) - Math.abs(a.durationMs - a.writtenMs));
}

function signed(ms: number): Markdown {
  return asIs(`${ms < 0 ? '−' : '+'}${durationText(Math.abs(ms))}`);
}
