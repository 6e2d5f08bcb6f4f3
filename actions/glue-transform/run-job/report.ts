import type { Json } from '../../../lib/hosts/host.ts';
import { code, link, table, text } from '../../../lib/report/markdown.ts';
import type { EndedRun } from './follow.ts';
import type { RUN_JOB_OUTPUTS } from './inputs.ts';
import type { RunPlaces } from './logs.ts';
import { costOf, dpuSecondsOf, sumOf } from './usage.ts';
import type { Verdict } from './verdict.ts';

/** Everything that is told of a run. */
export interface Told extends EndedRun {
  readonly name: string;
  readonly verdict: Verdict;
  readonly places: RunPlaces;
  /** US dollars for a DPU-hour. */
  readonly price: number | undefined;
}

type Outputs = Partial<Readonly<Record<keyof typeof RUN_JOB_OUTPUTS, string>>>;

/** Outputs of a run; one whose value Glue does not tell is left out. Pure. */
export function outputsOf({ attempts, verdict, price }: Told): Outputs {
  const last = attempts.at(-1) ?? {};
  const dpuSeconds = sumOf(attempts.map(dpuSecondsOf));
  const cost = price === undefined ? undefined : sumOf(attempts.map((run) => costOf(run, price)));
  return {
    status: verdict.status,
    'run-id': last.Id ?? '',
    state: last.JobRunState ?? '',
    attempt: String(attempts.length),
    'execution-seconds': String(last.ExecutionTime ?? 0),
    ...(dpuSeconds === undefined ? {} : { 'dpu-seconds': String(round(dpuSeconds, 2)) }),
    ...(cost === undefined ? {} : { 'cost-usd': cost.toFixed(4) }),
  };
}

/** The report in Markdown. Pure. */
export function reportOf(told: Told): string {
  const { attempts, verdict, places, name, price } = told;
  const last = attempts.at(-1) ?? {};
  const outputs = outputsOf(told);
  const workers = last.WorkerType && last.NumberOfWorkers ? `${last.NumberOfWorkers} × ${last.WorkerType}` : '';
  const rows = [
    ['job', code(name)],
    ['run', places.runPage === undefined ? code(last.Id ?? '') : link(last.Id ?? '', places.runPage)],
    ['state', code(last.JobRunState ?? '')],
    ['attempts', attempts.length === 1 ? '' : String(attempts.length)],
    ['Glue version', code(last.GlueVersion ?? '')],
    ['workers', text(workers)],
    ['started', text(last.StartedOn?.toISOString() ?? '')],
    ['ran', `${outputs['execution-seconds']} s`],
    ['DPU-seconds', outputs['dpu-seconds'] ?? ''],
    ['costs', outputs['cost-usd'] === undefined ? '' : `${outputs['cost-usd']} US dollars, by ${price} for a DPU-hour`],
  ].filter(([, value]) => String(value) !== '');
  const title = verdict.status === 'succeeded' ? 'Job run succeeded' : 'Job run failed';
  return [
    `### ${title}`,
    `${text(verdict.what)}.`,
    table(['run of a job', ''], rows).trimEnd(),
    ...(verdict.advice === undefined ? [] : failureParts(verdict.advice, places)),
  ].join('\n\n');
}

function failureParts({ cause, next }: NonNullable<Verdict['advice']>, places: RunPlaces): readonly string[] {
  const { group, stream, logPage, command } = places;
  const where = `${code(group)}${stream === undefined ? '' : `, stream ${code(stream)}`}`;
  const page = logPage === undefined ? '' : ` (${link('in the console', logPage)})`;
  return [
    `**Likely cause:** ${text(cause)}.`,
    `**Next:** ${text(next)}.`,
    `Log: ${where}${page}. At a terminal: ${code(command)}`,
  ];
}

/** Facts for the result file. Pure. */
export function resultOf({ attempts, verdict, places, name }: Told): Json {
  return {
    job: name,
    verdict: verdict.what,
    attempts: attempts.map((run) => ({
      id: run.Id ?? null,
      state: run.JobRunState ?? null,
      message: run.ErrorMessage ?? null,
      started: run.StartedOn?.toISOString() ?? null,
      executionSeconds: run.ExecutionTime ?? null,
      dpuSeconds: dpuSecondsOf(run) ?? null,
    })),
    logGroup: places.group,
    logStream: places.stream ?? null,
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
