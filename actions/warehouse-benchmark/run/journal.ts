import { closeSync, existsSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Refused } from '../../../lib/errors.ts';
import type { StatementDetails } from '../engine/engine.ts';
import type { Execution, Setting } from '../report/report.ts';
import { differentSettings } from './different-settings.ts';

/** Which execution: each happens once in a run. */
export type ExecutionKey = Pick<Execution, 'part' | 'session' | 'iteration' | 'query'>;

/** An execution with what tells its statements in the engine's history. */
export interface Recorded {
  readonly execution: Execution;
  readonly statementIds: readonly string[];
}

/** One line of the journal. */
type Entry =
  | { readonly kind: 'begin'; readonly run: string; readonly at: string; readonly setting: Setting }
  | { readonly kind: 'resume'; readonly at: string }
  | ({ readonly kind: 'execution' } & Recorded)
  | { readonly kind: 'concurrent-begin' }
  | { readonly kind: 'concurrent-end'; readonly wallMs: number }
  | { readonly kind: 'details'; readonly id: string; readonly details: StatementDetails }
  | { readonly kind: 'end'; readonly at: string };

const FILE = 'journal.jsonl';

/**
 * What a run has measured so far, a line an event, written at once. A run that was killed goes on from here: what the
 * single user had measured counts, and a concurrent part that was not complete is run anew, because its wall clock is
 * one measurement.
 */
export class Journal {
  readonly run: string;
  readonly setting: Setting;
  readonly startedAt: string;
  readonly resumed: boolean;
  readonly #file: number;
  readonly #recorded = new Map<string, Recorded>();
  readonly #details = new Map<string, StatementDetails>();
  #concurrentWallMs: number | undefined;

