import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type FolderQueries, readFolder } from '../../../../actions/warehouse-benchmark/queries/folder.ts';
import { BadInput } from '../../../../lib/errors.ts';
import { kitStream, QueryFolder } from './query-folder.ts';

let place: QueryFolder;

beforeEach(() => {
  place = new QueryFolder();
});
afterEach(() => place.remove());

async function read(
  files: Readonly<Record<string, string | Uint8Array>>,
  { streams = 0, filter = [] }: { streams?: number; filter?: string[] } = {},
): Promise<FolderQueries> {
  const folder = place.write(files);
  return await readFolder({ folder, workspace: place.workspace, filter, streams });
}

/** The numbers of each stream in its order. */
function orders({ streams }: FolderQueries): Record<number, number[]> {
  return Object.fromEntries([...streams].map(([stream, queries]) => [stream, queries.map(({ number }) => number)]));
}

/** The problems of a folder without what all of them begin with. */
async function problems(reading: Promise<unknown>): Promise<string[]> {
  const error = await reading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof BadInput)) throw new Error(`not refused: ${error}`);
  return error.problems.map(({ input, message }) => {
    expect(message.startsWith(`input '${input}': `)).toBe(true);
    return message.slice(`input '${input}': `.length);
  });
}

describe('one file a query', () => {
  test('is found by the last number of the names, and run in ascending order', async () => {
    const found = await read({
      'q/query10.sql': 'select 10;',
      'q/101.tpcds.02.sql': 'select 2; select 22;',
      'q/q01.SQL': 'select 1',
      'q/README.md': 'not read',
      'q/answers/1.out': 'not read',
      'q/.hidden.sql': 'drop table x',
    });
    expect(found).toEqual({
      source: "'q': one file a query, the same for all sessions",
      hasStreams: false,
      streams: new Map([
        [
          0,
          [
            { number: 1, statements: ['select 1'] },
            { number: 2, statements: ['select 2', 'select 22'] },
            { number: 10, statements: ['select 10'] },
          ],
        ],
      ]),
    });
  });

  test('is the same for all sessions, however many there are', async () => {
    const found = await read({ 'q/1.sql': 'select 1' }, { streams: 20 });
    expect([found.hasStreams, orders(found)]).toEqual([false, { 0: [1] }]);
  });

  test('may be in a folder 0', async () => {
    const found = await read({ 'q/0/b2.sql': 'select 2', 'q/0/c1.sql': 'select 1' }, { streams: 2 });
    expect([found.hasStreams, orders(found)]).toEqual([false, { 0: [1, 2] }]);
  });

  test('is read only where the filter takes it', async () => {
    const files = { 'q/1.sql': 'select 1', 'q/2.sql': "select 'a", 'q/3.sql': 'drop table x' };
    expect(orders(await read(files, { filter: ['!2', '!3'] }))).toEqual({ 0: [1] });
    expect(await problems(read(files))).toEqual([
      "'q/2.sql', line 1: a string that begins here does not end; close it",
      "'q/3.sql', line 1: a statement begins with 'drop'; only queries run here, which begin with 'select' or 'with'",
    ]);
  });

  test("may have the kit's comments, and a byte order mark", async () => {
    const found = await read({ 'q/q96.sql': `\ufeff${kitStream(0, [96])}` });
    expect(found.streams.get(0)).toEqual([{ number: 96, statements: ['select 96, 0'] }]);
  });

  test('is refused where the names only count the pieces of a stream', async () => {
    // The kit's first query is 96; scripts that cut its file often number what they find.
    expect(await problems(read({ 'q/query_1.sql': kitStream(0, [96]), 'q/query_2.sql': kitStream(0, [2]) }))).toEqual([
      "'q/query_1.sql', line 1: the comment says query 96, the file's name says 1; rename the file",
    ]);
  });

  test.each<[string, Record<string, string | Uint8Array>, string]>([
    ['without a file', { 'q/readme.txt': '' }, "'q' has no .sql file; give the folder that holds the queries"],
    [
      'with a name without a number',
      { 'q/1.sql': 'select 1', 'q/tables.sql': 'select 1' },
      "'q/tables.sql' has no number in its name; call it for example 'query7.sql'",
    ],
    [
      'with query 0',
      { 'q/q0.sql': 'select 1' },
      "'q/q0.sql' is called after query 0, which does not exist; they are 1 to 99",
    ],
    [
      'with query 100',
      { 'q/q100.sql': 'select 1' },
      "'q/q100.sql' is called after query 100, which does not exist; they are 1 to 99",
    ],
    [
      'with a query twice',
      { 'q/q14a.sql': 'select 1', 'q/q14b.sql': 'select 1' },
      "'q/q14b.sql' is called after query 14, as is 'q/q14a.sql'; put all its statements into one file",
    ],
    [
      'with an empty file',
      { 'q/q1.sql': '' },
      "'q/q1.sql', line 1: there is no query in it; add it, or remove the file",
    ],
    [
      'with a command of psql',
      { 'q/q1.sql': '\\timing\n\n\\i q2.sql\n' },
      "'q/q1.sql', line 3: the psql command \\i is not carried out here; leave it out",
    ],
    [
      'with another encoding',
      { 'q/q1.sql': Buffer.from("select 'caf\xe9'", 'latin1') },
      "'q/q1.sql' is not text in UTF-8; save it in UTF-8",
    ],
    [
      'in UTF-16',
      { 'q/q1.sql': Buffer.from('select 1', 'utf16le') },
      "'q/q1.sql' is not text in UTF-8; save it in UTF-8",
    ],
    [
      'with a large file',
      { 'q/q1.sql': `select 1${' '.repeat(1_048_576)}` },
      "'q/q1.sql' has 1048584 bytes, and a file of queries has at most 1048576 (1 MiB)",
    ],
    [
      'with a folder of queries that is no stream',
      { 'q/q1.sql': 'select 1', 'q/old/q1.sql': 'select 2' },
      "'q/old' has .sql files that would not run; end its name with the number of a stream (1 to 20), or move it away",
    ],
  ])('is refused %s', async (_, files, message) => {
    expect(await problems(read(files))).toEqual([message]);
  });

  test('is refused with more files than there can be', async () => {
    const files = Object.fromEntries(Array.from({ length: 201 }, (_, at) => [`q/${at}.sql`, 'select 1']));
    expect(await problems(read(files))).toEqual(["'q' has 201 .sql files, and at most 200 are read; move the others"]);
  });

  test('is refused when the files have more than 64 MiB together', async () => {
    const large = 'select 1'.padEnd(1_048_576);
    const files = Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`q/${at + 1}.sql`, large]));
    expect(await problems(read(files))).toEqual([
      "the files up to 'q/65.sql' have 68157440 bytes, and at most 64 MiB are read in all",
    ]);
  });

  test('names at most twenty problems, and how many more there are', async () => {
    const files = Object.fromEntries(Array.from({ length: 25 }, (_, at) => [`q/${at + 1}.sql`, '']));
    const found = await problems(read(files));
    expect(found).toHaveLength(21);
    expect(found.at(-1)).toBe('and 5 more problems of this kind');
  });
});

