import { accessSync, constants, mkdirSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { packageRoot } from './package-root.ts';

/** What is in the cache: engines with the data that they generate, and what the local AWS runs. */
export type CachePart = 'engines' | 'local-aws';

/**
 * The directory of a part of the cache, which is made where it is not there: in `HEADGATE_CACHE`, else in `.cache` of the
 * package where that is writable, else in `~/.cache/headgate`.
 */
export function cacheDirectory(part: CachePart): string {
  const configured = process.env.HEADGATE_CACHE;
  const inPackage = join(packageRoot(), '.cache');
  const base = configured || (canWrite(inPackage) ? inPackage : join(homedir(), '.cache', 'headgate'));
  const directory = join(base, part);
  mkdirSync(directory, { recursive: true });
  return directory;
}

/**
 * Fills a directory beside its place and then renames it: it is complete or not there, also when the process is killed or
 * when two begin at once.
 */
export async function complete(directory: string, fill: (unfinished: string) => Promise<void>): Promise<void> {
  const unfinished = await temporaryDirectory(dirname(directory), `${basename(directory)}-unfinished`);
  try {
    await fill(unfinished);
    await rename(unfinished, directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

const LOOK_AGAIN_MS = 200;
/** Nothing takes longer to fill; a process that began before that is not the one whose number it has. */
const WAIT_MS = 10 * 60 * 1000;

/**
 * Waits while another process of this host fills a directory, so that what takes long is not done twice.
 * Two that begin in the same moment both fill it, which `complete` allows.
 */
export async function waitForOthers(directory: string, signal?: AbortSignal | undefined): Promise<void> {
  while (await isFilledByOthers(directory)) await setTimeout(LOOK_AGAIN_MS, undefined, { signal });
}

async function isFilledByOthers(directory: string): Promise<boolean> {
  for (const name of await readdir(dirname(directory))) {
    const [suffix, host, pid] = TEMPORARY.exec(name) ?? [];
    if (suffix === undefined || name !== `${basename(directory)}-unfinished${suffix}`) continue;
    if (host !== thisHost() || Number(pid) === process.pid || !isAlive(Number(pid))) continue;
    if (!(await isOlderThan(join(dirname(directory), name), WAIT_MS))) return true;
  }
  return false;
}

/** Makes a directory for as long as this process lives. What killed processes left there is removed first. */
export async function temporaryDirectory(parent: string, name: string): Promise<string> {
  await removeLeftBehind(parent);
  return await mkdtemp(join(parent, `${name}.${thisHost()}.${process.pid}.`));
}

/** Name, host and process of a temporary directory. */
const TEMPORARY = /\.([\w-]+)\.(\d+)\.\w{6}$/;
/** A cache may be shared with other hosts and containers, whose processes cannot be asked for. */
const OLD_MS = 24 * 60 * 60 * 1000;

/** Removes temporary directories whose process has ended, and those of other hosts that nobody has touched for a day. */
async function removeLeftBehind(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const [, host, pid] = TEMPORARY.exec(name) ?? [];
    if (host === undefined) continue;
    const directory = join(parent, name);
    const isGone = host === thisHost() && !isAlive(Number(pid));
    if (isGone || (await isOlderThan(directory, OLD_MS))) await rm(directory, { recursive: true, force: true });
  }
}

function thisHost(): string {
  return hostname().replaceAll(/[^\w-]/g, '-');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function isOlderThan(directory: string, age: number): Promise<boolean> {
  const found = await stat(directory).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > age;
}

function canWrite(directory: string): boolean {
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
