import { createHash } from 'node:crypto';
import type { Job, JobRun } from '@aws-sdk/client-glue';
import type { Json } from '../../../lib/hosts/host.ts';
import type { Arguments } from './arguments.ts';

/**
 * By what a run that was started from here is found again when its id is not known: StartJobRun has no client token, and a
 * run no tags. JSON without the values of arguments.
 */
export type RunMark = {
  /** The newest runs from before. */
  readonly before: readonly string[];
  /** When the newest of them was started, in milliseconds since 1970 by Glue's clock; 0 without any. */
  readonly since: number;
  /** Names of the run's own arguments. */
  readonly names: readonly string[];
  /** SHA-256 of the run's own arguments. */
  readonly digest: string;
  /** Names of arguments that a run has from its job. */
  readonly fromJob: readonly string[];
};

/** Milliseconds by which the times of two runs may be out of order. */
const SLACK = 60_000;
/** What Glue adds to the arguments of a run. Source: Glue developer guide, "Using job parameters". */
const ADDED: readonly string[] = ['--JOB_NAME', '--JOB_ID', '--JOB_RUN_ID'];

/** The mark of a run that is about to be started. Pure. */
export function markOf(runs: readonly JobRun[], given: Arguments, job: Job): RunMark {
  const names = Object.keys(given).toSorted();
  return {
    before: runs.flatMap(({ Id: id }) => id ?? []),
    since: Math.max(0, ...runs.map(startOf)),
    names,
    digest: digestOf(names, given),
    fromJob: Object.keys({ ...job.DefaultArguments, ...job.NonOverridableArguments }),
  };
}

/**
 * The run with a mark: the first that was started since by a call with the same arguments. Somebody else's call at the same
 * time with the same arguments cannot be told from ours; both do the same. Pure.
 */
export function markedRun(runs: readonly JobRun[], mark: RunMark): JobRun | undefined {
  return runs
    .filter((run) => isMarked(run, mark))
    .toSorted((a, b) => startOf(a) - startOf(b))
    .at(0);
}

function isMarked(run: JobRun, { before, since, names, digest, fromJob }: RunMark): boolean {
  const { Id: id, TriggerName: trigger = '', PreviousRunId: previous = '', Arguments: given = {} } = run;
  if (id === undefined || before.includes(id) || startOf(run) < since - SLACK) return false;
  if (trigger !== '' || previous !== '') return false;
  // Glue may show the job's own arguments among those of the run.
  const others = Object.keys(given).filter((name) => !names.includes(name));
  return others.every((name) => fromJob.includes(name) || ADDED.includes(name)) && digestOf(names, given) === digest;
}

function digestOf(names: readonly string[], given: Arguments): string {
  const pairs = names.map((name) => [name, given[name] ?? null]);
  return createHash('sha256').update(JSON.stringify(pairs)).digest('hex');
}

function startOf({ StartedOn: started }: JobRun): number {
  return started?.getTime() ?? 0;
}

/** Whether saved JSON is a mark. */
export function isMark(value: Json | undefined): value is RunMark {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { before, since, names, digest, fromJob } = value as { readonly [key: string]: Json };
  const areTexts = [before, names, fromJob].every(
    (list) => Array.isArray(list) && list.every((entry) => typeof entry === 'string'),
  );
  return areTexts && typeof since === 'number' && typeof digest === 'string';
}
