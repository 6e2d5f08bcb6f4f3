import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { createTransport, type TransportOptions } from '../../../lib/net/transport.ts';
import type { Clock } from '../../../lib/operation/define.ts';
import { dial } from '../../../lib/registry/address.ts';
import { registryClient } from '../../../lib/registry/client.ts';
import type { Credentials } from '../../../lib/registry/credentials/credentials.ts';
import { type Digest, digestOf } from '../../../lib/registry/digest.ts';
import { type Descriptor, MEDIA_TYPES, parseManifest, type StoredManifest } from '../../../lib/registry/manifest.ts';
import { isTag, type Repository, type Tag } from '../../../lib/registry/reference.ts';
import type { Registry } from '../../../lib/registry/registry.ts';
import type { UploadOptions } from '../../../lib/registry/upload.ts';
import { jumpingClock } from '../../support/test-clock.ts';

export interface TestClientOptions extends UploadOptions {
  readonly credentials?: Credentials;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  readonly environment?: NodeJS.ProcessEnv;
  readonly timeouts?: TransportOptions['timeouts'];
  readonly logged?: string[];
}

/** A client that does not wait between repetitions. */
export function testClient(options: TestClientOptions = {}): Registry {
  const { clock = jumpingClock(), signal = new AbortController().signal, logged } = options;
  const { environment = {}, timeouts } = options;
  const transport = createTransport({
    environment,
    userAgent: 'headgate/0.0.0 test',
    dial,
    signal,
    ...(timeouts === undefined ? {} : { timeouts }),
  });
  return registryClient(
    {
      transport,
      credentials: async () => options.credentials ?? { kind: 'anonymous' },
      clock,
      signal,
      log: { debug: (message) => void logged?.push(message) },
    },
    options.partBytes === undefined ? {} : { partBytes: options.partBytes },
  );
}

export function tag(text: string): Tag {
  if (!isTag(text)) throw new Error(`${text} is no tag`);
  return text;
}

export function descriptorOf(content: Buffer, mediaType = 'application/vnd.oci.image.layer.v1.tar'): Descriptor {
  return { mediaType, digest: digestOf(content), size: content.length };
}

export async function uploadContent(registry: Registry, repository: Repository, content: Buffer): Promise<Descriptor> {
  const descriptor = descriptorOf(content);
  await registry.uploadBlob(repository, descriptor, (from) => Readable.from([content.subarray(from)]));
  return descriptor;
}

export interface TestImage {
  readonly stored: StoredManifest;
  readonly config: Descriptor;
  readonly layer: Descriptor;
}

/** Pushes an image of one platform, by digest. Its one layer holds a file, which is random unless it is given. */
export async function pushImage(
  registry: Registry,
  repository: Repository,
  more: { architecture?: string; file?: Buffer; members?: object; type?: 'oci' | 'docker' } = {},
): Promise<TestImage> {
  const { architecture = 'amd64', file = randomBytes(2000), members = {}, type = 'oci' } = more;
  const types = type === 'oci' ? OCI_TYPES : DOCKER_TYPES;
  const archive = pack();
  archive.entry({ name: 'file', mtime: new Date(0) }, file);
  archive.finalize();
  const tar = Buffer.concat((await Readable.from(archive).toArray()) as Buffer[]);
  const rootfs = { type: 'layers', diff_ids: [digestOf(tar)] };
  const configuration = Buffer.from(JSON.stringify({ os: 'linux', architecture, rootfs, config: {}, history: [] }));
  const config = { ...(await uploadContent(registry, repository, configuration)), mediaType: types.config };
  const layer = { ...(await uploadContent(registry, repository, gzipSync(tar))), mediaType: types.layer };
  const document = { schemaVersion: 2, mediaType: types.manifest, config, layers: [layer], ...members };
  const stored = parseManifest(Buffer.from(JSON.stringify(document)), types.manifest);
  await registry.putManifest(repository, stored);
  return { stored, config, layer };
}

const OCI_TYPES = {
  manifest: MEDIA_TYPES.ociManifest,
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
};
const DOCKER_TYPES = {
  manifest: MEDIA_TYPES.dockerManifest,
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
};

/** Reads a stream to its end: how many bytes, and their digest. Keeps nothing. */
export async function drain(stream: Readable): Promise<{ size: number; digest: Digest }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, digest: `sha256:${hash.digest('hex')}` as Digest };
}

export async function listed(tags: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const name of tags) found.push(name);
  return found.sort();
}
