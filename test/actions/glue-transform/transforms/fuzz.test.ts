import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseJson } from '../../../../actions/glue-transform/transforms/definition/json.ts';
import { GLUE_VERSIONS } from '../../../../actions/glue-transform/transforms/facts/glue-versions.ts';
import { RULES } from '../../../../actions/glue-transform/transforms/rules.ts';
import { SourceText } from '../../../../actions/glue-transform/transforms/source-text.ts';
import { codePoint } from '../../../support/code-point.ts';
import { DEFINITION, PYTHON, readFiles } from './pair.ts';

/** Pieces that mean something to the readers. */
const PIECES = [
  '"',
  "'",
  '"""',
  '{',
  '}',
  '[',
  ']',
  '(',
  ')',
  ':',
  ',',
  '.',
  '..',
  '=',
  ':=',
  '*',
  '**',
  '/',
  '@',
  '\\',
  '#',
  '//',
  '/*',
  ';',
  '\n',
  '\r',
  '\t',
  '\f',
  '    ',
  '\0',
  '\u2028',
  '\ufeff',
  '\ud800',
  'é',
  '0',
  '1.',
  '1e5',
  'null',
  'true',
  'self',
  'def ',
  'async ',
  'class ',
  'lambda',
  'return',
  'yield',
  'import ',
  'from ',
  'with ',
  'match ',
  'case ',
  'type ',
  'try:',
  'except',
  'except*',
  'if ',
  'elif ',
  'else:',
  'for ',
  ' in ',
  'f"{',
  'DynamicFrame',
  'setattr(',
  'add_column',
  'columnName',
  '"name"',
  '"parameters"',
  '"listOptions"',
  '"validationRule"',
];

/** A text with a few pieces cut out, doubled or put in. */
function mutated(text: string): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.nat(text.length),
    cut: fc.nat(12),
    put: fc.array(fc.constantFrom(...PIECES), { maxLength: 3 }).map((pieces) => pieces.join('')),
  });
  return fc
    .array(edit, { minLength: 1, maxLength: 6 })
    .map((edits) => edits.reduce((now, { at, cut, put }) => now.slice(0, at) + put + now.slice(at + cut), text));
}

const garbage = fc.oneof(
  fc.uint8Array({ maxLength: 2000 }),
  fc.string({ unit: codePoint, maxLength: 1000 }),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 300 }).map((pieces) => pieces.join('')),
);

test('whatever the files hold, there is an answer, and every finding has a rule, a file and a line', async () => {
  const json = fc.oneof(
    mutated(DEFINITION),
    fc.json().filter((text) => text.length < 5000),
    garbage,
  );
  const python = fc.oneof(
    { weight: 3, arbitrary: mutated(PYTHON) },
    { weight: 1, arbitrary: garbage },
    { weight: 1, arbitrary: fc.constant(PYTHON) },
  );
  await fc.assert(
    fc.asyncProperty(json, python, async (definition, code) => {
      const { findings, transforms, definitions } = await readFiles(
        { 'transforms/add_column.json': definition, 'transforms/add_column.py': code },
        GLUE_VERSIONS,
      );

      expect(definitions).toBe(1);
      for (const { rule, level, file, line, message } of findings) {
        expect(Object.keys(RULES)).toContain(rule);
        expect(RULES[rule as keyof typeof RULES][0]).toBe(level);
        expect(file).toMatch(/^transforms\/add_column\.(json|py)$/);
        const lines = Buffer.from(file.endsWith('.json') ? definition : code)
          .toString()
          .split(/\r\n|\r|\n/).length;
        expect(line).toBeGreaterThanOrEqual(1);
        expect(line).toBeLessThanOrEqual(lines);
        // One line that can be shown anywhere.
        expect(message).not.toMatch(/[\r\n]/);
      }
      // Either it is right, or it is said what is wrong.
      expect(transforms.length === 1).toBe(!findings.some(({ level }) => level === 'error'));
    }),
    { numRuns: 400 },
  );
});

test('JSON is what JSON.parse takes', () => {
  fc.assert(
    fc.property(fc.oneof(mutated(DEFINITION), fc.json()), (text) => {
      const isJson = (() => {
        try {
          JSON.parse(text);
          return true;
        } catch {
          return false;
        }
      })();

      expect(parseJson(new SourceText('a.json', text)).root !== undefined).toBe(isJson);
    }),
    { numRuns: 1000 },
  );
});

// As long as a file may be. With a step that grows with the square of the length these would not end in time.
test.each([
  ['(', (n: number) => '('.repeat(n)],
  ['f(', (n: number) => 'f('.repeat(n / 2)],
  ['f-strings in f-strings', (n: number) => 'f"{'.repeat(n / 3)],
  ['operators', (n: number) => `x = ${'-'.repeat(n)}1`],
  ['blocks', (n: number) => Array.from({ length: Math.sqrt(n) }, (_, depth) => `${' '.repeat(depth)}if x:`).join('\n')],
  ['imports', (n: number) => `import a${',b'.repeat(n / 2 - 4)}`],
  ['handlers with imports', (n: number) => `try:\n  import a\n${'except E:\n  import b\n'.repeat(n / 21 - 1)}`],
  ['decorators', (n: number) => '@a(b)[0]\ndef f(): pass\n'.repeat(n / 24)],
  ['blanks', (n: number) => `x = 1${' '.repeat(n - 10)}\n`],
  ['definitions', (n: number) => 'def add_column(self): pass\n'.repeat(n / 28)],
  ['lines', (n: number) => '\n'.repeat(n)],
])('a Python file full of %s is answered', async (_name, make) => {
  const code = make(256 * 1024 - 100);
  const { definitions } = await readFiles(
    { 'transforms/add_column.json': DEFINITION, 'transforms/add_column.py': code },
    GLUE_VERSIONS,
  );

  expect(definitions).toBe(1);
});

test.each([
  ['[', (n: number) => '['.repeat(n)],
  ['members', (n: number) => `{${Array.from({ length: n / 14 }, (_, member) => `"m${member}": 1`).join(',')}}`],
  ['options', (n: number) => `{"parameters":[{"name":"p","type":"list","listOptions":"${'a,'.repeat(n / 2 - 50)}"}]}`],
  ['blanks in a text', (n: number) => `{"name": "add_column", "displayName": "a${' '.repeat(n - 80)}b "}`],
  [
    'look-behinds',
    (n: number) => `{"parameters":[{"name":"p","type":"str","validationRule":"${'(?<='.repeat(n / 4 - 50)}"}]}`,
  ],
])('a definition full of %s is answered', async (_name, make) => {
  const definition = make(256 * 1024 - 100);
  const { findings } = await readFiles({
    'transforms/add_column.json': definition,
    'transforms/add_column.py': PYTHON,
  });

  expect(findings.length).toBeGreaterThan(0);
});
