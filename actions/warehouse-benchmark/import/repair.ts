import { DURATION_FORMS, type DurationForm, durationsIn, type Span } from './duration-forms.ts';
import { asWritten, type WrittenTime } from './written-time.ts';

/** What the durations of a file stand for. */
export type Repair =
  /** In the order of the rows: the durations that each may be, by all forms that the whole file may have. */
  | {
      readonly kind: 'durations';
      readonly forms: readonly (DurationForm | 'exact')[];
      readonly rows: readonly (readonly Span[])[];
    }
  /** No form fits: the rows, by their index, that the form which fits most does not explain. */
  | { readonly kind: 'no-form'; readonly odd: readonly number[] };

/**
 * Finds the form of a file from all its rows together, and what each row stands for. One row often fits several forms
 * (`00:00:10.1` may be 10.1 s or the script's 10 s), but all rows of a file have the same.
 *
 * Times that fit none of the forms and are finer than milliseconds are taken as they stand, unless most of the rows look
 * like the script's: then the others are damaged.
 */
export function repairDurations(rows: readonly WrittenTime[]): Repair {
  const fits = DURATION_FORMS.filter((form) => rows.every((row) => durationsIn(form, row).length > 0));
  if (fits.length > 0) {
    const spans = rows.map((row) => joinSpans(fits.flatMap((form) => durationsIn(form, row))));
    return { kind: 'durations', forms: fits, rows: spans };
  }
  // Below a second all forms write the same, so that such rows tell nothing.
  const telling = rows.map((row, index) => ({ row, index })).filter(({ row }) => row.clock > 0);
  const [fewest] = (['script', 'column'] as const)
    .map((form) => telling.filter(({ row }) => durationsIn(form, row).length === 0))
    .sort((a, b) => a.length - b.length);
  const odd = fewest ?? [];
  if (odd.length * 2 > telling.length && rows.every(({ fraction }) => fraction.length <= 6)) {
    return { kind: 'durations', forms: ['exact'], rows: rows.map((row) => [spanAt(asWritten(row))]) };
  }
  return { kind: 'no-form', odd: (odd.length > 0 ? odd : telling).map(({ index }) => index) };
}

/** The durations that two sources of one measurement allow together. */
export function intersectSpans(first: readonly Span[], second: readonly Span[]): readonly Span[] {
  return joinSpans(
    first.flatMap((a) =>
      second
        .map((b) => ({ from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) }))
        .filter(({ from, to }) => from <= to),
    ),
  );
}

/** The one duration that spans allow; undefined for several and for none. */
export function onlyDuration(spans: readonly Span[]): number | undefined {
  const [first, ...more] = spans;
  return first !== undefined && more.length === 0 && first.from === first.to ? first.from : undefined;
}

function joinSpans(spans: readonly Span[]): readonly Span[] {
  const joined: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last !== undefined && span.from <= last.to)
      joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    else joined.push(span);
  }
  return joined;
}

function spanAt(ms: number): Span {
  // Six digits of a second are thousandths of a millisecond; the rest is the binary fraction's.
  const exact = Number(ms.toFixed(3));
  return { from: exact, to: exact };
}
