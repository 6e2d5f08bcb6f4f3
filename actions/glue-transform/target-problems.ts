import type { TargetResult } from '../../lib/aws/targets.ts';
import { Cancelled, HeadgateError, OperationFailed, Refused } from '../../lib/errors.ts';

/**
 * Throws when a plan must not be carried out as a whole: a refusal or another explained failure in any account or Region,
 * the error of the only one, or the first error when none could be read.
 */
export function refuseTogether<Value>(results: readonly TargetResult<Value>[]): void {
  const failed = results.flatMap((result) => (result.kind === 'failed' ? [result] : []));
  const cancelled = failed.find(({ error }) => error instanceof Cancelled)?.error;
  if (cancelled !== undefined) throw cancelled;
  if (results.some(({ kind }) => kind === 'not-tried')) {
    throw new Cancelled({ what: 'The planning was cancelled', next: 'Run it again; nothing was changed' });
  }
  const [first] = failed;
  if (first === undefined) return;
  if (results.length === 1) throw first.error;
  const explained = failed.flatMap(({ target, error }) => (error instanceof HeadgateError ? [{ target, error }] : []));
  if (explained.length > 0) {
    const next = [...new Set(explained.map(({ error }) => error.explanation.next))].filter(Boolean);
    const cause = explained[0]?.error.explanation.cause;
    const Kind = explained.some(({ error }) => error instanceof Refused) ? Refused : OperationFailed;
    throw new Kind({
      what: explained.map(({ target, error }) => `${target.label}: ${error.explanation.what}`).join('\n'),
      ...(cause === undefined ? {} : { cause }),
      next: `${next.join('. ')}. Nothing was changed in any account or Region`,
      data: { targets: explained.map(({ target }) => target.label) },
    });
  }
  if (failed.length === results.length) throw first.error;
}