describe('one folder a stream', () => {
  const STREAMS = {
    'q/101.tpcds.01.sql': 'select 1, 0',
    'q/102.tpcds.02.sql': 'select 2, 0',
    'q/1/101.tpcds.02.sql': 'select 2, 1',
    'q/1/102.tpcds.01.sql': 'select 1, 1',
    'q/stream_02/1.q1.sql': 'select 1, 2',
    'q/stream_02/10.q2.sql': 'select 2, 2',
    'q/rollout.sh': 'not read',
  };

  test('is run in the order of the names', async () => {
    const found = await read(STREAMS, { streams: 2 });
    expect(found.source).toBe("'q': one folder a stream");
    expect([found.hasStreams, orders(found)]).toEqual([true, { 0: [1, 2], 1: [2, 1], 2: [1, 2] }]);
    expect(found.streams.get(1)?.[0]?.statements).toEqual(['select 2, 1']);
  });

  test('orders numbers in names by their value', async () => {
    const files = {
      'q/0/2.q2.sql': 'select 2',
      'q/0/10.q1.sql': 'select 1',
      'q/1/9.q1.sql': 'select 1',
      'q/1/10.q2.sql': 'select 2',
    };
    expect(orders(await read(files, { streams: 1 }))).toEqual({ 0: [2, 1], 1: [1, 2] });
  });

  test('is read for as many sessions as there are', async () => {
    const files = { ...STREAMS, 'q/stream_02/3.q3.sql': 'drop table x' };
    expect(orders(await read(files, { streams: 1 }))).toEqual({ 0: [1, 2], 1: [2, 1] });
  });

  test("may be the article's whole folder", async () => {
    const found = await read(
      {
        'q/01_init/rollout.sh': '',
        'q/02_sql/101.tpcds.01.sql': 'set enable_result_cache_for_session = off;\n:EXPLAIN\nselect 1;\n',
        'q/02_sql/102.tpcds.02.sql': ':EXPLAIN\nselect 2;\n:EXPLAIN\nselect 22;\n',
        'q/03_multi_user/1/101.tpcds.02.sql': ':EXPLAIN\nselect 2;\n',
        'q/03_multi_user/1/102.tpcds.01.sql': ':EXPLAIN\nselect 1;\n',
        'q/03_multi_user/rollout.sh': '',
        'q/04_totals/01.redshift.sql.sql': 'insert',
      },
      { streams: 1 },
    );
    expect(orders(found)).toEqual({ 0: [1, 2], 1: [2, 1] });
    expect(found.streams.get(0)?.[1]?.statements).toEqual(['select 2', 'select 22']);
  });

  test('is refused when sessions would share parameters', async () => {
    expect(await problems(read(STREAMS, { streams: 20 }))).toEqual([
      "20 sessions need the streams 1 to 20, and 'q' has 2: 1, 2. Two sessions with the same parameters would measure caches; give fewer sessions, or generate more streams",
    ]);
    await expect(read(STREAMS, { streams: 20 })).rejects.toThrow("input 'sessions': 20 sessions need");
  });

  test.each<[string, Record<string, string>, string[]]>([
    [
      'with a query that one of them lacks',
      { 'q/2/1.q1.sql': 'select 1', 'q/1/3.q3.sql': 'select 3', 'q/1/4.q4.sql': 'select 4' },
      [
        "stream 0 of 'q' lacks queries 3, 4, which others have; add or exclude",
        "stream 2 of 'q' lacks queries 2, 3, 4, which others have; add or exclude",
      ],
    ],
    [
      'with a stream twice',
      { 'q/2/1.sql': 'select 1', 'q/s2/1.sql': 'select 1' },
      ["'q/s2' and 'q/2' are both stream 2; rename one"],
    ],
    [
      "with the single user's queries twice",
      { 'q/0/1.sql': 'select 1', 'q/2/1.sql': 'select 1' },
      ["'q/0' and 'q/101.tpcds.01.sql' are both for the single user; keep the folder 0 or the files beside it"],
    ],
    ['with an empty folder', { 'q/2/x.txt': '' }, ["'q/2' has no .sql file; add its queries"]],
  ])('is refused %s', async (_, files, expected) => {
    const { 'q/stream_02/1.q1.sql': _one, 'q/stream_02/10.q2.sql': _two, ...others } = STREAMS;
    expect(await problems(read({ ...others, ...files }, { streams: 2 }))).toEqual(expected);
  });

  test('is refused without queries of the single user', async () => {
    expect(await problems(read({ 'q/1/1.sql': 'select 1' }, { streams: 1 }))).toEqual([
      "'q' has nothing for the single user; add one file a query, or a folder or stream file 0",
    ]);
  });
});

