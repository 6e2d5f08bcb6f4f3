import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';
import { type Digest, digestFrom } from '../../lib/registry/digest.ts';
import { type Descriptor, MEDIA_TYPES, parseManifest } from '../../lib/registry/manifest.ts';
import { layerType, type PushTarget, pushTestBlob, pushTestManifest, tarOf } from '../../test/support/test-image.ts';
import { testProgram } from '../../test/support/test-program.ts';

/** A layer in a registry. */
export interface PushedLayer {
  readonly descriptor: Descriptor;
  /** Digest of the layer as it is unpacked. */
  readonly diffId: Digest;
}

const MEBIBYTE = 1024 * 1024;
const LAYER_TYPE = layerType('oci', 'gzip');

/**
 * Pushes a layer with the program `/front`, then so many MiB of random bytes, then the program `/back`. It is a gzip
 * file, which no tool packs again, of blocks that are stored as they are: random bytes do not get smaller.
 */
export async function pushBigLayer(target: PushTarget, mebibytes: number): Promise<PushedLayer> {
  const begun = await fetch(`http://${target.registry}/v2/${target.path}/blobs/uploads/`, { method: 'POST' });
  const location = new URL(begun.headers.get('location') ?? '', begun.url);
  const archive = pack();
  const unpacked = createHash('sha256');
  const packed = createHash('sha256');
  let size = 0;
  const patch = http.request(location, { method: 'PATCH', headers: { 'Content-Type': 'application/octet-stream' } });
  const patched = new Promise<http.IncomingMessage>((resolve, reject) => {
    patch.on('error', reject).on('response', (answer) => resolve(answer.resume()));
  });
  await Promise.all([
    fill(archive, mebibytes),
    pipeline(
      async function* () {
        for await (const chunk of archive as AsyncIterable<Buffer>) {
          unpacked.update(chunk);
          yield chunk;
        }
      },
      createGzip({ level: 0 }),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          packed.update(chunk);
          size += chunk.length;
          yield chunk;
        }
      },
      patch,
    ),
  ]);
  const digest = digestFrom(packed);
  const end = new URL((await patched).headers.location ?? '', begun.url);
  end.searchParams.set('digest', digest);
  const put = await fetch(end, { method: 'PUT' });
  if (put.status !== 201) throw new Error(`The registry did not take the layer: ${put.status} ${await put.text()}`);
  return { descriptor: { mediaType: LAYER_TYPE, digest, size }, diffId: digestFrom(unpacked) };
}

async function fill(archive: Pack, mebibytes: number): Promise<void> {
  const program = testProgram('amd64');
  archive.entry({ name: 'front', mode: 0o755 }, program);
  const entry = archive.entry({ name: 'data', size: mebibytes * MEBIBYTE });
  const ended = once(entry, 'finish');
  for (let n = 0; n < mebibytes; n++) if (!entry.write(randomBytes(MEBIBYTE))) await once(entry, 'drain');
  entry.end(Buffer.alloc(0));
  await ended;
  archive.entry({ name: 'back', mode: 0o755 }, program);
  archive.finalize();
}

/** Pushes a layer of a few hundred bytes. */
export async function pushSmallLayer(target: PushTarget, name: string): Promise<PushedLayer> {
  const tar = await tarOf([{ path: name, content: testProgram('amd64') }]);
  const bytes = gzipSync(tar);
  const digest = await pushTestBlob(target, bytes);
  return {
    descriptor: { mediaType: LAYER_TYPE, digest, size: bytes.length },
    diffId: digestFrom(createHash('sha256').update(tar)),
  };
}

/** Pushes an image of linux/amd64 that is made of layers in the same repository, the lowest first. */
export async function pushImageOf(
  target: PushTarget,
  layers: readonly PushedLayer[],
  entrypoint: string,
): Promise<Descriptor> {
  const config = Buffer.from(
    JSON.stringify({
      os: 'linux',
      architecture: 'amd64',
      config: { Entrypoint: [entrypoint] },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    }),
  );
  const digest = await pushTestBlob(target, config);
  const mediaType = MEDIA_TYPES.ociManifest;
  const document = {
    schemaVersion: 2,
    mediaType,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: config.length },
    layers: layers.map(({ descriptor }) => descriptor),
  };
  const stored = parseManifest(Buffer.from(JSON.stringify(document)), mediaType);
  await pushTestManifest(target, stored);
  const platform = { os: 'linux', architecture: 'amd64' };
  return { mediaType, digest: stored.digest, size: stored.bytes.length, platform };
}
