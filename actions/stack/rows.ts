import type { HeldResource } from '../../lib/aws/cloudformation/held.ts';
import { type LeftBehind, leftBehindJson, leftBehindReport } from '../../lib/aws/cloudformation/left-behind.ts';
import type { Explanation } from '../../lib/errors.ts';
import { Cancelled, OperationFailed } from '../../lib/errors.ts';
import type { Json } from '../../lib/hosts/host.ts';
import { code, table, text } from '../../lib/report/markdown.ts';

/** What became of the stack in one account and Region. */
export interface Row {
  readonly label: string;
  readonly result: 'created' | 'updated' | 'unchanged' | 'destroyed' | 'missing' | 'failed' | 'not tried';
  /** Status of the stack afterwards; undefined when there is none or it is not known. */
  readonly status?: string;
  /** Of a failure. */
  readonly explanation?: Explanation;
  /** What a destruction left behind, also when it failed after that. */
  readonly left?: readonly HeldResource[];
}

/** The rows as a table, and below it why those that failed did, and all that was left behind. */
export function rowsTable(rows: readonly Row[]): string {
  const left = leftBehind(rows);
  const failures = rows.flatMap(({ label, explanation }) =>
    explanation === undefined ? [] : [`- ${[code(label), ...explanationTexts(explanation)].join(': ')}`],
  );
  return [
    table(
      ['Where', 'Result', 'Stack', ...(left.length === 0 ? [] : ['Left behind'])],
      rows.map((row) => [
        code(row.label),
        text(row.result === 'failed' ? '❌ failed' : row.result),
        code(row.status ?? ''),
        code((row.left ?? []).map(({ logicalId }) => logicalId).join(', ')),
      ]),
    ),
    ...failures,
    ...leftBehindReport(left).map((paragraph) => `\n${paragraph}`),
  ].join('\n');
}

/** What was left behind in all accounts and Regions. */
export function leftBehind(rows: readonly Row[]): readonly LeftBehind[] {
  return rows.flatMap(({ label, left = [] }) =>
    left.map((resource) => (rows.length === 1 ? resource : { ...resource, where: label })),
  );
}

function explanationTexts({ what, cause, next }: Explanation): string[] {
  const parts = [
    what,
    ...(cause === undefined ? [] : [`Likely cause: ${cause}`]),
    ...(next === undefined ? [] : [`Next: ${next}`]),
  ];
  return [parts.map((part) => `${text(part)}`).join('. ')];
}

/**
 * Ends an operation in which something failed or was not tried, with the whole report.
 *
 * @param again what a second run finds where this one succeeded
 */
export function throwForRows(
  rows: readonly Row[],
  {
    stackName,
    report,
    signal,
    again = 'what stands is then unchanged',
  }: {
    readonly stackName: string;
    readonly report: string;
    readonly signal: AbortSignal;
    readonly again?: string;
  },
): void {
  const failed = rows.filter(({ result }) => result === 'failed');
  const notTried = rows.filter(({ result }) => result === 'not tried');
  if (failed.length + notTried.length === 0) return;
  const data = { stack: stackName, targets: rowsJson(rows) };
  if (signal.aborted) {
    throw new Cancelled({
      what: `It was cancelled: ${countsOf(rows)}`,
      next: 'Run it again: it goes on from what it finds. What AWS had begun goes on by itself',
      report,
      data,
    });
  }
  const [first] = failed;
  if (rows.length === 1 && first?.explanation !== undefined) {
    throw new OperationFailed({ ...first.explanation, report, data: { ...first.explanation.data, ...data } });
  }
  throw new OperationFailed({
    what: [
      `The stack ${stackName} failed in ${failed.length} of ${rows.length} places: ${countsOf(rows)}`,
      ...failed.map(({ label, explanation }) => `${label}: ${explanation?.what ?? ''}`),
    ].join('\n'),
    ...(first?.explanation?.cause === undefined ? {} : { cause: first.explanation.cause }),
    next: `${first?.explanation?.next ?? 'See the report'}. Run it again for all: ${again}`,
    report,
    data,
  });
}

/** `2 created, 1 failed`. */
export function countsOf(rows: readonly Row[]): string {
  const counts = new Map<string, number>();
  for (const { result } of rows) counts.set(result, (counts.get(result) ?? 0) + 1);
  return [...counts].map(([result, count]) => `${count} ${result}`).join(', ');
}

export function rowsJson(rows: readonly Row[]): Json[] {
  return rows.map(({ label, result, status, explanation, left = [] }) => ({
    target: label,
    result,
    status: status ?? null,
    ...(explanation === undefined ? {} : { what: explanation.what }),
    ...(left.length === 0 ? {} : { leftBehind: leftBehindJson(left) }),
  }));
}
