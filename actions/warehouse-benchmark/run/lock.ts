import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { Refused } from '../../../lib/errors.ts';

/**
 * Keeps a second process out of a run's folder. What a killed process left is taken over.
 *
 * @returns what ends the lock
 * @throws Refused when another process on this machine works in the folder
 */
export function lockRun(directory: string, run: string): () => void {
  const file = path.join(directory, 'running');
  for (;;) {
    try {
      const descriptor = openSync(file, 'wx');
      writeSync(descriptor, String(process.pid));
      closeSync(descriptor);
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = Number(readFileSync(file, 'utf8'));
    if (owner > 0 && owner !== process.pid && isAlive(owner)) {
      throw new Refused({
        what: `The run '${run}' is going on in process ${owner}`,
        cause: "two jobs have the same 'run-id' and the same folder",
        next: `Wait for it, or give another 'run-id'. When that process is something else, remove ${file}`,
      });
    }
    rmSync(file, { force: true });
  }
}

function isAlive(process_: number): boolean {
  try {
    process.kill(process_, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
