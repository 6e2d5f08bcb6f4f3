import { type Capacity, WORKER_TYPE_NAMES } from './capacity.ts';
import { invalid } from './error.ts';
import { Members } from './members.ts';

/** What StartJobRun may say of a run, and a job says of all its runs. */
export interface RunSettings extends Capacity {
  readonly timeoutMinutes?: number | undefined;
  readonly executionClass?: string | undefined;
  readonly securityConfiguration?: string | undefined;
  /** A run beyond the number that may run at once waits, and is not refused. */
  readonly isQueued?: boolean | undefined;
}

/** The definition of a job. */
export interface Job {
  readonly name: string;
  /** A name or an ARN. */
  readonly role: string;
  readonly commandName: string;
  readonly scriptLocation: string;
  readonly glueVersion: string;
  readonly jobMode: string | undefined;
  readonly arguments: Readonly<Record<string, string>>;
  readonly fixedArguments: Readonly<Record<string, string>>;
  readonly maxRetries: number;
  readonly maxConcurrentRuns: number;
  readonly settings: RunSettings;
}

// Source of the limits and defaults: Glue API reference, "Job" and "StartJobRun".
const LONGEST_MINUTES = 7 * 24 * 60;
export const DEFAULT_MINUTES = 2880;
const MOST = 1_000_000;

/** Reads the answer to GetJob. */
export function readJob(answer: unknown): Job {
  const job = new Members(answer).object('Job');
  const command = job.object('Command');
  return {
    name: job.required('Name'),
    role: job.required('Role'),
    commandName: command.required('Name'),
    scriptLocation: command.required('ScriptLocation'),
    glueVersion: job.text('GlueVersion') ?? '5.1',
    jobMode: job.text('JobMode'),
    arguments: job.map('DefaultArguments') ?? {},
    fixedArguments: job.map('NonOverridableArguments') ?? {},
    maxRetries: job.integer('MaxRetries', 0, 10) ?? 0,
    maxConcurrentRuns: job.object('ExecutionProperty').integer('MaxConcurrentRuns', 1, MOST) ?? 1,
    settings: readSettings(job),
  };
}

/** @throws GlueError InvalidInputException for what cannot go together or is out of range */
export function readSettings(members: Members): RunSettings {
  const workerType = members.text('WorkerType');
  const numberOfWorkers = members.integer('NumberOfWorkers', 1, MOST);
  const maxCapacity = members.number('MaxCapacity') ?? members.integer('AllocatedCapacity', 1, MOST);
  if (maxCapacity !== undefined && (workerType !== undefined || numberOfWorkers !== undefined)) {
    throw invalid('MaxCapacity cannot be given together with WorkerType or NumberOfWorkers.');
  }
  if (workerType !== undefined && !WORKER_TYPE_NAMES.includes(workerType)) {
    throw invalid(`There is no worker type '${workerType}'; there are ${WORKER_TYPE_NAMES.join(', ')}.`);
  }
  return {
    workerType,
    numberOfWorkers,
    maxCapacity,
    timeoutMinutes: members.integer('Timeout', 1, LONGEST_MINUTES),
    executionClass: members.text('ExecutionClass'),
    securityConfiguration: members.text('SecurityConfiguration'),
    isQueued: members.flag('JobRunQueuingEnabled'),
  };
}

/** The settings of a run: its own before those of the job. A capacity of its own stands for all of the job's. */
export function settingsOf(job: RunSettings, own: RunSettings): RunSettings {
  const isOwnCapacity = own.maxCapacity !== undefined;
  return {
    workerType: own.workerType ?? (isOwnCapacity ? undefined : job.workerType),
    numberOfWorkers: own.numberOfWorkers ?? (isOwnCapacity ? undefined : job.numberOfWorkers),
    maxCapacity:
      own.maxCapacity ??
      (own.workerType === undefined && own.numberOfWorkers === undefined ? job.maxCapacity : undefined),
    timeoutMinutes: own.timeoutMinutes ?? job.timeoutMinutes ?? DEFAULT_MINUTES,
    executionClass: own.executionClass ?? job.executionClass,
    securityConfiguration: own.securityConfiguration ?? job.securityConfiguration,
    isQueued: own.isQueued ?? job.isQueued ?? false,
  };
}
