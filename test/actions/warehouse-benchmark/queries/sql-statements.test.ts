import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SqlTextError, sqlPieces } from '../../../../actions/warehouse-benchmark/queries/sql-pieces.ts';
import { splitStatements, withoutLayout } from '../../../../actions/warehouse-benchmark/queries/sql-statements.ts';
import { codePoint } from '../../../support/code-point.ts';

function texts(sql: string): string[] {
  return splitStatements(sql).map(({ text }) => text);
}

describe('statements are split', () => {
  test.each<[string, string, string[]]>([
    ['at semicolons', 'select 1; select 2 ;', ['select 1', 'select 2']],
    ['without a semicolon at the end', 'select 1;\nselect 2', ['select 1', 'select 2']],
    ['without empty ones', ';; \n; select 1;;', ['select 1']],
    ['not in strings', "select 'a;b', 'it''s;'; select ';'", ["select 'a;b', 'it''s;'", "select ';'"]],
    ['not at a backslash in a string', "select '\\d;\\\\'; select 2", ["select '\\d;\\\\'", 'select 2']],
    [
      'not in strings with escapes',
      "select E'it\\'s;', e'a''b;\\\\'; select 2",
      ["select E'it\\'s;', e'a''b;\\\\'", 'select 2'],
    ],
    [
      'by the rules of plain strings behind a name that ends with e',
      "select date'1;', te 'a;'",
      ["select date'1;', te 'a;'"],
    ],
    ['not in quoted identifiers', 'select 1 as "a;""b;" ; select 2', ['select 1 as "a;""b;"', 'select 2']],
    ['not in dollar quotes', "select $$a;'b$$, $x$ $$;$x$; select 2", ["select $$a;'b$$, $x$ $$;$x$", 'select 2']],
    [
      'at dollar signs of another sense',
      'select a$b$c; select $1; select 2$',
      ['select a$b$c', 'select $1', 'select 2$'],
    ],
    ['not in line comments', "select 1 -- it's; here\n, 2; -- end;", ['select 1  \n, 2']],
    ['not in block comments, which nest', 'select /* a; /* b; */ c; */ 1; /**/', ['select   1']],
    ['with comments as blanks', 'select/**/1;select--\n2', ['select 1', 'select \n2']],
    ['with comments in strings kept', "select '-- a', '/*'; select 2", ["select '-- a', '/*'", 'select 2']],
    ['with operators that resemble comments', 'select 3 - -1, 4 / 2 * 1, 2*/*x*/3', ['select 3 - -1, 4 / 2 * 1, 2* 3']],
    ['with casts', 'select a::date, b :: int', ['select a::date, b :: int']],
    ['with lines that end as on Windows', 'select 1;\r\n-- x\r\nselect 2;\r\n', ['select 1', 'select 2']],
    ['of an empty text', '', []],
    ['of comments only', '-- a\n/* b */', []],
  ])('%s', (_, sql, expected) => {
    expect(texts(sql)).toEqual(expected);
  });

  test('with the line at which each begins', () => {
    const sql = '\n-- a\n  select 1;\n\n/* b\n*/ :EXPLAIN\nselect\n2; select 3;\n\\timing\n\nselect 4';
    expect(splitStatements(sql).map(({ line }) => line)).toEqual([3, 7, 8, 11]);
  });
});

describe('of psql', () => {
  test("a file as the article's is read", () => {
    const sql = `set enable_result_cache_for_session = off;
:EXPLAIN
-- start query 1 in stream 0 using template query99.tpl and seed 1
select 1 as a;
:EXPLAIN
select 2;
-- end query 1 in stream 0 using template query99.tpl
`;
    expect(texts(sql)).toEqual(['set enable_result_cache_for_session = off', 'select 1 as a', 'select 2']);
  });

  test.each([
    '\\timing on',
    '\\set ON_ERROR_STOP 1',
    '\\set QUOTE \'it"s;',
    '\\o result.txt',
    '\\pset pager off',
    '\\echo done; next',
    '\\x',
  ])('%s is left out', (line) => {
    expect(texts(`${line}\nselect 1;\n${line}\nselect 2`)).toEqual(['select 1', 'select 2']);
  });

  test.each([':EXPLAIN', ':EXPLAIN_ANALYZE', ':explain'])(
    'the variable %s before a statement is left out, also on its line',
    (variable) => {
      expect(texts(`-- a\n${variable}\nselect 1; ${variable} select 2; ${variable}`)).toEqual(['select 1', 'select 2']);
    },
  );

  test.each([
    ['select 1;\n\\i other.sql', 2, 'the psql command \\i is not carried out here; leave it out'],
    ['select 1\n\\g', 2, 'the psql command \\g is not carried out here; leave it out'],
    ['\\copy t to x', 1, 'the psql command \\copy is not carried out here; leave it out'],
    ['\\setenv A b', 1, 'the psql command \\setenv is not carried out here; leave it out'],
    ['\\', 1, 'the psql command \\ is not carried out here; leave it out'],
    ['\n\n:PREFIX\nselect 1', 3, 'the psql variable :PREFIX has no value here; write what it stands for'],
    [':explained select 1', 1, 'the psql variable :explained has no value here; write what it stands for'],
  ])('%j is refused with its line', (sql, line, message) => {
    expect(errorOf(sql)).toMatchObject({ line, message });
  });
});

