import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { find } from '../test/support/tools.ts';
import { benchAssembling } from './images/assembling.ts';
import { benchCopying } from './images/copying.ts';
import { openScene } from './images/scene.ts';
import { benchVerifying } from './images/verifying.ts';

const root = path.resolve(import.meta.dirname, '..');
/** A copy of 1 GB takes seconds, and so do its peers. */
const MAX_COPIES = 3;

const PEERS = [
  ['docker-registry', '--version'],
  ['crane', 'version'],
  ['buildah', '--version'],
  ['skopeo', '--version'],
] as const;

/** Assembling, copying and verifying images, between registries on this machine. */
export async function bench(runs: number): Promise<void> {
  await execa(process.execPath, [path.join(root, 'scripts', 'release.ts')], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  console.log(`${os.availableParallelism()} cores (${os.cpus()[0]?.model}), Node ${process.versions.node}`);
  console.log(`${(await Promise.all(PEERS.map(versionOf))).join(', ')}\n`);
  const scene = await openScene();
  try {
    await benchAssembling(scene, runs);
    const big = await benchCopying(scene, Math.min(runs, MAX_COPIES));
    await benchVerifying(scene, big);
  } finally {
    await scene.close();
  }
}

async function versionOf([name, word]: (typeof PEERS)[number]): Promise<string> {
  const { stdout } = await execa(find(name), [word]);
  return `${name} ${/\d+\.\d+\S*/.exec(stdout)?.[0]}`;
}
