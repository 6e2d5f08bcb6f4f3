import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { durationsIn } from '../../../../actions/warehouse-benchmark/import/duration-forms.ts';
import { onlyDuration, repairDurations } from '../../../../actions/warehouse-benchmark/import/repair.ts';
import {
  asWritten,
  parseWrittenTime,
  type WrittenTime,
} from '../../../../actions/warehouse-benchmark/import/written-time.ts';
import { columnTime, correctTime, scriptTime } from './script-times.ts';

// The scripts print all milliseconds where the rest of them belongs. Reading them back gives the exact time or nothing.

const LONGEST = 400_000_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Where digits are gained, seconds roll over, hours wrap, and where a time looks like one of another day. */
const EDGES = [
  ...[0, 1, 999, 1000, 9999, 10_000, 59_999, 60_000, 99_999, 100_000, 999_999, 1_000_000, 9_999_999, 10_000_000],
  ...[HOUR - 1, HOUR, DAY - 1, DAY, DAY + 1, 2 * DAY, 3 * DAY, 4 * DAY, 99_999_999, 100_000_000, LONGEST - 1, LONGEST],
  ...[864, 86_486, 86_486_000, 872_720, 872_725, 87_272_050, 172_972, 172_972_400, 259_459, 345_945, 345_945_600],
  ...[9_999_994, 9_999_995, 9_999_996, 99_999_949, 99_999_950, 5326, 10_100, 101_000, 101_001],
];

const duration = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 999_999 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: LONGEST }) },
  { weight: 1, arbitrary: fc.constantFrom(...EDGES) },
  // Round times lose the most digits.
  { weight: 1, arbitrary: fc.integer({ min: 0, max: LONGEST / 1000 }).map((seconds) => seconds * 1000) },
);
/** All durations below 1000 s, counted out, that look in a column like one of a day and more: 37 of a million. */
const AMBIGUOUS = [
  ...[432, 864, 60_486, 69_127, 86_486, 86_487, 172_972, 172_973, 259_459, 259_460, 345_945, 345_946, 432_432, 432_433],
  ...[518_918, 518_919, 605_405, 605_406, 691_891, 691_892, 778_378, 778_379, 864_864, 864_865, 872_720, 872_721],
  ...[872_722, 872_723, 872_724, 872_725, 872_726, 872_727, 872_728, 872_729, 872_730, 951_351, 951_352],
];
/** What a query takes: at most a quarter of an hour, and hardly ever a round time. */
const usual = fc.integer({ min: 1, max: 900_000 });

function written(text: string): WrittenTime {
  const found = parseWrittenTime(text);
  if (found === undefined) throw new Error(`'${text}' is no time`);
  return found;
}

/** The durations of a file, undefined for each that would be refused; undefined for a file that would be. */
function repaired(texts: readonly string[]): readonly (number | undefined)[] | undefined {
  const repair = repairDurations(texts.map(written));
  return repair.kind === 'durations' ? repair.rows.map(onlyDuration) : undefined;
}

/** Whether each duration is exact or refused. */
function isHonest(texts: readonly string[], durations: readonly number[]): boolean {
  const found = repaired(texts);
  return found !== undefined && durations.every((ms, index) => found[index] === undefined || found[index] === ms);
}

const WAYS: readonly (readonly [string, (ms: number) => string])[] = [
  ['a log', scriptTime],
  ['a column that rounds', (ms) => columnTime(ms, 'round')],
  ['a column that cuts', (ms) => columnTime(ms, 'cut')],
];

describe('never a wrong duration', () => {
  test.each(WAYS)('from any single row of %s', (_, write) => {
    for (const ms of EDGES) expect([ms, isHonest([write(ms)], [ms])]).toEqual([ms, true]);
    fc.assert(
      fc.property(duration, (ms) => isHonest([write(ms)], [ms])),
      { numRuns: 5000 },
    );
  });

  test.each(WAYS)('from any file of %s, and what is possible always has the true one', (_, write) => {
    fc.assert(
      fc.property(fc.array(duration, { minLength: 1, maxLength: 12 }), (durations) => {
        const repair = repairDurations(durations.map((ms) => written(write(ms))));
        if (repair.kind !== 'durations') return false;
        const hasTrue = repair.rows.every((spans, index) =>
          spans.some(({ from, to }) => from <= (durations[index] ?? -1) && (durations[index] ?? -1) <= to),
        );
        return hasTrue && isHonest(durations.map(write), durations);
      }),
      { numRuns: 1000 },
    );
  });

  test('from a file whose durations are right already', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: DAY - 1 }), { minLength: 1, maxLength: 12 }), (durations) =>
        isHonest(durations.map(correctTime), durations),
      ),
      { numRuns: 2000 },
    );
  });

  test('from every whole second and every tenth below twenty minutes, in a column', () => {
    const wrong = Array.from({ length: 12_000 }, (_, tenth) => tenth * 100).filter(
      (ms) => !isHonest([columnTime(ms)], [ms]),
    );
    expect(wrong).toEqual([]);
  });
});

