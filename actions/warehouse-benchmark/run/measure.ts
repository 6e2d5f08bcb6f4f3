import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { replaceFile } from '../../../lib/hosts/files.ts';
import type { Log } from '../../../lib/hosts/host.ts';
import type { Clock } from '../../../lib/operation/define.ts';
import { knownAnswers } from '../answers/known.ts';
import type { Engine, Row } from '../engine/engine.ts';
import type { QuerySet } from '../queries/query-set.ts';
import { type BenchmarkReport, LABEL, REPORT_FORMAT, REPORT_VERSION, type Setting } from '../report/report.ts';
import { Journal } from './journal.ts';
import { lockRun } from './lock.ts';
import { runParts } from './parts.ts';

export interface MeasureRequest {
  /** Name of the run. */
  readonly run: string;
  /** Where the journal, and the plans of `explain`, are. */
  readonly directory: string;
  readonly engine: Engine;
  readonly queries: QuerySet;
  readonly setting: Setting;
  readonly checksAnswers: boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Writes the report. Until it has, the run has not ended, and can be gone on with. */
  readonly write: (report: BenchmarkReport) => Promise<void>;
}

/** The setting of a run, from what it runs on and what was asked for. */
export function settingOf(
  engine: Pick<Engine, 'facts'>,
  queries: QuerySet,
  asked: Omit<Setting, 'engine' | 'queries'>,
): Setting {
  return { engine: engine.facts, ...withQueries(queries, asked) };
}

/** What does not depend on the engine. */
export function withQueries(
  { source, digest, numbers, hasStreams }: QuerySet,
  asked: Omit<Setting, 'engine' | 'queries'>,
): Omit<Setting, 'engine'> {
  return { queries: { source, digest, numbers, hasStreams }, ...asked };
}

/**
 * Measures everything that the setting asks for, or what is missing of it when the run was broken off, and gives the
 * report.
 *
 * @throws Refused when the run has ended before or had another setting; OperationFailed when the engine takes no session
 */
export async function measure(request: MeasureRequest): Promise<BenchmarkReport> {
  const { run, directory } = request;
  mkdirSync(directory, { recursive: true });
  const unlock = lockRun(directory, run);
  try {
    return await measureLocked(request);
  } finally {
    unlock();
  }
}

async function measureLocked(request: MeasureRequest): Promise<BenchmarkReport> {
  const { run, directory, engine, queries, setting, checksAnswers, clock, log, signal } = request;
  const journal = Journal.open(directory, { run, setting, at: clock.now() });
  try {
    if (journal.resumed) log.info(`Going on with the run '${run}' of ${journal.startedAt}.`);
    const explains = setting.mode === 'explain';
    const answers =
      checksAnswers && queries.forQualification && !explains ? await knownAnswers(setting.scaleFactor) : undefined;
    await runParts({
      engine,
      queries,
      setting,
      journal,
      answers,
      readsRows: checksAnswers,
      onPlan: explains ? planWriter(directory) : undefined,
      monotonic: () => performance.now(),
      log,
      signal,
    });
    const endedAt = clock.now();
    const { concurrentWallMs } = journal;
    const report: BenchmarkReport = {
      format: REPORT_FORMAT,
      formatVersion: REPORT_VERSION,
      label: LABEL,
      run,
      startedAt: journal.startedAt,
      endedAt: endedAt.toISOString(),
      resumed: journal.resumed,
      setting,
      executions: journal.executions(),
      ...(concurrentWallMs === undefined ? {} : { concurrentWallMs }),
    };
    await request.write(report);
    journal.end(clock.now());
    return report;
  } finally {
    journal.close();
  }
}

/** Writes plans to `plans/query-07.txt`; a second statement follows after an empty line. */
function planWriter(directory: string): (query: number, statement: number, lines: readonly Row[]) => void {
  const folder = path.join(directory, 'plans');
  mkdirSync(folder, { recursive: true });
  const texts = new Map<number, string[]>();
  return (query, statement, rows) => {
    const lines = texts.get(query) ?? [];
    texts.set(query, lines);
    if (statement > 1 && !lines.includes(`-- statement ${statement}`)) lines.push('', `-- statement ${statement}`);
    lines.push(...rows.map((row) => row[0] ?? ''));
    replaceFile(path.join(folder, `query-${String(query).padStart(2, '0')}.txt`), `${lines.join('\n')}\n`);
  };
}
