import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseMetadataHeaders } from '../../../lib/packages/metadata-headers.ts';
import { PackageFileError } from '../../../lib/packages/package-file.ts';
import { readPythonMetadata } from '../../../lib/packages/upload-form.ts';
import { codePoint } from '../../support/code-point.ts';

const parse = (text: string) => parseMetadataHeaders(text, 'METADATA');
const fieldsOf = (text: string) =>
  readPythonMetadata(parse(`Metadata-Version: 2.4\nName: shop\nVersion: 1.0\n${text}`), 'METADATA').fields.slice(3);

test('headers come in their order, with names in lower case, and the body as it is', () => {
  expect(parse('Name: shop\nCLASSIFIER: One\r\nClassifier:Two \n\n# Shop\r\n\nText: x\n')).toEqual({
    headers: [
      ['name', 'shop'],
      ['classifier', 'One'],
      ['classifier', 'Two'],
    ],
    body: '# Shop\r\n\nText: x\n',
  });
});

test('a value is unfolded as tools fold it', () => {
  const { headers } = parse('License: A\n        B\n          C\n       |D\n\tE\n\n');
  expect(headers).toEqual([['license', 'A\nB\n  C\nD\nE']]);
});

test.each(['Name shop', ': shop', ' Name: shop', 'Näme: shop', 'Na me: shop'])('%j is no header', (line) => {
  expect(() => parse(`Metadata-Version: 2.1\n${line.startsWith(' ') ? `\0${line}` : line}\n`)).toThrow(
    'line 2 of METADATA is no header; build the package again with a newer tool',
  );
});

test('a first line that is folded is no header', () => {
  expect(() => parse(' Name: shop\n')).toThrow('line 1 of METADATA is no header');
});

test('fields have the names of the form', () => {
  const text = [
    'Summary: One\n  line',
    'Keywords: a ,b,c',
    'Classifier: X :: Y',
    'Classifier: Z',
    'Project-URL: Source, https://example.com/shop',
    'Requires-Dist: attrs (>=20); extra == "x"',
    'Provides-Extra: x',
    'License-Expression: MIT',
    'License-File: LICENSE',
    'License-File: NOTICE',
    'Home-page: https://example.com',
    'Dynamic: License',
    'Author-email: A <a@example.com>',
    'Maintainer:',
    'Import-Name: shop',
    '',
    '# Shop',
  ].join('\n');
  expect(fieldsOf(text)).toEqual([
    ['summary', 'One line'],
    ['description', '# Shop'],
    ['author_email', 'A <a@example.com>'],
    ['license_expression', 'MIT'],
    ['keywords', 'a, b, c'],
    ['home_page', 'https://example.com'],
    ['license_file', 'LICENSE'],
    ['license_file', 'NOTICE'],
    ['classifiers', 'X :: Y'],
    ['classifiers', 'Z'],
    ['requires_dist', 'attrs (>=20); extra == "x"'],
    ['project_urls', 'Source, https://example.com/shop'],
    ['provides_extra', 'x'],
    ['dynamic', 'License'],
  ]);
});

test('license files from before metadata 2.4 are left out, as twine does', () => {
  const metadata = parse('Metadata-Version: 2.1\nName: shop\nVersion: 1.0\nLicense-File: LICENSE\n');
  expect(readPythonMetadata(metadata, 'METADATA').fields.map(([name]) => name)).toEqual([
    'metadata_version',
    'name',
    'version',
  ]);
});

test.each([
  ['Name: shop\nVersion: 1.0', "METADATA has no header 'metadata-version'; build the package again"],
  ['Metadata-Version: 2.1\nVersion: 1.0', "METADATA has no header 'name'; build the package again"],
  ['Metadata-Version: 2.1\nName: shop\nVersion:', "METADATA has no header 'version'; build the package again"],
  [
    'Metadata-Version: 2.1\nName: shop\nName: other\nVersion: 1.0',
    "METADATA has the header 'name' twice; build the package again with a newer tool",
  ],
  [
    'Metadata-Version: 9.0\nName: shop\nVersion: 1.0',
    "METADATA has the metadata version '9.0', which is not known; build the package with another tool",
  ],
  [
    'Metadata-Version: 2.1\nName: sh\u0007op\nVersion: 1.0',
    "'sh\\u0007op' in METADATA is no name of a Python package; use ASCII letters, digits, '.', '-' and '_', with a letter or digit at both ends",
  ],
  [
    'Metadata-Version: 2.1\nName: shop\nVersion: latest',
    "'latest' in METADATA is no version by PEP 440; write for example '1.2.0rc1'",
  ],
])('%j is refused', (text, message) => {
  expect(() => readPythonMetadata(parse(text), 'METADATA')).toThrow(new PackageFileError(message));
});

test('whatever the bytes are, they are headers or refused', () => {
  const near = fc.array(fc.constantFrom('Name', ':', ' ', '\n', '\r', '\t', '|', '\0', 'é', 'Version: 1'), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: codePoint, maxLength: 200 }),
        near.map((parts) => parts.join('')),
      ),
      (text) => {
        try {
          const { headers, body } = parse(text);
          expect(headers.every(([name]) => /^[!-9;-~]+$/.test(name))).toBe(true);
          expect(text.endsWith(body)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(PackageFileError);
        }
      },
    ),
  );
});
