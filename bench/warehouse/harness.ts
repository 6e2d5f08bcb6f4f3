// Does what `warehouse-benchmark run` does between opening the engine and its report, and tells each query's time.
//
//   node harness.ts <task>
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Engine } from '../../actions/warehouse-benchmark/engine/engine.ts';
import type { BenchmarkReport, Execution } from '../../actions/warehouse-benchmark/report/report.ts';
import { measure, settingOf } from '../../actions/warehouse-benchmark/run/measure.ts';
import { connectAws } from '../../lib/aws/clients.ts';
import type { Log } from '../../lib/hosts/host.ts';
import type { Clock } from '../../lib/operation/define.ts';
import { PLACE, SCHEMA } from './redshift-place.ts';
import { givenTask, type Lap, queriesOf, type Told, tell } from './task.ts';

const quiet = () => {};
const log: Log = { debug: quiet, info: quiet, warning: quiet, error: quiet, group: (_, work) => work() };
const clock: Clock = {
  now: () => new Date(),
  sleep: async (milliseconds, signal) => {
    await pause(milliseconds, undefined, signal && { signal });
  },
};
const { signal } = new AbortController();

const task = givenTask();
const queries = { ...(await queriesOf(task)), forQualification: task.hasKnownAnswers };
const directory = mkdtempSync(path.join(os.tmpdir(), 'headgate-bench-run-'));
const { engine, peakOfChild } = await connect();
try {
  const setting = settingOf(engine, queries, {
    scaleFactor: task.scaleFactor,
    mode: 'measure',
    sessions: task.sessions,
    iterations: task.sessions === 0 ? task.passes : 0,
    warmUps: 0,
    timeoutMs: 3_600_000,
  });
  const report = await measure({
    run: 'bench',
    directory,
    engine,
    queries,
    setting,
    checksAnswers: task.checksAnswers,
    clock,
    log,
    signal,
    write: async () => {},
  });
  const childPeakMb = peakOfChild();
  tell({
    wallMs: wallsOf(report),
    laps: lapsOf(report),
    ...(childPeakMb === undefined ? {} : { childPeakMb }),
  });
} finally {
  await engine.close();
  rmSync(directory, { recursive: true, force: true });
}

async function connect(): Promise<{ engine: Engine; peakOfChild: () => Told['childPeakMb'] }> {
  if (task.engine === 'duckdb') {
    const { connectDuckdb } = await import('../../actions/warehouse-benchmark/engine/duckdb/connect.ts');
    const { scaleFactor, sessions } = task;
    const engine = await connectDuckdb({ scaleFactor, sessions: Math.max(sessions, 1), log, signal });
    return { engine, peakOfChild: () => peakMb(engine.pid) };
  }
  const { connectRedshift } = await import('../../actions/warehouse-benchmark/engine/redshift/connect.ts');
  const aws = connectAws({
    region: undefined,
    roleToAssume: undefined,
    allowedAccountIds: [],
    identityToken: async () => undefined,
    userAgent: { version: '0', operation: 'bench' },
  });
  const place = { workgroup: PLACE.WorkgroupName, database: PLACE.Database, schema: SCHEMA };
  const engine = await connectRedshift({ aws, clock, log, signal, ...place, rpus: 8, run: 'bench' });
  return { engine, peakOfChild: () => undefined };
}

function wallsOf({ concurrentWallMs, executions }: BenchmarkReport): number[] {
  if (concurrentWallMs !== undefined) return [concurrentWallMs];
  const passes = Map.groupBy(executions, ({ iteration }) => iteration);
  return [...passes.values()].map((pass) => Math.max(...pass.map(endOf)));
}

function lapsOf({ executions }: BenchmarkReport): Lap[] {
  return executions.map((execution) => {
    const { session, iteration: pass, position, query, status, message, wallMs, durationMs } = execution;
    if (status !== 'passed') throw new Error(`query ${query} ${status}: ${message}`);
    const next = executions.find(
      (other) => other.session === session && other.iteration === pass && other.position === position + 1,
    );
    return {
      session,
      pass,
      query,
      ms: wallMs,
      engineMs: durationMs,
      pauseMs: next === undefined ? 0 : next.startMs - endOf(execution),
    };
  });
}

function endOf({ startMs, wallMs }: Execution): number {
  return startMs + wallMs;
}

function peakMb(pid: number | undefined): number {
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
