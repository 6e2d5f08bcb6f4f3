import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { junitXml, type TestCase } from '../../../lib/report/junit.ts';
import { xmlText } from '../../../lib/report/xml.ts';
import { elements, parseXml } from './xml-tree.ts';

const passed: TestCase = { classname: 'c', name: 'n', seconds: 1.5 };

test('suites, counts and times stand where GitLab and the usual actions look for them', () => {
  const xml = junitXml('all', [
    {
      name: 'first',
      timestamp: '2026-01-31T12:00:00.000Z',
      cases: [
        passed,
        { ...passed, name: 'f', outcome: { kind: 'failure', type: 'wrong', message: 'not so' } },
        { ...passed, name: 'e', outcome: { kind: 'error', message: 'broke' } },
        { ...passed, name: 's', seconds: 0, outcome: { kind: 'skipped', message: 'not asked for' }, systemOut: 'out' },
      ],
    },
    { name: 'second', cases: [] },
  ]);

  const root = parseXml(xml);
  expect(xml.startsWith('<?xml version="1.0" encoding="UTF-8"?>\n')).toBe(true);
  expect(root.name).toBe('testsuites');
  expect(root.attributes).toEqual({ name: 'all', tests: '4', failures: '1', errors: '1', time: '4.500000' });
  const [first, second] = elements(root, 'testsuite');
  expect(first!.attributes).toEqual({
    name: 'first',
    tests: '4',
    failures: '1',
    errors: '1',
    skipped: '1',
    time: '4.500000',
    timestamp: '2026-01-31T12:00:00.000Z',
  });
  expect(second!.attributes).toMatchObject({ tests: '0', time: '0.000000' });
  const cases = elements(first!, 'testcase');
  expect(cases.map(({ attributes }) => attributes)).toEqual([
    { classname: 'c', name: 'n', time: '1.500000' },
    { classname: 'c', name: 'f', time: '1.500000' },
    { classname: 'c', name: 'e', time: '1.500000' },
    { classname: 'c', name: 's', time: '0.000000' },
  ]);
  expect(cases[0]!.children).toEqual([]);
  expect(cases[1]!.children).toEqual([
    { name: 'failure', attributes: { message: 'not so', type: 'wrong' }, children: [], text: 'not so' },
  ]);
  expect(cases[2]!.children.map(({ name }) => name)).toEqual(['error']);
  expect(cases[3]!.children.map(({ name, text }) => [name, text])).toEqual([
    ['skipped', 'not asked for'],
    ['system-out', 'out'],
  ]);
});

test('a query of a fraction of a millisecond still has a time', () => {
  expect(parseXml(junitXml('a', [{ name: 's', cases: [{ ...passed, seconds: 0.000_25 }] }])).attributes.time).toBe(
    '0.000250',
  );
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('a case cannot take %p seconds', (seconds) => {
  expect(() => junitXml('a', [{ name: 's', cases: [{ ...passed, seconds }] }])).toThrow(
    `a test case cannot take ${seconds} seconds`,
  );
});

describe('text from outside', () => {
  const anything = fc.string({
    unit: fc.oneof(
      fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
      fc.constantFrom('<', '&', '"', "'", ']]>', '\r\n', '😀'),
    ),
  });

  test('whatever it is, the document is well-formed and a reader gets it back, but for what XML cannot hold', () => {
    fc.assert(
      fc.property(anything, (value) => {
        const suite = {
          name: value,
          cases: [
            {
              classname: value,
              name: value,
              seconds: 0,
              outcome: { kind: 'failure', message: value },
              systemOut: value,
            },
          ],
        } as const;
        const root = parseXml(junitXml(value, [suite]));
        const expected = value.replace(
          // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
          /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/gu,
          (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
        );
        const [testCase] = elements(root, 'testcase');
        expect(testCase!.attributes.name).toBe(expected);
        expect(testCase!.children.map(({ text }) => text)).toEqual([expected, expected]);
        expect(testCase!.children[0]!.attributes.message).toBe(expected);
      }),
      { numRuns: 300 },
    );
  });

  test('control characters are made visible, line ends survive', () => {
    expect(xmlText('a\x00b\x1b[31m\ud800')).toBe('a\\u0000b\\u001b[31m\\ud800');
    expect(xmlText('a\r\n\t"<&>')).toBe('a&#13;&#10;&#9;&#34;&#60;&#38;&#62;');
  });
});