describe('what cannot be split without a guess is refused with its line', () => {
  test.each([
    ["select\n'a;\n\n", 2, 'a string that begins here does not end; close it'],
    ["select\nE'a\\';\n\n", 2, 'a string that begins here does not end; close it'],
    ["select E'a\\", 1, 'a string that begins here does not end; close it'],
    ['select "a;\n', 1, 'a quoted identifier that begins here does not end; close it'],
    ['select $$ a; $x$', 1, 'a dollar quote ($$) that begins here does not end; close it'],
    ['select\n\n$x$ a; $$ $y$', 3, 'a dollar quote ($x$) that begins here does not end; close it'],
    ['select /* a; /* b */ 1', 1, 'a comment that begins here does not end; close it'],
    ['/*', 1, 'a comment that begins here does not end; close it'],
    [
      "select 1;\nselect 'it\\'s', 'x'",
      2,
      "a backslash stands before a quote in a string, which Redshift and other engines read differently; write '' for a quote in a string",
    ],
  ])('%j', (sql, line, message) => {
    expect(errorOf(sql)).toMatchObject({ line, message });
  });
});

describe('whatever the text', () => {
  const fragment = fc.constantFrom(
    ...[
      'select a',
      ' 1 ',
      "'x;y''z'",
      "E'\\';'",
      '"q;""r"',
      "$$;'$$",
      '$t$;$$;$t$',
      ' a::int ',
      '+',
      '(',
      ')',
      ' - ',
      '\n',
    ],
  );
  const comment = fc.constantFrom('/* ; */', "/* /* ' */ ; */", '-- ;\'"\n', '--\n');
  const statement = fc
    .tuple(fc.constantFrom('select', 'with x as'), fc.array(fc.oneof(fragment, comment), { maxLength: 12 }))
    // Blanks keep neighbours from making another token of each other.
    .map(([first, parts]) => [first, ...parts].join(' '));

  test('joined statements come apart as they were', () => {
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 6 }), (statements) => {
        const alone = statements.map((one) => texts(one));
        expect(alone.map((list) => list.length)).toEqual(statements.map(() => 1));
        expect(texts(statements.join(';\n'))).toEqual(alone.flat());
        expect(texts(alone.flat().join(';'))).toEqual(alone.flat());
      }),
    );
  });

  test('the pieces cover it without gaps, or it is refused in a line that it has', () => {
    const noise = fc.string({
      unit: fc.constantFrom(
        "'",
        '"',
        '$',
        '$$',
        '\\',
        ';',
        '-',
        '--',
        '/*',
        '*/',
        '\n',
        'e',
        'E',
        'x',
        ':',
        ' ',
        '\u{1f600}',
        '\0',
      ),
      maxLength: 60,
    });
    fc.assert(
      fc.property(fc.oneof(noise, fc.string({ unit: codePoint })), (sql) => {
        const lines = sql.split('\n').length;
        const isLine = (line: number) => line >= 1 && line <= lines;
        try {
          const pieces = [...sqlPieces(sql)];
          expect(pieces.map(({ start, end }) => (end > start ? sql.slice(start, end) : 'empty')).join('')).toBe(sql);
          const wrong = splitStatements(sql).filter(
            ({ text, line }) => text === '' || text.trim() !== text || !isLine(line),
          );
          expect(wrong).toEqual([]);
        } catch (error) {
          if (!(error instanceof SqlTextError)) throw error;
          expect(isLine(error.line)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  // Where the time grows with the square of the length, each of these takes minutes and runs into the limit of a test.
  test.each([
    ['statements', 'select 1;\n', 100_000],
    ['empty statements', ';', 1_000_000],
    ['strings', "'',", 300_000],
    ['escape strings', "E'\\\\',", 150_000],
    ['backslashes', "'\\\\\\\\',", 120_000],
    ['comments', '/**/', 250_000],
    ['line comments', '--\n', 300_000],
    ['dollar signs', '$', 1_000_000],
    ['dollar names', 'a$b', 300_000],
    ['variables', ':EXPLAIN select 1;', 50_000],
    ['psql commands', '\\timing\n', 100_000],
    ['blanks', ' ', 1_000_000],
    ['lines', '\n', 1_000_000],
    ['colons', ':', 1_000_000],
  ])('a megabyte of %s is split', (_, unit, count) => {
    const statements = splitStatements(unit.repeat(count));
    expect(statements.length).toBeLessThanOrEqual(count);
  });

  test.each([
    ["'", 'a statement'],
    ['"', 'a statement'],
    ['/*', 'a comment that begins here does not end; close it'],
    ['$a$', 'a dollar quote ($a$) that begins here does not end; close it'],
    [
      "E'\\",
      "the psql command \\E'\\E'\\E'\\E'\\E'\\E'\\E'\\E'\\E'\\E'\\E'\\E'\\E'\\ is not carried out here; leave it out",
    ],
  ])('a megabyte of %s: %s', (unit, expected) => {
    const sql = `${unit.repeat(Math.floor(1_000_000 / unit.length))}x`;
    if (expected === 'a statement') expect(texts(sql)).toEqual([sql]);
    else expect(errorOf(sql)).toMatchObject({ line: 1, message: expected });
  });
});

describe('without layout', () => {
  test.each([
    ['select  1,\n\t2', 'select 1, 2'],
    ["select 'a  b',\n  $$ c  d $$", "select 'a  b', $$ c  d $$"],
  ])('%j is %j', (sql, expected) => {
    expect(withoutLayout(sql)).toBe(expected);
  });
});

function errorOf(sql: string): unknown {
  try {
    return splitStatements(sql);
  } catch (error) {
    expect(error).toBeInstanceOf(SqlTextError);
    return error;
  }
}
