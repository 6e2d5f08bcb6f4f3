import { BadInput, badInput } from '../../../lib/errors.ts';
import { chooseQueries } from './filter.ts';
import { type Folder, FolderProblem, FolderReader } from './folder-files.ts';
import { type Layout, recognise } from './folder-layout.ts';
import { FOLDER_INPUT, SESSIONS_INPUT } from './input-names.ts';
import { type QueryDraft, readDraft } from './query-draft.ts';
import type { Query } from './query-set.ts';

/** Problems that are shown together. */
const MAX_PROBLEMS = 20;

/** The queries of a folder, those that were chosen. */
export interface FolderQueries {
  /** The folder and what is in it, for people. */
  readonly source: string;
  /** Of the streams in use, in the order in which a session runs them. Only stream 0 when the folder has no streams. */
  readonly streams: ReadonlyMap<number, readonly Query[]>;
  readonly hasStreams: boolean;
}

/**
 * Reads the queries of a folder that a user names. What it holds is recognised:
 *
 * - one file a query
 * - one folder a stream, in which the files are in the order of their names: `1` to `20` as the article has them, the single
 *   user's queries beside them as files or in a folder `0`. The article's whole folder (with `02_sql` and `03_multi_user`) too
 * - the standard kit's stream files, `query_0.sql` to `query_20.sql`, with all queries of a stream between its comments
 *
 * @param request.workspace where paths in messages begin, and what symbolic links must not leave
 * @param request.streams concurrent sessions, 0 to 20; each needs a stream of its own where the folder has streams
 * @throws BadInput naming folder, file and line
 */
export async function readFolder(request: {
  folder: string;
  workspace: string | undefined;
  filter: readonly string[];
  streams: number;
}): Promise<FolderQueries> {
  try {
    const reader = new FolderReader(request.workspace);
    const top = await reader.look(request.folder);
    const layout = await recognise(top, reader);
    return { source: `${top.shown}: ${layout.form}`, ...(await readStreams(layout, top, request)) };
  } catch (error) {
    if (!(error instanceof FolderProblem)) throw error;
    throw badInput(FOLDER_INPUT, error.message);
  }
}

async function readStreams(
  { streams: there, draft, hasStreams }: Layout,
  { shown }: Folder,
  { filter, streams: sessions }: { filter: readonly string[]; streams: number },
): Promise<Pick<FolderQueries, 'streams' | 'hasStreams'>> {
  if (!there.has(0)) {
    throw new FolderProblem(
      `${shown} has nothing for the single user; add one file a query, or a folder or stream file 0`,
    );
  }
  const used = [0];
  for (let stream = 1; hasStreams && stream <= sessions; stream++) used.push(stream);
  if (!used.every((stream) => there.has(stream))) throw tooFewStreams(sessions, there, shown);
  const drafts = new Map<number, readonly QueryDraft[]>();
  for (const stream of used) drafts.set(stream, await draft(stream));
  refuseSharedFiles(drafts);
  const chosen = chooseQueries(
    filter,
    [...drafts.values()].flat().map(({ number }) => number),
  );
  refuseGaps(chosen, drafts, shown);
  const streams = new Map<number, readonly Query[]>();
  const problems: string[] = [];
  for (const [stream, ofStream] of drafts) {
    const queries: Query[] = [];
    for (const one of ofStream.filter(({ number }) => chosen.includes(number))) {
      try {
        queries.push(await readDraft(one));
      } catch (error) {
        if (!(error instanceof FolderProblem)) throw error;
        problems.push(error.message);
      }
    }
    streams.set(stream, queries);
  }
  if (problems.length > 0) throw badFolder(problems);
  return { streams, hasStreams };
}

function tooFewStreams(sessions: number, there: ReadonlySet<number>, shown: string): BadInput {
  const numbers = [...there].filter((stream) => stream > 0).sort((a, b) => a - b);
  return badInput(
    SESSIONS_INPUT,
    `${sessions} sessions need the streams 1 to ${sessions}, and ${shown} has ${numbers.length}: ${numbers.join(', ')}. ` +
      'Two sessions with the same parameters would measure caches; give fewer sessions, or generate more streams',
  );
}

/** Links would make sessions share their parameters without a word. */
function refuseSharedFiles(drafts: ReadonlyMap<number, readonly QueryDraft[]>): void {
  const streams = new Map<string, number>();
  for (const [stream, ofStream] of drafts) {
    for (const { file } of ofStream) {
      const before = streams.get(file.real);
      if (before !== undefined && before !== stream) {
        throw new FolderProblem(
          `${file.shown} is a link to a file of stream ${before}; each stream needs its own parameters`,
        );
      }
      streams.set(file.real, stream);
    }
  }
}

function refuseGaps(
  chosen: readonly number[],
  drafts: ReadonlyMap<number, readonly QueryDraft[]>,
  shown: string,
): void {
  const gaps = [...drafts].flatMap(([stream, ofStream]) => {
    const there = new Set(ofStream.map(({ number }) => number));
    const missing = chosen.filter((number) => !there.has(number));
    if (missing.length === 0) return [];
    const which = missing.length === 1 ? 'query' : 'queries';
    return [`stream ${stream} of ${shown} lacks ${which} ${missing.join(', ')}, which others have; add or exclude`];
  });
  if (gaps.length > 0) throw badFolder(gaps);
}

function badFolder(problems: readonly string[]): BadInput {
  const shown = problems.slice(0, MAX_PROBLEMS);
  const more = problems.length - shown.length;
  if (more > 0) shown.push(`and ${more} more problems of this kind`);
  return new BadInput(shown.flatMap((message) => badInput(FOLDER_INPUT, message).problems));
}
