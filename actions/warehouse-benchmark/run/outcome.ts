import path from 'node:path';
import { OperationFailed } from '../../../lib/errors.ts';
import type { Json } from '../../../lib/hosts/host.ts';
import type { Outcome } from '../../../lib/operation/define.ts';
import { findingsOf } from '../compare/findings.ts';
import { comparisonMarkdown } from '../compare/markdown.ts';
import { outcomeOf as outcomeOfComparison } from '../compare/outcome.ts';
import type { Figure } from '../report/figure.ts';
import { reportMarkdown } from '../report/markdown.ts';
import type { BenchmarkReport, Execution } from '../report/report.ts';
import { type Totals, totalsOf } from '../report/totals.ts';
import { verdictText } from '../report/verdict.ts';
import type { RunContext } from '../run.ts';
import type { Executed } from './hooks.ts';
import type { RUN_OUTPUTS } from './inputs.ts';

type Outputs = Readonly<Record<keyof typeof RUN_OUTPUTS, string>>;

/** Executions that the message of a failure names; the report has all. */
const MOST_TOLD = 10;

/**
 * What the run came to.
 *
 * @throws OperationFailed when a query did not pass, or something is worse than the baseline allows; files and outputs are
 *   written all the same
 */
export async function outcomeOf(context: RunContext, executed: Executed): Promise<Outcome<keyof typeof RUN_OUTPUTS>> {
  const { report, comparison } = executed;
  const totals = totalsOf(report);
  const outputs = outputsOf(context, executed, totals);
  const markdown = [
    reportMarkdown(report, totals),
    ...(comparison === undefined ? [] : [comparisonMarkdown(comparison, findingsOf(comparison))]),
  ].join('\n');
  if (totals.verdict.outcome === 'failed') {
    await context.host.setOutputs(outputs);
    throw notPassed(report, totals, outputs, markdown);
  }
  if (comparison !== undefined) {
    try {
      outcomeOfComparison(comparison, context.inputs['fail-on']);
    } catch (error) {
      await context.host.setOutputs({ ...outputs, verdict: 'failed' });
      throw error instanceof OperationFailed
        ? new OperationFailed({ ...error.explanation, report: markdown }, { cause: error })
        : error;
    }
  }
  return {
    summary: `${verdictText(totals.verdict)}. The report is ${outputs.report}.`,
    outputs,
    report: markdown,
    result: { totals: totals as unknown as Json, ...(comparison && { comparison: comparison as unknown as Json }) },
  };
}

function outputsOf({ workspace }: RunContext, { report, files }: Executed, totals: Totals): Outputs {
  const relative = (file: string) => path.relative(workspace, file);
  const milliseconds = (figure: Figure | undefined) => figure?.value?.toFixed(3) ?? '';
  const { single, concurrent, cost, verdict } = totals;
  return {
    'run-id': report.run,
    verdict: verdict.outcome,
    report: relative(files.report),
    'summary-file': relative(files.summary),
    'junit-file': relative(files.junit),
    passed: String(verdict.counts.passed),
    executions: String(verdict.planned),
    'single-user-ms': milliseconds(single?.sum),
    'geometric-mean-ms': milliseconds(single?.geometricMean),
    'concurrent-ms': milliseconds(concurrent?.wallClock),
    'cost-usd': cost?.total.value?.toFixed(2) ?? '',
  };
}

function notPassed(report: BenchmarkReport, totals: Totals, outputs: Outputs, markdown: string): OperationFailed {
  const failed = report.executions.filter(({ part, status }) => part !== 'warm-up' && status !== 'passed');
  const told = failed.slice(0, MOST_TOLD).map(sentence);
  const more = failed.length > told.length ? [`… and ${failed.length - told.length} more; see the report`] : [];
  return new OperationFailed({
    what: [`${verdictText(totals.verdict)}:`, ...told, ...more].join('\n'),
    cause: causeOf(failed),
    next: `Look at ${outputs['summary-file']}; 'queries' runs single ones again`,
    report: markdown,
    data: { outputs, totals },
  });
}

function sentence({ part, session, query, status, message }: Execution): string {
  const where = part === 'concurrent' ? ` in session ${session}` : '';
  return `query ${query}${where} ${status}${message === undefined ? '' : `: ${message}`}`;
}

function causeOf(failed: readonly Execution[]): string {
  const has = (status: Execution['status']) => failed.some((execution) => execution.status === status);
  return [
    ...(has('failed') ? ['a statement that the warehouse does not take, or a fault of the warehouse'] : []),
    ...(has('timed-out') ? ["queries that need more time than 'query-timeout', or more capacity"] : []),
    ...(has('wrong-answer') ? ['data that was changed, or an engine that answers otherwise'] : []),
    ...(has('from-cache') ? ['a workgroup that does not let its sessions leave the result cache'] : []),
  ].join('; ');
}
