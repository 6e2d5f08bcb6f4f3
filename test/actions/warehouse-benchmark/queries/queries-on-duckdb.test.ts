import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectDuckdb } from '../../../../actions/warehouse-benchmark/engine/duckdb/connect.ts';
import type { Engine } from '../../../../actions/warehouse-benchmark/engine/engine.ts';
import { openQueries } from '../../../../actions/warehouse-benchmark/queries/open.ts';
import type { Query, QuerySet } from '../../../../actions/warehouse-benchmark/queries/query-set.ts';
import { standardTexts } from '../../../../actions/warehouse-benchmark/queries/standard-texts.ts';
import type { Log } from '../../../../lib/hosts/host.ts';
import { QueryFolder } from './query-folder.ts';

// The texts come with DuckDB's extension: where that cannot be installed this suite fails and says so.

const log: Log = {
  debug: () => {},
  info: () => {},
  warning: () => {},
  error: () => {},
  group: (_title, work) => work(),
};
const { signal } = new AbortController();

let engine: Engine;
let given: Awaited<ReturnType<typeof standardTexts>>;

beforeAll(async () => {
  given = await standardTexts({ log, signal });
  engine = await connectDuckdb({ scaleFactor: 0.01, log, signal });
}, 300_000);
afterAll(() => engine?.close());

async function open(filter: string[], folder?: string): Promise<QuerySet> {
  return await openQueries({ folder, filter, streams: 1, standard: async () => given });
}

/** Rows of each query by its number, in the order in which they ran. */
async function run(queries: readonly Query[]): Promise<[number, number][]> {
  const session = await engine.openSession('test');
  const counts: [number, number][] = [];
  for (const { number, statements } of queries) {
    let rows = 0;
    for (const sql of statements) rows += (await session.run(sql, { signal })).rows;
    counts.push([number, rows]);
  }
  await session.close();
  return counts;
}

test('the 99 standard texts are one statement each, for the qualification', async () => {
  const queries = await open([]);
  expect(queries).toMatchObject({ source: given.source, forQualification: true, hasStreams: false });
  expect(queries.numbers).toEqual(Array.from({ length: 99 }, (_, at) => at + 1));
  // DuckDB leaves out the second statement of 14, 23, 24 and 39, which the standard kit and the article have.
  expect(queries.stream(0).flatMap(({ statements }) => statements)).toHaveLength(99);
});

test('they run in the order of streams 0 and 1, with the same rows', async () => {
  const queries = await open(['1', '3', '7', '39', '42', '75', '90-99', '!94-95']);
  const [single, session] = [await run(queries.stream(0)), await run(queries.stream(1))];
  expect(single.map(([number]) => number)).toEqual([1, 3, 7, 39, 42, 75, 90, 91, 92, 93, 96, 97, 98, 99]);
  expect(session.map(([number]) => number)).toEqual([96, 7, 75, 39, 1, 91, 98, 97, 90, 92, 3, 93, 42, 99]);
  expect(new Map(session)).toEqual(new Map(single));
  expect(single).toContainEqual([96, 1]);
});

test('written into a folder, a file a query, they are the same to measure, and no longer for the qualification', async () => {
  const place = new QueryFolder();
  try {
    const files = [...given.texts].map(([number, text]) => [`q/query${number}.sql`, `-- ${number}\n${text}`]);
    const [fromFolder, standard] = [await open([], place.write(Object.fromEntries(files))), await open([])];
    expect(fromFolder.digest).toBe(standard.digest);
    expect([standard.forQualification, fromFolder.forQualification]).toEqual([true, false]);
    expect(await run(fromFolder.stream(1).slice(0, 3))).toEqual(await run(standard.stream(1).slice(0, 3)));
  } finally {
    place.remove();
  }
});
