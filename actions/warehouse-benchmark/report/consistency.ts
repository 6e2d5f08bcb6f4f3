import type { BenchmarkReport, Execution, Setting } from './report.ts';
import { ShapeError } from './shape.ts';

/**
 * Holds the parts of a report against each other, beyond the type of each: what is measured once appears once, and
 * nothing appears that the setting does not ask for. Less than it asks for is allowed, because a run may break off; the
 * totals say how much there is.
 *
 * @throws ShapeError
 */
export function checkConsistency({ setting, executions, startedAt, endedAt, concurrentWallMs }: BenchmarkReport): void {
  for (const [path, instant] of Object.entries({ startedAt, endedAt })) {
    if (Number.isNaN(Date.parse(instant)))
      throw new ShapeError(path, `${JSON.stringify(instant)} is not a time that exists`);
  }
  checkNumbers(setting.queries.numbers);
  if (concurrentWallMs !== undefined && setting.sessions === 0) {
    throw new ShapeError('concurrentWallMs', 'the setting has no concurrent sessions');
  }
  const queries = new Set(setting.queries.numbers);
  const seen = new Map<string, number>();
  executions.forEach((execution, index) => {
    const path = `executions[${index}]`;
    if (!queries.has(execution.query)) {
      throw new ShapeError(`${path}.query`, `query ${execution.query} is not among setting.queries.numbers`);
    }
    checkPlace(execution, setting, path);
    checkAnswer(execution, path);
    const { part, session, iteration, query, position } = execution;
    for (const [key, what] of [
      ['query', query],
      ['position', position],
    ] as const) {
      const once = `${part} ${session} ${iteration} ${key} ${what}`;
      const earlier = seen.get(once);
      if (earlier !== undefined) {
        throw new ShapeError(
          `${path}.${key}`,
          `executions[${earlier}] has ${key} ${what} of the same part, session and iteration already`,
        );
      }
      seen.set(once, index);
    }
  });
}

function checkNumbers(numbers: readonly number[]): void {
  numbers.forEach((number, index) => {
    const before = numbers[index - 1];
    if (before !== undefined && before >= number) {
      throw new ShapeError(`setting.queries.numbers[${index}]`, `${number} does not ascend after ${before}`);
    }
  });
}

function checkPlace({ part, session, iteration, position }: Execution, setting: Setting, path: string): void {
  const isConcurrent = part === 'concurrent';
  const limits = {
    session: isConcurrent ? setting.sessions : 1,
    iteration: isConcurrent ? 1 : part === 'single' ? setting.iterations : setting.warmUps,
    position: setting.queries.numbers.length,
  };
  for (const [key, value] of Object.entries({ session, iteration, position })) {
    const most = limits[key as keyof typeof limits];
    if (value > most) {
      throw new ShapeError(
        `${path}.${key}`,
        `${value} is more than the setting asks for in the part '${part}' (${most})`,
      );
    }
  }
  if (isConcurrent && setting.sessions === 0)
    throw new ShapeError(`${path}.part`, 'the setting has no concurrent sessions');
}

function checkAnswer({ status, answer, fingerprints, statements }: Execution, path: string): void {
  if (status === 'passed' && answer === 'wrong') {
    throw new ShapeError(`${path}.status`, 'a wrong answer has not passed');
  }
  if (status === 'wrong-answer' && answer !== 'wrong') {
    throw new ShapeError(`${path}.answer`, `"${answer}" does not fit the status "wrong-answer"`);
  }
  if (fingerprints !== undefined && fingerprints.length > statements) {
    throw new ShapeError(`${path}.fingerprints`, `it has ${fingerprints.length} entries for ${statements} statements`);
  }
}
