import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import type { Command } from '../measure.ts';

/** What the benches of transforms share: a local AWS, and a folder to run in. */
export interface Scene {
  readonly aws: LocalAws;
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  /** The built program. */
  readonly program: string;
}

const root = path.resolve(import.meta.dirname, '..', '..');
const SAMPLES = path.join(root, 'stacks', 'glue-transform', 'transforms');
const SAMPLE = 'repartition_date';

export async function openScene(program: string): Promise<Scene & { close(): Promise<void> }> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'headgate-bench-'));
  const aws = await startLocalAws();
  const home = path.join(directory, 'home');
  await mkdir(home);
  const cache = process.env.HEADGATE_CACHE ?? path.join(root, '.cache');
  return {
    aws,
    directory,
    env: { PATH: process.env.PATH ?? '', HOME: home, HEADGATE_CACHE: cache, ...aws.environment },
    program,
    close: async () => {
      await aws.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Writes so many transforms of a usual size, each with a name of its own, and gives their folder. */
export async function writeTransforms({ directory }: Scene, count: number): Promise<string> {
  const folder = `transforms-${count}`;
  await mkdir(path.join(directory, folder));
  const [definition, python] = await Promise.all(
    ['json', 'py'].map(async (end) => await readFile(path.join(SAMPLES, `${SAMPLE}.${end}`), 'utf8')),
  );
  for (let n = 0; n < count; n++) {
    const name = `transform_${String(n).padStart(5, '0')}`;
    for (const [end, text = ''] of [
      ['json', definition],
      ['py', python],
    ] as const) {
      // Two transforms with one displayed name are an error.
      const own = text.replaceAll(SAMPLE, name).replace(/("displayName": "Repartition by date)/, `$1 ${n}`);
      await writeFile(path.join(directory, folder, `${name}.${end}`), own);
    }
  }
  return folder;
}

/** A run of what users get. */
export function headgate({ program, directory, env }: Scene, operation: string, ...words: readonly string[]): Command {
  return { argv: [process.execPath, program, 'glue-transform', operation, ...words], env, cwd: directory };
}
