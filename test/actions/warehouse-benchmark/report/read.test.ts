import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { reportJson } from '../../../../actions/warehouse-benchmark/report/files.ts';
import { MOST_BYTES, parseReport, readReport } from '../../../../actions/warehouse-benchmark/report/read.ts';
import { reportJsonSchema } from '../../../../actions/warehouse-benchmark/report/report-shape.ts';
import { totalsOf } from '../../../../actions/warehouse-benchmark/report/totals.ts';
import { BadInput } from '../../../../lib/errors.ts';
import { codePoint } from '../../../support/code-point.ts';
import { fitsSchema } from './json-schema.ts';
import { articleReport, executionOf, reportOf, richReport } from './samples.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'benchmark-read-'));
afterAll(() => rmSync(directory, { recursive: true }));

const written = (report = richReport()) => reportJson(report, totalsOf(report));
const parse = (text: string) => parseReport('baseline', 'base.json', text);

const RICH = written();

/** A JSON value that can be changed in place. */
type Node = Record<string, unknown> | unknown[];

/** What the rich report says, with the value at the path replaced, or taken away. */
function changed(place: readonly (string | number)[], value: unknown): string {
  const report = JSON.parse(RICH) as Node;
  const parent = place.slice(0, -1).reduce((node, key) => (node as never)[key], report) as Record<
    string | number,
    unknown
  >;
  const last = place.at(-1)!;
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return JSON.stringify(report);
}

describe('a report that was written', () => {
  test.each([
    ['the rich sample', richReport()],
    ["the article's", articleReport(0.36)],
    ['one without executions', reportOf({ numbers: [1] }, [])],
    ['an imported one', reportOf({ numbers: [1], engine: { engine: 'imported', version: 'old', rpus: 32 } }, [])],
    ['one of DuckDB', reportOf({ numbers: [1], engine: { engine: 'duckdb', version: '1.5.5', threads: 2 } }, [])],
  ])('is read back as it was: %s', (_, report) => {
    expect(parse(written(report))).toEqual(report);
  });

  test('is the same text whatever the order of its keys was', () => {
    const report = richReport();
    const reversed = JSON.parse(JSON.stringify(report), (_, value) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).reverse())
        : value,
    );
    expect(written(reversed)).toBe(written(report));
  });
});

describe('a file', () => {
  const file = path.join(directory, 'report.json');

  test('is read', async () => {
    writeFileSync(file, written());
    expect(await readReport('baseline', file)).toEqual(richReport());
  });

  test('that is missing, a folder, too large or no text is refused with the input and the file', async () => {
    const problem = async (name: string) =>
      (await readReport('baseline', name).catch((error: unknown) => error)) as BadInput;
    const large = path.join(directory, 'large.json');
    writeFileSync(large, '');
    truncateSync(large, MOST_BYTES + 1);
    const binary = path.join(directory, 'binary.json');
    writeFileSync(binary, Buffer.from([0x7b, 0xff]));

    const gone = path.join(directory, 'gone.json');
    for (const [name, message] of [
      [gone, `cannot read ${gone}: `],
      [directory, `${directory} is not a file`],
      [large, `${large} has 67108865 bytes; a report has at most 67108864 (64 MiB)`],
      [binary, `${binary} is not text in UTF-8`],
    ] as const) {
      const error = await problem(name);
      expect(error).toBeInstanceOf(BadInput);
      expect(error.problems).toEqual([
        { input: 'baseline', message: expect.stringContaining(`input 'baseline': ${message}`) },
      ]);
    }
  });
});

