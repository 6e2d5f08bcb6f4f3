import type { Explanation } from '../../../lib/errors.ts';
import type { Outcome, Plan } from '../../../lib/operation/define.ts';
import { code, table, text } from '../../../lib/report/markdown.ts';
import { at, explainAt, notEverywhere, overtaken } from '../failures.ts';
import type { RetiredTarget } from './apply.ts';
import type { RETIRE_OUTPUTS } from './inputs.ts';
import type { RetireDetails, RetiringTarget } from './plan.ts';

type RetireOutcome = Outcome<keyof typeof RETIRE_OUTPUTS>;

/** The outcome of a dry run, or of a run that had nothing to do. Pure. */
export function describePlan({ nothing, summary, details, notes }: Plan<RetireDetails>): RetireOutcome {
  const { names, targets } = details;
  const told = nothing ?? `${summary} Planned only; nothing was removed.`;
  const cells = stateTable(names, targets, (n, name) => {
    const target = targets[n];
    if (target === undefined || target.unreadable !== null) return 'not known';
    return target.transforms.some((one) => one.name === name && one.isThere) ? 'to retire' : 'not there';
  });
  return {
    summary: told,
    outputs: {
      status: nothing === undefined ? 'planned' : 'unchanged',
      retired: '0',
      'jobs-in-use': String(jobsIn(targets).length),
    },
    report: report(nothing === undefined ? 'Retiring, planned' : 'Nothing to retire', told, [cells, listOf(notes)]),
    result: details,
  };
}

/**
 * What the run came to. Pure.
 *
 * @throws OperationFailed when something failed anywhere; Cancelled
 */
export function judge(
  { details }: Plan<RetireDetails>,
  targets: readonly RetiredTarget[],
  signal: AbortSignal,
): RetireOutcome {
  const { names } = details;
  const cells = stateTable(names, targets, (n, name) => {
    const target = targets[n];
    const state = target?.transforms.find((one) => one.name === name)?.state;
    return state ?? (target?.error === undefined ? 'not tried' : 'failed');
  });
  const failures = targets.flatMap(failuresIn);
  const states = targets.flatMap(({ transforms }) => transforms.map(({ state }) => state));
  const retired = states.filter((state) => state === 'retired').length;
  const isPartly = states.includes('not tried') || targets.some((one) => one.transforms.length === 0);
  const jobs = jobsIn(targets.map(({ planned }) => planned));
  const summary = `${retired === 1 ? '1 transform' : `${retired} transforms`} retired${jobs.length === 0 ? '' : `; used by ${jobs.join(', ')}`}.`;
  const parts = [cells, listOf(failures.map(({ what }) => what))];
  const result = {
    names: [...names],
    targets: targets.map(({ label, transforms }) => ({
      target: label,
      transforms: transforms.map(({ name, state }) => ({ name, state })),
    })),
  };
  if (failures.length > 0 || isPartly) {
    const told = report('Not retired everywhere', summary, parts);
    throw notEverywhere({ failures, isCancelled: signal.aborted, summary, report: told, result });
  }
  return {
    summary,
    outputs: {
      status: retired === 0 ? 'unchanged' : 'retired',
      retired: String(retired),
      'jobs-in-use': String(jobs.length),
    },
    report: report('Transforms retired', summary, parts),
    result,
  };
}

function failuresIn({ label, transforms, error }: RetiredTarget): Explanation[] {
  return [
    ...(error === undefined ? [] : [explainAt(label, error)]),
    ...transforms.flatMap((one): Explanation[] => {
      if (one.state === 'failed') return [explainAt(`${label}: ${one.name}`, one.error)];
      if (one.state === 'overtaken') return [at(`${label}: ${one.name}`, overtaken(one.by))];
      return [];
    }),
  ];
}

function jobsIn(targets: readonly RetiringTarget[]): readonly string[] {
  return targets.flatMap(({ label, transforms }) => [
    ...new Set(transforms.flatMap(({ jobs }) => jobs.map((job) => `${job} in ${label}`))),
  ]);
}

function stateTable(
  names: readonly string[],
  targets: readonly { readonly label: string }[],
  cell: (n: number, name: string) => string,
): string {
  return table(
    ['transform', ...targets.map(({ label }) => code(label))],
    names.map((name) => [code(name), ...targets.map((_, n) => cell(n, name))]),
  );
}

function report(title: string, summary: string, parts: readonly string[]): string {
  return [`### ${title}`, `${text(summary)}`, ...parts.filter((part) => part !== '')].join('\n\n');
}

function listOf(notes: readonly string[]): string {
  return notes.map((note) => `- ${text(note)}`).join('\n');
}
