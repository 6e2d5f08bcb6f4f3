import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { OperationFailed, Refused } from '../errors.ts';

// Synchronous, because `annotate` writes a report and nobody waits for it. The files are small.

/** Where hosts leave files for later steps and jobs, relative to the workspace. */
const DIRECTORY = '.headgate';

/**
 * Makes `.headgate/<sub>` in the workspace and answers with its path.
 *
 * @throws Refused when a part of it is no directory: a checkout may bring a link that leads out of the workspace
 */
export function ensureDirectory(workspace: string, sub = ''): string {
  const target = path.join(workspace, DIRECTORY, sub);
  mkdirSync(workspace, { recursive: true });
  for (const part of new Set([path.join(workspace, DIRECTORY), target])) {
    if (lstatSync(part, { throwIfNoEntry: false }) === undefined) mkdirSync(part, { recursive: true });
    if (!lstatSync(part).isDirectory()) {
      throw new Refused({
        what: `'${path.relative(workspace, part)}' is not a directory`,
        cause: 'The checkout brought a file or a link with this name',
        next: 'Remove it from the repository; Headgate keeps its own files there',
      });
    }
  }
  return target;
}

/** Replaces a file as a whole: a reader sees the old or the new content, and a link is replaced, not followed. */
export function replaceFile(file: string, content: string): void {
  // A name of its own, because a killed process may have left one, and its number comes again.
  const temporary = `${file}.${randomBytes(6).toString('hex')}.new`;
  try {
    writeFileSync(temporary, content, { flag: 'wx' });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** The text of a file; undefined when there is none. */
export function readIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Parses a JSON file that this host or its runner wrote. `what` says in the error what the file is. */
export function parseJsonFile(text: string, file: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new OperationFailed(
      {
        what: `${what} '${file}' is not JSON: ${error instanceof Error ? error.message : String(error)}`,
        cause: 'The file was cut or changed after it was written',
        next: 'Run the job again',
      },
      { cause: error },
    );
  }
}
