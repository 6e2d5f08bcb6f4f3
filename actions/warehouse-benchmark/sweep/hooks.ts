import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { badInput, OperationFailed, Refused } from '../../../lib/errors.ts';
import { replaceFile } from '../../../lib/hosts/files.ts';
import type { Json } from '../../../lib/hosts/host.ts';
import type { Context, Outcome } from '../../../lib/operation/define.ts';
import { checkStatementSizes } from '../engine/redshift/statement-size.ts';
import type { QuerySet } from '../queries/query-set.ts';
import { writeReportFiles } from '../report/files.ts';
import { readReport } from '../report/read.ts';
import type { BenchmarkReport } from '../report/report.ts';
import { verdictText } from '../report/verdict.ts';
import { connect } from '../run/connect.ts';
import { differentSettings } from '../run/different-settings.ts';
import { hasEnded } from '../run/journal.ts';
import { measure, settingOf, withQueries } from '../run/measure.ts';
import { askedOf, folderOf, newRunName, queriesOf, textsOf } from '../run/subject.ts';
import type { SweepContext } from '../sweep.ts';
import { noteCapacity } from '../warehouse/capacity-note.ts';
import { checkTables } from '../warehouse/check-tables.ts';
import { parseWarehouse, type Warehouse } from '../warehouse/choose.ts';
import { endUse, endUseState } from '../warehouse/end-use.ts';
import { existingWorkgroup } from '../warehouse/existing-workgroup.ts';
import { rpusOf } from '../warehouse/rpus.ts';
import { resizeWorkgroup } from '../warehouse/workgroup.ts';
import type { SWEEP_OUTPUTS } from './inputs.ts';
import { costOfPoint, efficient, pointOf, type SweepPoint } from './point.ts';
import { sweepChart, sweepMarkdown } from './report.ts';

interface Prepared {
  readonly sweep: string;
  readonly directory: string;
  readonly warehouse: Warehouse & { readonly engine: 'redshift' };
  readonly queries: QuerySet;
  /** In ascending order. */
  readonly capacities: readonly number[];
}

/** Reads and checks everything that can be wrong before a statement costs anything. Changes nothing. */
export async function prepare(context: SweepContext): Promise<Prepared> {
  const { inputs } = context;
  const warehouse = parseWarehouse(context);
  if (warehouse.engine !== 'redshift') throw new Error(`A sweep has no engine '${warehouse.engine}'`);
  const capacities = [...new Set(inputs.capacities.map(rpusOf))].sort((a, b) => a - b);
  if (capacities.length < 2)
    throw badInput('capacities', 'has fewer than two different capacities; there is nothing to compare');
  if (inputs.sessions === 0 && inputs.iterations === 0) {
    throw badInput('iterations', "is 0 and 'sessions' is 0, so that nothing would be measured");
  }
  const sweep = inputs['run-id'] ?? newRunName(context);
  const queries = await queriesOf(context, inputs.sessions);
  checkStatementSizes('query-folder', textsOf(queries, inputs.sessions));
  return { sweep, directory: folderOf(inputs.output, sweep), warehouse, queries, capacities };
}

/** Measures at each capacity, the smallest first. What an earlier try has measured whole is read and not run again. */
export async function execute(context: SweepContext, prepared: Prepared): Promise<readonly SweepPoint[]> {
  const { aws, log } = context;
  const { sweep, directory, warehouse, capacities } = prepared;
  const { workgroup } = warehouse;
  const found = await existingWorkgroup(context, workgroup);
  await context.keepForCleanup({ workgroup, whenDone: 'restore' });
  await noteCapacity(context, found);
  log.info(`Sweep '${sweep}' in ${aws.region}. Should it break off, 'run-id: ${sweep}' goes on with it.`);
  const points: SweepPoint[] = [];
  for (const rpus of capacities) {
    const run = `${sweep}-${rpus}`;
    const place = { rpus, run, directory: path.join(directory, String(rpus)) };
    const report = hasEnded(place.directory)
      ? await measuredBefore(context, prepared, place)
      : await measureAt(context, prepared, place);
    points.push(pointOf(report, rpus));
  }
  return points;
}

interface Place {
  readonly rpus: number;
  readonly run: string;
  readonly directory: string;
}

