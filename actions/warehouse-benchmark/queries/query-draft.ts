import { FolderProblem, type QueryFile } from './folder-files.ts';
import type { Query } from './query-set.ts';
import { queryStatements } from './query-text.ts';
import { SqlTextError } from './sql-pieces.ts';

/** A query that was found and not yet taken apart, so that one that is left out does no harm. */
export interface QueryDraft {
  readonly number: number;
  readonly file: QueryFile;
  /** Lines of the file before the text. */
  readonly linesBefore: number;
  readonly text: () => Promise<string>;
}

/** @throws FolderProblem naming file and line */
export async function readDraft({ number, file, linesBefore, text }: QueryDraft): Promise<Query> {
  try {
    return { number, statements: queryStatements(await text()) };
  } catch (error) {
    if (!(error instanceof SqlTextError)) throw error;
    throw new FolderProblem(`${file.shown}, line ${linesBefore + error.line}: ${error.message}`);
  }
}