describe("the standard kit's stream files", () => {
  const FILES = { 'q/query_0.sql': kitStream(0, [96, 7, 75]), 'q/query_1.sql': kitStream(1, [7, 75, 96]) };

  test('are run in their order', async () => {
    const found = await read(FILES, { streams: 1 });
    expect(found.source).toBe("'q': stream files of the standard kit");
    expect([found.hasStreams, orders(found)]).toEqual([true, { 0: [96, 7, 75], 1: [7, 75, 96] }]);
    expect(found.streams.get(1)?.[2]).toEqual({ number: 96, statements: ['select 96, 1'] });
  });

  test('may be filtered, and a query that is left out does no harm', async () => {
    const files = { ...FILES, 'q/query_0.sql': FILES['q/query_0.sql'].replace('select 7, 0', 'drop table x') };
    expect(orders(await read(files, { streams: 1, filter: ['!7'] }))).toEqual({ 0: [96, 75], 1: [75, 96] });
    expect(await problems(read(files))).toEqual([
      "'q/query_0.sql', line 6: a statement begins with 'drop'; only queries run here, which begin with 'select' or 'with'",
    ]);
  });

  test('may have comments of the older form, variants of queries and several statements', async () => {
    const found = await read({
      'q/query_0.sql': `-- start template query39.tpl query 1 in stream 0
select 39; select 'a;-- end';
-- end template query39.tpl query 1 in stream 0
-- start template query80a.tpl query 2 in stream 0
select 80
-- end template query80a.tpl query 2 in stream 0
`,
    });
    expect(found.streams.get(0)).toEqual([
      { number: 39, statements: ['select 39', "select 'a;-- end'"] },
      { number: 80, statements: ['select 80'] },
    ]);
  });

  test('without further streams are the same for all sessions', async () => {
    const found = await read({ 'q/query_0.sql': kitStream(0, [96, 7]) }, { streams: 5 });
    expect(found.source).toBe("'q': a stream file of the standard kit, the same for all sessions");
    expect([found.hasStreams, orders(found)]).toEqual([false, { 0: [96, 7] }]);
  });

  test('are refused when there are fewer than sessions', async () => {
    expect(await problems(read(FILES, { streams: 5 }))).toEqual([
      "5 sessions need the streams 1 to 5, and 'q' has 1: 1. Two sessions with the same parameters would measure caches; give fewer sessions, or generate more streams",
    ]);
  });

  test.each<[string, Record<string, string>, string]>([
    [
      'with a copy of another stream',
      { 'q/query_1.sql': kitStream(0, [7, 75, 96]) },
      "'q/query_1.sql', line 1: the comment says stream 0, the file's name says 1; was it copied? Each stream needs parameters of its own",
    ],
    [
      'with a query twice',
      { 'q/query_1.sql': kitStream(1, [7, 75, 7]) },
      "'q/query_1.sql', line 9: query 7 is here twice; remove one of them",
    ],
    [
      'with an unknown query',
      { 'q/query_1.sql': kitStream(1, [7, 100]) },
      "'q/query_1.sql', line 5: there is no query 100; they are 1 to 99",
    ],
    [
      'that are cut short',
      { 'q/query_1.sql': kitStream(1, [7, 75]).split('\n').slice(0, 6).join('\n') },
      "'q/query_1.sql', line 5: query 75 starts here and has no end comment; is the file cut short? Generate it again",
    ],
    [
      'that begin in the middle',
      { 'q/query_1.sql': kitStream(1, [7, 75, 96]).split('\n').slice(1).join('\n') },
      "'q/query_1.sql', line 3: query 7 ends here and does not start before",
    ],
    [
      'with a statement between queries',
      { 'q/query_1.sql': `${kitStream(1, [7])}\nselect 1;\n${kitStream(1, [75])}` },
      "'q/query_1.sql', line 6: a statement stands outside of the comments that begin and end a query",
    ],
    [
      'with a command of psql at the end',
      { 'q/query_1.sql': `${kitStream(1, [7, 75])}\\q\n` },
      "'q/query_1.sql', line 9: the psql command \\q is not carried out here; leave it out",
    ],
    [
      'beside a file of one query',
      { 'q/query_2.sql': 'select 2' },
      "'q/query_2.sql' holds one query and 'q/query_0.sql' a whole stream; keep either in the folder",
    ],
    [
      'without a number',
      { 'q/all.sql': kitStream(0, [96, 7]) },
      "'q/all.sql' holds a whole stream and has no number in its name; call it for example 'query_0.sql'",
    ],
    [
      'with a stream twice',
      { 'q/q1.sql': kitStream(1, [96, 7]) },
      "'q/query_1.sql' and 'q/q1.sql' are both stream 1; remove one",
    ],
    [
      'beside folders of streams',
      { 'q/2/1.sql': 'select 1' },
      "'q/2' has .sql files beside stream files of the standard kit; keep either in the folder",
    ],
  ])('are refused %s', async (_, files, message) => {
    expect(await problems(read({ ...FILES, ...files }, { streams: 1 }))).toEqual([message]);
  });

  test('may switch the result cache off between queries', async () => {
    const setting = 'set enable_result_cache_for_session to off;\n';
    const text = `${setting}${kitStream(0, [7])}${setting}${kitStream(0, [75])}`;
    expect(orders(await read({ 'q/query_0.sql': text }))).toEqual({ 0: [7, 75] });
  });
});

