import { isUtf8 } from 'node:buffer';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { BadInput, type InputProblem } from '../../../lib/errors.ts';
import type { LogFile } from './measurements.ts';

/** What the scripts call the logs that they read again; beside them lie logs of other kinds. */
const LOG = /^rollout_(?:sql|testing_\d{1,2})\.log$/;
/** All 21 logs of a run have less than 200 KB. */
const MOST_BYTES = 4 * 1_048_576;

const ORDER = new Intl.Collator('en', { numeric: true });

/**
 * Reads files, and of folders the logs in them.
 *
 * @throws BadInput on `logs` with everything that is not there, holds no log, leads out of the workspace, or is no text
 */
export async function readLogFiles(paths: readonly string[], workspace: string): Promise<readonly LogFile[]> {
  const problems: InputProblem[] = [];
  const files = new Map<string, LogFile>();
  const attempt = async (given: string, work: () => Promise<void>): Promise<void> => {
    await work().catch((error: unknown) => {
      const message = `input 'logs': '${path.relative(workspace, given) || '.'}': ${reasonOf(error)}`;
      problems.push({ input: 'logs', message });
    });
  };
  const add = async (file: string): Promise<void> => {
    const real = await realInside(file, workspace);
    if (files.has(real)) return;
    files.set(real, { shown: path.relative(workspace, file), text: await readText(real) });
  };
  for (const given of paths) {
    await attempt(given, async () => {
      const real = await realInside(given, workspace);
      if (!(await stat(real)).isDirectory()) return await add(given);
      const logs = (await readdir(real)).filter((name) => LOG.test(name)).sort(ORDER.compare);
      if (logs.length === 0) {
        throw new LogFileError(
          "the folder has no 'rollout_sql.log' or 'rollout_testing_<session>.log'; name other files by their paths",
        );
      }
      for (const name of logs) await attempt(path.join(given, name), () => add(path.join(given, name)));
    });
  }
  if (problems.length > 0) throw new BadInput(problems);
  return [...files.values()];
}

class LogFileError extends Error {}

async function realInside(file: string, workspace: string): Promise<string> {
  const [real, root] = [await realpath(file), await realpath(workspace)];
  const relative = path.relative(root, real);
  if (relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative)) {
    throw new LogFileError('a symbolic link leads out of the workspace; copy the file into it');
  }
  return real;
}

async function readText(file: string): Promise<string> {
  const found = await stat(file);
  if (!found.isFile()) throw new LogFileError('is no regular file');
  if (found.size > MOST_BYTES) throw new LogFileError('is larger than 4 MB, which no result of the scripts is');
  const bytes = await readFile(file);
  if (!isUtf8(bytes)) throw new LogFileError('is no text in UTF-8');
  return bytes.toString('utf8');
}

function reasonOf(error: unknown): string {
  if (error instanceof LogFileError) return error.message;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (typeof syscall !== 'string') throw error;
  return code === 'ENOENT' || code === 'ENOTDIR'
    ? 'there is no such file or folder; correct the path'
    : `cannot be read (${code})`;
}
