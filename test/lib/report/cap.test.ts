import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { capMarkdown } from '../../../lib/report/cap.ts';

const NOTICE = /\*Cut here: [\d,]+ of [\d,]+ (bytes|characters) are left out, because the host takes no more\.\*\n$/;
const line = fc.constantFrom('text', 'ä€😀', '', '```', '~~~~', '<details>', '</details>', '| a | b |', 'x'.repeat(40));
const document = fc.array(line, { maxLength: 60 }).map((lines) => lines.join('\n'));
const cap = fc.record({ limit: fc.integer({ min: 0, max: 600 }), unit: fc.constantFrom('bytes', 'characters') });

test('what fits stays as it is', () => {
  expect(capMarkdown('ä', { limit: 2, unit: 'bytes' })).toBe('ä');
  expect(capMarkdown('', { limit: 0, unit: 'bytes' })).toBe('');
});

test('the result never exceeds the limit, begins with whole lines of the text, and says what was cut', () => {
  fc.assert(
    fc.property(document, cap, (markdown, { limit, unit }) => {
      const size = (text: string) => (unit === 'bytes' ? Buffer.byteLength(text) : text.length);
      const cut = capMarkdown(markdown, { limit, unit });
      expect(size(cut)).toBeLessThanOrEqual(limit);
      if (size(markdown) <= limit) expect(cut).toBe(markdown);
      else if (cut !== '') {
        expect(cut).toMatch(NOTICE);
        const left = Number(/here: ([\d,]+) of/.exec(cut)![1]!.replaceAll(',', ''));
        // The kept text is the longest prefix that is followed by what we add.
        const kept = markdown.slice(0, keptLength(markdown, size(markdown) - left, size));
        expect(cut.startsWith(kept)).toBe(true);
        expect(kept === '' || kept.endsWith('\n')).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

function keptLength(text: string, wanted: number, size: (text: string) => number): number {
  let length = 0;
  while (size(text.slice(0, length)) < wanted) length += 1;
  return length;
}

test('the largest number of lines is kept', () => {
  const markdown = 'ten chars\n'.repeat(100);
  const cut = capMarkdown(markdown, { limit: 500, unit: 'characters' });
  expect(cut.length).toBeGreaterThan(490);
});

test('an open code block and open details are closed before the last line', () => {
  const markdown = `<details>\n<summary>s</summary>\n\n\`\`\`\`yaml\n\`\`\`\n${'key: value\n'.repeat(100)}`;
  const cut = capMarkdown(markdown, { limit: 300, unit: 'bytes' });
  expect(cut).toMatch(/key: value\n````\n\n<\/details>\n\n\*Cut here: /);
});

test('a code block or details that ended before the cut are not closed again', () => {
  const markdown = `\`\`\`\n<details>\n\`\`\`\n<details></details>\n${'text\n'.repeat(100)}`;
  expect(capMarkdown(markdown, { limit: 200, unit: 'bytes' })).toMatch(/text\n\n\*Cut here: /);
});

test('a single endless line leaves only what was cut', () => {
  expect(capMarkdown('x'.repeat(2_000_000), { limit: 200, unit: 'bytes' })).toMatch(
    /^\n\*Cut here: 2,000,000 of 2,000,000 bytes/,
  );
});
