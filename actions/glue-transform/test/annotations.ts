import type { Annotation } from '../../../lib/hosts/host.ts';
import type { CaseResult } from './ledger.ts';
import { failuresOf, ranOf, type TestResults, untestedOf } from './results.ts';

/** Hosts show fewer than these, and a report on every line of a file helps nobody. */
const MOST = 50;

/**
 * Failures on the line where they are, one for all Glue versions with the same; and a warning for each transform without a
 * test. Tests that did not run because of another failure are left to the report.
 */
export function annotationsOf(results: TestResults): readonly Annotation[] {
  const failures = ranOf(results).flatMap(({ pair, cases }) =>
    failuresOf(cases)
      .filter(({ hasRun }) => hasRun)
      .map((each) => ({ version: pair.glueVersion, each })),
  );
  const same = Map.groupBy(failures, ({ each: { id, place, message } }) => JSON.stringify([id, place, message]));
  const errors = [...same.values()].flatMap(([first, ...more]) =>
    first === undefined
      ? []
      : [
          failureAt(
            first.each,
            [first, ...more].map(({ version }) => version),
          ),
        ],
  );
  return [...errors.slice(0, MOST), ...untestedAnnotations(results)];
}

function failureAt({ id, file, place, message }: CaseResult, versions: readonly string[]): Annotation {
  return {
    level: 'error',
    title: `Glue ${versions.join(', ')}`,
    message: `${id}: ${message}`,
    ...(place ?? (file === undefined ? {} : { file, line: 1 })),
  };
}

function untestedAnnotations(results: TestResults): readonly Annotation[] {
  if (results.untestedIs === 'ignore') return [];
  return untestedOf(results).map(({ name, pythonFile }) => ({
    level: results.untestedIs === 'fail' ? 'error' : 'warning',
    title: 'untested',
    message: `no test is named after '${name}'; write one in 'test_${name}.py'`,
    file: pythonFile.path,
    line: 1,
  }));
}
