import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { badInput, OperationFailed } from '../../../lib/errors.ts';
import type { Outcome } from '../../../lib/operation/define.ts';
import type { ImportContext } from '../import.ts';
import { writeReportFiles } from '../report/files.ts';
import { readReport } from '../report/read.ts';
import type { BenchmarkReport } from '../report/report.ts';
import { rpusOf } from '../warehouse/rpus.ts';
import { figuresOf } from './figures.ts';
import type { IMPORT_OUTPUTS } from './inputs.ts';
import { readLogFiles } from './log-files.ts';
import { type Measurements, readMeasurements } from './measurements.ts';
import { outcomeOf } from './outcome.ts';
import { reportOf } from './to-report.ts';

export interface Prepared extends Measurements {
  readonly files: readonly string[];
  readonly report: BenchmarkReport;
}

/**
 * Reads everything. Writes nothing.
 *
 * @throws BadInput with everything that cannot be read for certain, by file and line
 */
export async function prepare({ inputs, workspace, log }: ImportContext): Promise<Prepared> {
  const rpus = inputs.rpus === undefined ? undefined : rpusOf(inputs.rpus);
  const pricePerRpuHour = inputs['price-per-rpu-hour'];
  if (pricePerRpuHour !== undefined && rpus === undefined) {
    throw badInput('price-per-rpu-hour', "tells no costs without 'rpus'; give both or neither");
  }
  const files = await readLogFiles(inputs.logs, workspace);
  const { longest } = inputs;
  const measurements = readMeasurements(files, longest === undefined ? undefined : longest * 1000);
  const scaleFactor = Number(inputs['scale-factor']);
  const report = reportOf(measurements.measurements, { scaleFactor, rpus, pricePerRpuHour });
  log.info(`Read ${measurements.measurements.length} queries from ${files.map(({ shown }) => shown).join(', ')}.`);
  return { ...measurements, files: files.map(({ shown }) => shown), report };
}

/** Writes the report, and answers with its path. The same files give the same report in the same place. */
export async function execute({ inputs }: ImportContext, { report }: Prepared): Promise<string> {
  const files = await writeReportFiles({ report, directory: path.join(inputs.output, report.run) });
  return files.report;
}

/**
 * Reads the report back.
 *
 * @throws OperationFailed when it is not what was written
 */
export async function confirm(
  { workspace, log }: ImportContext,
  prepared: Prepared,
  file: string,
): Promise<Outcome<keyof typeof IMPORT_OUTPUTS>> {
  const written = await readReport('output', file);
  if (!isDeepStrictEqual(written, JSON.parse(JSON.stringify(prepared.report)))) {
    throw new OperationFailed({
      what: `'${path.relative(workspace, file)}' does not hold the report that was written to it`,
      cause: 'something else wrote to the same folder at the same time',
      next: "Run again, or give another 'output'",
    });
  }
  const outcome = outcomeOf(prepared, figuresOf(prepared.measurements), path.relative(workspace, file));
  for (const note of outcome.notes) log.info(`Note: ${note}`);
  return outcome;
}
