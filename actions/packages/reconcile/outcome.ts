import { explainAwsError } from '../../../lib/aws/explain.ts';
import { type Explanation, errorMessage, HeadgateError, OperationFailed } from '../../../lib/errors.ts';
import type { Host, Json } from '../../../lib/hosts/host.ts';
import type { Outcome, Plan } from '../../../lib/operation/define.ts';
import { code, table, text } from '../../../lib/report/markdown.ts';
import { type Healed, resultKey } from './heal.ts';
import type { RECONCILE_OUTPUTS } from './inputs.ts';
import type { ReconcileDetails } from './plan.ts';

type Outputs = Readonly<Record<keyof typeof RECONCILE_OUTPUTS, string>>;
type ReconcileOutcome = Outcome<keyof typeof RECONCILE_OUTPUTS>;

/** Rows of the report; hosts cut it anyway. */
const MOST_ROWS = 1000;
/** Failures that the message names; the report has more. */
const MOST_TOLD = 10;

/** One thing that a Region lacks, for people. */
interface Row {
  readonly region: string;
  /** URL of the package, with its version unless it is about dist-tags. */
  readonly what: string;
  readonly isVersion: boolean;
  readonly detail: string;
}

/** The outcome of a dry run, or of a run that had nothing to do. Pure. */
export function describePlan({ nothing, summary, details, notes }: Plan<ReconcileDetails>): ReconcileOutcome {
  const told = nothing ?? `${summary} Planned only; nothing was changed.`;
  const status = nothing !== undefined ? 'nothing' : details.conflictCount > 0 ? 'conflicts' : 'planned';
  return {
    summary: told,
    outputs: { status, versions: '0', assets: '0', regions: '' },
    report: reportOf(
      nothing === undefined ? 'Healing, planned' : 'Nothing to heal',
      told,
      details,
      notes,
      () => 'to heal',
    ),
    result: details,
  };
}

/**
 * What the run came to. Outputs are set before a failure, too.
 *
 * @throws OperationFailed when Regions are not equal to the one that is whole
 */
export async function judge(host: Host, plan: Plan<ReconcileDetails>, healed: Healed): Promise<ReconcileOutcome> {
  const { details, notes } = plan;
  const rows = rowsOf(details);
  const outputs = outputsOf(details, rows, healed);
  const stateOf = ({ region, what }: Row) => healed.get(resultKey(region, what))?.state ?? 'not tried';
  const failures = rows.flatMap((row) => {
    const result = healed.get(resultKey(row.region, row.what));
    return result?.state === 'failed' ? [{ ...row, error: result.error }] : [];
  });
  const told = [
    ...notes,
    ...failures.slice(0, MOST_ROWS).map(({ region, what, error }) => `${region}: ${what}: ${errorMessage(error)}`),
  ];
  const result: Json = {
    ...details,
    results: rows.map((row) => ({ region: row.region, package: row.what, state: stateOf(row) })),
  };
  const regions = outputs.regions === '' ? '' : ` in ${outputs.regions.replaceAll(',', ', ')}`;
  const summary = `${count(Number(outputs.versions), 'version')} healed with ${count(Number(outputs.assets), 'asset')}${regions}`;
  if (outputs.status === 'healed') {
    const report = reportOf('Healed', `${summary}.`, details, told, stateOf);
    return { summary: `${summary}.`, outputs, report, result };
  }
  await host.setOutputs(outputs);
  const lines = [
    ...details.conflicts.map(({ region, package: url, asset, what }) => `${region}: ${asset ?? ''} of ${url} ${what}`),
    ...failures.map(({ region, what, error }) => `${region}: ${what}: ${explain(error).what}`),
    ...details.regions.flatMap(({ down }) => down ?? []),
    ...(details.isCut ? ['there was more to heal than fits into one plan'] : []),
  ];
  const more = lines.length > MOST_TOLD ? [`… and ${lines.length - MOST_TOLD} more; see the report`] : [];
  const [first] = failures;
  throw new OperationFailed(
    {
      what: `${summary}, but not all is equal to ${details.from}:\n${[...lines.slice(0, MOST_TOLD), ...more].join('\n')}`,
      cause: causeOf(details, first?.error),
      next: nextOf(details, failures.length),
      report: reportOf('Not all healed', `${summary}.`, details, told, stateOf),
      data: { result },
    },
    first === undefined ? {} : { cause: first.error },
  );
}

