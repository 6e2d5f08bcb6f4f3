import path from 'node:path';
import { badInput, OperationFailed } from '../../../lib/errors.ts';
import { ensureDirectory, replaceFile } from '../../../lib/hosts/files.ts';
import type { Json } from '../../../lib/hosts/host.ts';
import type { Outcome } from '../../../lib/operation/define.ts';
import { quote } from '../../../lib/operation/inputs.ts';
import type { TestContext } from '../test.ts';
import { either } from '../transforms/words.ts';
import { adviceOn } from './advice.ts';
import { annotationsOf } from './annotations.ts';
import type { TEST_OUTPUTS } from './inputs.ts';
import { testJunit } from './junit.ts';
import type { CaseResult } from './ledger.ts';
import { firstLine, placeText } from './place-text.ts';
import { reportOf, summaryOf } from './report.ts';
import { countsOf, failuresOf, missingOf, ranOf, statusOf, type TestResults, untestedOf } from './results.ts';

type Outputs = Readonly<Record<keyof typeof TEST_OUTPUTS, string>>;

/** Failures that the message names; the report has more. */
const MOST_TOLD = 10;
const JUNIT = ['.headgate', 'glue-transform', 'test', 'junit.xml'] as const;

/**
 * What the tests came to.
 *
 * @throws OperationFailed when a test failed, or a transform has none and that counts as a failure; BadInput when there was
 *   nothing to run. Files, outputs and annotations are written all the same
 */
export async function outcomeOf(context: TestContext, results: TestResults): Promise<Outcome<keyof Outputs>> {
  checkThatSomethingRan(context, results);
  const { host } = context;
  const directory = ensureDirectory(context.workspace, path.join('glue-transform', 'test'));
  replaceFile(path.join(directory, 'junit.xml'), testJunit(results));
  const outputs = outputsOf(results);
  for (const annotation of annotationsOf(results)) host.annotate(annotation);
  const report = reportOf(results);
  if (statusOf(results) !== 'failed') {
    return { summary: `${summaryOf(results)}.`, outputs, report, result: resultOf(results) };
  }
  // The frame sets no outputs of a failure, and a later step may want to upload the file.
  await host.setOutputs(outputs);
  throw notPassed(results, report);
}

/** @throws BadInput where pytest found no test, or none that is selected */
function checkThatSomethingRan({ inputs }: TestContext, results: TestResults): void {
  const ran = ranOf(results);
  if (ran.length === 0) return;
  const failures = ran.flatMap(({ cases }) => failuresOf(cases));
  const isWrongSelection = failures.some(({ text }) => text.includes("Wrong expression passed to '-k'"));
  if (isWrongSelection) {
    throw badInput(
      'select',
      `${quote(inputs.select ?? '')} is no expression that pytest knows; write for example 'quick and not slow'`,
    );
  }
  if (ran.some(({ cases }) => cases.length > 0)) return;
  const found = Math.max(...ran.map((version) => version.found));
  if (found > 0) {
    throw badInput('select', `${quote(inputs.select ?? '')} selects none of the ${found} tests; write part of a name`);
  }
  throw badInput(
    'tests',
    `pytest found no test in these files; a test is a function whose name begins with 'test_', in a file 'test_<transform>.py'`,
  );
}

function outputsOf(results: TestResults): Outputs {
  const ran = ranOf(results);
  const all = ran.flatMap(({ cases }) => cases);
  const { passed, failed, skipped } = countsOf(all);
  return {
    status: statusOf(results),
    transforms: String(results.transforms.length),
    tests: String(all.length),
    passed: String(passed),
    failed: String(failed),
    skipped: String(skipped),
    untested: String(untestedOf(results).length),
    versions: ran.map(({ pair }) => pair.glueVersion).join(','),
    'versions-missing': missingOf(results)
      .map(({ pair }) => pair.glueVersion)
      .join(','),
    junit: JUNIT.join('/'),
  };
}

function notPassed(results: TestResults, report: string): OperationFailed {
  const ran = ranOf(results);
  const failures = ran.flatMap(({ cases, pair }) =>
    failuresOf(cases).map((each) => ({ each, version: pair.glueVersion })),
  );
  const own = failures.filter(({ each }) => each.hasRun);
  const told = own.slice(0, MOST_TOLD).map(({ each, version }) => sentence(each, version));
  const more = failures.length - told.length;
  const untested = results.untestedIs === 'fail' ? untestedOf(results).map(({ name }) => name) : [];
  const lines = [
    `${summaryOf(results)}${failures.length > 0 ? ':' : ''}`,
    ...told,
    ...(more > 0 ? [`… and ${more} more; see the report`] : []),
    ...(untested.length > 0 ? [`no test is named after ${either(untested)}`] : []),
  ];
  const advice =
    failures.length > 0
      ? adviceOn(
          ran,
          failures.map(({ each }) => each),
        )
      : { cause: "a transform without a test, which 'untested: fail' forbids", next: `Write 'test_${untested[0]}.py'` };
  return new OperationFailed({ what: lines.join('\n'), ...advice, report, data: { result: resultOf(results) } });
}

function sentence({ id, place, message }: CaseResult, version: string): string {
  const at = place === undefined ? '' : ` (${placeText(place)})`;
  return `Glue ${version}: ${id}${at}: ${firstLine(message)}`;
}

function resultOf(results: TestResults): Json {
  return {
    untested: untestedOf(results).map(({ name }) => name),
    versions: results.versions.map((version): Json => {
      const { glueVersion, sparkVersion, pythonVersion } = version.pair;
      if (!version.ran) return { glueVersion, ran: false, missing: version.missing };
      const { cases, javaVersion, spark } = version;
      return {
        ...{ glueVersion, ran: true, sparkVersion, pythonVersion, javaVersion },
        ...(spark === undefined ? {} : { sparkStartSeconds: spark.seconds }),
        tests: cases.map(({ id, outcome, seconds, message, place }) => ({
          ...{ id, outcome, seconds },
          ...(message === '' ? {} : { message }),
          ...(place === undefined ? {} : { file: place.file, line: place.line }),
        })),
      };
    }),
  };
}
