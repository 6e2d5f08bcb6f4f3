import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type LogFile,
  type Measurements,
  readMeasurements,
} from '../../../../actions/warehouse-benchmark/import/measurements.ts';
import { BadInput } from '../../../../lib/errors.ts';
import { columnTime, correctTime, scriptTime } from './script-times.ts';

// Logs and tables of the article's scripts, in the forms in which people keep them.

function file(text: string, shown = 'rollout_sql.log'): LogFile {
  return { shown, text };
}

/** Lines as the scripts write them for the single user. */
function single(durations: Readonly<Record<number, number>>, write = scriptTime): string {
  return Object.entries(durations)
    .map(([query, ms]) => `${100 + Number(query)}|.${query.padStart(2, '0')}|100|${write(ms)}\n`)
    .join('');
}

function times({ measurements }: Measurements): readonly (readonly [number, number, number])[] {
  return measurements.map(({ session, query, durationMs }) => [session, query, durationMs]);
}

function problems(files: readonly LogFile[], longestMs?: number): readonly string[] {
  try {
    readMeasurements(files, longestMs);
    return [];
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    expect(new Set(error.problems.map(({ input }) => input))).toEqual(new Set(['logs']));
    return error.problems.map(({ message }) => message.replace("input 'logs': ", ''));
  }
}

describe('every form of the same rows gives the same durations', () => {
  const rows = [
    { id: 101, description: '1.96', tuples: 1, ms: 5326 },
    { id: 102, description: '1.07', tuples: 100, ms: 101_000 },
    { id: 101, description: '2.56', tuples: 23, ms: 864_123 },
  ];
  const expected = [
    [1, 96, 5326],
    [1, 7, 101_000],
    [2, 56, 864_123],
  ];
  const cells = (write: (ms: number) => string) =>
    rows.map(({ id, description, tuples, ms }) => [String(id), description, String(tuples), write(ms)]);
  const names = ['id', 'description', 'tuples', 'duration'];

  test.each([
    ['a log', cells(scriptTime).map((row) => row.join('|'))],
    ['psql -A -t', cells(columnTime).map((row) => row.join('|'))],
    ['psql -A', [names.join('|'), ...cells(columnTime).map((row) => row.join('|')), '(3 rows)']],
    [
      'psql',
      [
        ' id  | description | tuples |        duration',
        '-----+-------------+--------+-------------------------',
        ...cells(columnTime).map((row) => ` ${row.join(' | ')} `),
        '(3 rows)',
        '',
      ],
    ],
    ['CSV', [names.join(','), ...cells(columnTime).map((row) => row.join(','))]],
    [
      'CSV with quotes',
      [
        names.map((name) => `"${name}"`).join(','),
        ...cells(columnTime).map((row) => row.map((cell) => `"${cell}"`).join(',')),
      ],
    ],
    ['CSV without names', cells(columnTime).map((row) => row.join(','))],
    ['tabs', [names.join('\t'), ...cells(columnTime).map((row) => row.join('\t'))]],
    [
      'another order and another column',
      [
        'duration,extra,tuples,id,description',
        ...cells(columnTime).map(([id, description, tuples, time]) => [time, 'x', tuples, id, description].join(',')),
      ],
    ],
  ])('%s', (_, lines) => {
    for (const end of ['\n', '\r\n'])
      expect(times(readMeasurements([file(lines.join(end))], undefined))).toEqual(expected);
    expect(times(readMeasurements([file(`\ufeff${lines.join('\n')}`)], undefined))).toEqual(expected);
  });
});

test('any log comes back exactly: sessions, queries, order, rows and durations', () => {
  const query = fc.record({
    ms: fc.integer({ min: 1, max: 400_000_000 }),
    tuples: fc.integer({ min: 0, max: 1_000_000 }),
  });
  const session = fc.tuple(
    fc.shuffledSubarray(
      Array.from({ length: 99 }, (_, index) => index + 1),
      { minLength: 1 },
    ),
    fc.array(query, { minLength: 99, maxLength: 99 }),
  );
  fc.assert(
    fc.property(fc.array(session, { minLength: 1, maxLength: 4 }), (sessions) => {
      const rows = sessions.map(([order, queries]) =>
        order.map((number, at) => ({ number, at, ...(queries[at] ?? { ms: 1, tuples: 0 }) })),
      );
      const files = rows.map((each, index) =>
        file(
          each
            .map(
              ({ number, at, ms, tuples }) =>
                `${101 + at}|${index + 1}.${String(number).padStart(2, '0')}|${tuples}|${scriptTime(ms)}\n`,
            )
            .join(''),
          `${index}.log`,
        ),
      );
      // So short a log may be a column, too; this row shows that it is not.
      const shown = files.map(({ shown: name, text }) =>
        file(`${text}199|20.${name.slice(0, 1)}1|0|${scriptTime(10_010)}\n`, name),
      );
      const read = readMeasurements(shown, undefined).measurements.filter(({ session: number }) => number < 20);
      expect(
        read.map(({ session: number, query: which, position, tuples, durationMs }) => [
          number,
          which,
          position,
          tuples,
          durationMs,
        ]),
      ).toEqual(
        rows.flatMap((each, index) =>
          each.map(({ number, at, ms, tuples }) => [index + 1, number, at + 1, tuples, ms]),
        ),
      );
    }),
    { numRuns: 50 },
  );
});

