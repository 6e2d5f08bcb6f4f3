import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { difference } from '../../../../actions/warehouse-benchmark/answers/difference.ts';
import { Fingerprinter } from '../../../../actions/warehouse-benchmark/answers/fingerprint.ts';
import type { Fingerprint } from '../../../../actions/warehouse-benchmark/answers/fingerprint-types.ts';
import { knownAnswers } from '../../../../actions/warehouse-benchmark/answers/known.ts';
import { fromShortForm, toShortForm } from '../../../../actions/warehouse-benchmark/answers/short-form.ts';
import { connectDuckdb } from '../../../../actions/warehouse-benchmark/engine/duckdb/connect.ts';
import type { Engine } from '../../../../actions/warehouse-benchmark/engine/engine.ts';
import { standardTexts } from '../../../../actions/warehouse-benchmark/queries/standard-texts.ts';
import { installTpcds } from '../../../../engines/duckdb/install-tpcds.ts';
import type { Log } from '../../../../lib/hosts/host.ts';
import { ANSWER_SETS, fingerprintOf, readAnswerSet } from '../../../../scripts/answers/answer-sets.ts';
import { stringArray } from '../../../../scripts/answers/string-array.ts';

// The 99 queries that are derived from TPC-DS, on DuckDB. Not comparable with published TPC-DS results.

const log: Log = {
  debug: () => {},
  info: () => {},
  warning: () => {},
  error: () => {},
  group: (_, work) => work(),
};
const { signal } = new AbortController();
let engine: Engine;
const answers = new Map<number, Fingerprint>();

beforeAll(async () => {
  const { texts } = await standardTexts({ log, signal });
  engine = await connectDuckdb({ scaleFactor: 0.01, log, signal });
  const session = await engine.openSession('known answers');
  for (const [query, text] of texts) {
    const { fingerprint } = await session.run(text, { signal, fingerprint: true });
    answers.set(query, fingerprint!);
  }
}, 300_000);
afterAll(() => engine?.close());

test('DuckDB gives the known answer to all 99 at scale factor 0.01', async () => {
  const known = await knownAnswers(0.01);
  const wrong = [...answers].flatMap(([query, actual]) => {
    const found = difference(known!.get(query)![0]!, actual);
    return found === undefined ? [] : [`${query}: ${found}`];
  });
  expect(answers.size).toBe(99);
  expect(wrong).toEqual([]);
});

test('no answer with rows is taken for that of another query', async () => {
  const known = await knownAnswers(0.01);
  const pairs = [...answers].flatMap(([query, actual]) =>
    [...known!].flatMap(([other, [expected]]) =>
      other !== query && actual.rows > 1 && difference(expected!, actual) === undefined ? [`${query} as ${other}`] : [],
    ),
  );
  expect(pairs).toEqual([]);
});

test.each([0.01, 1])('there is one answer for each of 99 queries at scale factor %d', async (scaleFactor) => {
  const known = await knownAnswers(scaleFactor);
  expect([...known!.keys()]).toEqual(Array.from({ length: 99 }, (_, index) => index + 1));
  for (const fingerprints of known!.values()) expect(fingerprints).toHaveLength(1);
});

test.each([0.1, 10, 100, 3000])('nothing is known at scale factor %d', async (scaleFactor) => {
  expect(await knownAnswers(scaleFactor)).toBeUndefined();
});

test.each(ANSWER_SETS)('the facts at scale factor %s are what the extension holds', async (scaleFactor) => {
  const held = await readAnswerSet(await installTpcds(), scaleFactor);
  const known = await knownAnswers(Number(scaleFactor));
  expect([...known!.values()]).toEqual(held.map((answer) => fromShortForm(toShortForm([answer]))));
});

test('an answer set is read with its NULLs and empty texts', () => {
  const { rows, columns } = fingerprintOf('a|b|c\nNULL|(empty)|1.50\nable|NULL|NULL\n');
  expect(rows).toBe(2);
  expect(columns.map(({ kind, nulls }) => [kind, nulls])).toEqual([
    ['texts', 1],
    ['empty', 2],
    ['numbers', 1],
  ]);
  expect(() => fingerprintOf('a|b\n1|2|3\n')).toThrow('A row has 3 values, but there are 2 columns.');
});

test('another file than the extension for Linux is refused', () => {
  expect(() => stringArray(Buffer.alloc(64, 1), 'TPCDS_ANSWERS_SF1')).toThrow(
    'The extension is no ELF file of 64 bits',
  );
});

test('the short form keeps all parts of a fingerprint', () => {
  const fingerprinter = new Fingerprinter();
  fingerprinter.add([
    ['able', '1.25', null],
    ['ought', null, null],
  ]);
  const fingerprint = fingerprinter.result();
  const [read] = fromShortForm(toShortForm([fingerprint]));
  expect(difference(fingerprint, read!)).toBeUndefined();
  expect(read!.columns.map(({ kind }) => kind)).toEqual(['texts', 'numbers', 'empty']);
  expect(Object.keys(read!.columns[1]!).sort()).toEqual(Object.keys(fingerprint.columns[1]!).sort());
});