function outputsOf(details: ReconcileDetails, rows: readonly Row[], healed: Healed): Outputs {
  const done = rows.flatMap((row) => {
    const result = healed.get(resultKey(row.region, row.what));
    return result?.state === 'healed' ? [{ ...row, published: result.published }] : [];
  });
  const isWhole = done.length === rows.length && !details.isCut && details.regions.every(({ down }) => down === null);
  return {
    status: details.conflictCount > 0 ? 'conflicts' : isWhole ? 'healed' : 'partly',
    versions: String(done.filter(({ isVersion }) => isVersion).length),
    assets: String(done.reduce((sum, { published }) => sum + published.length, 0)),
    regions: details.regions
      .map(({ region }) => region)
      .filter((region) => done.some((row) => row.region === region))
      .join(','),
  };
}

function causeOf({ conflictCount }: ReconcileDetails, error: unknown): string {
  const causes = [
    ...(conflictCount > 0 ? ['the same version was published twice from different builds'] : []),
    ...(error === undefined ? [] : [explain(error).cause ?? 'see the message']),
  ];
  return causes.length === 0 ? 'a Region is down, or lags; see the message' : causes.join('; ');
}

function nextOf({ conflictCount }: ReconcileDetails, failures: number): string {
  const again = 'Run again: what is healed already is not sent again';
  if (conflictCount === 0) return again;
  const anew = 'Give what has other content a new version: what is published is never changed';
  return failures === 0 ? anew : `${anew}. ${again}`;
}

function explain(error: unknown): Explanation {
  return error instanceof HeadgateError ? error.explanation : explainAwsError(error);
}

function rowsOf({ packages }: ReconcileDetails): Row[] {
  return packages.flatMap(({ package: url, versions, tags }) => [
    ...versions.flatMap(({ version, regions }) =>
      regions.map(({ region, missing, was, status }): Row => {
        const parts = [...missing, ...(was === status || was === 'nothing' ? [] : [`${was} → ${status}`])];
        return { region, what: `${url}@${version}`, isVersion: true, detail: parts.join(', ') };
      }),
    ),
    ...tags.map(({ region, set, remove }): Row => {
      const parts = [
        ...Object.entries(set).map(([tag, version]) => `${tag} → ${version}`),
        ...remove.map((tag) => `without ${tag}`),
      ];
      return { region, what: url, isVersion: false, detail: `dist-tags: ${parts.join(', ')}` };
    }),
  ]);
}

function reportOf(
  title: string,
  summary: string,
  details: ReconcileDetails,
  notes: readonly string[],
  stateOf: (row: Row) => string,
): string {
  const rows = rowsOf(details);
  const shown = rows.slice(0, MOST_ROWS).map((row) => [row.region, code(row.what), text(row.detail), stateOf(row)]);
  const conflicts = details.conflicts.map(({ region, package: url, asset, what }) => [
    region,
    code(url),
    text(`${asset ?? ''} ${what}`),
    'conflict',
  ]);
  const all = [...shown, ...conflicts];
  const parts = [
    `### ${title}`,
    `${text(summary)}`,
    ...(all.length === 0 ? [] : [table(['Region', 'Package', 'What', 'State'], all).trimEnd()]),
    ...(rows.length > MOST_ROWS ? [`${rows.length - MOST_ROWS} more are not shown.`] : []),
    ...(notes.length === 0 ? [] : [notes.map((note) => `- ${shownNote(note)}`).join('\n')]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** A note with its package URLs as code, so that they can be copied. */
function shownNote(note: string): string {
  return note
    .split(/(pkg:[^\s,]*[^\s,:])/)
    .map((part, n) => {
      const [, before = '', words = '', after = ''] = /^(\s*)(.*?)(\s*)$/s.exec(part) ?? [];
      return `${before}${n % 2 === 1 ? code(words) : text(words)}${after}`;
    })
    .join('');
}
