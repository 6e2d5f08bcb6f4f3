import { OperationFailed } from '../../../lib/errors.ts';
import type { Finding } from '../../../lib/hosts/host.ts';
import type { Outcome } from '../../../lib/operation/define.ts';
import { table, text } from '../../../lib/report/markdown.ts';
import { awsFindings } from '../aws-findings.ts';
import { hostFindings } from '../host-findings.ts';
import { programFindings } from '../program-findings.ts';
import { proxyFindings } from '../proxy-findings.ts';
import type { DoctorContext, OUTPUTS } from '../run.ts';

/** @throws OperationFailed with the report when there is a problem */
export async function read(context: DoctorContext): Promise<Outcome<keyof typeof OUTPUTS>> {
  const parts = await Promise.all([
    programFindings(context),
    hostFindings(context),
    proxyFindings(process.version),
    awsFindings(context),
  ]);
  context.signal.throwIfAborted();
  const findings = parts.flat();
  for (const finding of findings) context.log.info(line(finding));

  const count = (status: Finding['status']) => findings.filter((finding) => finding.status === status).length;
  const summary = summarise(findings.length, count('problem'), count('warning'), count('skipped'));
  const report = reportOf(summary, findings);
  if (count('problem') > 0) {
    throw new OperationFailed({
      what: summary,
      cause: findings
        .flatMap(({ status, check, found }) => (status === 'problem' ? [`${check}: ${found}`] : []))
        .join('; '),
      next: 'Do what the report says for each problem, then run again; nothing was changed',
      data: { findings },
      report,
    });
  }
  return {
    summary,
    outputs: { warnings: String(count('warning')) },
    report,
    result: { findings: findings.map(toJson) },
  };
}

const ORDER: readonly Finding['status'][] = ['problem', 'warning', 'skipped', 'ok'];

/** The worst first; those of one kind in the order in which they were looked at. */
function reportOf(summary: string, findings: readonly Finding[]): string {
  const sorted = ORDER.flatMap((status) => findings.filter((finding) => finding.status === status));
  const rows = sorted.map(({ status, check, found, next = '' }) => [status, check, found, next]);
  return `### Headgate doctor\n\n${text(summary)}\n\n${table(['', 'Check', 'Found', 'What to do'], rows)}`;
}

function summarise(all: number, problems: number, warnings: number, skipped: number): string {
  const several = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;
  const left = skipped === 0 ? '' : `, ${skipped} skipped`;
  return `${several(all, 'check')}: ${several(problems, 'problem')}, ${several(warnings, 'warning')}${left}`;
}

function line({ status, check, found, next }: Finding): string {
  return `  ${status.padEnd(7)}  ${check}: ${next === undefined ? found : `${found.replace(/\.$/, '')}. ${next}`}`;
}

function toJson({ next, ...finding }: Finding) {
  return { ...finding, ...(next === undefined ? {} : { next }) };
}
