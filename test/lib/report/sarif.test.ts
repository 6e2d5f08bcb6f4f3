import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type SarifTool, sarifLog } from '../../../lib/report/sarif.ts';

const TOOL: SarifTool = {
  name: 'headgate',
  version: '1.2.3',
  rules: [
    { id: 'first-rule', summary: 'The first.', level: 'error' },
    { id: 'second-rule', summary: 'The second.', level: 'warning' },
  ],
};
const FINDING = { rule: 'second-rule', level: 'warning', message: 'So it is.', file: 'a/b.json', line: 3 } as const;

test('a log has what SARIF 2.1.0 requires, and each result refers to its rule', () => {
  const log = JSON.parse(sarifLog(TOOL, [FINDING]));

  // Required: version and runs (3.13), tool (3.14.6), driver (3.18.2), name (3.19.8), id (3.49.3), message (3.27.11).
  expect(log.version).toBe('2.1.0');
  expect(log.runs).toHaveLength(1);
  const [{ tool, results }] = log.runs;
  expect(tool.driver.name).toBe('headgate');
  expect(tool.driver.rules[1]).toEqual({
    id: 'second-rule',
    shortDescription: { text: 'The second.' },
    defaultConfiguration: { level: 'warning' },
  });
  expect(results[0]).toMatchObject({
    ruleId: 'second-rule',
    ruleIndex: 1,
    level: 'warning',
    message: { text: 'So it is.' },
    locations: [
      { physicalLocation: { artifactLocation: { uri: 'a/b.json', uriBaseId: '%SRCROOT%' }, region: { startLine: 3 } } },
    ],
  });
});

test('a run without results has an empty list, which says that it looked', () => {
  expect(JSON.parse(sarifLog(TOOL, [])).runs[0].results).toEqual([]);
});

test('a fingerprint stays when a finding moves, and two equal findings have two', () => {
  const print = (line: number, n = 0) =>
    JSON.parse(
      sarifLog(
        TOOL,
        [FINDING, FINDING].map((finding) => ({ ...finding, line })),
      ),
    ).runs[0].results[n].partialFingerprints['headgateFinding/v1'];

  expect(print(3)).toBe(print(4));
  expect(print(3, 0)).not.toBe(print(3, 1));
});

test('a result of a rule that is not declared is a defect', () => {
  expect(() => sarifLog(TOOL, [{ ...FINDING, rule: 'third-rule' }])).toThrow("the tool has no rule 'third-rule'");
});

test('every path is a relative reference that leads back to it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
      const file = `a/${name}`;
      const { uri } = JSON.parse(sarifLog(TOOL, [{ ...FINDING, file }])).runs[0].results[0].locations[0]
        .physicalLocation.artifactLocation;

      expect(uri).toMatch(/^[A-Za-z0-9\-_.!~*'()%/]*$/);
      expect(uri.split('/').map(decodeURIComponent).join('/')).toBe(file.toWellFormed());
    }),
  );
});
