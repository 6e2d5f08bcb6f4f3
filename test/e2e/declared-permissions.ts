import { expect } from '@jest/globals';
import { operations } from '../../actions/operations.ts';
import type { LocalAws } from '../../local-aws/start.ts';

/**
 * Compares what an operation declares with what the local AWS has recorded of it: no more and no less.
 *
 * @param byOthers an `onlyWith` of permissions that are not for the operation's own calls
 */
export async function expectDeclaredEqualsRecorded(
  name: string,
  calls: ReturnType<LocalAws['calls']>,
  byOthers?: string,
): Promise<void> {
  const operation = (await operations[name]?.())?.default;
  const recorded = calls
    .filter(({ userAgent }) => userAgent.split(' ').includes(name.replace(' ', '.')))
    .flatMap(({ iamAction, alsoNeeds = [] }) => [iamAction, ...alsoNeeds]);
  expect(recorded.length).toBeGreaterThan(0);
  const declared = operation?.permissions.filter(({ onlyWith }) => onlyWith === undefined || onlyWith !== byOthers);
  expect([...new Set(recorded)].sort()).toEqual([...new Set(declared?.map(({ action }) => action))].sort());
}
