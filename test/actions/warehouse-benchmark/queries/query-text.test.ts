import { describe, expect, test } from '@jest/globals';
import { queryStatements } from '../../../../actions/warehouse-benchmark/queries/query-text.ts';

describe("a query's text", () => {
  test.each([
    'set enable_result_cache_for_session = off;',
    'set enable_result_cache_for_session to off;',
    'SET  enable_result_cache_for_session=OFF ;',
    'set /* why */ session enable_result_cache_for_session to false;',
    'set enable_result_cache_for_session to on;',
  ])('is read without %s', (setting) => {
    expect(queryStatements(`${setting}\nselect 1; ${setting} (select 2);`)).toEqual(['select 1', '(select 2)']);
  });

  test.each([
    'select 1',
    'WITH a AS (select 1) select * from a',
    '( (select 1) union (select 2))',
    'values (1)',
    'from t',
  ])('may be %s', (sql) => {
    expect(queryStatements(sql)).toEqual([sql]);
  });

  test.each([
    [
      'select 1;\n\ndrop table store',
      3,
      "a statement begins with 'drop'; only queries run here, which begin with 'select' or 'with'",
    ],
    ['set search_path to x', 1, "a statement begins with 'set'; only queries run here"],
    ['explain select 1', 1, "a statement begins with 'explain'; only queries run here"],
    ['set enable_result_cache_for_session_too = off', 1, "a statement begins with 'set'; only queries run here"],
    ['-- nothing', 1, 'there is no query in it; add it, or remove the file'],
    ['set enable_result_cache_for_session = off', 1, 'there is no query in it; add it, or remove the file'],
  ])('%j is refused', (sql, line, message) => {
    expect(() => queryStatements(sql)).toThrow(
      expect.objectContaining({ line, message: expect.stringContaining(message) }),
    );
  });
});
