import { explainAwsError } from '../../lib/aws/explain.ts';
import { HeadgateError } from '../../lib/errors.ts';
import type { Finding } from '../../lib/hosts/host.ts';

export function ok(check: string, found: string): Finding {
  return { check, status: 'ok', found };
}

export function warning(check: string, found: string, next: string): Finding {
  return { check, status: 'warning', found, next };
}

export function problem(check: string, found: string, next: string): Finding {
  return { check, status: 'problem', found, next };
}

/** What could not be looked at, and why. */
export function skipped(check: string, because: string): Finding {
  return { check, status: 'skipped', found: because };
}

/** A failure as a finding: what happened, then the likely cause and the next step. */
export function failure(check: string, status: 'warning' | 'problem', error: unknown): Finding {
  if (error instanceof Error && /^(AbortError|TimeoutError)$/.test(error.name)) {
    return { check, status, found: 'AWS did not answer in time', next: 'Check the network, the proxy and NO_PROXY' };
  }
  const { what, cause, next } = error instanceof HeadgateError ? error.explanation : explainAwsError(error);
  const advice = [cause === undefined ? undefined : `Likely cause: ${cause}`, next].filter(
    (part) => part !== undefined,
  );
  return { check, status, found: what, ...(advice.length === 0 ? {} : { next: advice.join('. ') }) };
}
