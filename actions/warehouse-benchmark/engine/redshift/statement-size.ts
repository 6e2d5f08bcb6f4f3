import { badInput } from '../../../../lib/errors.ts';
import type { Query } from '../../queries/query-set.ts';

/**
 * Bytes that a statement may have. Source: Redshift management guide, "Considerations when calling the Amazon Redshift
 * Data API".
 */
export const LONGEST_STATEMENT = 100 * 1024;

/** Why a statement is too long for the Data API; undefined when it is not. */
export function tooLong(sql: string): string | undefined {
  const bytes = Buffer.byteLength(sql);
  if (bytes <= LONGEST_STATEMENT) return undefined;
  return `a statement of ${bytes} bytes; the Redshift Data API takes at most ${LONGEST_STATEMENT} (100 KB)`;
}

/**
 * Refuses queries that the Data API would not take, before anything runs.
 *
 * @param input the name of the input that the queries come from
 * @throws BadInput with the number of the first such query
 */
export function checkStatementSizes(input: string, queries: readonly Query[]): void {
  for (const { number, statements } of queries) {
    const problem = statements.map(tooLong).find((each) => each !== undefined);
    if (problem !== undefined) throw badInput(input, `query ${number} has ${problem}`);
  }
}
