/**
 * Works on all items, at most `bound` at a time, and gives the results in the order of the items. `work` must not throw:
 * a failure is a result, so that one item never stops the others.
 */
export async function mapBounded<Item, Result>(
  items: readonly Item[],
  bound: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = new Array(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index] as Item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(bound, items.length) }, worker));
  return results;
}

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

/** Works on all items, at most `bound` at a time, and gives the results in their order; the first failure is thrown. */
export async function mapEach<Item, Result>(
  items: readonly Item[],
  bound: number,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = new Array(items.length);
  await eachBounded([...items.entries()], bound, async ([n, item]) => {
    results[n] = await work(item);
  });
  return results;
}
