import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { type PackageFile, PackageFileError } from './package-file.ts';

/** What is at paths that were given. */
export interface GivenFiles {
  /** Each once, in the order of the paths; those of a folder sorted by their path. */
  readonly files: readonly PackageFile[];
  /** Hidden files and folders in the folders, which are passed over, as messages show them. */
  readonly hidden: readonly string[];
  /** What is wrong, with the paths as messages show them. */
  readonly problems: readonly { readonly shown: string; readonly message: string }[];
}

/**
 * Finds the files at paths and in folders. A symbolic link is followed where it stays in the folder that was given; a
 * link to a folder within it would only bring the same files again and is passed over. Hidden files in folders are passed
 * over too (`.DS_Store`, `.gitignore`, `.env`), as actions/upload-artifact does; one that is given by its own path is not.
 */
export async function givenFiles(paths: readonly string[], workspace: string): Promise<GivenFiles> {
  const walk = new Walk(workspace);
  for (const given of paths) await walk.start(given);
  return walk;
}

class Walk implements GivenFiles {
  readonly files: PackageFile[] = [];
  readonly hidden: string[] = [];
  readonly problems: { shown: string; message: string }[] = [];
  readonly #seen = new Set<string>();
  readonly #workspace: string;

  constructor(workspace: string) {
    this.#workspace = workspace;
  }

  async start(given: string): Promise<void> {
    await this.#attempt(given, async () => {
      const found = await stat(given).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
      });
      if (found === undefined) {
        throw new PackageFileError('there is no such file or folder; build the packages first, or correct the path');
      }
      const real = await realpath(given);
      if (isWithin(this.#workspace, given) && !isWithin(await realpath(this.#workspace), real)) {
        throw new PackageFileError('a symbolic link leads out of the workspace; copy the file into it');
      }
      if (!found.isDirectory()) return this.#add(given, found);
      const before = this.files.length;
      const problems = this.problems.length;
      await this.#enter(given, real);
      if (this.files.length === before && this.problems.length === problems && !this.#seen.has(real)) {
        throw new PackageFileError('the folder holds no files; build the packages first, or correct the path');
      }
      this.#seen.add(real);
    });
  }

  async #enter(folder: string, root: string): Promise<void> {
    const entries = await readdir(folder, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const file = path.join(folder, entry.name);
      if (entry.name.startsWith('.')) this.hidden.push(this.#shown(file));
      else {
        await this.#attempt(file, async () => {
          if (entry.isDirectory()) await this.#enter(file, root);
          else if (entry.isSymbolicLink()) await this.#follow(file, root);
          else this.#add(file, await lstat(file));
        });
      }
    }
  }

  async #follow(link: string, root: string): Promise<void> {
    const real = await realpath(link).catch((error: NodeJS.ErrnoException) => {
      const loop = error.code === 'ELOOP';
      if (error.code !== 'ENOENT' && !loop) throw error;
      throw new PackageFileError(`the symbolic link leads ${loop ? 'in a circle' : 'nowhere'}; remove it`);
    });
    if (!isWithin(root, real)) {
      throw new PackageFileError('the symbolic link leads out of the folder that was given; copy the file into it');
    }
    const found = await stat(real);
    if (!found.isDirectory()) this.#add(link, found);
  }

  #add(file: string, found: { isFile(): boolean; readonly size: number }): void {
    if (!found.isFile()) throw new PackageFileError('is no regular file; give files and folders only');
    if (this.#seen.has(file)) return;
    this.#seen.add(file);
    if (found.size === 0) throw new PackageFileError('the file is empty; build it again, or leave it out');
    this.files.push({ path: file, shown: this.#shown(file), name: path.basename(file), size: found.size });
  }

  async #attempt(file: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.problems.push({ shown: this.#shown(file), message: problemText(error) });
    }
  }

  #shown(file: string): string {
    const relative = path.relative(this.#workspace, file) || '.';
    return JSON.stringify(isWithin(this.#workspace, file) ? relative : file).slice(1, -1);
  }
}

/** What is wrong with a file, from an error about it. Anything that is neither ours nor the file system's is thrown on. */
export function problemText(error: unknown): string {
  if (error instanceof PackageFileError) return error.message;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (typeof syscall !== 'string') throw error;
  return `cannot be read (${code}); check that the file is there and may be read`;
}

function isWithin(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}
