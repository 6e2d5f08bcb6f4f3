import { SqlTextError } from './sql-pieces.ts';
import { type SqlStatement, splitStatements } from './sql-statements.ts';

/** It is switched off for the whole session anyway. */
const CACHE_SETTING = /^set\s+(?:session\s+)?enable_result_cache_for_session\b/i;
const FIRST_WORD = /^[\s(]*([^\s(]*)/;
const READING = /^(?:select|with|values|from)$/i;

/**
 * The statements of a text, without the setting for the result cache.
 *
 * @throws SqlTextError as `splitStatements`
 */
export function statementsWithoutSetting(text: string): readonly SqlStatement[] {
  return splitStatements(text).filter((statement) => !CACHE_SETTING.test(statement.text));
}

/**
 * The statements of a query's text.
 *
 * @throws SqlTextError when there is none, when one does not read (a mistake in the folder shall not change a warehouse), and
 *   as `splitStatements`
 */
export function queryStatements(text: string): readonly string[] {
  const statements = statementsWithoutSetting(text);
  for (const statement of statements) {
    const word = FIRST_WORD.exec(statement.text)?.[1] ?? '';
    if (!READING.test(word)) {
      throw new SqlTextError(
        statement.line,
        `a statement begins with '${word.slice(0, 40)}'; only queries run here, which begin with 'select' or 'with'`,
      );
    }
  }
  if (statements.length === 0) throw new SqlTextError(1, 'there is no query in it; add it, or remove the file');
  return statements.map((statement) => statement.text);
}
