import { chmod, lstat, mkdir, readFile, realpath, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Refused } from '../../../lib/errors.ts';

/** A file that a login is written to, with every symbolic link followed. */
export interface TargetFile {
  /** As it was asked for. */
  readonly shown: string;
  /** Where it really is. */
  readonly file: string;
  /** Its text, as Latin-1, so that every byte comes back; undefined when it is not there. */
  readonly text: string | undefined;
  /** Whether others than its owner have any right to it. */
  readonly isOpen: boolean;
  /** Folders that have to be made for it, the outermost first. */
  readonly missingFolders: readonly string[];
}

/** Only its owner. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
/** Ends the name of the file that is written first and then takes the place of the other; always the same, so that one that a killed run left is found. */
const DRAFT = '.headgate-login';

/**
 * Finds the place of a file and reads it. Links are followed as long as they stay below `root`: dotfiles are often links
 * into a folder of the same home, but a link to elsewhere would put a token where nobody looks for one.
 *
 * @throws Refused for a link that leads elsewhere or nowhere, and for what is no regular file
 */
export async function openTarget(shown: string, root: string): Promise<TargetFile> {
  const { real: realRoot } = await follow(root);
  const { real: file, missing } = await follow(shown);
  const within = path.relative(realRoot, file);
  if (within === '..' || within.startsWith(`..${path.sep}`) || path.isAbsolute(within)) {
    throw refused(`'${shown}' leads to '${file}', outside '${root}'`, 'a symbolic link in its path leads there');
  }
  if (missing.length > 0) {
    const missingFolders = missing
      .slice(0, -1)
      .map((_, n) => path.resolve(file, ...Array(missing.length - 1 - n).fill('..')));
    return { shown, file, text: undefined, isOpen: false, missingFolders };
  }
  const found = await stat(file);
  if (!found.isFile()) throw refused(`'${shown}' is not a regular file`, 'something else has its name');
  return { shown, file, text: await readFile(file, 'latin1'), isOpen: (found.mode & 0o077) !== 0, missingFolders: [] };
}

/** The real path, and the parts at its end that are not there yet. */
async function follow(
  wanted: string,
  missing: readonly string[] = [],
): Promise<{ real: string; missing: readonly string[] }> {
  try {
    return { real: path.join(await realpath(wanted), ...missing), missing };
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw refusedFor(wanted, error);
  }
  if (await isThere(wanted))
    throw refused(`'${wanted}' is a symbolic link that leads nowhere`, 'what it named is gone');
  return await follow(path.dirname(wanted), [path.basename(wanted), ...missing]);
}

/** Whether a path leads to something else than this file, or to nothing. */
export async function isOtherFile(other: string, { file }: TargetFile): Promise<boolean> {
  if (!(await isThere(other))) return false;
  return (await realpath(other).catch(() => undefined)) !== file;
}

async function isThere(file: string): Promise<boolean> {
  return await lstat(file).then(
    () => true,
    () => false,
  );
}

/** Replaces the file as a whole: a reader sees the old or the new text, and nobody else can read either. */
export async function writeTarget({ file, missingFolders }: TargetFile, text: string): Promise<void> {
  if (missingFolders.length > 0) await mkdir(path.dirname(file), { recursive: true, mode: FOLDER_MODE });
  await replace(file, text);
}

async function replace(file: string, text: string): Promise<void> {
  const draft = `${file}${DRAFT}`;
  await removeDraft(file);
  try {
    await writeFile(draft, text, { encoding: 'latin1', flag: 'wx', mode: FILE_MODE });
    // The umask of the job may have taken even our own rights.
    await chmod(draft, FILE_MODE);
    await rename(draft, file);
  } catch (error) {
    await removeDraft(file);
    throw error;
  }
}

/** Removes what a run that was killed in the middle of writing left beside the file. */
export async function removeDraft(file: string): Promise<void> {
  await rm(`${file}${DRAFT}`, { force: true });
}

/** Puts back a text, or removes the file. */
export async function restoreTarget(file: string, text: string | undefined): Promise<void> {
  await removeDraft(file);
  if (text === undefined) await rm(file, { force: true });
  else await replace(file, text);
}

/** The text of a file that must be neither a link nor anything but a file; undefined when it is not there. */
export async function readPlain(file: string): Promise<string | undefined> {
  const found = await lstat(file).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return undefined;
    throw error;
  });
  if (found === undefined) return undefined;
  if (!found.isFile()) throw refused(`'${file}' is not a regular file any more`, 'something else has its name now');
  return await readFile(file, 'latin1');
}

/** Removes folders that hold nothing, the innermost first; others stay. */
export async function removeEmptyFolders(folders: readonly string[]): Promise<void> {
  for (const folder of [...folders].sort((a, b) => b.length - a.length)) {
    await rmdir(folder).catch((error: unknown) => {
      if (!['ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) throw error;
    });
  }
}

/** Whether only its owner can read or write a file. */
export async function isPrivate(file: string): Promise<boolean> {
  return ((await stat(file)).mode & 0o777) === FILE_MODE;
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

function refusedFor(file: string, error: unknown): Refused {
  return refused(
    `'${file}' cannot be used: ${codeOf(error) || String(error)}`,
    'a part of its path is no folder, or is not readable',
  );
}

function refused(what: string, cause: string): Refused {
  return new Refused({
    what,
    cause,
    next: "Give 'directory', and lead the tool to the files there; nothing was written",
  });
}
