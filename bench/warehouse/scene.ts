import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { hasData, makeData } from '../../actions/warehouse-benchmark/engine/duckdb/data.ts';
import { standardTexts } from '../../actions/warehouse-benchmark/queries/standard-texts.ts';
import type { Log } from '../../lib/hosts/host.ts';
import type { Task } from './task.ts';

/** What the benches of warehouses share: data that is there, and files with texts. */
export interface Scene {
  /** The single user on the embedded engine, with all that a run does by default. */
  readonly task: Task;
  /** Writes texts where a task finds them. */
  write(name: string, texts: ReadonlyMap<number, string>): Promise<string>;
  close(): Promise<void>;
}

/** Scale factors whose answers are known. */
const KNOWN = [0.01, 1];

export async function openScene(scaleFactor: number, filter: readonly string[]): Promise<Scene> {
  const say = (line: string) => console.error(line);
  const log: Log = { debug: () => {}, info: say, warning: say, error: say, group: (_, work) => work() };
  const { signal } = new AbortController();
  const { texts } = await standardTexts({ log, signal });
  if (!(await hasData(scaleFactor))) await makeData(scaleFactor, { log, signal });
  const directory = await mkdtemp(path.join(os.tmpdir(), 'headgate-bench-'));
  const write: Scene['write'] = async (name, entries) => {
    const file = path.join(directory, `${name}.json`);
    await writeFile(file, JSON.stringify([...entries]));
    return file;
  };
  const task: Task = {
    engine: 'duckdb',
    texts: await write('standard', texts),
    filter,
    scaleFactor,
    sessions: 0,
    passes: 1,
    checksAnswers: true,
    hasKnownAnswers: KNOWN.includes(scaleFactor),
  };
  return { task, write, close: () => rm(directory, { recursive: true, force: true }) };
}
