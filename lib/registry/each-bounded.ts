import { mapBounded } from '../parallel.ts';

/**
 * Works on all items, at most `bound` at a time. After a failure none is begun; those that were are waited for, and then
 * the first failure is thrown.
 */
export async function eachBounded<Item>(
  items: readonly Item[],
  bound: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  await mapBounded(items, bound, async (item) => {
    if (failure !== undefined) return;
    try {
      await work(item);
    } catch (error) {
      failure ??= { error };
    }
  });
  if (failure !== undefined) throw failure.error;
}
