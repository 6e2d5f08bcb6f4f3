import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { code, details, link, table, text } from '../../../lib/report/markdown.ts';
import { plain } from '../../../lib/report/plain.ts';
import { codePoint } from '../../support/code-point.ts';

test('text from outside reads as it was written', () => {
  for (const written of [
    'CREATE_COMPLETE',
    '@octo fixes #1',
    'a|b',
    '<script>',
    'see https://example.com',
    '$(touch>x);`y`',
  ]) {
    expect(plain(text(written).source)).toBe(written);
    expect(plain(code(written).source).replace(/^`|`$/g, '')).toBe(written.replace(/^`|`$/g, ''));
  }
});

test('links, folded parts and tables stay readable', () => {
  expect(plain(link('Open', 'https://example.com/a_b').source)).toBe('Open: https://example.com/a_b');
  expect(plain(details('2 resources', 'body'))).toContain('2 resources\n');
  expect(plain(table(['A'], [['x_y']]))).toContain('| x_y |');
});

test('no text brings a control character to the terminal', () => {
  fc.assert(
    fc.property(fc.string({ unit: codePoint }), (written) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
      expect(plain(`${text(written)} ${code(written)}`)).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    }),
  );
});
