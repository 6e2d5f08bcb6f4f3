import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkFilterEntry, chooseQueries } from '../../../../actions/warehouse-benchmark/queries/filter.ts';
import { BadInput } from '../../../../lib/errors.ts';
import { input } from '../../../../lib/operation/inputs.ts';

const ALL = Array.from({ length: 99 }, (_, at) => at + 1);

describe('a filter', () => {
  test.each<[string, string[], number[]]>([
    ['without entries takes all', [], ALL],
    ['takes one', ['67'], [67]],
    ['takes a range', ['3-5'], [3, 4, 5]],
    ['takes all but one', ['!14'], ALL.filter((number) => number !== 14)],
    ['takes a range but a range, in either order', ['!4-8', '1-10'], [1, 2, 3, 9, 10]],
    ['takes a number with a zero before it', ['07'], [7]],
    ['takes each once, in ascending order', ['9', '3', '1-3'], [1, 2, 3, 9]],
  ])('%s', (_, filter, expected) => {
    expect(chooseQueries(filter, ALL)).toEqual(expected);
  });

  test('keeps to what there is in its ranges', () => {
    expect(chooseQueries(['1-99'], [5, 3])).toEqual([3, 5]);
  });

  test.each<[string, string[], number[], string]>([
    [
      'nothing is left',
      ['14', '!1-99'],
      ALL,
      "input 'queries': '14', '!1-99' leaves no query to run; exclude less, or include more",
    ],
    [
      'a query is named that is not there',
      ['1-9', '67', '!3'],
      [1, 2],
      "input 'queries': there is no query 67 in what was given; add the text, or leave the number out",
    ],
    [
      'some are named that are not there',
      ['67', '12', '!12', '9'],
      [1],
      "input 'queries': there are no queries 9, 67 in what was given; add the text, or leave the number out",
    ],
    [
      'an entry is none',
      ['all'],
      ALL,
      "input 'queries': 'all' is no query; write one query or range an entry, with numbers from 1 to 99: '67', '1-99', '!14' or '!20-30'",
    ],
  ])('is refused when %s', (_, filter, available, message) => {
    expect(() => chooseQueries(filter, available)).toThrow(BadInput);
    expect(() => chooseQueries(filter, available)).toThrow(message);
  });

  test('is the union of what is included without what is excluded, in any order', () => {
    const entry = fc
      .tuple(fc.boolean(), fc.integer({ min: 1, max: 99 }), fc.integer({ min: 0, max: 98 }))
      .map(([excludes, from, more]) => ({ excludes, from, to: Math.min(99, from + more) }));
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 6 }), fc.boolean(), (entries, reversed) => {
        const filter = entries.map(({ excludes, from, to }) => {
          const range = from === to ? `${from}` : `${from}-${to}`;
          return excludes ? `!${range}` : range;
        });
        expect(filter.map(checkFilterEntry)).toEqual(filter.map(() => undefined));
        const includes = entries.filter(({ excludes }) => !excludes);
        const has = (list: typeof entries, number: number) =>
          list.some(({ from, to }) => number >= from && number <= to);
        const excluded = entries.filter(({ excludes }) => excludes);
        const expected = ALL.filter((number) => includes.length === 0 || has(includes, number)).filter(
          (number) => !has(excluded, number),
        );
        const given = reversed ? filter.toReversed() : filter;
        if (expected.length === 0) expect(() => chooseQueries(given, ALL)).toThrow('leaves no query to run');
        else expect(chooseQueries(given, ALL)).toEqual(expected);
      }),
    );
  });
});

describe('an entry', () => {
  test.each([
    ['0', 'names query 0, which does not exist; the queries are 1 to 99'],
    ['100', 'names query 100, which does not exist; the queries are 1 to 99'],
    ['!100', 'names query 100, which does not exist; the queries are 1 to 99'],
    ['90-110', 'names query 110, which does not exist; the queries are 1 to 99'],
    ['0-0', 'names query 0, which does not exist; the queries are 1 to 99'],
    ['20-10', "is a range that ends before it begins; write '10-20'"],
    ['!20-10', "is a range that ends before it begins; write '!10-20'"],
    ['', "is empty; in a YAML list write an exclusion in quotes: - '!14'"],
  ])('%j: %s', (entry, message) => {
    expect(checkFilterEntry(entry)).toBe(message);
  });

  test.each(['q1', '1,2', '1-', '-1', '!', '!!1', '1 - 2', ' 1', '1.5', '1e1', '٣', '1-2-3', '1\n2', '1234567890'])(
    '%j is no query',
    (entry) => {
      expect(checkFilterEntry(entry)).toMatch(/^is no query; write one query or range an entry/);
    },
  );

  test('is accepted or refused with a reason, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('1', '9', '0', '-', '!', ' ', 'q', ',') }), (entry) => {
        const reason = checkFilterEntry(entry);
        if (reason === undefined) expect(entry).toMatch(/^!?\d{1,9}(-\d{1,9})?$/);
        else expect(reason.length).toBeGreaterThan(10);
      }),
    );
  });

  test('is checked by an input of this kind', async () => {
    const { parse } = input.list({ description: '', check: checkFilterEntry });
    await expect(parse('1-20\n!14', { workspace: '/' })).resolves.toEqual(['1-20', '!14']);
    await expect(parse("['1-20', '!14']", { workspace: '/' })).resolves.toEqual(['1-20', '!14']);
    await expect(parse('1-20\n!140\nx', { workspace: '/' })).rejects.toThrow(
      "'!140' names query 140, which does not exist; the queries are 1 to 99; 'x' is no query; write",
    );
  });
});
