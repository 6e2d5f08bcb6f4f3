import { code, Markdown, table, text } from '../../../lib/report/markdown.ts';
import type { CaseResult } from './ledger.ts';
import { count, firstLine, placeText } from './place-text.ts';
import {
  byTransform,
  countsOf,
  failuresOf,
  missingOf,
  OTHER,
  ranOf,
  statusOf,
  type TestResults,
  untestedOf,
  type VersionResult,
} from './results.ts';

/** Failures that the report shows; the JUnit file has all. */
const MOST_SHOWN = 50;

/** `2 transforms, 24 tests on Glue 5.1: 23 passed, 1 failed, 0 skipped`. */
export function summaryOf(results: TestResults): string {
  const { transforms } = results;
  const ran = ranOf(results);
  const all = ran.flatMap(({ cases }) => cases);
  const { passed, failed, skipped } = countsOf(all);
  const on = ran.map(({ pair }) => pair.glueVersion).join(', ');
  const tests =
    ran.length === 0
      ? 'no test was run'
      : `${count(all.length, 'test')} on Glue ${on}: ${passed} passed, ${failed} failed, ${skipped} skipped`;
  const untested = results.untestedIs === 'ignore' ? [] : untestedOf(results);
  return [
    count(transforms.length, 'transform'),
    tests,
    ...(untested.length === 0 ? [] : [`${untested.length} without a test`]),
    ...missingOf(results).map(({ pair }) => `Glue ${pair.glueVersion} only checked`),
  ].join(', ');
}

/** A table of transforms and Glue versions, and the failures. */
export function reportOf(results: TestResults): string {
  const parts = [`## Tests of Glue transforms: ${statusOf(results)}\n`, `${summaryOf(results)}\n`, overview(results)];
  for (const { pair, missing } of missingOf(results)) {
    const what = `Glue ${pair.glueVersion} was not run here, so that its transforms are checked but not tested: ${missing}.`;
    parts.push(`⚠️ ${text(what)}\n`);
  }
  const failures = ranOf(results).flatMap(({ pair, cases }) =>
    failuresOf(cases).map((each) => ({ version: pair.glueVersion, each })),
  );
  if (failures.length > 0) parts.push(failureTable(failures));
  return parts.join('\n');
}

function overview(results: TestResults): string {
  const { versions, transforms } = results;
  const groups = versions.map((version) =>
    version.ran ? byTransform(version.cases, results) : new Map<string, readonly CaseResult[]>(),
  );
  const names = transforms.map(({ name }) => name);
  const rows = [...names, ...(groups.some((group) => group.has(OTHER)) ? [OTHER] : [])];
  const untested = new Set(untestedOf(results).map(({ name }) => name));
  const headers = versions.map(
    ({ pair }) => `Glue ${pair.glueVersion} (Spark ${pair.sparkVersion}, Python ${pair.pythonVersion})`,
  );
  return table(
    ['Transform', ...headers],
    rows.map((name) => [
      name === OTHER ? new Markdown('other tests') : code(name),
      ...versions.map((version, column) => cell(version, groups[column]?.get(name), untested.has(name))),
    ]),
  );
}

function cell(version: VersionResult, cases: readonly CaseResult[] | undefined, isUntested: boolean): Markdown {
  if (!version.ran) return new Markdown('⚠️ only checked');
  if (cases === undefined) return new Markdown(isUntested ? '⚠️ no test' : '– none selected');
  const { passed, failed, skipped } = countsOf(cases);
  const words = [
    ...(failed > 0 ? [`❌ ${failed} failed`] : []),
    ...(passed > 0 ? [`${failed > 0 ? '' : '✅ '}${passed} passed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  return new Markdown(words.join(', '));
}

function failureTable(failures: readonly { readonly version: string; readonly each: CaseResult }[]): string {
  const shown = failures.slice(0, MOST_SHOWN);
  const rows = shown.map(({ version, each }) => [
    code(each.id),
    new Markdown(version),
    each.place === undefined ? '' : code(placeText(each.place)),
    text(firstLine(each.message)),
  ]);
  const more = failures.length - shown.length;
  const note = more === 0 ? '' : `\nand ${more} more; the JUnit file has all of them\n`;
  return `${table(['Test', 'Glue', 'Place', 'Failure'], rows)}${note}`;
}
