import { badInput } from '../../../lib/errors.ts';
import type { Json } from '../../../lib/hosts/host.ts';
import type { Context, Outcome } from '../../../lib/operation/define.ts';
import { checkComparable, compareReports } from '../compare/compare.ts';
import type { Comparison } from '../compare/comparison.ts';
import type { Engine } from '../engine/engine.ts';
import { checkStatementSizes } from '../engine/redshift/statement-size.ts';
import type { QuerySet } from '../queries/query-set.ts';
import { type ReportFiles, writeReportFiles } from '../report/files.ts';
import { readReport } from '../report/read.ts';
import type { BenchmarkReport } from '../report/report.ts';
import { checkReportTables, writeReportTables } from '../report-tables/report-tables.ts';
import type { RunContext } from '../run.ts';
import { noteCapacity } from '../warehouse/capacity-note.ts';
import { checkTables } from '../warehouse/check-tables.ts';
import { parseWarehouse, type Warehouse } from '../warehouse/choose.ts';
import { endUse, endUseState, type UseOfWorkgroup } from '../warehouse/end-use.ts';
import { existingWorkgroup } from '../warehouse/existing-workgroup.ts';
import { rpusOf } from '../warehouse/rpus.ts';
import { resizeWorkgroup } from '../warehouse/workgroup.ts';
import { connect } from './connect.ts';
import { RUN_INPUTS, type RUN_OUTPUTS } from './inputs.ts';
import { refuseEndedRun } from './journal.ts';
import { measure, settingOf } from './measure.ts';
import { outcomeOf } from './outcome.ts';
import { askedOf, folderOf, newRunName, queriesOf, textsOf } from './subject.ts';

export interface Prepared {
  readonly run: string;
  readonly directory: string;
  readonly warehouse: Warehouse;
  readonly queries: QuerySet;
  readonly baseline: BenchmarkReport | undefined;
  /** Base capacity that the workgroup is to have; undefined for the one that it has. */
  readonly rpus: number | undefined;
}

export interface Executed {
  readonly report: BenchmarkReport;
  readonly files: ReportFiles;
  readonly comparison: Comparison | undefined;
}

/**
 * Reads and checks everything that can be wrong before a statement costs anything. Changes nothing, but says what the cleanup
 * has to do.
 */
export async function prepare(context: RunContext): Promise<Prepared> {
  const { inputs } = context;
  const warehouse = parseWarehouse(context, {
    rpus: inputs.rpus !== undefined,
    'when-done': inputs['when-done'] !== RUN_INPUTS['when-done'].default,
    'reports-schema': inputs['reports-schema'] !== undefined,
    'price-per-rpu-hour': inputs['price-per-rpu-hour'] !== undefined,
  });
  // Said first: `prepare` may have resized it already, and that is undone whatever is wrong here.
  const use = useOfWorkgroup(context, warehouse);
  if (use !== undefined) await context.keepForCleanup({ ...use });
  if (inputs.sessions === 0 && inputs.iterations === 0 && !inputs.explain) {
    throw badInput('iterations', "is 0 and 'sessions' is 0, so that nothing would be measured");
  }
  const run = inputs['run-id'] ?? newRunName(context);
  const directory = folderOf(inputs.output, run);
  refuseEndedRun(directory, run);
  const baseline = inputs.baseline === undefined ? undefined : await readReport('baseline', inputs.baseline);
  const sessions = inputs.explain ? 0 : inputs.sessions;
  const queries = await queriesOf(context, sessions);
  if (warehouse.engine === 'redshift') checkStatementSizes('query-folder', textsOf(queries, sessions));
  const rpus = inputs.rpus === undefined ? undefined : rpusOf(inputs.rpus);
  return { run, directory, warehouse, queries, baseline, rpus };
}

