import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { benchAssets } from './packages/assets.ts';
import { benchPublishing } from './packages/publishing.ts';
import { benchReconciling } from './packages/reconciling.ts';
import { openScene, type Scene } from './packages/scene.ts';
import { benchVerifying } from './packages/verifying.ts';

const root = path.resolve(import.meta.dirname, '..');
const PARTS = ['publishing', 'assets', 'verifying', 'reconciling'] as const;

/**
 * Publishing to Regions that are far away, large assets, and comparing and healing many packages:
 *
 *   scripts/bench packages [runs] [--megabytes 500] [--packages 5000] [--healed 500] [--only assets] [--program <file>]
 *
 * `--program` measures another build than that of the working copy.
 */
export async function bench(runs: number): Promise<void> {
  const sizes = readSizes(process.argv.slice(4));
  const program = sizes.program ?? (await release());
  console.log(`${os.availableParallelism()} cores (${os.cpus()[0]?.model}), Node ${process.versions.node}\n`);
  const scene = await openScene(program);
  try {
    for (const part of sizes.only) await run(part, scene, runs, sizes);
  } finally {
    await scene.close();
  }
}

async function run(part: (typeof PARTS)[number], scene: Scene, runs: number, sizes: Sizes): Promise<void> {
  switch (part) {
    case 'publishing':
      return await benchPublishing(scene, runs);
    case 'assets':
      return await benchAssets(scene, runs, sizes.megabytes);
    case 'verifying':
      return await benchVerifying(scene, runs, sizes.packages);
    case 'reconciling':
      return await benchReconciling(scene, runs, sizes.healed);
  }
}

type Sizes = ReturnType<typeof readSizes>;

/** Without arguments all is small enough for a first look. */
function readSizes(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      megabytes: { type: 'string', default: '50' },
      packages: { type: 'string', default: '500' },
      healed: { type: 'string', default: '100' },
      only: { type: 'string', multiple: true, default: [...PARTS] },
      program: { type: 'string' },
    },
  });
  const { megabytes, packages, healed, only, program } = values;
  const unknown = only.find((name) => !PARTS.some((part) => part === name));
  if (unknown !== undefined) throw new Error(`--only '${unknown}' is none of ${PARTS.join(', ')}`);
  return {
    megabytes: positive('--megabytes', megabytes),
    packages: positive('--packages', packages),
    healed: positive('--healed', healed),
    only: PARTS.filter((part) => only.includes(part)),
    program: program === undefined ? undefined : path.resolve(program),
  };
}

function positive(option: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new Error(`${option} '${text}' is not a number from 1 to 999999`);
  return Number(text);
}

async function release(): Promise<string> {
  await execa(process.execPath, [path.join(root, 'scripts', 'release.ts')], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return path.join(root, 'release', 'tree', 'dist', 'headgate.js');
}
