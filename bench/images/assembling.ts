import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type BuildRecord, recordJson, recordName, type TestRecord } from '../../actions/multi-arch-image/records.ts';
import { formatPlatform } from '../../lib/registry/platform.ts';
import { parseRepository } from '../../lib/registry/reference.ts';
import { noise, pushTestImage, type TestImage } from '../../test/support/test-image.ts';
import { type Command, measure, pairedRatio } from '../measure.ts';
import { FAR, headgate, runOnce, type Scene, script } from './scene.ts';

const LINUX = `amd64 amd64/v2 amd64/v3 arm64 arm/v5 arm/v6 arm/v7 386 loong64 mips mipsle mips64 mips64le ppc64 ppc64le
  riscv64 s390x`.split(/\s+/);
const OTHERS = ['windows', 'freebsd', 'openbsd', 'netbsd'].flatMap((os) =>
  ['386', 'amd64', 'arm64', 'arm'].map((architecture) => `${os}/${architecture}`),
);
const PLATFORMS = [...LINUX.map((architecture) => `linux/${architecture}`), ...OTHERS];
const COUNTS = [2, 32];
const START = 'node -e 0';
const MAX_FAR_RUNS = 3;
const LAYER_BYTES = 256 * 1024;
const PATH_IN_REGISTRY = 'acme/shop';

/** Time and requests of assembling, against the requests alone and two other tools. */
export async function benchAssembling(scene: Scene, runs: number): Promise<void> {
  const images: TestImage[] = [];
  for (const platform of PLATFORMS) images.push(await pushOne(scene, platform));
  console.log(`assembling, medians of ${runs} runs in turn; requests and layer bytes of one run`);
  console.log(`${''.padEnd(38)}ms     MB  requests  layer bytes  x floor`);
  for (const count of COUNTS) await benchCount(scene, images.slice(0, count), runs);
  console.log('budget: 1.50 x floor, and less than both tools\n');
  console.log(`the same with ${FAR} ms for each answer, medians of ${Math.min(runs, MAX_FAR_RUNS)} runs`);
  console.log(`${''.padEnd(38)}ms  x floor`);
  for (const count of COUNTS) await benchFar(scene, images.slice(0, count), Math.min(runs, MAX_FAR_RUNS));
  console.log();
}

async function pushOne({ registry }: Scene, platform: string): Promise<TestImage> {
  const target = { registry: registry.host, path: PATH_IN_REGISTRY };
  return await pushTestImage(target, {
    platform,
    layers: [{ files: [{ path: 'app', content: noise(LAYER_BYTES, platform) }] }],
  });
}

async function benchCount(scene: Scene, images: readonly TestImage[], runs: number): Promise<void> {
  const direct = await contestants(scene, scene.registry.host, images);
  const counted = await contestants(scene, scene.proxy.host, images);
  const results = await measure(direct, runs);
  for (const [name, command] of Object.entries(counted)) {
    scene.proxy.reset();
    await runOnce(command);
    if (name !== START && !scene.proxy.requests.some((request) => request.startsWith('PUT manifests/'))) {
      throw new Error(`${name} wrote nothing, so that it was not measured`);
    }
    const layers = images.flatMap((image) => image.layers.map(({ digest }) => digest));
    const bytes = layers.reduce((sum, digest) => sum + (scene.proxy.blobBytes.get(digest) ?? 0), 0);
    const measured = results[name as keyof typeof results];
    const columns = [
      (measured.seconds * 1000).toFixed(0).padStart(6),
      measured.megabytes.toFixed(0).padStart(5),
      `${scene.proxy.requests.length}`.padStart(8),
      `${bytes}`.padStart(11),
      pairedRatio(measured, results.floor).toFixed(2).padStart(7),
    ];
    console.log(`  ${`${images.length} platforms, ${name}`.padEnd(32)}${columns.join('  ')}`);
  }
}

