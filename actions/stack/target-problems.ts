import type { TargetResult } from '../../lib/aws/targets.ts';
import { Cancelled, HeadgateError, Refused } from '../../lib/errors.ts';

/**
 * Throws when a plan must not be carried out as a whole: the error of the only target, a refusal of any target, or the
 * first error when no target could be read.
 */
export function refuseTogether<Value>(results: readonly TargetResult<Value>[], stackName: string): void {
  const failed = results.flatMap((result) => (result.kind === 'failed' ? [result] : []));
  const notTried = results.some(({ kind }) => kind === 'not-tried');
  const cancelled = failed.find(({ error }) => error instanceof Cancelled)?.error;
  if (cancelled !== undefined) throw cancelled;
  if (notTried) throw new Cancelled({ what: 'The planning was cancelled', next: 'Run it again; nothing was changed' });
  const first = failed[0];
  if (first === undefined) return;
  if (failed.length === results.length && failed.length === 1) throw first.error;
  const refusals = failed.filter(({ error }) => error instanceof HeadgateError);
  if (refusals.length > 0) {
    const next = [...new Set(refusals.map(({ error }) => (error as HeadgateError).explanation.next))].filter(Boolean);
    throw new Refused({
      what: refusals
        .map(({ target, error }) => `${target.label}: ${(error as HeadgateError).explanation.what}`)
        .join('\n'),
      next: `${next.join('. ')}. Nothing was changed in any account or Region`,
      data: { stack: stackName, targets: refusals.map(({ target }) => target.label) },
    });
  }
  if (failed.length === results.length) throw first.error;
}

/** A short name for what kept a target from being read; the same for the same fault, so that plans can be compared. */
export function unreadable<Value>(result: TargetResult<Value>): string {
  if (result.kind !== 'failed') return 'not tried';
  return result.error instanceof Error ? result.error.name : 'unknown error';
}