  private constructor(file: number, begin: Entry & { kind: 'begin' }, entries: readonly Entry[]) {
    this.#file = file;
    this.run = begin.run;
    this.setting = begin.setting;
    this.startedAt = begin.at;
    this.resumed = entries.length > 0;
    for (const entry of entries) this.#take(entry);
    if (this.#concurrentWallMs === undefined) this.#forgetConcurrent();
  }

  /**
   * Opens the journal of a run: a new one, or the one of a run that was broken off.
   *
   * @throws Refused when the run has ended already, or was begun with another setting
   */
  static open(directory: string, begin: { run: string; setting: Setting; at: Date }): Journal {
    mkdirSync(directory, { recursive: true });
    const file = path.join(directory, FILE);
    const { entries, length } = readEntries(file);
    const [first, ...rest] = entries;
    if (first !== undefined) {
      if (first.kind !== 'begin') throw damaged(file);
      refuseEnded(directory, first.run, entries);
      const setting = JSON.parse(JSON.stringify(begin.setting)) as Setting;
      if (!isDeepStrictEqual(first.setting, setting)) throw otherSetting(first, setting);
      const journal = new Journal(openAt(file, length), first, rest);
      journal.#append({ kind: 'resume', at: begin.at.toISOString() });
      return journal;
    }
    const entry = { kind: 'begin', run: begin.run, at: begin.at.toISOString(), setting: begin.setting } as const;
    const journal = new Journal(openAt(file, 0), entry, []);
    journal.#append(entry);
    return journal;
  }

  has(key: ExecutionKey): boolean {
    return this.#recorded.has(textOf(key));
  }

  add(recorded: Recorded): void {
    this.#write({ kind: 'execution', ...recorded });
  }

  beginConcurrent(): void {
    this.#write({ kind: 'concurrent-begin' });
  }

  endConcurrent(wallMs: number): void {
    this.#write({ kind: 'concurrent-end', wallMs });
  }

  /** Milliseconds of the concurrent part; undefined until it is complete. */
  get concurrentWallMs(): number | undefined {
    return this.#concurrentWallMs;
  }

  /** Statements of whose details nothing is known yet. */
  statementsWithoutDetails(): readonly string[] {
    return [...this.#recorded.values()]
      .flatMap(({ statementIds }) => statementIds)
      .filter((id) => !this.#details.has(id));
  }

  addDetails(details: ReadonlyMap<string, StatementDetails>): void {
    for (const [id, found] of details) this.#write({ kind: 'details', id, details: found });
  }

  /** All executions in the order in which they ended, with what is known of their statements. */
  executions(): readonly Execution[] {
    return [...this.#recorded.values()].map((recorded) => withDetails(recorded, this.#details));
  }

  end(at: Date): void {
    this.#append({ kind: 'end', at: at.toISOString() });
    fsyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }

  #write(entry: Entry): void {
    this.#append(entry);
    this.#take(entry);
  }

  #append(entry: Entry): void {
    writeSync(this.#file, `${JSON.stringify(entry)}\n`);
  }

  #take(entry: Entry): void {
    switch (entry.kind) {
      case 'execution':
        this.#recorded.set(textOf(entry.execution), { execution: entry.execution, statementIds: entry.statementIds });
        break;
      case 'concurrent-begin':
        this.#forgetConcurrent();
        break;
      case 'concurrent-end':
        this.#concurrentWallMs = entry.wallMs;
        break;
      case 'details':
        this.#details.set(entry.id, entry.details);
        break;
      case 'begin':
      case 'resume':
      case 'end':
        break;
    }
  }

  #forgetConcurrent(): void {
    for (const [key, { execution }] of this.#recorded) {
      if (execution.part === 'concurrent') this.#recorded.delete(key);
    }
  }
}

/** Whether the run of a folder has ended, so that its report is whole. */
export function hasEnded(directory: string): boolean {
  return readEntries(path.join(directory, FILE)).entries.at(-1)?.kind === 'end';
}

/**
 * Refuses a run whose journal says that it has ended. Reads only.
 *
 * @throws Refused
 */
export function refuseEndedRun(directory: string, run: string): void {
  refuseEnded(directory, run, readEntries(path.join(directory, FILE)).entries);
}

function refuseEnded(directory: string, run: string, entries: readonly Entry[]): void {
  if (entries.at(-1)?.kind !== 'end') return;
  throw new Refused({
    what: `The run '${run}' has ended already; its report is in ${directory}`,
    cause: "'run-id' names an earlier run. It is for going on with a run that was broken off",
    next: "Leave 'run-id' out for a new run, or give another one. Nothing was run",
  });
}

function otherSetting(begin: Entry & { kind: 'begin' }, setting: Setting): Refused {
  return new Refused({
    what: `The run '${begin.run}' was begun with another setting: ${differentSettings(begin.setting, setting).join('; ')}`,
    cause: 'an input, the capacity of the workgroup or the queries have changed since',
    next: "Give the inputs of that run to go on with it, or leave 'run-id' out for a new run. Nothing was run",
  });
}

/** The whole lines of a journal. A last line without its end was being written when the run was killed. */
function readEntries(file: string): { readonly entries: readonly Entry[]; readonly length: number } {
  if (!existsSync(file)) return { entries: [], length: 0 };
  const content = readFileSync(file);
  const length = content.lastIndexOf('\n') + 1;
  const lines = content.subarray(0, length).toString('utf8').split('\n').slice(0, -1);
  try {
    return { entries: lines.map((line) => JSON.parse(line) as Entry), length };
  } catch {
    throw damaged(file);
  }
}

function damaged(file: string): Refused {
  return new Refused({
    what: `The journal ${file} is damaged`,
    cause: 'it was changed by hand or cut after it was written',
    next: "Leave 'run-id' out for a new run. Nothing was run",
  });
}

function openAt(file: string, length: number): number {
  const descriptor = openSync(file, 'a', 0o644);
  ftruncateSync(descriptor, length);
  return descriptor;
}

function textOf({ part, session, iteration, query }: ExecutionKey): string {
  return `${part} ${session} ${iteration} ${query}`;
}

/** Adds the parts of the durations, where they are known of all statements of the query. */
function withDetails({ execution, statementIds }: Recorded, known: ReadonlyMap<string, StatementDetails>): Execution {
  const details = statementIds.flatMap((id) => known.get(id) ?? []);
  if (details.length === 0 || details.length < statementIds.length) return execution;
  const sum = (member: 'queueMs' | 'compileMs' | 'executionMs') => {
    const values = details.flatMap((each) => each[member] ?? []);
    return values.length === details.length ? { [member]: values.reduce((a, b) => a + b, 0) } : {};
  };
  const parts = { ...sum('queueMs'), ...sum('compileMs'), ...sum('executionMs') };
  if (!details.some(({ fromCache }) => fromCache === true) || execution.status !== 'passed') {
    return { ...execution, ...parts };
  }
  return {
    ...execution,
    ...parts,
    status: 'from-cache',
    message: 'the answer came from the result cache, so that nothing was measured',
  };
}
