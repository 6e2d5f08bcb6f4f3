import { type Explanation, OperationFailed } from '../../../lib/errors.ts';
import type { Json } from '../../../lib/hosts/host.ts';
import type { Outcome } from '../../../lib/operation/define.ts';
import { code, table, text } from '../../../lib/report/markdown.ts';
import type { Compared } from '../comparison/compare.ts';
import type { Findings, VerifyFinding } from './finding.ts';
import type { VERIFY_OUTPUTS } from './inputs.ts';

/** Everything that a comparison came to. */
export interface Verification {
  /** `domain/repository`. */
  readonly repository: string;
  readonly regions: readonly string[];
  readonly compared: Compared;
  /** Regions that could not be read, or not to the end. */
  readonly unread: readonly (Explanation & { readonly region: string })[];
  readonly findings: Findings;
  /** Requests in all Regions together. */
  readonly calls: number;
}

type Outputs = Readonly<Record<keyof typeof VERIFY_OUTPUTS, string>>;

/** Differences that the message of a failure names; the report has more. */
const MOST_TOLD = 10;

export function outputsOf({ regions, compared, unread, findings }: Verification): Outputs {
  const read = regions.filter((region) => !unread.some((one) => one.region === region));
  return {
    status: isEqual({ unread, findings }) ? 'equal' : 'differs',
    versions: String(compared.versions),
    findings: String(unread.length + findings.count),
    regions: read.join(','),
  };
}

/**
 * The outcome, when all Regions are equal.
 *
 * @throws OperationFailed with the differences
 */
export function outcomeOf(verification: Verification): Outcome<keyof typeof VERIFY_OUTPUTS> {
  const { repository, regions, compared } = verification;
  const all = [...unreadFindings(verification), ...verification.findings.sorted()];
  if (!isEqual(verification)) throw failure(verification, all);
  const versions = compared.versions === 1 ? '1 version' : `${compared.versions} versions`;
  return {
    summary: `${repository} is the same in ${regions.join(', ')}: ${versions} of ${counted(compared.packages)}.`,
    outputs: outputsOf(verification),
    report: reportOf(`Equal in all Regions: ${code(repository)}`, verification, all),
    result: resultOf(verification, all),
  };
}

function isEqual({ unread, findings }: Pick<Verification, 'unread' | 'findings'>): boolean {
  return unread.length === 0 && findings.count === 0;
}

function failure(verification: Verification, all: readonly VerifyFinding[]): OperationFailed {
  const { repository, unread, findings } = verification;
  const count = unread.length + findings.count;
  const told = all.slice(0, MOST_TOLD).map(lineOf);
  const more = count > told.length ? [`… and ${count - told.length} more; see the report and the result file`] : [];
  const causes = new Set(unread.flatMap(({ cause }) => cause ?? []));
  if (findings.count > 0) {
    causes.add('a Region was down while packages were published, or something else published to one Region only');
  }
  return new OperationFailed({
    what: `${repository} is not the same in all Regions:${count === 1 ? ' ' : '\n'}${[...told, ...more].join('\n')}`,
    cause: [...causes].join('; '),
    next: nextSteps(verification).join('. '),
    report: reportOf(`Not equal in all Regions: ${code(repository)}`, verification, all),
    data: { result: resultOf(verification, all) },
  });
}

function lineOf({ region, package: url, asset, found }: VerifyFinding): string {
  return [region, ...(url === null ? [] : [asset === null ? url : `${url}, ${asset}`]), found].join(': ');
}

function nextSteps({ regions, unread, findings }: Verification): readonly string[] {
  const steps = [...new Set(unread.flatMap(({ next }) => next ?? []))];
  if (findings.has('missing package', 'missing version', 'missing asset', 'other status', 'other dist-tag')) {
    steps.push(
      `Run 'packages reconcile' with the Region that is whole as 'from' (without it, ${regions[0]}): it brings the others what they lack`,
    );
  }
  if (findings.has('other content')) {
    steps.push('Give what has other content a new version: what is published is never changed');
  }
  return steps;
}

function unreadFindings({ unread }: Verification): readonly VerifyFinding[] {
  return unread.map(({ region, what }) => ({
    region,
    kind: 'unreadable',
    package: null,
    asset: null,
    // The explanation begins with the Region.
    found: `could not be read, or not to the end: ${what.replace(`${region}: `, '')}`,
  }));
}

function reportOf(
  title: string,
  { compared, regions, calls, findings, unread }: Verification,
  all: readonly VerifyFinding[],
): string {
  const rows = all.map(({ region, package: url, asset, kind, found }) => [
    region,
    url === null ? '' : code(url),
    asset === null ? '' : code(asset),
    kind,
    text(found),
  ]);
  const left = unread.length + findings.count - all.length;
  const parts = [
    `### ${title}`,
    `Compared: ${compared.versions === 1 ? '1 version' : `${compared.versions} versions`} of ${counted(compared.packages)}, in ${regions.join(', ')}, with ${calls} calls.`,
    ...(rows.length === 0 ? [] : [table(['Region', 'Package', 'Asset', 'Difference', 'Found'], rows).trimEnd()]),
    ...(left > 0 ? [`${left} more differences are not shown.`] : []),
    ...notesOf(compared).map((note) => `- ${text(note)}`),
  ];
  return `${parts.join('\n\n')}\n`;
}

function notesOf({ foreign, otherFormats }: Compared): readonly string[] {
  const left = (packages: number) => `${counted(packages)} ${packages === 1 ? 'was' : 'were'} left out`;
  return [
    ...(foreign > 0 ? [`${left(foreign)}: no Region has a version of it that was published to this repository.`] : []),
    ...(otherFormats > 0 ? [`${left(otherFormats)}, because of the format.`] : []),
  ];
}

function counted(packages: number): string {
  return packages === 1 ? '1 package' : `${packages} packages`;
}

function resultOf(
  { repository, regions, compared, unread, findings, calls }: Verification,
  all: readonly VerifyFinding[],
) {
  const result: { readonly [key: string]: Json } = {
    repository,
    regions,
    unread: unread.map(({ region }) => region),
    packages: compared.packages,
    versions: compared.versions,
    leftOut: { fromUpstream: compared.foreign, otherFormats: compared.otherFormats },
    calls,
    count: unread.length + findings.count,
    findings: all,
  };
  return result;
}