test.each([
  ['', 'base.json is not JSON (Unexpected end of JSON input)'],
  ['[]', "base.json is not a report of this benchmark: its 'format' is not 'headgate-warehouse-benchmark'"],
  ['{"format":"other"}', "base.json is not a report of this benchmark: its 'format' is not"],
  [
    changed(['formatVersion'], 2),
    'base.json has the format version 2, which is newer than 1, the newest that this version of Headgate reads; use the version that wrote it',
  ],
  [changed(['formatVersion'], 0), 'formatVersion: 0 is not a whole number from 1 up to 1'],
  [changed(['totals'], 3), 'totals: it is not an object'],
  [changed(['label'], undefined), 'label: it is missing'],
  [changed(['run'], ''), 'run: "" is not a text of 1 to 200 characters'],
  [
    changed(['startedAt'], 'yesterday'),
    `startedAt: "yesterday" is not a time in ISO 8601 such as '2026-01-31T12:00:00.000Z'`,
  ],
  [changed(['endedAt'], '2026-02-31T25:00:00Z'), 'endedAt: "2026-02-31T25:00:00Z" is not a time that exists'],
  [changed(['resumed'], 'no'), 'resumed: "no" is not true or false'],
  [changed(['more'], 1), 'more: a report has no such property'],
  [changed(['setting', 'iteratoins'], 1), 'setting.iteratoins: a report has no such property'],
  [changed(['setting', 'a b"c'], 1), 'setting."a b\\"c": a report has no such property'],
  [
    changed(['setting', 'engine', 'engine'], 'oracle'),
    `setting.engine.engine: "oracle" is not 'redshift' or 'duckdb' or 'imported'`,
  ],
  [changed(['setting', 'engine', 'rpus'], 12.5), 'setting.engine.rpus: 12.5 is not a whole number from 1 up to 65536'],
  [changed(['setting', 'scaleFactor'], 0), 'setting.scaleFactor: 0 is not a number above 0 up to 1000000'],
  [changed(['setting', 'pricePerRpuHour'], 0), 'setting.pricePerRpuHour: 0 is not a number above 0'],
  [changed(['setting', 'sessions'], 21), 'setting.sessions: 21 is not a whole number from 0 up to 20'],
  [
    changed(['setting', 'queries', 'digest'], 'abc'),
    'setting.queries.digest: "abc" is not a SHA-256 digest in 64 hexadecimal digits',
  ],
  [changed(['setting', 'queries', 'numbers'], []), 'setting.queries.numbers: it has 0 entries; allowed are 1 to 99'],
  [changed(['setting', 'queries', 'numbers'], [1, 67, 14]), 'setting.queries.numbers[2]: 14 does not ascend after 67'],
  [changed(['setting', 'queries', 'numbers'], [1, 14, 14]), 'setting.queries.numbers[2]: 14 does not ascend after 14'],
  [
    changed(['setting', 'queries', 'numbers', 1], 100),
    'setting.queries.numbers[1]: 100 is not a whole number from 1 up to 99',
  ],
  [changed(['executions'], {}), 'executions: an object is not a list'],
  [changed(['executions', 3], null), 'executions[3]: null is not an object'],
  [changed(['executions', 3, 'durationMs'], -1), 'executions[3].durationMs: -1 is not a number from 0'],
  [changed(['executions', 3, 'durationMs'], '12'), 'executions[3].durationMs: "12" is not a number from 0'],
  [changed(['executions', 3, 'status'], 'ok'), `executions[3].status: "ok" is not 'passed' or 'wrong-answer'`],
  [changed(['executions', 3, 'query'], 2), 'executions[3].query: query 2 is not among setting.queries.numbers'],
  [
    changed(['executions', 3, 'iteration'], 3),
    `executions[3].iteration: 3 is more than the setting asks for in the part 'single' (2)`,
  ],
  [
    changed(['executions', 3, 'session'], 2),
    `executions[3].session: 2 is more than the setting asks for in the part 'single' (1)`,
  ],
  [changed(['executions', 3, 'position'], 4), `executions[3].position: 4 is more than the setting asks for`],
  [
    changed(['setting', 'sessions'], 1),
    `executions[11].session: 2 is more than the setting asks for in the part 'concurrent' (1)`,
  ],
  [changed(['setting', 'sessions'], 0), 'concurrentWallMs: the setting has no concurrent sessions'],
  [
    changed(['setting', 'warmUps'], 0),
    `executions[0].iteration: 1 is more than the setting asks for in the part 'warm-up' (0)`,
  ],
  [
    changed(['executions', 4, 'query'], 1),
    'executions[4].query: executions[3] has query 1 of the same part, session and iteration already',
  ],
  [
    changed(['executions', 4, 'position'], 1),
    'executions[4].position: executions[3] has position 1 of the same part, session and iteration already',
  ],
  [changed(['executions', 3, 'answer'], 'wrong'), 'executions[3].status: a wrong answer has not passed'],
  [changed(['executions', 3, 'statements'], 0), 'executions[3].fingerprints: it has 1 entries for 0 statements'],
  [
    changed(['executions', 3, 'fingerprints', 0, 'columns', 1, 'hash'], 'xyz'),
    'executions[3].fingerprints[0].columns[1].hash: "xyz" is not a number in 1 to 16 hexadecimal digits',
  ],
  [
    changed(['executions', 3, 'fingerprints', 0, 'columns', 0, 'squares'], -1),
    'executions[3].fingerprints[0].columns[0].squares: -1 is not a number from 0',
  ],
  [written().replace('"durationMs": 9000', '"durationMs": 1e999'), 'executions[0].durationMs: null is not a number'],
  [
    written().replace('"resumed": true', '"resumed": true, "__proto__": {}'),
    '__proto__: a report has no such property',
  ],
])('is refused: %#', (text, message) => {
  expect(() => parse(text)).toThrow(BadInput);
  expect(() => parse(text)).toThrow(message);
});

