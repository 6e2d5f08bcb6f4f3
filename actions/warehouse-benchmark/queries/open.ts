import { createHash } from 'node:crypto';
import { chooseQueries } from './filter.ts';
import { readFolder } from './folder.ts';
import type { Query, QuerySet } from './query-set.ts';
import { queryStatements } from './query-text.ts';
import { withoutLayout } from './sql-statements.ts';
import { LAST_STREAM, streamOrder } from './stream-order.ts';

/**
 * Opens the queries that a run measures: the standard texts, or those of a folder.
 *
 * Where there are streams with parameters of their own, each session runs its stream in the order that it has in the folder.
 * Otherwise all sessions run the same texts, each in the order of its stream (`streamOrder`).
 *
 * @param request.filter entries as in `checkFilterEntry`; empty for all queries
 * @param request.streams concurrent sessions, 0 to 20
 * @param request.standard gives the standard texts; called only when there is no folder
 * @param request.workspace what symbolic links of the folder must not leave; where paths in messages begin
 * @throws BadInput naming what is wrong with the folder, its files, the filter or the number of sessions
 */
export async function openQueries(request: {
  folder: string | undefined;
  filter: readonly string[];
  streams: number;
  standard: () => Promise<{ source: string; texts: ReadonlyMap<number, string> }>;
  workspace?: string | undefined;
}): Promise<QuerySet> {
  const { folder, filter, streams, workspace } = request;
  if (folder !== undefined) {
    const found = await readFolder({ folder, workspace, filter, streams });
    const { source, hasStreams } = found;
    return querySet({ source, streams: found.streams, hasStreams, forQualification: false });
  }
  const { source, texts } = await request.standard();
  const queries = chooseQueries(filter, texts.keys()).map((number) => ({
    number,
    statements: queryStatements(texts.get(number) ?? ''),
  }));
  return querySet({ source, streams: new Map([[0, queries]]), hasStreams: false, forQualification: true });
}

function querySet(opened: {
  source: string;
  streams: ReadonlyMap<number, readonly Query[]>;
  hasStreams: boolean;
  forQualification: boolean;
}): QuerySet {
  const { source, streams, hasStreams, forQualification } = opened;
  const single = streams.get(0) ?? [];
  const byNumber = new Map(single.map((query) => [query.number, query]));
  return {
    source,
    digest: digestOf(streams),
    numbers: [...byNumber.keys()].sort((a, b) => a - b),
    forQualification,
    hasStreams,
    stream(stream) {
      const own = streams.get(stream);
      if (own !== undefined) return own;
      if (hasStreams || stream > LAST_STREAM) throw new Error(`stream ${stream} was not opened`);
      return streamOrder(stream).flatMap((number) => byNumber.get(number) ?? []);
    },
  };
}

/** Of the texts of all streams in use with their numbers: neither order nor comments nor layout matter. */
function digestOf(streams: ReadonlyMap<number, readonly Query[]>): string {
  const hash = createHash('sha256');
  for (const [stream, queries] of [...streams].sort(([a], [b]) => a - b)) {
    for (const { number, statements } of [...queries].sort((a, b) => a.number - b.number)) {
      hash.update(`${JSON.stringify([stream, number, statements.map(withoutLayout)])}\n`);
    }
  }
  return hash.digest('hex');
}
