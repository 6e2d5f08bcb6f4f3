import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { code, details, link, Markdown, table, text } from '../../../lib/report/markdown.ts';

/** Text as an attacker would write it into a branch name, a title or a tag. */
const hostile = fc
  .array(
    fc.constantFrom(
      ...[
        '`',
        '``',
        '|',
        '\\',
        '*',
        '_',
        '~~',
        '[',
        ']',
        '(',
        ')',
        '!',
        '<script>',
        '</details>',
        '<!--',
        '&copy;',
        '\n',
        '\r\n',
      ],
      ...[
        '@mona',
        '#12',
        '!3',
        '&5',
        'GH-4',
        'http://a.bc',
        'www.a.bc',
        '/close',
        '- ',
        '1. ',
        ' ',
        'x',
        'é',
        '😀',
        '\x1b',
        '\u202e',
      ],
    ),
  )
  .map((parts) => parts.join(''));

/** Markdown with its escaped signs made harmless: any sign that is left would act. */
const bare = (markdown: string) => markdown.replace(/\\[!-/:-@[-`{-~]/g, 'x').replace(/&(#\d+|[a-z]+);/g, '\u200b');

describe('text', () => {
  test('nothing in it acts: no markup, HTML, mention, reference or link', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        const { source } = text(value);
        expect(bare(source)).not.toMatch(/[`*_[\]<>|~\r\n]|:\/\/|www\.|^[-+=/]|^\d+\./);
        // Hosts look at what is left after rendering, so a backslash does not help here.
        const rendered = source.replaceAll('&#8203;', '\u200b').replace(/\\([!-/:-@[-`{-~])/g, '$1');
        expect(rendered).not.toMatch(/@\w|#\d|!\d|GH-\d|&amp;\d/);
      }),
      { numRuns: 1000 },
    );
  });

  test('what needs no escape stays', () => {
    expect(text('stack app-1 (blue): 3 of 4, 50 %').source).toBe('stack app-1 \\(blue\\): 3 of 4, 50 %');
  });

  test.each([
    ['@mona', '@&#8203;mona'],
    ['see #12', 'see \\#&#8203;12'],
    ['#8203;', '\\#&#8203;8203;'],
    ['<script>alert(1)</script>', '&lt;script&gt;alert\\(1\\)&lt;/script&gt;'],
    ['two\r\nlines', 'two lines'],
    ['- item', '&#8203;- item'],
    ['/merge', '&#8203;/merge'],
    ['a\u202eb', 'a\\\\u202eb'],
  ])('%j becomes %j', (value, source) => {
    expect(text(value).source).toBe(source);
  });
});

describe('code', () => {
  test('shows a plain name as a code span', () => {
    expect(`${code('feature/login')}`).toBe('`feature/login`');
    expect(`${code('$(touch pwned);"x"')}`).toBe('`$(touch pwned);"x"`');
  });

  test('shows what a code span cannot hold as HTML that says the same', () => {
    expect(`${code('a|`b`\\')}`).toBe('<code>a&#124;&#96;b&#96;&#92;</code>');
    expect(`${code(' x')}`).toBe('<code> x</code>');
    expect(`${code('a\nb')}`).toBe('<code>a&#92;u000ab</code>');
    expect(`${code('')}`).toBe('');
  });

  test('keeps everything inside, in a sentence and in a table', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        expect(code(value).source).toMatch(/^(`[^`|\\\r\n]+`|<code>(?:[\p{L}\p{N} ]|&#\d+;)*<\/code>|)$/u);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('table', () => {
  test('has a line for the headers, one for the rule and one a row', () => {
    expect(table(['Action', 'Name'], [['create', code('a|b')], ['x']])).toBe(
      '| Action | Name |\n| --- | --- |\n| create | <code>a&#124;b</code> |\n| x |  |\n',
    );
  });

  test('keeps its shape whatever the cells hold, Markdown made elsewhere too', () => {
    const cell = fc.oneof(
      hostile,
      hostile.map(code),
      hostile.map((value) => new Markdown(value.replaceAll('\\', ''))),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 5 }), (rows) => {
        const lines = table(['a', 'b'], rows).split('\n');
        expect(lines).toHaveLength(rows.length + 3);
        for (const line of lines.slice(2, -1)) {
          // The pipes that are not escaped, as GFM counts them.
          expect(line.replace(/\\./g, '').match(/\|/g)).toHaveLength(3);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('details', () => {
  test('fold a body under a title', () => {
    expect(details('12 changes', 'a\n\nb\n')).toBe(
      '<details>\n<summary>12 changes</summary>\n\na\n\nb\n\n</details>\n',
    );
  });

  test('have a title that cannot end itself or mention anybody', () => {
    fc.assert(
      fc.property(hostile, (title) => {
        const [, shown] = /^<details>\n<summary>(.*)<\/summary>\n\nbody\n\n<\/details>\n$/.exec(
          details(title, 'body'),
        )!;
        expect(shown!.replaceAll('&#8203;', '\u200b')).not.toMatch(/[<>\r\n]|@\w|#\d/);
      }),
    );
  });
});

describe('link', () => {
  test('has an escaped label and an address that cannot end it', () => {
    expect(`${link('run #1', 'https://ci.example.com/a b?x=|&lt=`>')}`).toBe(
      '[run \\#&#8203;1](<https://ci.example.com/a%20b?x=%7C&amp;lt=%60%3E>)',
    );
  });

  test.each(['javascript:alert(1)', 'not a url', 'data:text/html,x'])('to %s is shown as code', (url) => {
    expect(`${link('x', url)}`).toBe(`\`${url}\``);
  });
});
