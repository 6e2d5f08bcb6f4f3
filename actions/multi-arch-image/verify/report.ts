import { OperationFailed } from '../../../lib/errors.ts';
import type { Host, Json } from '../../../lib/hosts/host.ts';
import type { Outcome } from '../../../lib/operation/define.ts';
import type { Digest } from '../../../lib/registry/digest.ts';
import { formatReference, type Repository } from '../../../lib/registry/reference.ts';
import { code, table, text } from '../../../lib/report/markdown.ts';
import type { VERIFY_OUTPUTS } from '../verify.ts';
import type { VerifyFinding } from './finding.ts';
import type { Referrer } from './referrers.ts';

/** Everything that `verify` found. */
export interface Verification {
  readonly image: Repository;
  /** Of the index; undefined when no tag points at one. */
  readonly digest: Digest | undefined;
  readonly images: readonly { readonly platform: string; readonly digest: Digest; readonly program: string | null }[];
  readonly referrers: readonly Referrer[];
  readonly findings: readonly VerifyFinding[];
  /** Bytes of layers that were read, packed. */
  readonly bytesRead: number;
}

/**
 * The outcome, when there is no problem.
 *
 * @throws OperationFailed with all problems
 */
export function outcomeOf(verification: Verification): Outcome<keyof typeof VERIFY_OUTPUTS> {
  const { image, digest, images, findings } = verification;
  const problems = findings.filter(({ status }) => status === 'problem');
  const name = formatReference({ ...image, ...(digest === undefined ? {} : { digest }) });
  if (problems.length > 0 || digest === undefined) throw failure(name, problems, verification);
  const platforms = images.map(({ platform }) => platform);
  return {
    summary: `${name} is as it should be, for ${platforms.join(', ')}.`,
    outputs: { digest, image: name, platforms: platforms.join(' '), status: 'verified' },
    report: report(`### Verified: ${code(name)}`, verification),
    result: resultOf(verification),
  };
}

function failure(name: string, problems: readonly VerifyFinding[], verification: Verification): OperationFailed {
  const lines = problems.map(({ subject, found }) => `${subject}: ${found}`);
  const nexts = [...new Set(problems.flatMap(({ next }) => next ?? []))];
  return new OperationFailed({
    what: `${name} is not as it should be:${lines.length === 1 ? ` ${lines[0]}` : `\n${lines.map((line) => `- ${line}`).join('\n')}`}`,
    cause: 'something else wrote to the registry, or what was built is not what the index says',
    next:
      nexts.length > 0
        ? nexts.join('; ')
        : "Do not roll this image out. Build, test and assemble it again, and point the tags with 'multi-arch-image assemble'",
    report: report(`### Not as it should be: ${code(name)}`, verification),
    data: resultOf(verification),
  });
}

const SIGNS = { ok: '✅', warning: '⚠️', problem: '❌', skipped: '➖' } as const;

function report(title: string, { findings, bytesRead }: Verification): string {
  const rows = findings.map(({ subject, check, status, found }) => [
    `${SIGNS[status]} ${status}`,
    code(subject),
    check,
    text(found),
  ]);
  return [title, table(['Status', 'What', 'Check', 'Found'], rows), `${bytesRead} bytes of layers were read.`].join(
    '\n\n',
  );
}

function resultOf({ image, digest, ...rest }: Verification): { readonly [key: string]: Json } {
  // Through JSON, which leaves out what is undefined.
  return JSON.parse(JSON.stringify({ image: formatReference(image), digest: digest ?? null, ...rest }));
}

/** Shows the warnings where the host shows such things. Problems are the failure's own message. */
export function annotateWarnings(host: Host, findings: readonly VerifyFinding[]): void {
  for (const { subject, check, status, found } of findings) {
    if (status === 'warning') host.annotate({ level: 'warning', title: `${subject}: ${check}`, message: found });
  }
}
