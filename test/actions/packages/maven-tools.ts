import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/** The goal that downloads one artefact. */
export const GET = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get';

const cache = path.join(import.meta.dirname, '..', '..', '..', '.cache');

/**
 * A local repository of Maven with the dependency plugin and nothing else, made at the first use from Maven Central and
 * kept in `.cache`.
 */
export async function dependencyPlugin(mvn: string): Promise<string> {
  const directory = path.join(cache, 'maven-dependency-plugin-3.6.1');
  if (existsSync(directory)) return directory;
  const draft = `${directory}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  // An artefact that the plugin needs itself: it is there already when it is asked for.
  const words = ['-q', '--batch-mode', GET, '-Dartifact=commons-io:commons-io:2.11.0', '-Dtransitive=false'];
  writeFileSync(path.join(draft, 'settings.xml'), '<settings/>');
  await promisify(execFile)(mvn, [
    `--settings=${path.join(draft, 'settings.xml')}`,
    `-Dmaven.repo.local=${draft}`,
    ...words,
  ]);
  // Another test process may have been first.
  await rename(draft, directory).catch(() => rm(draft, { recursive: true, force: true }));
  return directory;
}
