import { asWritten, type WrittenTime } from './written-time.ts';

/** Whole milliseconds, both ends included, that a written time may stand for. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * How a file writes durations. `log()` in `functions.sh` of aws-samples/redshift-benchmarks (f986d91) prints
 * `%02d:%02d:%02d.%03d` with hours (modulo 24), minutes and seconds, and then all milliseconds where the rest of them
 * belongs: 5326 ms becomes `00:00:05.5326`.
 *
 * - `script`: as the script prints it
 * - `column`: that, read into a column of type timestamp and shown again, which leaves six digits, rounded, and no zeros
 *   at the end (or six digits, or `.0`, where a driver shows it)
 * - `correct`: whole milliseconds where they belong, as a repaired script prints them, or a column shows them
 */
export type DurationForm = 'script' | 'column' | 'correct';

export const DURATION_FORMS: readonly DurationForm[] = ['script', 'column', 'correct'];

const DAY_SECONDS = 86_400;
/** Eleven and a half days: longer ones are taken for no duration. */
const MOST_DIGITS = 9;
/** Digits of a timestamp's fraction. */
const COLUMN_DIGITS = 6;

/** All durations that a file of this form writes so; empty where it never does. */
export function durationsIn(form: DurationForm, written: WrittenTime): readonly Span[] {
  switch (form) {
    case 'script':
      return durationsOfScript(written);
    case 'column':
      return durationsOfColumn(written);
    case 'correct':
      return durationsWhenCorrect(written);
  }
}

/** The digits are the whole duration, and the clock must agree with them. */
function durationsOfScript({ day, clock, fraction }: WrittenTime): readonly Span[] {
  if (day !== 0 || !isPrinted(fraction)) return [];
  const ms = Number(fraction);
  return clockOf(ms) === clock ? [{ from: ms, to: ms }] : [];
}

/** `%03d`: three digits, or more without a zero in front. */
function isPrinted(fraction: string): boolean {
  return /^(?:\d{3}|[1-9]\d{3,})$/.test(fraction) && fraction.length <= MOST_DIGITS;
}

/**
 * The zeros at the end of the digits are lost, and how many there were only the clock tells; of more than six digits the
 * last are lost. So every number of digits is tried. Databases round or cut what is too long, so that both are allowed.
 */
function durationsOfColumn({ day, clock, fraction }: WrittenTime): readonly Span[] {
  if (day !== 0 || !isShown(fraction)) return [];
  const micros = Number(fraction.padEnd(COLUMN_DIGITS, '0'));
  const spans = [
    ...printedAs(3, micros, clock),
    ...range(4, MOST_DIGITS).flatMap((digits) => printedAs(digits, micros, clock)),
  ];
  // Digits such as 9999996 are rounded up to the next second.
  if (micros > 0) return spans;
  const before = (clock + DAY_SECONDS - 1) % DAY_SECONDS;
  return [
    ...spans,
    ...range(COLUMN_DIGITS + 1, MOST_DIGITS).flatMap((digits) => printedAs(digits, 10 ** COLUMN_DIGITS, before)),
  ];
}

function isShown(fraction: string): boolean {
  return (
    fraction.length <= COLUMN_DIGITS && (fraction === '0' || fraction.length === COLUMN_DIGITS || !/0$/.test(fraction))
  );
}

/** Durations that the script prints with so many digits, of which a column keeps these six, beside this clock. */
function printedAs(digits: number, micros: number, clock: number): readonly Span[] {
  const [least, most] = [digits === 3 ? 0 : 10 ** (digits - 1), 10 ** digits - 1];
  const { from, to } = wholeDigits(digits, micros);
  return Number.isInteger(from) ? withClock({ from: Math.max(from, least), to: Math.min(to, most) }, clock) : [];
}

/** The numbers of so many digits that begin with these six, rounded or cut, or that end before them. */
function wholeDigits(digits: number, micros: number): Span {
  if (digits <= COLUMN_DIGITS) {
    const ms = micros / 10 ** (COLUMN_DIGITS - digits);
    return { from: ms, to: ms };
  }
  const scale = 10 ** (digits - COLUMN_DIGITS);
  return { from: micros * scale - scale / 2, to: micros * scale + scale - 1 };
}

/** The parts of a span in which the script's clock shows this. */
function withClock({ from, to }: Span, clock: number): readonly Span[] {
  if (from > to) return [];
  return range(Math.floor(from / 1000), Math.floor(to / 1000))
    .filter((second) => second % DAY_SECONDS === clock)
    .map((second) => ({ from: Math.max(from, second * 1000), to: Math.min(to, second * 1000 + 999) }));
}

function durationsWhenCorrect(written: WrittenTime): readonly Span[] {
  if (!/^\d{0,3}(?:(?<=\d{3})000)?$/.test(written.fraction)) return [];
  const ms = Math.round(asWritten(written));
  return [{ from: ms, to: ms }];
}

function clockOf(ms: number): number {
  return Math.floor(ms / 1000) % DAY_SECONDS;
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
