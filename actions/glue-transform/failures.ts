import { explainAwsError } from '../../lib/aws/explain.ts';
import { type Explanation, HeadgateError } from '../../lib/errors.ts';

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
