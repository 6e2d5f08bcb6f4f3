import { junitXml, type TestCase, type TestOutcome, type TestSuite } from '../../../lib/report/junit.ts';
import { durationText } from './figure-text.ts';
import { plannedPerQuery } from './query-times.ts';
import type { BenchmarkReport, Execution } from './report.ts';
import { median } from './statistics.ts';
import { statusText } from './verdict.ts';

const NAME = 'warehouse-benchmark';

/**
 * One case a query, for the single user and for each session. The time is the median of the passes; what did not pass is
 * a failure, and what did not run an error. Warm-ups are left out.
 */
export function reportJunit(report: BenchmarkReport): string {
  const groups = Map.groupBy(report.executions, ({ part, session, query }) => caseKey(part, session, query));
  const suite = (part: 'single' | 'concurrent', session: number, planned: number): TestSuite => {
    const name = part === 'single' ? `${NAME}.single` : `${NAME}.concurrent.session-${session}`;
    const cases = report.setting.queries.numbers.map((query) =>
      caseOf(name, query, planned, groups.get(caseKey(part, session, query)) ?? []),
    );
    return { name, timestamp: report.startedAt, cases };
  };
  const passes = plannedPerQuery(report, 'single');
  return junitXml(NAME, [
    ...(passes === 0 ? [] : [suite('single', 1, passes)]),
    ...Array.from({ length: report.setting.sessions }, (_, index) => suite('concurrent', index + 1, 1)),
  ]);
}

function caseKey(part: Execution['part'], session: number, query: number): string {
  return `${part} ${session} ${query}`;
}

function caseOf(classname: string, query: number, planned: number, executions: readonly Execution[]): TestCase {
  const passed = executions.filter(({ status }) => status === 'passed');
  const timed = passed.length > 0 ? passed : executions;
  const outcome = outcomeOf(planned, executions);
  return {
    classname,
    name: `query ${query}`,
    seconds: (median(timed.map(({ durationMs }) => durationMs)) ?? 0) / 1000,
    ...(outcome && { outcome }),
    ...(executions.length > 0 && { systemOut: executions.map((each) => lineOf(each, planned)).join('\n') }),
  };
}

function outcomeOf(planned: number, executions: readonly Execution[]): TestOutcome | undefined {
  const faults = executions.flatMap((each) => (each.status === 'passed' ? [] : [{ ...each, status: each.status }]));
  const [first] = faults;
  if (first !== undefined) {
    const message = faults
      .map(
        (each) =>
          `${passText(each, planned)}${statusText(each.status)}${each.message === undefined ? '' : `: ${each.message}`}`,
      )
      .join('\n');
    return { kind: 'failure', type: first.status, message };
  }
  if (executions.length >= planned) return undefined;
  const message = planned === 1 ? 'did not run' : `ran ${executions.length} of ${planned} times`;
  return { kind: 'error', type: 'not-run', message };
}

function lineOf(execution: Execution, planned: number): string {
  const { durationMs, wallMs, rows, answer } = execution;
  return `${passText(execution, planned)}${durationText(durationMs)} in the engine, ${durationText(wallMs)} with reading, ${rows} rows, answer ${answer}`;
}

function passText({ iteration }: Execution, planned: number): string {
  return planned === 1 ? '' : `pass ${iteration}: `;
}
