import { difference } from '../answers/difference.ts';
import type { BenchmarkReport, Execution } from '../report/report.ts';
import type { AnswerChange } from './comparison.ts';

/**
 * The answers that changed between two reports of the same texts: by the fingerprints of each statement where both reports
 * have them, by the number of rows otherwise. A session compares with the same session, which had the same parameters.
 */
export function compareAnswers(current: BenchmarkReport, baseline: BenchmarkReport): readonly AnswerChange[] {
  const then = answersOf(baseline);
  return [...answersOf(current)].flatMap(([key, execution]) => {
    const before = then.get(key);
    const found = before === undefined ? undefined : answerDifference(before, execution);
    const { query, part, session } = execution;
    return found === undefined || part === 'warm-up' ? [] : [{ query, part, session, difference: found }];
  });
}

/** The first execution with an answer, by part, session and query. */
function answersOf({ executions }: BenchmarkReport): ReadonlyMap<string, Execution> {
  const found = new Map<string, Execution>();
  for (const execution of executions) {
    const { part, session, query, status } = execution;
    const key = `${part} ${session} ${query}`;
    if (part !== 'warm-up' && status !== 'failed' && status !== 'timed-out' && !found.has(key))
      found.set(key, execution);
  }
  return found;
}

function answerDifference(expected: Execution, actual: Execution): string | undefined {
  const [before, after] = [expected.fingerprints, actual.fingerprints];
  if (before === undefined || after === undefined || before.length !== after.length) {
    return expected.rows === actual.rows ? undefined : `${actual.rows} rows, ${expected.rows} in the baseline`;
  }
  for (const [index, fingerprint] of after.entries()) {
    const then = before[index];
    const found = then === undefined ? undefined : difference(then, fingerprint);
    if (found !== undefined) return after.length === 1 ? found : `statement ${index + 1}: ${found}`;
  }
  return undefined;
}
