import { readFileSync } from 'node:fs';
import { openQueries } from '../../actions/warehouse-benchmark/queries/open.ts';
import type { QuerySet } from '../../actions/warehouse-benchmark/queries/query-set.ts';

/** What a measured process gets as its only argument, in JSON. */
export interface Task {
  readonly engine: 'duckdb' | 'redshift';
  /** File with the texts by query, in JSON; they are read before the measuring begins. */
  readonly texts: string;
  /** Entries of the input `queries`; empty for all. */
  readonly filter: readonly string[];
  readonly scaleFactor: number;
  /** Users at a time, each in the order of its stream; 0 for the single user. */
  readonly sessions: number;
  /** How often the single user runs all queries; in the first pass all code is new to the process. */
  readonly passes: number;
  /** Reads rows and takes fingerprints. */
  readonly checksAnswers: boolean;
  /** Compares the fingerprints with the known answers. */
  readonly hasKnownAnswers: boolean;
}

/** One execution of a query, in milliseconds. */
export interface Lap {
  readonly session: number;
  /** From 1. */
  readonly pass: number;
  readonly query: number;
  readonly ms: number;
  /** Of it in the engine, as the engine tells. */
  readonly engineMs?: number;
  /** From its end to the next one's begin in the session. */
  readonly pauseMs?: number;
}

/** What a measured process prints, in JSON. */
export interface Told {
  /** From the first query's begin to the last one's end, for each pass. */
  readonly wallMs: readonly number[];
  readonly laps: readonly Lap[];
  /** Peaks of resident memory in megabytes: its own, and that of the process it runs DuckDB in. */
  readonly peakMb: number;
  readonly childPeakMb?: number;
}

/** The task that this process was started with. */
export function givenTask(): Task {
  return JSON.parse(process.argv[2] ?? '') as Task;
}

export async function queriesOf({ texts, filter, sessions }: Task): Promise<QuerySet> {
  const entries = JSON.parse(readFileSync(texts, 'utf8')) as [number, string][];
  const standard = async () => ({ source: 'bench', texts: new Map(entries) });
  return await openQueries({ folder: undefined, filter, streams: sessions, standard });
}

/** Runs the queries of each session, all sessions at once, with nothing around them but a clock. */
export async function runBare(
  task: Task,
  users: readonly ((sql: string) => Promise<void>)[],
): Promise<Pick<Told, 'wallMs' | 'laps'>> {
  const queries = await queriesOf(task);
  const laps: Lap[] = [];
  const wallMs: number[] = [];
  for (let pass = 1; pass <= task.passes; pass += 1) {
    const began = performance.now();
    await Promise.all(
      users.map(async (run, index) => {
        const session = index + 1;
        for (const { number: query, statements } of queries.stream(task.sessions === 0 ? 0 : session)) {
          const start = performance.now();
          for (const sql of statements) await run(sql);
          laps.push({ session, pass, query, ms: performance.now() - start });
        }
      }),
    );
    wallMs.push(performance.now() - began);
  }
  return { wallMs, laps };
}

export function tell(told: Omit<Told, 'peakMb'>): void {
  console.log(JSON.stringify({ ...told, peakMb: process.resourceUsage().maxRSS / 1024 } satisfies Told));
}
