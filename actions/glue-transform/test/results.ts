import type { SparkPair } from '../../../engines/spark/pairs.ts';
import type { Transform } from '../transforms/transform.ts';
import type { CaseResult, LedgerResult } from './ledger.ts';
import { transformOfTest } from './transform-of-test.ts';

/** What a Glue version came to: its tests, or why there are none. */
export type VersionResult =
  | ({ readonly ran: true; readonly pair: SparkPair; readonly javaVersion: number } & LedgerResult)
  | { readonly ran: false; readonly pair: SparkPair; readonly missing: string };

export interface TestResults {
  /** Sorted by name. */
  readonly transforms: readonly Transform[];
  /** Files that are tests by their names. */
  readonly testFiles: readonly string[];
  /** In the order of the Glue versions. */
  readonly versions: readonly VersionResult[];
  readonly untestedIs: 'warn' | 'fail' | 'ignore';
}

/** Stands for a name where tests are named after no transform. No transform can be called so. */
export const OTHER = '(other)';

export type Ran = Extract<VersionResult, { ran: true }>;

export function ranOf({ versions }: TestResults): readonly Ran[] {
  return versions.filter((version) => version.ran);
}

export function missingOf({ versions }: TestResults): readonly Extract<VersionResult, { ran: false }>[] {
  return versions.filter((version) => !version.ran);
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export function countsOf(cases: readonly CaseResult[]): Counts {
  const of = (...outcomes: readonly CaseResult['outcome'][]) =>
    cases.filter(({ outcome }) => outcomes.includes(outcome)).length;
  return { passed: of('passed'), failed: of('failed', 'error'), skipped: of('skipped') };
}

export function failuresOf(cases: readonly CaseResult[]): readonly CaseResult[] {
  return cases.filter(({ outcome }) => outcome === 'failed' || outcome === 'error');
}

/** The cases of a version by transform; the last ones are of no transform. Without cases there is no entry. */
export function byTransform(
  cases: readonly CaseResult[],
  { transforms }: Pick<TestResults, 'transforms'>,
): ReadonlyMap<string, readonly CaseResult[]> {
  const names = transforms.map(({ name }) => name);
  const groups = Map.groupBy(cases, ({ file }) =>
    file === undefined ? OTHER : (transformOfTest(file, names) ?? OTHER),
  );
  return new Map(
    [...names, OTHER].flatMap((name) => {
      const ofName = groups.get(name);
      return ofName === undefined ? [] : [[name, ofName] as const];
    }),
  );
}

/** Transforms that no test is named after. What pytest has collected counts; where it did not run, the names of files. */
export function untestedOf(results: TestResults): readonly Transform[] {
  const ran = ranOf(results);
  const files = ran.length === 0 ? results.testFiles : ran.flatMap(({ testFiles }) => [...testFiles]);
  const names = results.transforms.map(({ name }) => name);
  const tested = new Set(files.map((file) => transformOfTest(file, names)));
  return results.transforms.filter(({ name }) => !tested.has(name));
}

export function statusOf(results: TestResults): 'passed' | 'failed' | 'checked' {
  const ran = ranOf(results);
  const hasFailed = ran.some(({ cases }) => failuresOf(cases).length > 0);
  if (hasFailed || (results.untestedIs === 'fail' && untestedOf(results).length > 0)) return 'failed';
  return ran.length === 0 ? 'checked' : 'passed';
}
