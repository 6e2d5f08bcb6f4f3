import { type Folder, FolderProblem, type FolderReader } from './folder-files.ts';
import type { QueryDraft } from './query-draft.ts';
import { lastNumber, queryDrafts } from './query-files.ts';
import { isStreamFile, readStreamFile } from './stream-file.ts';

/** What was recognised in a folder, before anything of it is chosen. */
export interface Layout {
  readonly form: string;
  readonly hasStreams: boolean;
  /** Numbers of the streams that there are. */
  readonly streams: ReadonlySet<number>;
  readonly draft: (stream: number) => Promise<readonly QueryDraft[]>;
}

/**
 * Finds out which of the forms that `readFolder` names a folder has.
 *
 * @throws FolderProblem for none, a mixture of them, and files that would not run
 */
export async function recognise(top: Folder, reader: FolderReader): Promise<Layout> {
  const inTop = (name: string) => top.folders.find((folder) => folder.name === name);
  const [single, several] = [inTop('02_sql'), inTop('03_multi_user')];
  if (top.files.length === 0 && single !== undefined && several !== undefined) {
    return await folders(await reader.look(several.path), await reader.look(single.path), reader);
  }
  return (await streamFiles(top, reader)) ?? (await folders(top, top, reader));
}

/** One file a query, with or without one folder a stream beside them. */
async function folders(ofStreams: Folder, own: Folder, reader: FolderReader): Promise<Layout> {
  const paths = new Map<number, Folder['folders'][number]>();
  for (const folder of ofStreams.folders) {
    const stream = /\d$/.test(folder.name) ? lastNumber(folder.name) : undefined;
    if (stream === undefined) await refuseQueriesIn(folder, reader);
    else {
      const before = paths.get(stream);
      if (before !== undefined) {
        throw new FolderProblem(`${folder.shown} and ${before.shown} are both stream ${stream}; rename one`);
      }
      paths.set(stream, folder);
    }
  }
  const zero = paths.get(0);
  if (zero !== undefined && own.files.length > 0) {
    throw new FolderProblem(
      `${zero.shown} and ${own.files[0]?.shown} are both for the single user; keep the folder 0 or the files beside it`,
    );
  }
  if (own.files.length === 0 && paths.size === 0) {
    throw new FolderProblem(`${own.shown} has no .sql file; give the folder that holds the queries`);
  }
  const hasStreams = [...paths.keys()].some((stream) => stream > 0);
  const streams = new Set(own.files.length > 0 ? [0, ...paths.keys()] : paths.keys());
  return {
    form: hasStreams ? 'one folder a stream' : 'one file a query, the same for all sessions',
    hasStreams,
    streams,
    draft: async (stream) => {
      const path = paths.get(stream);
      const folder = path === undefined ? own : await reader.look(path.path);
      if (folder.files.length === 0) throw new FolderProblem(`${folder.shown} has no .sql file; add its queries`);
      const drafts = queryDrafts(folder.files, reader);
      return hasStreams && path !== undefined ? drafts : [...drafts].sort((a, b) => a.number - b.number);
    },
  };
}

/** The standard kit's stream files; undefined when the folder holds others. */
async function streamFiles(top: Folder, reader: FolderReader): Promise<Layout | undefined> {
  const texts = new Map<string, string>();
  for (const file of top.files) {
    const text = await reader.read(file);
    if (isStreamFile(text)) texts.set(file.shown, text);
  }
  if (texts.size === 0) return undefined;
  const files = new Map<number, Folder['files'][number]>();
  for (const file of top.files) {
    if (!texts.has(file.shown)) {
      throw new FolderProblem(
        `${file.shown} holds one query and ${[...texts.keys()][0]} a whole stream; keep either in the folder`,
      );
    }
    const stream = lastNumber(file.name);
    if (stream === undefined) {
      throw new FolderProblem(
        `${file.shown} holds a whole stream and has no number in its name; call it for example 'query_0.sql'`,
      );
    }
    const before = files.get(stream);
    if (before !== undefined) {
      throw new FolderProblem(`${file.shown} and ${before.shown} are both stream ${stream}; remove one`);
    }
    files.set(stream, file);
  }
  for (const { path, shown } of top.folders) {
    if ((await reader.look(path)).files.length === 0) continue;
    throw new FolderProblem(
      `${shown} has .sql files beside stream files of the standard kit; keep either in the folder`,
    );
  }
  const hasStreams = [...files.keys()].some((stream) => stream > 0);
  return {
    form: hasStreams
      ? 'stream files of the standard kit'
      : 'a stream file of the standard kit, the same for all sessions',
    hasStreams,
    streams: new Set(files.keys()),
    draft: async (stream) => {
      const file = files.get(stream);
      return file === undefined ? [] : readStreamFile(file, texts.get(file.shown) ?? '', stream);
    },
  };
}

async function refuseQueriesIn({ path, shown }: Folder['folders'][number], reader: FolderReader): Promise<void> {
  const { files } = await reader.look(path);
  if (files.length === 0) return;
  throw new FolderProblem(
    `${shown} has .sql files that would not run; end its name with the number of a stream (1 to 20), or move it away`,
  );
}
