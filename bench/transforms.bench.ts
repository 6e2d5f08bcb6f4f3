import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { benchChecking } from './transforms/checking.ts';
import { benchPublishing } from './transforms/publishing.ts';
import { openScene } from './transforms/scene.ts';
import { benchStarting } from './transforms/starting.ts';

const root = path.resolve(import.meta.dirname, '..');
const PARTS = ['checking', 'publishing', 'starting'] as const;

/**
 * Checking many transforms, publishing them when nothing has changed, and the start of a test session on Spark:
 *
 *   scripts/bench transforms [runs] [--transforms 1000] [--only checking]
 */
export async function bench(runs: number): Promise<void> {
  const { transforms, only } = readSizes(process.argv.slice(4));
  await execa(process.execPath, [path.join(root, 'scripts', 'release.ts')], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  console.log(`${os.availableParallelism()} cores (${os.cpus()[0]?.model}), Node ${process.versions.node}\n`);
  const scene = await openScene(path.join(root, 'release', 'tree', 'dist', 'headgate.js'));
  try {
    if (only.includes('checking')) await benchChecking(scene, runs, transforms);
    if (only.includes('publishing')) await benchPublishing(scene, runs, transforms);
    if (only.includes('starting')) await benchStarting(scene, runs);
  } finally {
    await scene.close();
  }
}

function readSizes(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      transforms: { type: 'string', default: '1000' },
      only: { type: 'string', multiple: true, default: [...PARTS] },
    },
  });
  const unknown = values.only.find((name) => !PARTS.some((part) => part === name));
  if (unknown !== undefined) throw new Error(`--only '${unknown}' is none of ${PARTS.join(', ')}`);
  if (!/^[1-9]\d{1,4}$/.test(values.transforms)) throw new Error('--transforms is a number from 10 to 99999');
  return { transforms: Number(values.transforms), only: values.only };
}
