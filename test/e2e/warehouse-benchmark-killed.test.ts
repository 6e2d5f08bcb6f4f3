import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { releaseTree } from './release-tree.ts';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.ts';
import { cleanEnvironment, openTerminal } from './terminal-door.ts';
import {
  addWarehouse,
  allPassed,
  executionsOf,
  installEngine,
  ON_REDSHIFT,
  reportOf,
  STACK,
  withEngine,
  withoutAws,
  workgroupOf,
} from './warehouse-benchmark-application.ts';

// A run that is killed goes on under its name, and everything is measured exactly once.

const MINUTES = 60_000;
const QUERIES = 20;
const SESSIONS = 3;
const SIZE = { queries: `1-${QUERIES}`, sessions: String(SESSIONS) } as const;

let aws: LocalAws;
let repository: ScratchRepository;

beforeAll(async () => {
  [aws, repository] = await Promise.all([startLocalAws(), createScratchRepository(), installEngine()]);
  await addWarehouse(repository);
  const door = await openTerminal(repository, withEngine(aws));
  for (const [operation, inputs] of [
    ['stack deploy', STACK],
    ['warehouse-benchmark prepare', ON_REDSHIFT],
  ] as const) {
    const prepared = await door.run({ operation, inputs, happening: { kind: 'manual', branch: 'main' } });
    if (prepared.exitCode !== 0) throw new Error(prepared.log);
  }
}, 3 * MINUTES);

afterAll(async () => {
  await Promise.all([aws?.stop(), repository?.remove()]);
});

/** One line of a run's journal. */
interface Entry {
  readonly kind: string;
  readonly execution?: {
    readonly part: string;
    readonly session: number;
    readonly iteration: number;
    readonly query: number;
  };
}

const folderOf = (run: string) => path.join(repository.directory, '.headgate', 'warehouse-benchmark', run);

/** The whole lines of a journal; a killed run may have left a part of one. */
function journalOf(run: string): readonly Entry[] {
  const file = path.join(folderOf(run), 'journal.jsonl');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Entry);
}

function executionsIn(entries: readonly Entry[], part: string): readonly string[] {
  return entries.flatMap(({ execution }) =>
    execution?.part === part ? [[execution.session, execution.iteration, execution.query].join(' ')] : [],
  );
}

/** Waits until the journal of a run has so many executions, or the run has ended. Looks only when something is written. */
async function hasExecuted(run: string, part: string, count: number, running: PromiseLike<unknown>): Promise<void> {
  const over = new AbortController();
  void running.then(() => over.abort());
  mkdirSync(folderOf(run), { recursive: true });
  try {
    for await (const _ of watch(folderOf(run), { signal: over.signal })) {
      if (executionsIn(journalOf(run), part).length >= count) return;
    }
  } catch (error) {
    if (!over.signal.aborted) throw error;
  }
}

/** Where in its life a run is killed. */
const MOMENTS = [
  { where: 'single user', part: 'single', after: QUERIES / 4 },
  { where: 'concurrent', part: 'concurrent', after: (QUERIES * SESSIONS) / 4 },
] as const;

describe.each(['duckdb', 'redshift'] as const)('on %s', (engine) => {
  const inputs: Readonly<Record<string, string>> = {
    ...SIZE,
    ...(engine === 'redshift' ? { ...ON_REDSHIFT, rpus: '16', 'when-done': 'restore' } : {}),
  };

  test.each(MOMENTS)(
    'a run that is killed in its $where part goes on, and nothing is missing or there twice',
    async ({ part, after }) => {
      const seen = engine === 'redshift' ? withEngine(aws) : withoutAws(aws);
      const run = `killed-in-${part}-on-${engine}`;
      const program = path.join(await releaseTree(), 'dist', 'headgate.js');
      const flags = Object.entries({ ...inputs, 'run-id': run }).map(([name, value]) => `--${name}=${value}`);
      const running = execa(process.execPath, [program, 'warehouse-benchmark', 'run', ...flags], {
        cwd: repository.directory,
        env: { ...cleanEnvironment(), ...seen.environment },
        extendEnv: false,
        reject: false,
      });
      await hasExecuted(run, part, after, running);
      running.kill('SIGKILL');
      expect((await running).signal).toBe('SIGKILL');
      const left = journalOf(run);
      expect(left.map(({ kind }) => kind)).not.toContain(part === 'single' ? 'concurrent-begin' : 'concurrent-end');
      if (engine === 'redshift') {
        expect(await workgroupOf(aws)).toMatchObject({ baseCapacity: 16, tags: { 'headgate:rpus-before': '8' } });
      }

      const door = await openTerminal(repository, seen);
      const next = await door.run({
        operation: 'warehouse-benchmark run',
        inputs: { ...inputs, 'run-id': run },
        happening: { kind: 'manual', branch: 'main' },
      });
      expect(next.exitCode === 0 ? '' : next.log).toBe('');
      const report = await reportOf(repository, next.outputs.report ?? '');
      expect(report.resumed).toBe(true);
      expect(executionsOf(report)).toEqual(allPassed(QUERIES, SESSIONS));
      // What the single user had measured was not run again.
      const single = executionsIn(journalOf(run), 'single');
      expect(single).toHaveLength(QUERIES);
      expect(single.slice(0, after)).toEqual(executionsIn(left, 'single').slice(0, after));
      if (engine === 'redshift') {
        const given = await workgroupOf(aws);
        expect([given?.baseCapacity, given?.tags['headgate:rpus-before']]).toEqual([8, undefined]);
      }
    },
    2 * MINUTES,
  );
});

test('a run that has ended is not run again', async () => {
  const door = await openTerminal(repository, withoutAws(aws));
  const again = await door.run({
    operation: 'warehouse-benchmark run',
    inputs: { ...SIZE, 'run-id': 'killed-in-single-on-duckdb' },
    happening: { kind: 'manual', branch: 'main' },
  });
  expect([again.exitCode, again.log]).toEqual([1, expect.stringContaining('has ended already')]);
}, 60_000);
