import type { Explanation } from '../../../lib/errors.ts';
import type { Json } from '../../../lib/hosts/host.ts';
import type { Outcome, Plan } from '../../../lib/operation/define.ts';
import { code, table, text } from '../../../lib/report/markdown.ts';
import { at, explainAt, notEverywhere, overtaken } from '../failures.ts';
import type { PublishedTarget, PublishedTransform } from './apply.ts';
import type { PUBLISH_OUTPUTS } from './inputs.ts';
import type { PlannedUse, PublishDetails } from './plan.ts';

type PublishOutcome = Outcome<keyof typeof PUBLISH_OUTPUTS>;

/** An account and Region after it was looked at again. */
export interface Confirmed extends PublishedTarget {
  /** Transforms that are not as this run wrote them any more. */
  readonly changed: readonly string[];
  /** Null where the jobs could not be read. */
  readonly uses: readonly PlannedUse[] | null;
}

/** The outcome of a dry run, or of a run that had nothing to do. Pure. */
export function describePlan({ nothing, summary, details, notes }: Plan<PublishDetails>): PublishOutcome {
  const { names, targets } = details;
  const told = nothing ?? `${summary} Planned only; nothing was written.`;
  const cells = stateTable(
    names,
    targets.map(({ label }) => label),
    (n, name) => {
      const target = targets[n];
      if (target === undefined || target.unreadable !== null) return 'not known';
      return target.transforms.find((one) => one.name === name)?.state === 'publish' ? 'to publish' : 'unchanged';
    },
  );
  return {
    summary: told,
    outputs: {
      status: nothing === undefined ? 'planned' : 'unchanged',
      transforms: String(names.length),
      published: '0',
      'older-jobs': String(olderJobs(targets.map(({ label, jobs }) => ({ label, uses: jobs }))).length),
      'saved-jobs': '0',
    },
    report: report(nothing === undefined ? 'Transforms, planned' : 'Transforms unchanged', told, [
      cells,
      usesTable(targets.map(({ label, jobs }) => ({ label, uses: jobs }))),
      listOf(notes),
    ]),
    result: details,
  };
}

/**
 * What the run came to. Pure.
 *
 * @throws OperationFailed when something failed anywhere; Cancelled
 */
export function judge(
  { details }: Plan<PublishDetails>,
  targets: readonly Confirmed[],
  signal: AbortSignal,
): PublishOutcome {
  const { names } = details;
  const cells = stateTable(
    names,
    targets.map(({ label }) => label),
    (n, name) => {
      const target = targets[n];
      if (target?.changed.includes(name)) return 'changed since';
      return (
        target?.transforms.find((one) => one.name === name)?.state ??
        (target?.error === undefined ? 'not tried' : 'failed')
      );
    },
  );
  const failures = targets.flatMap(failuresIn);
  const published = targets.flatMap(({ transforms }) => transforms.filter(({ state }) => state === 'published')).length;
  const notTried =
    targets.some((target) => target.error === undefined && target.transforms.length === 0) ||
    targets.some(({ transforms }) => transforms.some(({ state }) => state === 'not tried'));
  const saved = targets.flatMap(({ jobs }) => [...jobs.values()].filter(({ kind }) => kind === 'saved')).length;
  const older = olderJobs(targets);
  const left = targets.flatMap(({ label, jobs }) =>
    [...jobs].flatMap(([job, result]) =>
      result.kind === 'left' ? [`${label}: the job ${job} was left: ${result.why}`] : [],
    ),
  );
  const summary = `${count(published, 'transform')} published${published === 0 ? '' : ` in ${count(targets.length, 'place')}`}; ${older.length === 0 ? 'no job must be saved again' : `${count(older.length, 'job')} must be saved again`}${saved === 0 ? '' : `, ${count(saved, 'job')} ${saved === 1 ? 'was' : 'were'} saved`}.`;
  const parts = [cells, usesTable(targets), listOf([...failures.map(({ what }) => what), ...left])];
  const result: Json = { names: [...names], targets: targets.map(targetJson) };
  if (failures.length > 0 || notTried) {
    const told = report('Not published everywhere', summary, parts);
    throw notEverywhere({ failures, isCancelled: signal.aborted, summary, report: told, result });
  }
  return {
    summary,
    outputs: {
      status: published === 0 ? 'unchanged' : 'published',
      transforms: String(names.length),
      published: String(published),
      'older-jobs': String(older.length),
      'saved-jobs': String(saved),
    },
    report: report('Transforms published', summary, parts),
    result,
  };
}

function failuresIn({ label, transforms, jobs, error, changed }: Confirmed): Explanation[] {
  return [
    ...(error === undefined ? [] : [explainAt(label, error)]),
    ...transforms.flatMap((one): Explanation[] => {
      if (one.state === 'failed') return [explainAt(`${label}: ${one.name}`, one.error)];
      if (one.state === 'overtaken') return [at(`${label}: ${one.name}`, overtaken(one.by))];
      return [];
    }),
    ...changed.map((name) =>
      at(`${label}: ${name}`, {
        what: 'it was published, but now it is another version',
        cause: 'another run, or somebody by hand, has published it since',
        next: 'Put the jobs that publish into one concurrency or resource group',
      }),
    ),
    ...[...jobs].flatMap(([job, result]) =>
      result.kind === 'failed' ? [explainAt(`${label}: the job ${job} was not saved`, result.error)] : [],
    ),
  ];
}

function stateTable(
  names: readonly string[],
  labels: readonly string[],
  cell: (n: number, name: string) => string,
): string {
  return table(
    ['transform', ...labels.map((label) => code(label))],
    names.map((name) => [code(name), ...labels.map((_, n) => cell(n, name))]),
  );
}

interface InPlace {
  readonly label: string;
  readonly uses: readonly PlannedUse[] | null;
}

function usesTable(places: readonly InPlace[]): string {
  const rows = places.flatMap(({ label, uses }) =>
    (uses ?? []).map(({ job, transform, state, reasons }) => [
      code(label),
      code(job),
      code(transform),
      STATES[state],
      text(reasons.join('; ')),
    ]),
  );
  return rows.length === 0 ? '' : table(['where', 'job', 'transform', 'saved with', 'in what it differs'], rows);
}

const STATES = {
  older: '⚠️ another definition: save it again',
  current: 'this definition',
  library: 'none (a script with the Python file): it runs the new one next time',
} as const;

/** Jobs that must be saved again, each counted once in an account and Region. */
function olderJobs(places: readonly InPlace[]): readonly string[] {
  return places.flatMap(({ label, uses }) => [
    ...new Set((uses ?? []).filter(({ state }) => state === 'older').map(({ job }) => `${label}/${job}`)),
  ]);
}

function targetJson({ label, planned, transforms, jobs, uses }: Confirmed): Json {
  return {
    target: label,
    bucket: planned.bucket,
    transforms: transforms.map(({ name, version, state }: PublishedTransform) => ({ name, version, state })),
    uses:
      uses === null
        ? null
        : uses.map(({ job, transform, state, reasons }) => ({ job, transform, state, reasons: [...reasons] })),
    savedJobs: [...jobs].flatMap(([job, { kind }]) => (kind === 'saved' ? [job] : [])),
  };
}

function report(title: string, summary: string, parts: readonly string[]): string {
  return [`### ${title}`, `${text(summary)}`, ...parts.filter((part) => part !== '')].join('\n\n');
}

function listOf(notes: readonly string[]): string {
  return notes.map((note) => `- ${text(note)}`).join('\n');
}

function count(n: number, what: string): string {
  return n === 1 ? `1 ${what}` : `${n} ${what}s`;
}
