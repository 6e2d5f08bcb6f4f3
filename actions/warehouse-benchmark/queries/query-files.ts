import { FolderProblem, type FolderReader, type QueryFile } from './folder-files.ts';
import { kitComments } from './kit-comments.ts';
import type { QueryDraft } from './query-draft.ts';
import { LAST_QUERY } from './stream-order.ts';

/**
 * The queries of files that hold one each, in the order of the files. The last number of a name is the query: `query1.sql`,
 * `q01.sql`, `101.tpcds.01.sql`.
 *
 * @throws FolderProblem for a name without the number of a query, and for a query that is there twice
 */
export function queryDrafts(files: readonly QueryFile[], reader: FolderReader): readonly QueryDraft[] {
  const drafts = new Map<number, QueryDraft>();
  for (const file of files) {
    const number = lastNumber(file.name);
    if (number === undefined)
      throw new FolderProblem(`${file.shown} has no number in its name; call it for example 'query7.sql'`);
    if (number < 1 || number > LAST_QUERY) {
      throw new FolderProblem(
        `${file.shown} is called after query ${number}, which does not exist; they are 1 to ${LAST_QUERY}`,
      );
    }
    const before = drafts.get(number);
    if (before !== undefined) {
      throw new FolderProblem(
        `${file.shown} is called after query ${number}, as is ${before.file.shown}; put all its statements into one file`,
      );
    }
    drafts.set(number, { number, file, linesBefore: 0, text: () => checkedText(file, number, reader) });
  }
  return [...drafts.values()];
}

/** The last number in a file's or folder's name, without an ending `.sql`. */
export function lastNumber(name: string): number | undefined {
  const digits = name
    .replace(/\.sql$/i, '')
    .match(/\d+/g)
    ?.at(-1);
  return digits === undefined ? undefined : Number(digits);
}

/** Scripts that cut the kit's stream files into pieces often count the pieces, which are not in the order of the queries. */
async function checkedText(file: QueryFile, number: number, reader: FolderReader): Promise<string> {
  const text = await reader.read(file);
  const other = kitComments(text).find(({ query }) => query !== number);
  if (other !== undefined) {
    throw new FolderProblem(
      `${file.shown}, line ${other.line}: the comment says query ${other.query}, the file's name says ${number}; rename the file`,
    );
  }
  return text;
}
