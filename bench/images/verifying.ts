import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { makeTestIndex, pushTestManifest } from '../../test/support/test-image.ts';
import { type PushedLayer, pushImageOf, pushSmallLayer } from './big-image.ts';
import { BIG_PATH } from './copying.ts';
import { headgate, runOnce, type Scene } from './scene.ts';

/** How much of an image with this layer `verify` reads, by where the entrypoint is. */
export async function benchVerifying(scene: Scene, big: PushedLayer): Promise<void> {
  const source = { registry: scene.registry.host, path: BIG_PATH };
  const top = await pushSmallLayer(source, 'top');
  const layers = [big, top];
  const places = {
    '/top': 'in a small layer above',
    '/front': 'at the front of the big layer',
    '/back': 'at the end of the big layer',
  };
  console.log(`verifying an image of ${big.descriptor.size} bytes, by the place of the entrypoint`);
  console.log(`${''.padEnd(34)}bytes reported  bytes sent  requests      s`);
  for (const [entrypoint, place] of Object.entries(places)) {
    const entry = await pushImageOf(source, layers, entrypoint);
    const tag = entrypoint.slice(1);
    await pushTestManifest(source, makeTestIndex([entry]), tag);
    scene.proxy.reset();
    const started = performance.now();
    await runOnce(
      headgate(
        scene,
        'verify',
        `--image=${scene.proxy.host}/${BIG_PATH}`,
        '--platforms=linux/amd64',
        `--tags=${tag}`,
        '--allow-untested',
      ),
    );
    const seconds = (performance.now() - started) / 1000;
    const sent = layers.reduce((sum, { descriptor }) => sum + (scene.proxy.blobBytes.get(descriptor.digest) ?? 0), 0);
    const columns = [
      `${await reportedBytes(scene)}`.padStart(14),
      `${sent}`.padStart(10),
      `${scene.proxy.requests.length}`.padStart(8),
      seconds.toFixed(2).padStart(5),
    ];
    console.log(`  ${place.padEnd(32)}${columns.join('  ')}`);
  }
}

async function reportedBytes({ directory }: Scene): Promise<number> {
  const file = path.join(directory, '.headgate', 'results', 'multi-arch-image-verify.json');
  return JSON.parse(await readFile(file, 'utf8')).result.bytesRead;
}
