import type { Descriptor } from '../../lib/registry/manifest.ts';
import { type Measured, measure, pairedRatio } from '../measure.ts';
import { type PushedLayer, pushBigLayer, pushImageOf, pushSmallLayer } from './big-image.ts';
import { headgate, type Scene, script, scriptWords } from './scene.ts';

/** The repository of the big images, in the first registry. */
export const BIG_PATH = 'acme/big';
const COPY_PATH = 'acme/copy';
const SIZES = [100, 1024];

/**
 * Time and memory of copying an image from one registry to the other, against skopeo and the bytes alone.
 *
 * @returns the largest layer
 */
export async function benchCopying(scene: Scene, runs: number): Promise<PushedLayer> {
  const source = { registry: scene.registry.host, path: BIG_PATH };
  const small = [await pushSmallLayer(source, 'one'), await pushSmallLayer(source, 'two')];
  console.log(`copying to another registry, medians of ${runs} runs in turn`);
  console.log(`${''.padEnd(40)}s     MB  x pipe`);
  let big: PushedLayer | undefined;
  for (const mebibytes of SIZES) {
    big = await pushBigLayer(source, mebibytes);
    const image = await pushImageOf(source, [big, ...small], '/front');
    report(`${mebibytes} MiB`, await measureCopy(scene, image, runs));
  }
  console.log('budget: 1.10 x pipe, and memory that does not grow with the image\n');
  if (big === undefined) throw new Error('nothing was copied');
  return big;
}

async function measureCopy(scene: Scene, { digest }: Descriptor, runs: number) {
  const { registry, other, directory, env, tool } = scene;
  const from = `${registry.host}/${BIG_PATH}`;
  const to = `${other.host}/${COPY_PATH}`;
  const before = scriptWords('forget.js', other.host, COPY_PATH, digest);
  const pipe = script(scene, 'pipe.js', registry.host, BIG_PATH, digest, other.host, COPY_PATH);
  const words = ['--src-tls-verify=false', '--dest-tls-verify=false', '--preserve-digests'];
  const skopeo = [tool('skopeo'), 'copy', ...words, `docker://${from}@${digest}`, `docker://${to}:skopeo-{turn}`];
  const ours = headgate(
    scene,
    'assemble',
    `--image=${from}`,
    `--copy-to=${to}`,
    '--platforms=linux/amd64',
    `--sources=linux/amd64=${digest}`,
    '--allow-untested',
    `--tags=${digest.slice(-12)}-{turn}`,
  );
  return await measure(
    {
      pipe: { ...pipe, before },
      headgate: { ...ours, before },
      'skopeo copy': { argv: skopeo, env, cwd: directory, before },
    },
    runs,
    1,
  );
}

function report(size: string, results: Readonly<Record<'pipe' | 'headgate' | 'skopeo copy', Measured>>): void {
  for (const [name, measured] of Object.entries(results)) {
    const columns = [
      measured.seconds.toFixed(2).padStart(7),
      measured.megabytes.toFixed(0).padStart(5),
      pairedRatio(measured, results.pipe).toFixed(2).padStart(6),
    ];
    console.log(`  ${`${size}, ${name}`.padEnd(32)}${columns.join('  ')}`);
  }
}
