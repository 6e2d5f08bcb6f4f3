import { OperationFailed } from '../../../lib/errors.ts';
import { readCopies } from '../assets/copies.ts';
import type { Pair } from '../assets/keys.ts';
import type { KeptVersion } from '../assets/record.ts';
import { isInstalled, type TransformState } from '../assets/state.ts';
import type { Store } from '../assets/store.ts';

/**
 * The files of a kept version. `previous` is the newest that is not the one which is there.
 *
 * @throws OperationFailed when it is not kept, naming those that are
 */
export async function pairToBringBack(
  store: Store,
  name: string,
  state: TransformState,
  version: string,
): Promise<Pair> {
  const kept = state.record?.value.kept ?? [];
  const found = kept.find((one) => (version === 'previous' ? !isInstalled(state, one) : one.version === version));
  if (found !== undefined) return await readCopies(store, name, found);
  throw new OperationFailed({
    what: `${store.bucket} keeps no ${version === 'previous' ? 'previous version' : `version ${version}`} of ${name}`,
    cause:
      kept.length === 0 ? 'it was never published there by this operation' : `it keeps ${kept.map(shown).join(', ')}`,
    next: "Name one of those in 'to-version', or publish the files from the commit that has them. Nothing was changed",
  });
}

function shown({ version, at }: KeptVersion): string {
  return `${version} (${at})`;
}