describe('the exact duration', () => {
  test('from every row of a log, however long the query took', () => {
    fc.assert(
      fc.property(duration, (ms) => durationsIn('script', written(scriptTime(ms)))[0]?.from === ms),
      { numRuns: 5000 },
    );
  });

  test('from a log with one row that shows that it is one', () => {
    // Its zero at the end would be lost in a column.
    const rest = '1970-01-01 00:00:10.10010';
    fc.assert(
      fc.property(fc.array(duration, { maxLength: 20 }), (durations) => {
        expect(repaired([rest, ...durations.map(scriptTime)])).toEqual([10_010, ...durations]);
      }),
    );
  });

  test('from a column of usual times, but for the few that may be of another day', () => {
    for (const ms of AMBIGUOUS) expect(durationsIn('column', written(columnTime(ms))).length).toBeGreaterThan(1);
    const others = new Set(AMBIGUOUS);
    fc.assert(
      fc.property(fc.array(usual, { minLength: 10, maxLength: 99 }), (durations) => {
        const found = repaired(['1970-01-01 00:00:05.5326', ...durations.map((ms) => columnTime(ms))]);
        return durations.every((ms, index) => found?.[index + 1] === (others.has(ms) ? undefined : ms));
      }),
    );
  });

  test.each([
    ['1970-01-01 00:00:05.5326', 5326],
    ['1970-01-01 00:00:10.1', 10_000],
    ['1970-01-01 00:01:41.101', 101_000],
    ['1970-01-01 00:01:41.101000', 101_000],
    ['1970-01-01T00:00:00.02', 20],
    ['1970-01-01 00:00:00', 0],
    ['1970-01-01 00:00:00.0', 0],
  ])('%s in a column is %d ms', (text, ms) => {
    expect(durationsIn('column', written(text))).toEqual([{ from: ms, to: ms }]);
  });

  test('of a day and more from a log, where the hours wrap', () => {
    expect(scriptTime(DAY + 5326)).toBe('1970-01-01 00:00:05.86405326');
    expect(repaired([scriptTime(DAY + 5326)])).toEqual([DAY + 5326]);
  });

  test('of times finer than milliseconds that no script printed', () => {
    expect(repaired(['1970-01-01 00:00:05.326125', '1970-01-01 00:00:00.25'])).toEqual([5326.125, 250]);
  });
});

describe('what cannot be told is not guessed', () => {
  test.each([
    ['a round time that may be right as it stands', '1970-01-01 00:00:10.1', [10_000, 10_100]],
    ['a time that may be of another day', '1970-01-01 00:00:00.864', [864, DAY, 10 * DAY]],
  ])('%s', (_, text, possible) => {
    const repair = repairDurations([written(text)]);
    expect(repair.kind === 'durations' ? repair.rows[0]?.map(({ from }) => from) : []).toEqual(possible);
  });

  test('1000 s and more in a column: the last digits are lost', () => {
    const spans = durationsIn('column', written(columnTime(1_234_567)));
    expect(spans).toEqual([{ from: 1_234_565, to: 1_234_579 }]);
    expect(repaired([columnTime(1_234_567)])).toEqual([undefined]);
  });

  test.each([
    ['the seconds of the clock are not those of the digits', '1970-01-01 00:00:07.5326'],
    ['there are more digits than the time has', '1970-01-01 00:00:05.53261'],
    ['it is of another day', '1970-01-02 00:00:05.5326'],
  ])('a damaged row in a file of the scripts is found: %s', (_, damaged) => {
    const rows = [5326, 61_203, 7_411, 12_345].map((ms) => written(scriptTime(ms)));
    expect(repairDurations([...rows, written(damaged)])).toEqual({ kind: 'no-form', odd: [4] });
  });

  test('other rows of the file decide', () => {
    expect(repaired(['1970-01-01 00:00:10.1', '1970-01-01 00:00:05.5326'])).toEqual([10_000, 5326]);
    expect(repaired(['1970-01-01 00:00:10.1', '1970-01-01 00:00:05.326'])).toEqual([10_100, 5326]);
    expect(repaired(['1970-01-01 00:00:00.864', '1970-01-01 00:00:20.20000'])).toEqual([864, 20_000]);
  });
});

test.each([
  '1970-01-01',
  '1970-01-01 24:00:00.1',
  '1970-01-01 00:60:00.1',
  '1971-01-01 00:00:05.5326',
  '00:00:05.5326',
  '5326',
  '',
])('%j is no duration', (text) => {
  expect(parseWrittenTime(text)).toBeUndefined();
});

test('what the old totals added up', () => {
  expect(asWritten(written('1970-01-01 00:00:05.5326'))).toBeCloseTo(5532.6, 6);
  expect(asWritten(written('1970-01-01 01:00:00'))).toBe(HOUR);
});
