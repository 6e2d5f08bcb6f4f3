import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { articleSession, articleSingle, logLines } from '../actions/warehouse-benchmark/import/article.ts';
import type { Door, Happening, OpenDoor, Result } from './door.ts';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.ts';
import {
  addWarehouse,
  allPassed,
  clientsOf,
  executionsOf,
  filesOf,
  installEngine,
  ON_REDSHIFT,
  REPORT_FILES,
  reportOf,
  STACK,
  slowed,
  WORKGROUP,
  withEngine,
  withoutAws,
  workgroupOf,
} from './warehouse-benchmark-application.ts';

const MINUTES = 60_000;
const MANUAL: Happening = { kind: 'manual', branch: 'main' };
const HAS_16 = { ...ON_REDSHIFT, rpus: '16', 'when-done': 'restore' } as const;
/** For what needs no more than some queries. */
const FEW = { queries: '1-5', sessions: '2' } as const;
/** Times differ by more than this only when something is broken. */
const PATIENT = { threshold: '1000', minimum: '3600000' } as const;
const STRICT = { threshold: '10', minimum: '0' } as const;

/** Which queries go through a door: all of them as one user and five, or some; one engine a door has all. */
export interface Extent {
  readonly redshift: 'all' | 'few';
  readonly duckdb: 'all' | 'few';
}