/** Measures. What is done to the workgroup is undone by `cleanUp`, however this ends. */
export async function execute(context: RunContext, prepared: Prepared): Promise<Executed> {
  const { inputs, log } = context;
  const { run, directory, warehouse, queries, baseline } = prepared;
  const rpus = warehouse.engine === 'redshift' ? await readyWorkgroup(context, prepared, warehouse.workgroup) : 0;
  log.info(`Run '${run}'. Should it break off, 'run-id: ${run}' goes on with it.`);
  const engine = await connect(warehouse, { run, rpus, sessions: inputs.sessions }, context);
  try {
    const setting = settingOf(engine, queries, askedOf(inputs, warehouse.scaleFactor, inputs.explain));
    if (baseline !== undefined) checkComparable(setting, baseline.setting);
    await checkBefore(context, prepared, engine);
    let files: ReportFiles | undefined;
    const report = await measure({
      ...prepared,
      engine,
      setting,
      checksAnswers: inputs['check-answers'],
      clock: context.clock,
      log,
      signal: context.signal,
      write: async (measured) => {
        files = await writeReportFiles({
          report: measured,
          directory,
          ...(baseline === undefined ? {} : { baseline }),
        });
        await keepInWarehouse(context, engine, measured);
      },
    });
    if (files === undefined) throw new Error('measure has not written the report');
    const options = { thresholdPercent: inputs.threshold, minimumMs: inputs.minimum };
    return {
      report,
      files,
      comparison: baseline === undefined ? undefined : compareReports(report, baseline, options),
    };
  } finally {
    await engine.close();
  }
}

export async function confirm(
  context: RunContext,
  _prepared: Prepared,
  executed: Executed,
): Promise<Outcome<keyof typeof RUN_OUTPUTS>> {
  return await outcomeOf(context, executed);
}

/** Gives the workgroup back, as `when-done` says. */
export async function cleanUp(state: Json, context: Pick<Context, 'log' | 'aws' | 'clock' | 'signal'>): Promise<void> {
  await endUse(endUseState(state), context);
}

/** What becomes of the workgroup in the end; undefined when nothing does. */
function useOfWorkgroup({ inputs }: RunContext, warehouse: Warehouse): UseOfWorkgroup | undefined {
  const whenDone = inputs['when-done'];
  if (warehouse.engine !== 'redshift' || whenDone === 'keep') return undefined;
  return { workgroup: warehouse.workgroup, whenDone };
}

/**
 * The workgroup with the capacity that was asked for.
 *
 * @returns its base capacity
 */
async function readyWorkgroup(context: RunContext, { rpus }: Prepared, name: string): Promise<number> {
  const { inputs } = context;
  const found = await existingWorkgroup(context, name);
  if (rpus === undefined || rpus === found.rpus) return found.rpus;
  if (inputs['when-done'] === 'restore') await noteCapacity(context, found);
  const { after } = await resizeWorkgroup(context, name, rpus, inputs['resize-timeout'] * 1000);
  return after.rpus;
}

/** What would make hours of measuring worthless: other tables than the scale factor's, and no place for the results. */
async function checkBefore({ inputs, signal }: RunContext, { warehouse }: Prepared, engine: Engine): Promise<void> {
  const session = await engine.openSession('checks');
  try {
    const schema = warehouse.engine === 'redshift' ? warehouse.schema : undefined;
    await checkTables(session, { scaleFactor: warehouse.scaleFactor, schema, signal });
    const reports = inputs['reports-schema'];
    if (reports === undefined) return;
    await checkReportTables(session, { schema: reports, replace: inputs['replace-reports'], signal });
  } finally {
    await session.close();
  }
}

async function keepInWarehouse(
  { inputs, signal, log }: RunContext,
  engine: Engine,
  report: BenchmarkReport,
): Promise<void> {
  const schema = inputs['reports-schema'];
  // Plans are no results.
  if (schema === undefined || report.setting.mode === 'explain') return;
  const session = await engine.openSession('reports');
  try {
    await writeReportTables(session, { schema, replace: inputs['replace-reports'], report, signal });
    log.info(`The results are in the tables of the schema ${schema}.`);
  } finally {
    await session.close();
  }
}
