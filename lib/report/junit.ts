import { xmlAttributes, xmlText } from './xml.ts';

/** Cases that belong together. GitLab does not show the name; it groups by `classname`. */
export interface TestSuite {
  readonly name: string;
  /** ISO 8601. */
  readonly timestamp?: string;
  readonly cases: readonly TestCase[];
}

export interface TestCase {
  readonly classname: string;
  /** With the classname it tells the case apart; readers drop a second one of both. */
  readonly name: string;
  /** Not negative. */
  readonly seconds: number;
  /** Without it, the case passed. */
  readonly outcome?: TestOutcome;
  readonly systemOut?: string;
}

export interface TestOutcome {
  /** `failure`: what was tested is not so. `error`: it could not be tested. */
  readonly kind: 'failure' | 'error' | 'skipped';
  readonly message: string;
  /** A word that groups outcomes, for example `timed-out`. */
  readonly type?: string;
}

/**
 * JUnit XML in the dialect that GitLab and the usual actions on GitHub read. There is no standard: names and attributes
 * are those of Apache Ant's JUnit task with the `skipped` of Maven Surefire. A message stands in the attribute and in the
 * element, because some readers show only one of the two (GitLab: the element).
 * Source: GitLab Docs, "Unit test reports", "JUnit XML format specification".
 */
export function junitXml(name: string, suites: readonly TestSuite[]): string {
  const body = suites.map(suiteXml).join('');
  const cases = suites.flatMap((suite) => suite.cases);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${xmlAttributes({ name, ...counts(cases, { skipped: false }) })}>\n${body}</testsuites>\n`;
}

function suiteXml({ name, timestamp, cases }: TestSuite): string {
  const attributes = xmlAttributes({ name, ...counts(cases, { skipped: true }), timestamp });
  return `  <testsuite${attributes}>\n${cases.map(caseXml).join('')}  </testsuite>\n`;
}

/** `testsuites` has no attribute for skipped cases. */
function counts(cases: readonly TestCase[], { skipped }: { readonly skipped: boolean }) {
  const of = (kind: TestOutcome['kind']) => cases.filter(({ outcome }) => outcome?.kind === kind).length;
  return {
    tests: cases.length,
    failures: of('failure'),
    errors: of('error'),
    skipped: skipped ? of('skipped') : undefined,
    time: secondsText(cases.reduce((sum, { seconds }) => sum + seconds, 0)),
  };
}

function caseXml({ classname, name, seconds, outcome, systemOut }: TestCase): string {
  const open = `    <testcase${xmlAttributes({ classname, name, time: secondsText(seconds) })}`;
  const children = [
    ...(outcome === undefined ? [] : [outcomeXml(outcome)]),
    ...(systemOut === undefined ? [] : [`      <system-out>${xmlText(systemOut)}</system-out>\n`]),
  ];
  return children.length === 0 ? `${open}/>\n` : `${open}>\n${children.join('')}    </testcase>\n`;
}

function outcomeXml({ kind, message, type }: TestOutcome): string {
  return `      <${kind}${xmlAttributes({ message, type })}>${xmlText(message)}</${kind}>\n`;
}

/** Microseconds are kept: queries on small data take less than a millisecond. */
function secondsText(seconds: number): string {
  if (!(Number.isFinite(seconds) && seconds >= 0)) throw new RangeError(`a test case cannot take ${seconds} seconds`);
  return seconds.toFixed(6);
}