/** The article's path, told to one door operation by operation: the same assertions hold for GitHub and the terminal. */
export function describeWarehouseLife(doorName: string, open: OpenDoor, extent: Extent): void {
  describe(`warehouse-benchmark through ${doorName}`, () => {
    let aws: LocalAws;
    let repository: ScratchRepository;
    let onAws: Door;
    let withoutAny: Door;

    beforeAll(async () => {
      [aws, repository] = await Promise.all([startLocalAws(), createScratchRepository(), installEngine()]);
      await addWarehouse(repository);
      onAws = await open(repository, withEngine(aws));
      withoutAny = await open(repository, withoutAws(aws));
    }, 3 * MINUTES);

    afterAll(async () => {
      await Promise.all([aws?.stop(), repository?.remove()]);
    });

    const run = async (door: Door, operation: string, inputs: Record<string, string> = {}): Promise<Result> =>
      await door.run({ operation, inputs, happening: MANUAL });
    const done = async (...call: Parameters<typeof run>): Promise<Result['outputs']> => {
      const result = await run(...call);
      expect(result.exitCode === 0 ? '' : result.log).toBe('');
      return result.outputs;
    };
    const measured = async (door: Door, which: 'all' | 'few', inputs: Record<string, string>) => {
      const some = which === 'all' ? {} : FEW;
      const outputs = await done(door, 'warehouse-benchmark run', { ...some, ...inputs });
      const expected = which === 'all' ? allPassed(99, 5) : allPassed(5, 2);
      const { report = '' } = outputs;
      expect(outputs).toMatchObject({
        verdict: 'passed',
        passed: String(expected.length),
        executions: String(expected.length),
      });
      const written = await reportOf(repository, report);
      expect(executionsOf(written)).toEqual(expected);
      expect(await filesOf(repository, report)).toEqual(REPORT_FILES);
      return { outputs, report, written };
    };
    const capacity = async () => {
      const found = await workgroupOf(aws);
      return { rpus: found?.baseCapacity, note: found?.tags['headgate:rpus-before'] };
    };

    test(
      'a stack, its data, all queries with right answers, and the capacity back; then a verdict against that run',
      async () => {
        const outputs = await done(onAws, 'stack deploy', STACK);
        expect(JSON.parse(outputs['stack-outputs'] ?? '{}')).toMatchObject({ WorkgroupName: WORKGROUP });
        expect(await done(onAws, 'warehouse-benchmark prepare', HAS_16)).toMatchObject({
          status: 'prepared',
          rpus: '16',
          'rpus-before': '8',
          schema: 'ext_tpcds0_01',
        });
        expect(await capacity()).toEqual({ rpus: 16, note: '8' });
        expect(await done(onAws, 'warehouse-benchmark prepare', ON_REDSHIFT)).toMatchObject({ status: 'nothing' });

        // It is given back also by a run that does not even begin.
        const wrong = await run(onAws, 'warehouse-benchmark run', { ...HAS_16, baseline: 'missing.json' });
        expect([wrong.exitCode, wrong.log]).toEqual([2, expect.stringContaining("input 'baseline'")]);
        expect(await capacity()).toEqual({ rpus: 8, note: undefined });

        const price = { 'price-per-rpu-hour': '0.375' };
        const first = await measured(onAws, extent.redshift, { ...HAS_16, ...price });
        expect(first.written).toMatchObject({
          label: expect.stringContaining('Derived from TPC-DS'),
          resumed: false,
          setting: { engine: { engine: 'redshift', rpus: 16 }, scaleFactor: 0.01 },
          concurrentWallMs: expect.any(Number),
        });
        expect(first.outputs['cost-usd']).toMatch(/^\d+\.\d\d$/);
        expect(await capacity()).toEqual({ rpus: 8, note: undefined });

        const [report, baseline] = [first.report, await slowed(repository, first.report, 'quicker.json', 0.01)];
        const compare = async (inputs: Record<string, string>) =>
          await run(onAws, 'warehouse-benchmark compare', { report, ...inputs });
        const same = await compare({ baseline: report });
        expect([same.exitCode, same.outputs]).toEqual([
          0,
          expect.objectContaining({ verdict: 'same', ratio: '1.0000' }),
        ]);
        const slower = await compare({ baseline, ...STRICT });
        expect([slower.exitCode, slower.outputs.verdict]).toEqual([1, 'regression']);
        const reported = await compare({ baseline, ...STRICT, 'fail-on': 'never' });
        expect([reported.exitCode, reported.outputs.verdict]).toEqual([0, 'regression']);
        const other = await run(onAws, 'warehouse-benchmark run', { ...ON_REDSHIFT, ...FEW, sessions: '1', baseline });
        expect([other.exitCode, other.log]).toEqual([
          1,
          expect.stringContaining('8 RPUs against 16 RPUs in the baseline'),
        ]);

        const sweep = { ...ON_REDSHIFT, ...FEW, capacities: '8\n16\n32', 'run-id': 'sweep' };
        const swept = await done(onAws, 'warehouse-benchmark sweep', sweep);
        expect(swept).toMatchObject({
          verdict: 'passed',
          chart: '.headgate/warehouse-benchmark/sweep/charts/cost-time.svg',
        });
        expect(await filesOf(repository, swept['sweep-file'] ?? '')).toEqual(
          expect.arrayContaining(['summary.md', 'sweep.json', '8/report.json', '16/report.json', '32/report.json']),
        );
        expect(await capacity()).toEqual({ rpus: 8, note: undefined });
      },
      5 * MINUTES,
    );

    test(
      'a run is held against the one before: as quick is good, a hundred times slower fails',
      async () => {
        const before = await measured(withoutAny, extent.duckdb, {});
        const some = extent.duckdb === 'all' ? {} : FEW;
        const again = { ...some, ...PATIENT, baseline: before.report };
        const good = await run(withoutAny, 'warehouse-benchmark run', again);
        expect([good.exitCode, good.outputs.verdict]).toEqual([0, 'passed']);
        const baseline = await slowed(repository, before.report, 'quicker.json', 0.01);
        const bad = await run(withoutAny, 'warehouse-benchmark run', { ...some, ...STRICT, baseline });
        expect([bad.exitCode, bad.outputs.verdict]).toEqual([1, 'failed']);
        expect(bad.log).toContain('slower');
        expect(await filesOf(repository, bad.outputs.report ?? '')).toEqual(expect.arrayContaining([...REPORT_FILES]));
      },
      5 * MINUTES,
    );

    test(
      'only a workgroup that prepare has made is deleted, and its namespace stays',
      async () => {
        const { serverless } = clientsOf(aws);
        await serverless.createNamespace({ namespaceName: 'own' });
        const own = { ...ON_REDSHIFT, workgroup: 'own', 'when-done': 'delete' };
        expect(await done(onAws, 'warehouse-benchmark prepare', { ...own, namespace: 'own', rpus: '8' })).toMatchObject(
          {
            status: 'prepared',
          },
        );
        expect(await workgroupOf(aws, 'own')).toMatchObject({ status: 'AVAILABLE', publiclyAccessible: false });
        await measured(onAws, 'few', own);
        expect(await workgroupOf(aws, 'own')).toBeUndefined();
        expect((await serverless.getNamespace({ namespaceName: 'own' })).namespace).toMatchObject({
          status: 'AVAILABLE',
        });

        const kept = await run(onAws, 'warehouse-benchmark run', { ...ON_REDSHIFT, ...FEW, 'when-done': 'delete' });
        expect([kept.exitCode, kept.log]).toEqual([0, expect.stringContaining('belongs to the stack warehouse')]);
        expect(await workgroupOf(aws)).toMatchObject({ status: 'AVAILABLE' });
      },
      5 * MINUTES,
    );

    test("results of the article's scripts become a report that others are compared with", async () => {
      await repository.commit(
        {
          'log/rollout_sql.log': logLines(0, articleSingle()),
          ...Object.fromEntries(
            [1, 2, 3, 4, 5].map((session) => [
              `log/rollout_testing_${session}.log`,
              logLines(session, articleSession(session)),
            ]),
          ),
        },
        'Results of the scripts',
      );
      const imported = await done(withoutAny, 'warehouse-benchmark import', { logs: 'log', 'scale-factor': '3000' });
      expect(imported).toMatchObject({
        executions: '594',
        'single-user-ms': '911000',
        'longest-session-ms': '1715000',
      });
      const { report = '' } = imported;
      const baseline = await slowed(repository, report, 'quicker-import.json', 0.5);
      const compared = await run(withoutAny, 'warehouse-benchmark compare', { report, baseline });
      expect([compared.exitCode, compared.outputs]).toEqual([
        1,
        expect.objectContaining({ verdict: 'regression', regressions: '99', ratio: '2.0000' }),
      ]);
    }, 60_000);
  });
}
