import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ask, onPath } from './programs.ts';

export interface Java {
  readonly home: string;
  readonly version: number;
}

/** A directory with a Java in each folder, and where its home is in the folder. */
export interface JavaShelf {
  readonly directory: string;
  readonly home: string;
}

/** Where systems put the Javas that are not on the PATH: Linux distributions and macOS. */
export const JAVA_SHELVES: readonly JavaShelf[] = [
  { directory: '/usr/lib/jvm', home: '' },
  { directory: '/Library/Java/JavaVirtualMachines', home: join('Contents', 'Home') },
];

/**
 * The first Java of one of the versions: that of `JAVA_HOME`, one on the PATH, or one that the system has beside it.
 */
export async function findJava(versions: readonly number[], shelves = JAVA_SHELVES): Promise<Java | undefined> {
  const named = process.env.JAVA_HOME;
  const programs = [...(named ? [join(named, 'bin', 'java')] : []), ...onPath('java')];
  for (const { directory, home } of shelves) {
    const names = await readdir(directory).catch(() => []);
    programs.push(...names.sort().map((name) => join(directory, name, home, 'bin', 'java')));
  }
  for (const program of programs) {
    const java = await readJava(program);
    if (java && versions.includes(java.version)) return java;
  }
  return undefined;
}

/** What a Java says of itself; undefined when it cannot be run. */
async function readJava(program: string): Promise<Java | undefined> {
  const said = await ask(program, ['-XshowSettings:properties', '-version']);
  const home = /^\s*java\.home = (.+)$/m.exec(said)?.[1];
  // Java 8 says 1.8.
  const version = /^\s*java\.specification\.version = (?:1\.)?(\d+)\s*$/m.exec(said)?.[1];
  return home && version ? { home: home.trim(), version: Number(version) } : undefined;
}
