import { FolderProblem, type QueryFile } from './folder-files.ts';
import { kitComments } from './kit-comments.ts';
import type { QueryDraft } from './query-draft.ts';
import { statementsWithoutSetting } from './query-text.ts';
import { SqlTextError } from './sql-pieces.ts';
import { LAST_QUERY } from './stream-order.ts';

/** Whether a text is a whole stream of the standard kit: several queries between its comments. */
export function isStreamFile(text: string): boolean {
  return new Set(kitComments(text).map(({ query }) => query)).size > 1;
}

/**
 * The queries of one of the standard kit's stream files (`query_0.sql`), in its order.
 *
 * @throws FolderProblem for an unknown query, one that is there twice or does not end, one of another stream, and text
 *   outside of the comments
 */
export function readStreamFile(file: QueryFile, text: string, stream: number): readonly QueryDraft[] {
  const problem = (line: number, message: string) => new FolderProblem(`${file.shown}, line ${line}: ${message}`);
  const drafts = new Map<number, QueryDraft>();
  const comments = kitComments(text);
  let outside = { from: 0, line: 1 };
  for (let n = 0; n < comments.length; n += 2) {
    const [start, end] = [comments[n], comments[n + 1]];
    if (start === undefined) break;
    const { query, line } = start;
    if (start.kind !== 'start') throw problem(line, `query ${query} ends here and does not start before`);
    if (end?.kind !== 'end' || end.query !== query) {
      throw problem(
        line,
        `query ${query} starts here and has no end comment; is the file cut short? Generate it again`,
      );
    }
    if (query < 1 || query > LAST_QUERY) throw problem(line, `there is no query ${query}; they are 1 to ${LAST_QUERY}`);
    if (start.stream !== undefined && start.stream !== stream) {
      throw problem(
        line,
        `the comment says stream ${start.stream}, the file's name says ${stream}; was it copied? Each stream needs parameters of its own`,
      );
    }
    const before = drafts.get(query);
    if (before !== undefined) throw problem(line, `query ${query} is here twice; remove one of them`);
    checkNothing(text.slice(outside.from, start.at), outside.line, problem);
    drafts.set(query, { number: query, file, linesBefore: line, text: async () => text.slice(start.after, end.at) });
    outside = { from: end.after, line: end.line + 1 };
  }
  checkNothing(text.slice(outside.from), outside.line, problem);
  return [...drafts.values()];
}

function checkNothing(text: string, line: number, problem: (line: number, message: string) => FolderProblem): void {
  try {
    const [first] = statementsWithoutSetting(text);
    if (first === undefined) return;
    throw problem(line + first.line - 1, 'a statement stands outside of the comments that begin and end a query');
  } catch (error) {
    if (!(error instanceof SqlTextError)) throw error;
    throw problem(line + error.line - 1, error.message);
  }
}
