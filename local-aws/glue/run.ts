import { randomBytes } from 'node:crypto';
import { unitsOf } from './capacity.ts';
import type { Job, RunSettings } from './job.ts';

/** What a run belongs to. */
export interface Owner {
  readonly account: string;
  readonly region: string;
}

/** AWS Glue developer guide, "AWS Glue job run statuses". */
export type RunState = 'WAITING' | 'STARTING' | 'RUNNING' | 'STOPPING' | 'STOPPED' | 'SUCCEEDED' | 'FAILED' | 'TIMEOUT';

/** Why a run ends before its script does; `forgotten` when the local AWS is reset or stops. */
export type EarlyEnd = 'stopped' | 'timeout' | 'forgotten';

/** How a run has ended. */
export interface Ending {
  readonly state: 'SUCCEEDED' | 'FAILED' | 'STOPPED' | 'TIMEOUT';
  readonly error?: string;
}

/** One run of a job. */
export interface Run {
  readonly id: string;
  readonly previousId: string | undefined;
  readonly attempt: number;
  readonly owner: Owner;
  readonly job: Job;
  readonly settings: RunSettings;
  /** Those of the job, of the run, and those of the job that no run changes. */
  readonly arguments: Readonly<Record<string, string>>;
  readonly started: number;
  /** Aborted, with an `EarlyEnd`, to end it. */
  readonly ending: AbortController;
  state: RunState;
  modified: number;
  /** When its process began. */
  running: number | undefined;
  completed: number | undefined;
  error: string | undefined;
  /** Resolves when it has ended and its process is gone. */
  done: Promise<void>;
}

export type RunRequest = Pick<Run, 'owner' | 'job' | 'settings' | 'arguments'>;

/** @param previous the run that it repeats */
export function makeRun({ owner, job, settings, arguments: given }: RunRequest, previous?: Run): Run {
  const now = Date.now();
  const attempt = previous ? previous.attempt + 1 : 0;
  const id = previous
    ? `${previous.id.replace(/_attempt_\d+$/, '')}_attempt_${attempt}`
    : `jr_${randomBytes(32).toString('hex')}`;
  return {
    id,
    previousId: previous?.id,
    attempt,
    owner,
    job,
    settings,
    arguments: given,
    started: now,
    ending: new AbortController(),
    state: 'STARTING',
    modified: now,
    running: undefined,
    completed: undefined,
    error: undefined,
    done: Promise.resolve(),
  };
}

export function move(run: Run, state: RunState): void {
  run.state = state;
  run.modified = Date.now();
}

export function finish(run: Run, { state, error }: Ending): void {
  move(run, state);
  run.completed = run.modified;
  run.error = error;
}

/** Whether it takes one of the places of its job. */
export function isActive({ state }: Run): boolean {
  return state === 'STARTING' || state === 'RUNNING' || state === 'STOPPING';
}

export function hasEnded(run: Run): boolean {
  return !isActive(run) && run.state !== 'WAITING';
}

/** CloudWatch Logs groups begin with this, followed by `/output` and `/error`. */
export function logGroupOf({ commandName }: Job): string {
  return commandName === 'pythonshell' ? '/aws-glue/python-jobs' : '/aws-glue/jobs';
}

/** A run as the API tells it. Glue API reference, "JobRun structure". */
export function shown(run: Run): Readonly<Record<string, unknown>> {
  const { job, settings } = run;
  const units = unitsOf(settings);
  const executionSeconds = Math.round(((run.completed ?? Date.now()) - (run.running ?? run.started)) / 1000);
  const executionTime = run.running === undefined ? 0 : executionSeconds;
  // Only told where the number of workers may change. Same source, DPUSeconds.
  const hasUnitSeconds = settings.executionClass === 'FLEX' || run.arguments['--enable-auto-scaling'] === 'true';
  return {
    Id: run.id,
    Attempt: run.attempt,
    ...(run.previousId !== undefined && { PreviousRunId: run.previousId }),
    JobName: job.name,
    ...(job.jobMode !== undefined && { JobMode: job.jobMode }),
    JobRunQueuingEnabled: settings.isQueued,
    StartedOn: run.started / 1000,
    LastModifiedOn: run.modified / 1000,
    ...(run.completed !== undefined && { CompletedOn: run.completed / 1000 }),
    JobRunState: run.state,
    Arguments: run.arguments,
    ...(run.error !== undefined && { ErrorMessage: run.error }),
    PredecessorRuns: [],
    AllocatedCapacity: Math.floor(units),
    ExecutionTime: executionTime,
    Timeout: settings.timeoutMinutes,
    MaxCapacity: units,
    ...(settings.workerType !== undefined && {
      WorkerType: settings.workerType,
      NumberOfWorkers: settings.numberOfWorkers,
    }),
    ...(settings.securityConfiguration !== undefined && { SecurityConfiguration: settings.securityConfiguration }),
    LogGroupName: logGroupOf(job),
    GlueVersion: job.glueVersion,
    ...(hasUnitSeconds && run.completed !== undefined && { DPUSeconds: executionTime * units }),
    ...(settings.executionClass !== undefined && { ExecutionClass: settings.executionClass }),
  };
}
