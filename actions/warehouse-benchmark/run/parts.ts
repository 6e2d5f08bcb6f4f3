import type { Log } from '../../../lib/hosts/host.ts';
import type { Engine, Row } from '../engine/engine.ts';
import type { Query, QuerySet } from '../queries/query-set.ts';
import type { Execution, Fingerprint, Setting } from '../report/report.ts';
import { type ExecuteRequest, executeQuery, type User } from './execute-query.ts';
import type { Journal } from './journal.ts';

export interface PartsRequest {
  readonly engine: Engine;
  readonly queries: QuerySet;
  readonly setting: Setting;
  readonly journal: Journal;
  /** Known answers by query; undefined where none are known or none are asked for. */
  readonly answers: ReadonlyMap<number, readonly Fingerprint[]> | undefined;
  readonly readsRows: boolean;
  readonly onPlan: ((query: number, statement: number, lines: readonly Row[]) => void) | undefined;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonic: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Runs all parts that the setting asks for and the journal has not yet: warm-ups, the single user's passes, then all
 * sessions at once. A failing query stops nothing.
 *
 * @throws what opening a session throws, and the signal's reason; the journal keeps what was measured
 */
export async function runParts(request: PartsRequest): Promise<void> {
  const { setting, queries, log } = request;
  const passes = [
    ...passesOf('warm-up', setting.warmUps),
    ...passesOf('single', setting.iterations),
  ] satisfies readonly Pass[];
  const open = passes.filter((pass) => queries.stream(0).some((query) => !isDone(request, pass, query)));
  if (open.length > 0) {
    await withUser(request, 'single', async (user) => {
      for (const pass of open) {
        await log.group(titleOf(pass, setting), () => runStream(request, user, pass, request.monotonic()));
      }
    });
  }
  if (setting.sessions > 0 && request.journal.concurrentWallMs === undefined) {
    await log.group(`${setting.sessions} sessions at a time`, () => runConcurrent(request));
  }
  await completeDetails(request);
}

/** One user's way through all queries. */
interface Pass {
  readonly part: Execution['part'];
  readonly session: number;
  readonly iteration: number;
}

function passesOf(part: 'warm-up' | 'single', count: number): readonly Pass[] {
  return Array.from({ length: count }, (_, index) => ({ part, session: 1, iteration: index + 1 }));
}

function titleOf({ part, iteration }: Pass, { iterations, warmUps, mode }: Setting): string {
  if (mode === 'explain') return 'Plans';
  if (part === 'warm-up') return `Warm-up ${iteration} of ${warmUps}`;
  return iterations === 1 ? 'Single user' : `Single user, pass ${iteration} of ${iterations}`;
}

function isDone({ journal }: PartsRequest, { part, session, iteration }: Pass, { number: query }: Query): boolean {
  return journal.has({ part, session, iteration, query });
}

/** All sessions are open before the first query runs, so that opening them is not measured and too many are found early. */
async function runConcurrent(request: PartsRequest): Promise<void> {
  const { engine, setting, journal, monotonic } = request;
  const numbers = Array.from({ length: setting.sessions }, (_, index) => index + 1);
  const users = await openAll(engine, numbers);
  try {
    journal.beginConcurrent();
    const began = monotonic();
    const running = users.map((user, index) =>
      runStream(request, user, { part: 'concurrent', session: index + 1, iteration: 1 }, began),
    );
    // All are waited for before the first failure is told, so that nothing still runs when this one has ended.
    for (const each of await Promise.allSettled(running)) if (each.status === 'rejected') throw each.reason;
    journal.endConcurrent(Math.round((monotonic() - began) * 1000) / 1000);
  } finally {
    await Promise.all(users.map(({ session }) => session.close()));
  }
}

async function openAll(engine: Engine, numbers: readonly number[]): Promise<readonly User[]> {
  const opened = await Promise.allSettled(numbers.map((number) => openUser(engine, `session-${number}`)));
  const failed = opened.find((each) => each.status === 'rejected');
  if (failed === undefined) return opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  await Promise.all(opened.map((each) => (each.status === 'fulfilled' ? each.value.session.close() : undefined)));
  throw failed.reason;
}

async function openUser(engine: Engine, label: string): Promise<User> {
  return { engine, label, session: await engine.openSession(label) };
}

async function withUser(request: PartsRequest, label: string, work: (user: User) => Promise<void>): Promise<void> {
  const user = await openUser(request.engine, label);
  try {
    await work(user);
  } finally {
    await user.session.close();
  }
}

async function runStream(request: PartsRequest, user: User, pass: Pass, began: number): Promise<void> {
  const { queries, setting, journal, answers, readsRows, onPlan, monotonic, log, signal } = request;
  const stream = pass.part === 'concurrent' ? pass.session : 0;
  const ordered = queries.stream(stream);
  for (const [index, query] of ordered.entries()) {
    signal.throwIfAborted();
    if (isDone(request, pass, query)) continue;
    const executeRequest: ExecuteRequest = {
      ...pass,
      position: index + 1,
      query,
      sincePartBegan: () => monotonic() - began,
      timeoutMs: setting.timeoutMs,
      signal,
      expected: answers?.get(query.number),
      readsRows,
      onPlan: onPlan && ((statement, lines) => onPlan(query.number, statement, lines)),
    };
    const recorded = await executeQuery(user, executeRequest);
    journal.add(recorded);
    tell(log, recorded.execution, ordered.length);
  }
}

/** One line a query, so that who watches the job sees where it is. */
function tell(log: Log, execution: Execution, of: number): void {
  const { part, session, position, query, durationMs, rows, status, message } = execution;
  const who = part === 'concurrent' ? `session ${session}  ` : '';
  const line = `${who}${position}/${of}  query ${query}  ${durationMs.toFixed(1)} ms  ${rows} rows`;
  if (status === 'passed') log.info(line);
  else log.warning(`${line}  ${status}${message === undefined ? '' : `: ${message}`}`);
}

async function completeDetails({ engine, journal }: PartsRequest): Promise<void> {
  const open = journal.statementsWithoutDetails();
  if (open.length > 0) journal.addDetails(await engine.details(open));
}
