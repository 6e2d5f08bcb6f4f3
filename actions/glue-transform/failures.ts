import { explainAwsError } from '../../lib/aws/explain.ts';
import { Cancelled, type Explanation, HeadgateError, OperationFailed } from '../../lib/errors.ts';
import type { Json } from '../../lib/hosts/host.ts';

/** Says what a failure means, with where it happened before it. */
export function explainAt(where: string, error: unknown): Explanation {
  const explanation = error instanceof HeadgateError ? error.explanation : explainAwsError(error);
  return at(where, explanation);
}

export function at(where: string, explanation: Explanation): Explanation {
  return { ...explanation, what: `${where}: ${explanation.what}` };
}

/** Another run has announced something else for the same transform. */
export function overtaken({
  version,
  owner,
}: {
  readonly version: string | undefined;
  readonly owner: string;
}): Explanation {
  const other = version === undefined ? 'retired it' : `published version ${version}`;
  return {
    what: `another run (${owner}) has ${other} at the same time; nothing of ours is there`,
    cause: 'two jobs change the same transform beside each other',
    next: 'Put them into one concurrency or resource group, and run the one again that is to be last',
  };
}

/** A change that did not come to its end in every account and Region, with what it came to in each. */
export function notEverywhere(stopped: {
  readonly failures: readonly Explanation[];
  readonly isCancelled: boolean;
  readonly summary: string;
  readonly report: string;
  readonly result: Json;
}): HeadgateError {
  const { failures, isCancelled, summary, report, result } = stopped;
  if (isCancelled) {
    return new Cancelled({
      what: `It was cancelled: ${summary}`,
      next: 'Run it again: it goes on from what it finds; no transform is half changed',
      report,
      data: { result },
    });
  }
  const [first] = failures;
  return new OperationFailed({
    what: failures.map(({ what }) => what).join('\n'),
    ...(first?.cause === undefined ? {} : { cause: first.cause }),
    next: `${first?.next ?? 'Run again'}. Running again goes on from what it finds`,
    report,
    data: { result },
  });
}