test('fewer executions than planned are read: a run may break off', () => {
  const report = { ...richReport(), executions: richReport().executions.slice(0, 2) };
  expect(parse(written(report))).toEqual(report);
});

describe('whatever is changed in a report', () => {
  const places = pathsOf(JSON.parse(written()) as Node).filter(([first]) => first !== 'totals');
  const value = fc.oneof(
    fc.constantFrom(undefined, null, '', 'passed', true, -1, 0, 0.5, 1, 2, 100, 1e9, 1e308, [], {}, [null], {
      kind: 'texts',
    }),
    fc.jsonValue(),
  );
  const mutated = fc.tuple(fc.constantFrom(...places), value).map(([place, given]) => changed(place, given));

  test('it is read whole or refused in words, and the reader takes nothing that the JSON Schema does not', () => {
    const schema = reportJsonSchema();
    let taken = 0;
    fc.assert(
      fc.property(mutated, (text) => {
        const result = outcome(text);
        const fits = fitsSchema(schema, JSON.parse(text));
        if (result.report !== undefined) {
          taken += 1;
          expect(fits).toBe(true);
          // What was read can be computed with.
          expect(totalsOf(result.report).verdict.planned).toBeGreaterThan(0);
        } else {
          expect(result.message).toMatch(/^input 'baseline': base\.json /);
          expect(result.message!.length).toBeLessThan(400);
          // The schema knows the form; how the parts fit together only the reader knows.
          if (fits)
            expect(result.message).toMatch(
              /setting|has not passed|does not fit|already|statements|does not ascend|not among|time that exists/,
            );
        }
      }),
      { numRuns: 250 },
    );
    expect(taken).toBeGreaterThan(0);
  });

  test('text that is cut or garbled is refused in words', () => {
    const whole = written();
    const garbled = fc
      .tuple(fc.nat(whole.length - 2), fc.string({ unit: codePoint, maxLength: 5 }))
      .map(([at, insert]) => whole.slice(0, at) + insert);
    fc.assert(
      fc.property(fc.oneof(garbled, fc.json(), fc.string()), (text) => {
        expect(outcome(text).message).toMatch(/^input 'baseline': base\.json /);
      }),
      { numRuns: 200 },
    );
  });
});

test('lists nested without end are refused too', () => {
  expect(outcome('['.repeat(200_000)).message).toMatch(/is not JSON/);
  const deep = '['.repeat(5000) + ']'.repeat(5000);
  expect(outcome(changed(['run'], 'R').replace('"R"', deep)).message).toMatch(/run: a list is not a text/);
});

function outcome(text: string) {
  try {
    return { report: parse(text) };
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    return { message: error.problems[0]!.message };
  }
}

function pathsOf(node: unknown, place: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    const here = [...place, Array.isArray(node) ? Number(key) : key];
    return [here, ...pathsOf(value, here)];
  });
}

describe('docs/warehouse-benchmark-report.schema.json', () => {
  const file = path.join(import.meta.dirname, '../../../../docs/warehouse-benchmark-report.schema.json');

  test('says what the reader checks', () => {
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(reportJsonSchema());
  });

  test.each([
    richReport(),
    articleReport(0.36),
    reportOf({ numbers: [1] }, [executionOf({ query: 1, durationMs: 0 })]),
  ])('fits a real report: %#', (report) => {
    const schema = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    expect(fitsSchema(schema, JSON.parse(written(report)))).toBe(true);
  });
});