async function benchFar(scene: Scene, images: readonly TestImage[], runs: number): Promise<void> {
  const results = await measure(await contestants(scene, scene.far.host, images), runs, 1);
  for (const [name, measured] of Object.entries(results)) {
    const columns = [
      (measured.seconds * 1000).toFixed(0).padStart(6),
      pairedRatio(measured, results.floor).toFixed(2).padStart(7),
    ];
    console.log(`  ${`${images.length} platforms, ${name}`.padEnd(32)}${columns.join('  ')}`);
  }
}

/** @param host the registry, or a proxy in front of it */
async function contestants(scene: Scene, host: string, images: readonly TestImage[]) {
  const { directory, env, tool } = scene;
  const repository = `${host}/${PATH_IN_REGISTRY}`;
  const digests = images.map(({ digest }) => digest);
  const n = images.length;
  const port = host.split(':')[1];
  // A tag that was moved before would make the next run too easy.
  const tag = (name: string) => `${name}-${n}-${port}-{turn}`;
  const records = path.join(directory, `records-${n}-${port}`);
  await writeRecords(records, repository, images);
  const references = digests.map((digest) => `${repository}@${digest}`);
  const ours = (name: string) =>
    headgate(
      scene,
      'assemble',
      `--image=${repository}`,
      `--platforms=${images.map(({ platform }) => formatPlatform(platform)).join('\n')}`,
      `--records=${path.relative(directory, records)}`,
      `--tags=${tag(name)}`,
    );
  const target = (name: string) => `${repository}:${tag(name)}`;
  const crane = ['index', 'append', '-t', target('crane'), ...references.flatMap((reference) => ['-m', reference])];
  const buildah = [tool('buildah'), path.join(directory, 'root'), path.join(directory, 'runroot')];
  return {
    [START]: { argv: [process.execPath, '-e', '0'], env, cwd: directory },
    floor: script(scene, 'floor.js', host, PATH_IN_REGISTRY, tag('floor'), ...digests),
    headgate: ours('terminal'),
    'headgate in a job': { ...ours('job'), env: { ...env, ...JOB, CI_PROJECT_DIR: directory } },
    'crane index append': { argv: [tool('crane'), ...crane], env, cwd: directory },
    'buildah manifest': {
      argv: [
        'sh',
        '-c',
        BUILDAH,
        'bench',
        ...buildah,
        target('buildah'),
        ...references.map((name) => `docker://${name}`),
      ],
      env,
      cwd: directory,
    },
  } satisfies Record<string, Command>;
}

/** A job of GitLab: what git would tell is in the environment there. */
const JOB = {
  GITLAB_CI: 'true',
  CI_SERVER_HOST: 'gitlab.com',
  CI_PROJECT_PATH: 'acme/shop',
  CI_PIPELINE_SOURCE: 'push',
  CI_COMMIT_BRANCH: 'main',
  CI_DEFAULT_BRANCH: 'main',
} as const;

/** In the fewest steps that buildah has: a list of images at once, and no image pushed that is there already. */
const BUILDAH = `set -e
buildah=$1; root=$2; runroot=$3; target=$4; shift 4
run() { "$buildah" --storage-driver vfs --root "$root" --runroot "$runroot" manifest "$@"; }
run create --tls-verify=false bench "$@"
run push --rm --tls-verify=false bench "docker://$target"`;

/** What the jobs before `assemble` leave. */
async function writeRecords(folder: string, repository: string, images: readonly TestImage[]): Promise<void> {
  await mkdir(folder);
  for (const { platform, stored, digest } of images) {
    const common = { image: parseRepository(repository), platform, digest, tool: 'bench' };
    const { mediaType, bytes } = stored;
    const build: BuildRecord = { kind: 'build', ...common, mediaType, size: bytes.length };
    const ran = { command: ['/app'], exitCode: 0, duration: 0.1, emulated: false };
    const test: TestRecord = { kind: 'test', ...common, ...ran };
    for (const record of [build, test]) {
      await writeFile(path.join(folder, `${recordName(record)}.json`), JSON.stringify(recordJson(record)));
    }
  }
}