describe('a folder', () => {
  test('that is not there is refused', async () => {
    expect(
      await problems(
        readFolder({ folder: path.join(place.workspace, 'none'), workspace: place.workspace, filter: [], streams: 0 }),
      ),
    ).toEqual(["'none' does not exist, or is a symbolic link that leads nowhere"]);
  });

  test('that is a file is refused', async () => {
    expect(await problems(read({ q: 'select 1' }))).toEqual(["'q' is no folder; give the folder of the queries"]);
  });

  test('may have links that stay in it', async () => {
    place.link('../q/texts/a1.txt', 'q/q1.sql');
    expect(orders(await read({ 'q/texts/a1.txt': 'select 1' }))).toEqual({ 0: [1] });
  });

  test('may be a link that stays in the workspace', async () => {
    place.link('other', 'q');
    place.write({ 'other/q1.sql': 'select 1' });
    expect(orders(await read({}))).toEqual({ 0: [1] });
  });

  test('that a link leads out of the workspace to is refused', async () => {
    const other = new QueryFolder();
    try {
      place.link(other.write({ 'q/q1.sql': 'select 1' }), 'q');
      expect(await problems(read({}))).toEqual([
        "'q' leads out of the workspace by a symbolic link; copy the files into it",
      ]);
    } finally {
      other.remove();
    }
  });

  test.each<[string, string, string]>([
    [
      'q/q2.sql',
      '../outside.sql',
      "'q/q2.sql' leads out of the folder of the queries by a symbolic link; copy the files into it",
    ],
    ['q/1', '../elsewhere', "'q/1' leads out of the folder of the queries by a symbolic link; copy the files into it"],
    [
      'q/q2.sql',
      '/dev/zero',
      "'q/q2.sql' leads out of the folder of the queries by a symbolic link; copy the files into it",
    ],
    ['q/q2.sql', 'none', "'q/q2.sql' does not exist, or is a symbolic link that leads nowhere"],
    ['q/q2.sql', 'q2.sql', "'q/q2.sql' is a symbolic link that leads in a circle; remove it"],
  ])('with a link %s to %s is refused', async (name, target, message) => {
    place.write({ 'outside.sql': 'select 1', 'elsewhere/1.sql': 'select 1', 'q/q1.sql': 'select 1' });
    place.link(target, name);
    expect(await problems(read({}, { streams: 1 }))).toEqual([message]);
  });

  test('in which one stream is a link to another is refused', async () => {
    place.link('1', 'q/2');
    expect(await problems(read({ 'q/1.sql': 'select 1', 'q/1/1.sql': 'select 1' }, { streams: 2 }))).toEqual([
      "'q/2/1.sql' is a link to a file of stream 1; each stream needs its own parameters",
    ]);
  });

  test('is named in full where there is no workspace', async () => {
    mkdirSync(path.join(place.workspace, 'q'));
    const folder = path.join(place.workspace, 'q');
    expect(await problems(readFolder({ folder, workspace: undefined, filter: [], streams: 0 }))).toEqual([
      `'${folder}' has no .sql file; give the folder that holds the queries`,
    ]);
  });
});
