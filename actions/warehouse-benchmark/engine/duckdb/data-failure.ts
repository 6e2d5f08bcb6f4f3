import { statfs } from 'node:fs/promises';
import { OperationFailed } from '../../../../lib/errors.ts';

/** Bytes that the database of a scale factor takes, as DuckDB 1.5.5 writes it, by gigabytes of raw data; with room to spare. */
export function expectedBytes(scaleFactor: number): number {
  return 15e6 + scaleFactor * 400e6;
}

/** `12 MB` or `4.0 GB`. */
export function sizeText(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/**
 * Refuses to begin what would not fit on the disk.
 *
 * @param free bytes that are free there
 * @throws OperationFailed with how much is needed
 */
export function checkFreeDisk(scaleFactor: number, directory: string, free: number): void {
  const needed = expectedBytes(scaleFactor);
  if (free >= needed) return;
  throw new OperationFailed({
    what: `The data of scale factor ${scaleFactor} needs ${sizeText(needed)} in ${directory}, where ${sizeText(free)} are free`,
    cause: 'The disk is too small, or full',
    next: 'Make room, set HEADGATE_CACHE to a directory on a larger disk, or take a smaller scale factor',
  });
}

/** Bytes that this user may still write into a directory. */
export async function freeDisk(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/** What is said of data that could not be generated, by DuckDB's words. */
export function explainGeneration(scaleFactor: number, directory: string, said: string): OperationFailed {
  const what = `The data of scale factor ${scaleFactor} could not be generated in ${directory}: ${said}`;
  if (/No space left on device|Disk quota exceeded|failed to offload data block/i.test(said)) {
    return new OperationFailed({
      what,
      cause: 'The disk is full',
      next: 'Make room, set HEADGATE_CACHE to a directory on a larger disk, or take a smaller scale factor',
    });
  }
  if (/Out of Memory|SIGKILL|bad_alloc/i.test(said)) {
    return new OperationFailed({
      what,
      cause: 'This machine, or its container, has too little memory',
      next: 'Take a smaller scale factor, or a machine with more memory',
    });
  }
  return new OperationFailed({
    what,
    cause: 'DuckDB cannot write there, or its TPC-DS extension does not fit this machine',
    next: `Check that ${directory} is writable, and run again`,
  });
}
