import type { Outcome } from '../../../lib/operation/define.ts';
import type { CompareContext } from '../compare.ts';
import { readReport } from '../report/read.ts';
import { compareReports } from './compare.ts';
import type { COMPARE_OUTPUTS } from './inputs.ts';
import { outcomeOf, outputsOf } from './outcome.ts';

/**
 * Reads both reports and compares them.
 *
 * @throws BadInput for a file that is no report, Refused when the two must not be compared, OperationFailed with what is
 *   worse
 */
export async function read({ inputs, host, log }: CompareContext): Promise<Outcome<keyof typeof COMPARE_OUTPUTS>> {
  const current = await readReport('report', inputs.report);
  const baseline = await readReport('baseline', inputs.baseline);
  const comparison = compareReports(current, baseline, {
    thresholdPercent: inputs.threshold,
    minimumMs: inputs.minimum,
  });
  for (const note of comparison.notes) log.info(`Note: ${note}`);
  // The frame sets no outputs of a failure, and a later step may want to tell people.
  await host.setOutputs(outputsOf(comparison));
  return outcomeOf(comparison, inputs['fail-on']);
}
