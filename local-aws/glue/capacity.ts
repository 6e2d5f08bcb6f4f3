/** What a worker of a type is: data processing units, and how many tasks of Spark run on it at once. */
interface WorkerType {
  readonly units: number;
  readonly tasks: number;
}

/** AWS Glue developer guide, "Worker types": a unit is 4 vCPUs, and a task runs on each vCPU. */
const WORKER_TYPES: Readonly<Record<string, WorkerType>> = {
  'G.025X': { units: 0.25, tasks: 2 },
  Standard: { units: 1, tasks: 4 },
  'G.1X': { units: 1, tasks: 4 },
  'G.2X': { units: 2, tasks: 8 },
  'G.4X': { units: 4, tasks: 16 },
  'G.8X': { units: 8, tasks: 32 },
  'G.12X': { units: 12, tasks: 48 },
  'G.16X': { units: 16, tasks: 64 },
  'R.1X': { units: 1, tasks: 4 },
  'R.2X': { units: 2, tasks: 8 },
  'R.4X': { units: 4, tasks: 16 },
  'R.8X': { units: 8, tasks: 32 },
};

export const WORKER_TYPE_NAMES: readonly string[] = Object.keys(WORKER_TYPES);

/** How large a run is: workers of a type, or data processing units. */
export interface Capacity {
  readonly workerType?: string | undefined;
  readonly numberOfWorkers?: number | undefined;
  readonly maxCapacity?: number | undefined;
}

/** More threads make a run on one machine no quicker. */
const MOST_THREADS = 16;

/**
 * The Spark master that stands for the workers of a run. One of them is the driver, and has no tasks; so the number of
 * partitions that data gets by default is that of Glue.
 */
export function masterOf({ workerType, numberOfWorkers, maxCapacity }: Capacity): string {
  const workers = workerType === undefined ? Math.floor(maxCapacity ?? 2) : (numberOfWorkers ?? 2);
  const tasks = (WORKER_TYPES[workerType ?? 'G.1X']?.tasks ?? 4) * (workers - 1);
  return `local[${Math.min(Math.max(tasks, 1), MOST_THREADS)}]`;
}

/** The data processing units of a run. */
export function unitsOf({ workerType, numberOfWorkers, maxCapacity }: Capacity): number {
  if (workerType === undefined) return maxCapacity ?? 2;
  return (WORKER_TYPES[workerType]?.units ?? 1) * (numberOfWorkers ?? 2);
}
