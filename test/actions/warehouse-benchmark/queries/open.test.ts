import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openQueries } from '../../../../actions/warehouse-benchmark/queries/open.ts';
import { streamOrder } from '../../../../actions/warehouse-benchmark/queries/stream-order.ts';
import { kitStream, QueryFolder } from './query-folder.ts';

let place: QueryFolder;

beforeEach(() => {
  place = new QueryFolder();
});
afterEach(() => place.remove());

const ALL = streamOrder(0);

async function standard() {
  return { source: 'DuckDB tpcds 1.5.5', texts: new Map(ALL.map((number) => [number, `select ${number};`])) };
}

async function never(): Promise<never> {
  throw new Error('the standard texts were asked for');
}

async function opened(files: Record<string, string>, request: { streams?: number; filter?: string[] } = {}) {
  const folder = place.write(files);
  const { streams = 0, filter = [] } = request;
  return await openQueries({ folder, filter, streams, standard: never, workspace: place.workspace });
}

describe('the standard texts', () => {
  test('are all of them, for the qualification, and without streams of their own', async () => {
    const queries = await openQueries({ folder: undefined, filter: [], streams: 5, standard });
    expect(queries).toMatchObject({
      source: 'DuckDB tpcds 1.5.5',
      numbers: ALL,
      forQualification: true,
      hasStreams: false,
    });
    expect(queries.stream(0).slice(0, 2)).toEqual([
      { number: 1, statements: ['select 1'] },
      { number: 2, statements: ['select 2'] },
    ]);
  });

  test('are run by each session in the order of its stream', async () => {
    const queries = await openQueries({ folder: undefined, filter: [], streams: 20, standard });
    for (let stream = 0; stream <= 20; stream++) {
      expect(queries.stream(stream).map(({ number }) => number)).toEqual(streamOrder(stream));
    }
    expect(() => queries.stream(21)).toThrow('stream 21 was not opened');
  });

  test('keep that order when some are left out', async () => {
    const queries = await openQueries({ folder: undefined, filter: ['1-40', '!7'], streams: 1, standard });
    expect(queries.numbers).toEqual(ALL.filter((number) => number <= 40 && number !== 7));
    expect(
      queries
        .stream(1)
        .slice(0, 4)
        .map(({ number }) => number),
    ).toEqual([39, 32, 19, 25]);
  });

  test('are refused when nothing is left', async () => {
    await expect(openQueries({ folder: undefined, filter: ['!1-99'], streams: 1, standard })).rejects.toThrow(
      "input 'queries': '!1-99' leaves no query to run",
    );
  });
});

describe('a folder', () => {
  test('is not for the qualification, and the standard texts are not asked for', async () => {
    const queries = await opened({ 'q/q3.sql': 'select 3', 'q/q1.sql': 'select 1' }, { streams: 3 });
    expect(queries).toMatchObject({
      source: "'q': one file a query, the same for all sessions",
      numbers: [1, 3],
      forQualification: false,
      hasStreams: false,
    });
    // 1 comes before 3 in stream 1 (places 12 and 45), and so on.
    expect([1, 2, 3].map((stream) => queries.stream(stream).map(({ number }) => number))).toEqual(
      [1, 2, 3].map((stream) => streamOrder(stream).filter((number) => number === 1 || number === 3)),
    );
  });

  test('with streams gives each session its own, in the order of the files', async () => {
    const files = { 'q/query_0.sql': kitStream(0, [96, 7]), 'q/query_1.sql': kitStream(1, [7, 96]) };
    const queries = await opened(files, { streams: 1 });
    expect(queries).toMatchObject({ numbers: [7, 96], hasStreams: true, forQualification: false });
    expect(queries.stream(0).map(({ statements }) => statements)).toEqual([['select 96, 0'], ['select 7, 0']]);
    expect(queries.stream(1).map(({ statements }) => statements)).toEqual([['select 7, 1'], ['select 96, 1']]);
    expect(() => queries.stream(2)).toThrow('stream 2 was not opened');
  });

  test('has nothing to run when the filter takes others', async () => {
    await expect(opened({ 'q/q3.sql': 'select 3' }, { filter: ['10-20'] })).rejects.toThrow(
      "input 'queries': '10-20' leaves no query to run",
    );
    await expect(opened({ 'q/q3.sql': 'select 3' }, { filter: ['14'] })).rejects.toThrow(
      "input 'queries': there is no query 14 in what was given",
    );
  });
});

describe('the digest', () => {
  const FILES = { 'q/q1.sql': 'select 1, 2;', 'q/q2.sql': "select 'a  b'; select 3" };

  async function digest(files: Record<string, string>, request: { streams?: number; filter?: string[] } = {}) {
    place.remove();
    place = new QueryFolder();
    return (await opened(files, request)).digest;
  }

  test('is 64 hexadecimal digits, and the same for the same texts wherever they come from', async () => {
    const found = await digest(FILES);
    expect(found).toMatch(/^[0-9a-f]{64}$/);
    const texts = new Map([
      [2, FILES['q/q2.sql']],
      [1, FILES['q/q1.sql']],
    ]);
    const queries = await openQueries({
      folder: undefined,
      filter: [],
      streams: 5,
      standard: async () => ({ source: 'x', texts }),
    });
    expect(queries.digest).toBe(found);
  });

  test.each<[string, Record<string, string>]>([
    ['comments', { 'q/q1.sql': '/* a */ select 1, -- b\n2' }],
    ['blanks and line ends', { 'q/q1.sql': '\r\nselect\t1,\r\n  2 ;\r\n' }],
    [
      'the setting of the result cache and variables of psql',
      { 'q/q1.sql': 'set enable_result_cache_for_session = off;\n:EXPLAIN\nselect 1, 2;' },
    ],
  ])('does not depend on %s', async (_, change) => {
    expect(await digest({ ...FILES, ...change })).toBe(await digest(FILES));
  });

  test.each<[string, Record<string, string>, string[]]>([
    ['a text', { 'q/q1.sql': 'select 1, 3' }, []],
    ['a string', { 'q/q2.sql': "select 'a b'; select 3" }, []],
    ['where statements end', { 'q/q2.sql': "select 'a  b' select 3" }, []],
    ['the number of a query', { 'q/q1.sql': FILES['q/q2.sql'], 'q/q2.sql': FILES['q/q1.sql'] }, []],
    ['a further query', { 'q/q3.sql': 'select 3' }, []],
    ['what is left out', {}, ['!2']],
  ])('depends on %s', async (_, change, filter) => {
    expect(await digest({ ...FILES, ...change }, { filter })).not.toBe(await digest(FILES));
  });

  test('depends on the parameters of the streams in use, and of no others', async () => {
    const one = { 'q/0/1.sql': 'select 1', 'q/1/1.sql': 'select 11', 'q/2/1.sql': 'select 12' };
    const other = { ...one, 'q/2/1.sql': 'select 13' };
    expect(await digest(other, { streams: 1 })).toBe(await digest(one, { streams: 1 }));
    expect(await digest(other, { streams: 2 })).not.toBe(await digest(one, { streams: 2 }));
  });
});
