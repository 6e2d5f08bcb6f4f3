import { isUtf8 } from 'node:buffer';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { quote } from '../../../lib/operation/inputs.ts';

const MAX_FILE_BYTES = 1_048_576;
/** All that is held in memory; the texts of 20 streams have 4 MB. */
const MAX_TOTAL_BYTES = 64 * 1_048_576;
/** More than the standard kit writes for 100 streams. */
const MAX_FILES = 200;

/** What is wrong with a file or a folder; `message` names it. */
export class FolderProblem extends Error {}

/** A file that is there and may be read; its bytes are not in memory. */
export interface QueryFile {
  readonly name: string;
  /** As messages name it. */
  readonly shown: string;
  /** Without symbolic links. */
  readonly real: string;
}

/** One folder: what of it matters here, in natural order of the names (`q2` before `q10`). */
export interface Folder {
  readonly name: string;
  readonly shown: string;
  readonly real: string;
  /** Those that end with `.sql`. */
  readonly files: readonly QueryFile[];
  readonly folders: readonly { readonly name: string; readonly shown: string; readonly path: string }[];
}

const NAMES = new Intl.Collator('en', { numeric: true });

/** Looks into folders, of which the first is the one that was given. */
export class FolderReader {
  readonly #workspace: string | undefined;
  #root: string | undefined;
  #bytes = 0;

  /** @param workspace where paths in messages begin, and which links must not leave; absolute */
  constructor(workspace: string | undefined) {
    this.#workspace = workspace;
  }

  /**
   * @throws FolderProblem for what is no folder, symbolic links that leave the folder that was given or the workspace or lead
   *   nowhere, and too many files
   */
  async look(folder: string): Promise<Folder> {
    const shown = this.#shown(folder);
    const real = await this.#real(folder, shown);
    if (!(await stat(real)).isDirectory())
      throw new FolderProblem(`${shown} is no folder; give the folder of the queries`);
    this.#root ??= real;
    const found = await readdir(real, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      throw new FolderProblem(`${shown} ${unreachable(error)}`);
    });
    const entries = found
      .filter(({ name }) => !name.startsWith('.'))
      .sort((a, b) => NAMES.compare(a.name, b.name) || (a.name < b.name ? -1 : 1));
    const files: QueryFile[] = [];
    const folders: { name: string; shown: string; path: string }[] = [];
    for (const entry of entries) {
      const isQuery = /\.sql$/i.test(entry.name);
      if (!isQuery && !entry.isDirectory() && !entry.isSymbolicLink()) continue;
      const file = path.join(folder, entry.name);
      const names = { name: entry.name, shown: this.#shown(file) };
      const target = await this.#real(file, names.shown);
      if ((await stat(target)).isDirectory()) folders.push({ ...names, path: file });
      else if (isQuery) files.push({ ...names, real: target });
    }
    if (files.length > MAX_FILES) {
      throw new FolderProblem(
        `${shown} has ${files.length} .sql files, and at most ${MAX_FILES} are read; move the others`,
      );
    }
    return { name: path.basename(folder), shown, real, files, folders };
  }

  /**
   * The text of a file.
   *
   * @throws FolderProblem for a file that is too large, is not text in UTF-8, or cannot be read
   */
  async read({ real, shown }: QueryFile): Promise<string> {
    const found = await stat(real);
    if (!found.isFile()) throw new FolderProblem(`${shown} is no regular file; remove it`);
    if (found.size > MAX_FILE_BYTES) {
      throw new FolderProblem(
        `${shown} has ${found.size} bytes, and a file of queries has at most ${MAX_FILE_BYTES} (1 MiB)`,
      );
    }
    this.#bytes += found.size;
    if (this.#bytes > MAX_TOTAL_BYTES) {
      throw new FolderProblem(`the files up to ${shown} have ${this.#bytes} bytes, and at most 64 MiB are read in all`);
    }
    const bytes = await readFile(real).catch((error: NodeJS.ErrnoException) => {
      throw new FolderProblem(`${shown} ${unreachable(error)}`);
    });
    // UTF-16 of plain letters is valid UTF-8 with NUL in between.
    if (isUtf8(bytes) && !bytes.includes(0)) return new TextDecoder().decode(bytes);
    throw new FolderProblem(`${shown} is not text in UTF-8; save it in UTF-8`);
  }

  async #real(given: string, shown: string): Promise<string> {
    const real = await realpath(given).catch((error: NodeJS.ErrnoException) => {
      throw new FolderProblem(`${shown} ${unreachable(error)}`);
    });
    const bounds = this.#root ?? (this.#workspace === undefined ? undefined : await realpath(this.#workspace));
    if (bounds !== undefined && !isWithin(bounds, real)) {
      const what = this.#root === undefined ? 'the workspace' : 'the folder of the queries';
      throw new FolderProblem(`${shown} leads out of ${what} by a symbolic link; copy the files into it`);
    }
    return real;
  }

  #shown(file: string): string {
    const base = this.#workspace !== undefined && isWithin(this.#workspace, file) ? this.#workspace : undefined;
    return quote(base === undefined ? file : path.relative(base, file) || '.');
  }
}

function unreachable(error: NodeJS.ErrnoException): string {
  const { code } = error;
  if (code === undefined) throw error;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist, or is a symbolic link that leads nowhere';
  if (code === 'ELOOP') return 'is a symbolic link that leads in a circle; remove it';
  return `cannot be read (${code}); check that it may be read`;
}

function isWithin(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}
