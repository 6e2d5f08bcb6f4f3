import type { JobRun } from '@aws-sdk/client-glue';

/** Source: Glue API reference, "JobRun", "WorkerType". A DPU is 4 virtual processors and 16 GB. */
const DPUS: Readonly<Record<string, number>> = {
  Standard: 1,
  'G.025X': 0.25,
  'G.1X': 1,
  'G.2X': 2,
  'G.4X': 4,
  'G.8X': 8,
  'G.12X': 12,
  'G.16X': 16,
  'R.1X': 1,
  'R.2X': 2,
  'R.4X': 4,
  'R.8X': 8,
  'Z.2X': 2,
};

/** DPUs that a run has; undefined when Glue does not tell. Pure. */
export function capacityOf(run: JobRun): number | undefined {
  const { MaxCapacity: capacity, WorkerType: type = '', NumberOfWorkers: workers } = run;
  // Null and 0 stand for a capacity that is given by workers.
  if (capacity) return capacity;
  const each = Object.hasOwn(DPUS, type) ? DPUS[type] : undefined;
  return each === undefined || workers === undefined ? undefined : each * workers;
}

/**
 * DPU-seconds that a run used; undefined when Glue does not tell. With auto scaling and the flexible class Glue counts them
 * itself. Pure.
 */
export function dpuSecondsOf(run: JobRun): number | undefined {
  if (run.DPUSeconds) return run.DPUSeconds;
  const capacity = capacityOf(run);
  return capacity === undefined ? undefined : capacity * (run.ExecutionTime ?? 0);
}

/**
 * Costs of a run in US dollars by a price for a DPU-hour; undefined when the use is not known. A run is billed for a minute
 * at least, up to Glue 1.0 for ten. Pure.
 *
 * Source: AWS Glue pricing, "ETL jobs".
 */
export function costOf(run: JobRun, price: number): number | undefined {
  const used = dpuSecondsOf(run);
  if (used === undefined) return undefined;
  const least = (run.GlueVersion ?? '').match(/^[01]\./) ? 600 : 60;
  const hasRun = (run.ExecutionTime ?? 0) > 0;
  const billed = hasRun && !run.DPUSeconds ? Math.max(used, least * (capacityOf(run) ?? 0)) : used;
  return (billed / 3600) * price;
}

/** The sum; undefined when a part is. Pure. */
export function sumOf(values: readonly (number | undefined)[]): number | undefined {
  return values.reduce<number | undefined>(
    (sum, value) => (sum === undefined || value === undefined ? undefined : sum + value),
    0,
  );
}
