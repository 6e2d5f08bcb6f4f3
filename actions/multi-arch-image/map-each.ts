import { eachBounded } from '../../lib/registry/each-bounded.ts';

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
