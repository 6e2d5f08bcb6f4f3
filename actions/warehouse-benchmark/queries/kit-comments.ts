/** A comment of the standard kit's dsqgen that begins or ends a query. */
export interface KitComment {
  readonly kind: 'start' | 'end';
  /** Number of the template, which is the query's. */
  readonly query: number;
  readonly stream: number | undefined;
  /** From 1. */
  readonly line: number;
  /** Offset of the line, and of the one behind it. */
  readonly at: number;
  readonly after: number;
}

const COMMENT = /^[ \t]*--[ \t]*(start|end)\b[^\n]*?\bquery(\d{1,3})[a-z]?\.tpl\b[^\n]*(?:\n|$)/gim;
const STREAM = /\bin stream (\d{1,3})\b/i;

/**
 * The comments around queries, in either of the two forms that dsqgen writes: `-- start query 1 in stream 0 using template
 * query96.tpl` (with the seed behind it, in some versions) and `-- start template query96.tpl query 1 in stream 0`. A letter behind
 * the number (`query80a.tpl`) tells one of the variants of a query that the standard allows.
 */
export function kitComments(text: string): readonly KitComment[] {
  let line = 1;
  let counted = 0;
  return [...text.matchAll(COMMENT)].map(({ 0: whole, 1: word = '', 2: query, index }) => {
    for (let at = text.indexOf('\n', counted); at !== -1 && at < index; at = text.indexOf('\n', counted)) {
      line += 1;
      counted = at + 1;
    }
    const stream = STREAM.exec(whole)?.[1];
    return {
      kind: word.toLowerCase() === 'start' ? 'start' : 'end',
      query: Number(query),
      stream: stream === undefined ? undefined : Number(stream),
      line,
      at: index,
      after: index + whole.length,
    };
  });
}
