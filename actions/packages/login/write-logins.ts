import { Refused } from '../../../lib/errors.ts';
import type { Json, Log } from '../../../lib/hosts/host.ts';
import { DamagedBlock, insertBlock, isOurFile, type Removed, removeBlock } from './block.ts';
import type { LoginFile, RegionLogin } from './login-file.ts';
import {
  isOtherFile,
  openTarget,
  readPlain,
  removeDraft,
  removeEmptyFolders,
  restoreTarget,
  type TargetFile,
  writeTarget,
} from './target-file.ts';

/** One login in one file. */
export interface Place {
  readonly login: LoginFile;
  readonly target: TargetFile;
  /** The user's own text. */
  readonly own: string;
  readonly isNewFile: boolean;
}

/** What has to be taken back after the job. Nothing in it is secret. */
export interface Undo {
  readonly id: string;
  readonly files: readonly string[];
  /** Folders that the login makes. */
  readonly folders: readonly string[];
}

/**
 * Finds the files and looks at what is in them. Writes nothing.
 *
 * @throws Refused with everything that stands in the way, by file and line
 */
export async function findPlaces(files: readonly LoginFile[], id: string): Promise<readonly Place[]> {
  const places: Place[] = [];
  const problems: string[] = [];
  for (const login of files) {
    const target = await openTarget(login.file, login.root);
    const place = placeOf(login, target, id);
    problems.push(
      ...login.conflicts(place.own).map(({ line, what }) => {
        const lines = line === undefined ? '' : `, line ${line + linesBefore(target.text, place.own, line)}`;
        return `'${login.file}'${lines}: it ${what}`;
      }),
    );
    const { shadow } = login;
    if (shadow !== undefined && (await isOtherFile(shadow, target))) {
      problems.push(`'${shadow}': ${login.tool} reads it in place of '${login.file}'`);
    }
    places.push(place);
  }
  if (problems.length === 0) return places;
  throw new Refused({
    what: `The login cannot be written beside what is there: ${problems.join('; ')}`,
    cause: 'these are settings of yours, or another login, and the tool takes only one of the two',
    next: "Remove them, or give 'directory' and lead the tool to the files there; nothing was written",
  });
}

function placeOf(login: LoginFile, target: TargetFile, id: string): Place {
  const { text } = target;
  if (text === undefined) return { login, target, own: '', isNewFile: true };
  const removed = withoutBlock(login.file, text, id);
  const own = removed?.text ?? text;
  return { login, target, own, isNewFile: removed?.isNewFile === true || (own !== '' && isOurFile(own)) };
}

/** How many lines of ours come before a line of the user's. */
function linesBefore(text: string | undefined, own: string, line: number): number {
  if (text === undefined || text === own) return 0;
  const before = own.split('\n').slice(0, line).join('\n');
  return text.startsWith(before) ? 0 : text.split('\n').length - own.split('\n').length;
}

function withoutBlock(file: string, text: string, id: string): Removed | undefined {
  try {
    return removeBlock(text, id);
  } catch (error) {
    if (!(error instanceof DamagedBlock)) throw error;
    throw new Refused({
      what: `'${file}', line ${error.line}: a login begins there that has no end`,
      cause: 'its last line was removed by hand',
      next: 'Remove what is left of it by hand, and run again; nothing was written',
    });
  }
}

export function undoOf(places: readonly Place[], id: string): Undo {
  return {
    id,
    files: places.map(({ target }) => target.file),
    folders: [...new Set(places.flatMap(({ target }) => target.missingFolders))],
  };
}

/** Writes the logins, each file as a whole. A login that is there already is replaced. */
export async function writeLogins(
  places: readonly Place[],
  id: string,
  logins: readonly [RegionLogin, ...RegionLogin[]],
  log: Pick<Log, 'info'>,
): Promise<void> {
  for (const place of places) {
    const { login, target } = place;
    await writeTarget(target, textOf(place, id, logins));
    if (target.isOpen) log.info(`'${login.file}' could be read by others; now only its owner can (mode 600).`);
  }
}

/** The text that a file gets. */
export function textOf(
  { login, own, isNewFile }: Place,
  id: string,
  logins: readonly [RegionLogin, ...RegionLogin[]],
): string {
  return insertBlock(own, { id, comment: login.comment, isNewFile, ...login.content(own, logins) });
}

/**
 * Takes a login out of its files again, and removes the files and folders that were made for it and hold nothing else. A
 * file that cannot be cleaned does not keep the others from it.
 *
 * @returns the files that had the login
 * @throws AggregateError
 */
export async function removeLogins({ id, files, folders }: Undo): Promise<readonly string[]> {
  const errors: unknown[] = [];
  const cleaned: string[] = [];
  for (const file of files) {
    try {
      if (await removeLogin(file, id)) cleaned.push(file);
    } catch (error) {
      errors.push(error);
    }
  }
  await removeEmptyFolders(folders);
  if (errors.length > 0) throw new AggregateError(errors, errors.map(messageOf).join('; '));
  return cleaned;
}

async function removeLogin(file: string, id: string): Promise<boolean> {
  const text = await readPlain(file);
  const removed = text === undefined ? undefined : withoutBlock(file, text, id);
  if (removed === undefined) {
    await removeDraft(file);
    return false;
  }
  await restoreTarget(file, removed.isNewFile && removed.text === '' ? undefined : removed.text);
  return true;
}

/** @throws Error when the state is of another operation: it lies where the job could write */
export function undoFrom(state: Json): readonly Undo[] {
  if (Array.isArray(state) && state.every(isUndo)) return state;
  throw new Error('the saved state is not of this operation');
}

function isUndo(value: unknown): value is Undo {
  if (typeof value !== 'object' || value === null) return false;
  const { id, files, folders } = value as Readonly<Record<string, unknown>>;
  return typeof id === 'string' && isPaths(files) && isPaths(folders);
}

function isPaths(value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string' && entry.startsWith('/'));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
