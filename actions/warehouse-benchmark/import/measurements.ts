import { BadInput, badInput, type InputProblem } from '../../../lib/errors.ts';
import { durationText } from '../report/figure-text.ts';
import type { Span } from './duration-forms.ts';
import { intersectSpans, onlyDuration, repairDurations } from './repair.ts';
import { type LogRow, parseRows } from './rows.ts';
import { asWritten } from './written-time.ts';

/** A file as it was read. */
export interface LogFile {
  /** As messages name it. */
  readonly shown: string;
  readonly text: string;
}

/** One query of one session, with the duration that it really took. */
export interface Measurement {
  /** 0 for the single user. */
  readonly session: number;
  readonly query: number;
  readonly position: number;
  readonly tuples: number;
  readonly durationMs: number;
  /** What the file says when it is taken for what it looks like. */
  readonly writtenMs: number;
}

export interface Measurements {
  /** By session, and in each in the order in which they ran. */
  readonly measurements: readonly Measurement[];
  /** Files whose durations were right already. */
  readonly correct: readonly string[];
}

/** A row with what it may stand for, and where it is. */
interface Candidate {
  readonly row: LogRow;
  readonly spans: readonly Span[];
  readonly where: string;
}

/** Problems that are told of one file; more of them have the same reason. */
const MOST_TOLD = 10;
const MOST_SPANS = 3;

/**
 * Reads the measurements of all files, with their durations repaired. A query that is in two files, for example in a log
 * and in a table, is one: what either tells of its duration counts.
 *
 * @throws BadInput on `logs` with the file and line of everything that is no row, and of every duration that may stand for
 *   more than one time or for none, and of times of EXPLAIN. Nothing is guessed
 */
export function readMeasurements(files: readonly LogFile[], longestMs: number | undefined): Measurements {
  const problems: InputProblem[] = [];
  const candidates = new Map<string, Candidate>();
  const correct: string[] = [];
  for (const file of files) {
    const found = candidatesIn(file, longestMs);
    if (found.isCorrect) correct.push(file.shown);
    problems.push(...found.problems);
    for (const candidate of found.candidates) {
      const key = `${candidate.row.session} ${candidate.row.query}`;
      const before = candidates.get(key);
      const joined = before === undefined ? candidate : join(before, candidate);
      if (joined === undefined) problems.push(contradiction(before as Candidate, candidate));
      else candidates.set(key, joined);
    }
  }
  const measurements = [...candidates.values()].flatMap((candidate) => {
    const durationMs = onlyDuration(candidate.spans);
    if (durationMs !== undefined) return [{ ...factsOf(candidate.row), durationMs }];
    problems.push(ambiguity(candidate));
    return [];
  });
  if (problems.length > 0) throw new BadInput(problems);
  // No run of queries has no row at all.
  if (measurements.every(({ tuples }) => tuples === 0)) {
    throw badInput(
      'logs',
      'count no row of any query, as with EXPLAIN="true": these are the times of plans, not of queries',
    );
  }
  return {
    measurements: measurements.sort((a, b) => a.session - b.session || a.position - b.position),
    correct,
  };
}

function candidatesIn(
  { shown, text }: LogFile,
  longestMs: number | undefined,
): { candidates: readonly Candidate[]; problems: readonly InputProblem[]; isCorrect: boolean } {
  const { rows, problems } = parseRows(text);
  const nothing =
    rows.length === 0 && problems.length === 0 ? [problem(`'${shown}': holds no row of the scripts`)] : [];
  const wrong = [...nothing, ...problems.map(({ line, message }) => problem(`'${shown}', line ${line}: ${message}`))];
  const repair = repairDurations(rows.map(({ written }) => written));
  if (repair.kind === 'no-form') {
    const odd = repair.odd.flatMap((index) => rows[index] ?? []).map((row) => impossible(shown, row));
    return { candidates: [], problems: capped(shown, [...wrong, ...odd]), isCorrect: false };
  }
  const candidates = rows.map((row, index) => ({
    row,
    spans: (repair.rows[index] ?? []).filter(({ from }) => longestMs === undefined || from <= longestMs),
    where: `'${shown}', line ${row.line}`,
  }));
  const isCorrect = rows.length > 0 && repair.forms.every((form) => form === 'correct' || form === 'exact');
  return { candidates, problems: capped(shown, wrong), isCorrect };
}

function join(first: Candidate, second: Candidate): Candidate | undefined {
  const spans = intersectSpans(first.spans, second.spans);
  return spans.length === 0 || first.row.tuples !== second.row.tuples ? undefined : { ...first, spans };
}

function factsOf({ session, query, position, tuples, written }: LogRow): Omit<Measurement, 'durationMs'> {
  return { session, query, position, tuples, writtenMs: asWritten(written) };
}

function contradiction(before: Candidate, { row, where }: Candidate): InputProblem {
  const whose = row.session === 0 ? 'the single user' : `session ${row.session}`;
  return problem(
    `${where}: query ${row.query} of ${whose} has other figures than in ${before.where}; give the files of one run only`,
  );
}

function impossible(shown: string, { line, written }: LogRow): InputProblem {
  return problem(
    `'${shown}', line ${line}: the clock and the digits of '${written.text}' do not belong together, as they do in the other rows; the row is damaged`,
  );
}

function ambiguity({ row, spans, where }: Candidate): InputProblem {
  if (spans.length === 0) return problem(`${where}: '${row.written.text}' is longer than 'longest' allows`);
  const more = spans.length > MOST_SPANS ? ' or more' : '';
  const possible = spans
    .slice(0, MOST_SPANS)
    .map(({ from, to }) => (from === to ? exact(from) : `${exact(from)} to ${exact(to)}`));
  const isLong = spans.every(({ from }) => from >= 1_000_000);
  const why = isLong
    ? 'a column of type timestamp keeps too few digits of 1000 s and more'
    : 'the rest of the file does not tell which';
  return problem(
    `${where}: '${row.written.text}' may stand for ${possible.join(' or ')}${more}: ${why}; give the file 'rollout_*.log' of the run too${isLong ? '' : ", or 'longest'"}`,
  );
}

function exact(ms: number): string {
  return `${ms} ms${ms >= 60_000 ? ` (${durationText(ms)})` : ''}`;
}

function capped(shown: string, problems: readonly InputProblem[]): readonly InputProblem[] {
  if (problems.length <= MOST_TOLD) return problems;
  const left = problems.length - MOST_TOLD;
  return [
    ...problems.slice(0, MOST_TOLD),
    problem(`'${shown}': ${left} more ${left === 1 ? 'line is' : 'lines are'} wrong`),
  ];
}

function problem(message: string): InputProblem {
  return { input: 'logs', message: `input 'logs': ${message}` };
}