test('old durations are kept beside the repaired ones', () => {
  const { measurements } = readMeasurements([file(single({ 1: 5326, 2: 101_000 }))], undefined);
  expect(measurements.map(({ writtenMs, durationMs }) => [Number(writtenMs.toFixed(3)), durationMs])).toEqual([
    [5532.6, 5326],
    [101_101, 101_000],
  ]);
});

test('durations that are right already are told', () => {
  const read = readMeasurements([file(single({ 1: 5326, 2: 7411 }, correctTime), 'repaired.csv')], undefined);
  expect([times(read), read.correct]).toEqual([
    [
      [0, 1, 5326],
      [0, 2, 7411],
    ],
    ['repaired.csv'],
  ]);
});

test("a point in the path of the single user's script does not hide the query: its id tells it", () => {
  expect(times(readMeasurements([file(`167|.tpcds|100|${scriptTime(101_203)}\n`)], undefined))).toEqual([
    [0, 67, 101_203],
  ]);
});

describe('a log and the table that was made from it', () => {
  const durations = { 1: 1_234_567, 2: 864, 3: 5326, 4: 10_000 };
  const log = file(single(durations));
  const table = file(single(durations, columnTime), 'sql.csv');

  test('are one run, and the log tells what the table lost', () => {
    const expected = Object.entries(durations).map(([query, ms]) => [0, Number(query), ms]);
    expect(times(readMeasurements([log], undefined))).toEqual(expected);
    expect(times(readMeasurements([table, log], undefined))).toEqual(expected);
  });

  test('alone, the table is refused where it lost something, by file and line', () => {
    expect(problems([table])).toEqual([
      "'sql.csv', line 1: '1970-01-01 00:20:34.123457' may stand for 1234565 ms (20m34.565s) to 1234579 ms (20m34.579s): a column of type timestamp keeps too few digits of 1000 s and more; give the file 'rollout_*.log' of the run too",
      "'sql.csv', line 2: '1970-01-01 00:00:00.864' may stand for 864 ms or 86400000 ms (24h00m00.000s) to 86400099 ms (24h00m00.099s) or 864000000 ms (240h00m00.000s) to 864000999 ms (240h00m00.999s): the rest of the file does not tell which; give the file 'rollout_*.log' of the run too, or 'longest'",
    ]);
  });

  test("what 'longest' excludes is not possible", () => {
    const short = file(single({ 2: 864, 3: 5326 }, columnTime), 'sql.csv');
    expect(problems([short])).toHaveLength(1);
    expect(times(readMeasurements([short], 12 * 3_600_000))).toEqual([
      [0, 2, 864],
      [0, 3, 5326],
    ]);
    expect(problems([short], 100)).toEqual([
      "'sql.csv', line 1: '1970-01-01 00:00:00.864' is longer than 'longest' allows",
      "'sql.csv', line 2: '1970-01-01 00:00:05.5326' is longer than 'longest' allows",
    ]);
  });

  test('of another run are refused', () => {
    expect(problems([log, file(single({ 3: 6326 }), 'other.log')])).toEqual([
      "'other.log', line 1: query 3 of the single user has other figures than in 'rollout_sql.log', line 3; give the files of one run only",
    ]);
    expect(problems([log, file(log.text.replaceAll('|100|', '|99|'), 'other.log')])).toHaveLength(4);
  });
});

describe('refused, by file and line', () => {
  test.each([
    ['no row', 'hello', "line 2: 'hello' is no row of the scripts"],
    ['a cut line', '102|.02|100', "line 2: '102|.02|100' is no row of the scripts"],
    ['an INSERT', "INSERT INTO tpcds_reports.sql VALUES (101, '.01', 1, 'x')", 'line 2: '],
    [
      'tuples that are none',
      `102|.02|-1|${scriptTime(5)}`,
      "is no row of the scripts; a row is 'id|session.query|tuples|",
    ],
    ['another time', '102|.02|100|5.326', "line 2: '5.326' is no duration of the scripts"],
    ['query 100', `102|.100|100|${scriptTime(5)}`, "line 2: '.100' names no query from 1 to 99"],
    ['query 0', `102|.00|100|${scriptTime(5)}`, "line 2: '.00' names no query from 1 to 99"],
    ['session 21', `102|21.02|100|${scriptTime(5)}`, "line 2: '21.02' is of session 21; the scripts have 1 to 20"],
    ['no query of a session', `102|5.tpcds|100|${scriptTime(5)}`, "line 2: '5.tpcds' names no query"],
    ['no point', `102|67|100|${scriptTime(5)}`, "line 2: '67' names no query"],
  ])('%s', (_, line, message) => {
    const found = problems([file(`${single({ 1: 5326 })}${line}\n`)]);
    expect(found).toEqual([expect.stringContaining(message)]);
  });

  test('an empty file, and one of names only', () => {
    expect(problems([file('', 'a.log'), file('id|description|tuples|duration\n(0 rows)\n', 'b.csv')])).toEqual([
      "'a.log': holds no row of the scripts",
      "'b.csv': holds no row of the scripts",
    ]);
  });

  test('a damaged duration', () => {
    const text = single({ 1: 5326, 2: 61_203, 3: 7411 }).replace('00:01:01.61203', '00:01:02.61203');
    expect(problems([file(text)])).toEqual([
      "'rollout_sql.log', line 2: the clock and the digits of '1970-01-01 00:01:02.61203' do not belong together, as they do in the other rows; the row is damaged",
    ]);
  });

  test('of many lines the first ten', () => {
    const found = problems([file('x\n'.repeat(30))]);
    expect(found).toHaveLength(11);
    expect(found.at(-1)).toBe("'rollout_sql.log': 20 more lines are wrong");
  });
});
