/** The queries of the benchmark are 1 to this. */
export const LAST_QUERY = 99;
/** Sessions at a time, at most. */
export const LAST_STREAM = 20;

// biome-ignore format: figures in rows
const FIRST: readonly number[] = [
  96, 7, 75, 44, 39, 80, 32, 19, 25, 78, 86, 1, 91, 21, 43, 27, 94, 45, 58, 64, 36, 33, 46, 62, 16, 10, 63, 69, 60, 59, 37, 98, 85,
  70, 67, 28, 81, 97, 66, 90, 17, 47, 95, 92, 3, 51, 35, 49, 9, 31, 11, 93, 29, 38, 22, 89, 15, 6, 52, 50, 42, 41, 8, 12, 20, 88,
  82, 23, 14, 57, 65, 71, 34, 48, 30, 74, 87, 77, 73, 84, 54, 55, 56, 2, 26, 40, 72, 53, 79, 18, 13, 24, 4, 99, 68, 83, 61, 5, 76,
];
// biome-ignore format: figures in rows
const SECOND: readonly number[] = [
  83, 32, 30, 92, 66, 84, 98, 58, 16, 77, 40, 96, 13, 36, 95, 63, 99, 3, 6, 12, 28, 85, 51, 41, 27, 78, 8, 14, 50, 52, 81, 5, 26,
  57, 82, 69, 54, 61, 88, 18, 94, 35, 68, 24, 75, 11, 67, 9, 25, 37, 86, 4, 60, 97, 33, 79, 43, 80, 93, 31, 47, 17, 19, 1, 64, 53,
  55, 46, 21, 15, 20, 65, 70, 49, 59, 48, 72, 87, 34, 2, 38, 22, 89, 7, 10, 90, 71, 29, 73, 45, 91, 62, 44, 76, 23, 56, 42, 39, 74,
];

/** The kit permutes one stream's order into the next one's always in the same way, so two of them tell all. */
const SUCCESSORS: ReadonlyMap<number, number> = new Map(FIRST.map((number, at) => [number, SECOND[at] ?? number]));

/**
 * The order in which a session runs the 99 queries.
 *
 * - Stream 0, the single user: 1 to 99, as in the article's scripts (`02_sql`).
 * - Streams 1 to 20, the concurrent sessions: as in the article's scripts (`03_multi_user/1` to `20`, 1,980 names of files
 *   in aws-samples/redshift-benchmarks at f986d91), which are the streams 0 to 19 of the standard kit's dsqgen with its
 *   default seed: the comments in those files say so. So session 1 begins with 96, 7, 75.
 *
 * The standard itself gives dsqgen's stream 0 (96, 7, 75) to the power test's single user, and streams 1, 2, ... (83, 32, 30;
 * 56, 98, 59) to the throughput test. The article's way was kept, so that results can be set beside those of its scripts.
 *
 * Cross-checked with dsqgen's streams 0 to 10 of five scale factors in awslabs/amazon-redshift-utils at 5165ddd
 * (CloudDataWarehouseBenchmark, `query_0.sql` to `query_10.sql`): all 55 files have the same orders. Streams 11 to 19 stand in
 * the first source only; that each follows from the one before by the same permutation holds for all 20.
 *
 * @param stream 0 to 20
 */
export function streamOrder(stream: number): readonly number[] {
  if (!Number.isInteger(stream) || stream < 0 || stream > LAST_STREAM) throw new Error(`there is no stream ${stream}`);
  if (stream === 0) return Array.from({ length: LAST_QUERY }, (_, at) => at + 1);
  let order = FIRST;
  for (let step = 1; step < stream; step++) order = order.map((number) => SUCCESSORS.get(number) ?? number);
  return order;
}