/** @throws Refused when an earlier try of this sweep measured something else, so that its capacities could not be compared */
async function measuredBefore(
  { inputs, log }: SweepContext,
  prepared: Prepared,
  place: Place,
): Promise<BenchmarkReport> {
  const { warehouse, queries, sweep } = prepared;
  const report = await readReport('run-id', path.join(place.directory, 'report.json'));
  const { engine: _, ...before } = report.setting;
  const now = withQueries(queries, askedOf(inputs, warehouse.scaleFactor, false));
  const different = differentSettings(before, now);
  if (different.length > 0) {
    throw new Refused({
      what: `The sweep '${sweep}' was begun with another setting: ${different.join('; ')}`,
      cause: 'an input or the queries have changed since',
      next: "Give the inputs of that sweep to go on with it, or leave 'run-id' out for a new one. Nothing was run",
    });
  }
  log.info(`${place.rpus} RPUs were measured before.`);
  return report;
}

async function measureAt(
  context: SweepContext,
  { warehouse, queries }: Prepared,
  { rpus, run, directory }: Place,
): Promise<BenchmarkReport> {
  const { inputs, clock, log, signal } = context;
  await resizeWorkgroup(context, warehouse.workgroup, rpus, inputs['resize-timeout'] * 1000);
  log.info(`Measuring at ${rpus} RPUs.`);
  const engine = await connect(warehouse, { run, rpus, sessions: inputs.sessions }, context);
  try {
    const session = await engine.openSession('checks');
    await checkTables(session, { scaleFactor: warehouse.scaleFactor, schema: warehouse.schema, signal });
    await session.close();
    return await measure({
      run,
      directory,
      engine,
      queries,
      setting: settingOf(engine, queries, askedOf(inputs, warehouse.scaleFactor, false)),
      checksAnswers: inputs['check-answers'],
      clock,
      log,
      signal,
      write: async (report) => void (await writeReportFiles({ report, directory })),
    });
  } finally {
    await engine.close();
  }
}

/**
 * Writes what the sweep came to.
 *
 * @throws OperationFailed when a query did not pass at some capacity
 */
export async function confirm(
  { workspace, host }: SweepContext,
  { sweep, directory }: Prepared,
  points: readonly SweepPoint[],
): Promise<Outcome<keyof typeof SWEEP_OUTPUTS>> {
  const files = {
    sweep: path.join(directory, 'sweep.json'),
    summary: path.join(directory, 'summary.md'),
    chart: path.join(directory, 'charts', 'cost-time.svg'),
  };
  await mkdir(path.dirname(files.chart), { recursive: true });
  replaceFile(files.chart, sweepChart(points));
  replaceFile(files.summary, sweepMarkdown(points, 'charts/cost-time.svg'));
  replaceFile(files.sweep, `${JSON.stringify({ sweep, points }, null, 2)}\n`);

  const failed = points.filter(({ verdict }) => verdict.outcome === 'failed');
  const best = efficient(points);
  const least = (by: (point: SweepPoint) => number) =>
    [...best].sort((a, b) => by(a) - by(b))[0]?.rpus.toString() ?? '';
  const relative = (file: string) => path.relative(workspace, file);
  const outputs = {
    'run-id': sweep,
    verdict: failed.length === 0 ? 'passed' : 'failed',
    'sweep-file': relative(files.sweep),
    'summary-file': relative(files.summary),
    chart: relative(files.chart),
    efficient: best.map(({ rpus }) => rpus).join(','),
    fastest: least(({ timeMs }) => timeMs),
    cheapest: least(costOfPoint),
  };
  const report = sweepMarkdown(points);
  if (failed.length > 0) {
    await host.setOutputs(outputs);
    throw new OperationFailed({
      what: failed.map(({ rpus, verdict }) => `At ${rpus} RPUs ${verdictText(verdict)}`).join('; '),
      cause: 'a query needs more time or memory than the capacity gives, or does not run at all',
      next: `Look at ${outputs['summary-file']}, and at the report of that capacity beside it`,
      report,
      data: { outputs, points },
    });
  }
  return {
    summary: `Efficient capacities: ${outputs.efficient} RPUs. The chart is ${outputs.chart}.`,
    outputs,
    report,
    result: { points } as unknown as Json,
  };
}

/** Gives the workgroup the capacity back that it had. */
export async function cleanUp(state: Json, context: Pick<Context, 'log' | 'aws' | 'clock' | 'signal'>): Promise<void> {
  await endUse(endUseState(state), context);
}
