import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip, zstdCompress } from 'node:zlib';
import { pack } from 'tar-stream';
import { type Digest, digestOf } from '../../lib/registry/digest.ts';
import { type Descriptor, MEDIA_TYPES, parseManifest, type StoredManifest } from '../../lib/registry/manifest.ts';
import { type Platform, parsePlatform } from '../../lib/registry/platform.ts';
import { type TestArchitecture, testProgram } from './test-program.ts';

/** One member of a layer. Without `type` it is a file, or a symbolic link when it has a `target`. */
export interface TestFile {
  /** `usr/bin/app`, `./usr/bin/app`, `usr/bin/.wh.old`: written as it is. */
  readonly path: string;
  readonly content?: Buffer | string;
  /** 0o755 unless given. */
  readonly mode?: number;
  readonly type?: 'file' | 'symlink' | 'link' | 'directory';
  /** Of a symbolic or hard link. */
  readonly target?: string;
}

/** A layer: its members, or its bytes as they are. */
export interface TestLayer {
  readonly files?: readonly TestFile[];
  /** The blob itself, for layers that are broken on purpose. */
  readonly bytes?: Buffer;
  readonly compression?: 'gzip' | 'zstd' | 'none';
  readonly mediaType?: string;
}

/** What a test image is made of. Everything has a default that makes a good image of one platform. */
export interface TestImageOptions {
  /** Of the descriptor, and of the config and the program unless they are given. `linux/amd64` unless given. */
  readonly platform?: string;
  /** What the config says, where it differs. */
  readonly configPlatform?: string;
  /** What the program `/app` is made for, where it differs. */
  readonly programFor?: TestArchitecture;
  /** What the program prints; its platform and a line end unless given. */
  readonly output?: string;
  /** What the program ends with; 0 unless given. */
  readonly exitCode?: number;
  /** `['/app']` unless given; null leaves it out. */
  readonly entrypoint?: readonly string[] | null;
  readonly cmd?: readonly string[];
  readonly env?: readonly string[];
  readonly workingDir?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Layers in place of the one with the program, the lowest first. */
  readonly layers?: readonly TestLayer[];
  /** More layers above, the lowest first. */
  readonly moreLayers?: readonly TestLayer[];
  readonly format?: 'oci' | 'docker';
  readonly annotations?: Readonly<Record<string, string>>;
  readonly subject?: Descriptor;
  /** Changes the digests and nothing else. */
  readonly salt?: string;
  /** The last word on the config, for configs that are wrong on purpose. */
  readonly changeConfig?: (config: Record<string, unknown>) => unknown;
  /** The last word on the manifest, for manifests that are wrong on purpose. */
  readonly changeManifest?: (manifest: Record<string, unknown>) => Record<string, unknown>;
}

/** An image in memory. */
export interface TestImage {
  readonly platform: Platform;
  readonly stored: StoredManifest;
  readonly digest: Digest;
  /** As an index would list it, with the platform. */
  readonly descriptor: Descriptor;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly blobs: ReadonlyMap<Digest, Buffer>;
}

const CONFIG_TYPES = {
  oci: 'application/vnd.oci.image.config.v1+json',
  docker: 'application/vnd.docker.container.image.v1+json',
} as const;

/** The media type of a layer. */
export function layerType(format: 'oci' | 'docker', compression: 'gzip' | 'zstd' | 'none'): string {
  if (format === 'docker')
    return `application/vnd.docker.image.rootfs.diff.tar${compression === 'none' ? '' : `.${compression}`}`;
  return `application/vnd.oci.image.layer.v1.tar${compression === 'none' ? '' : `+${compression}`}`;
}

/** A tar archive of these members, in this order, with fixed times. */
export async function tarOf(files: readonly TestFile[]): Promise<Buffer> {
  const archive = pack();
  const chunks: Buffer[] = [];
  archive.on('data', (chunk) => chunks.push(chunk as Buffer));
  const ended = new Promise<void>((resolve, reject) => {
    archive.on('end', resolve);
    archive.on('error', reject);
  });
  for (const { path, content = '', mode = 0o755, target, type = target === undefined ? 'file' : 'symlink' } of files) {
    const header = {
      name: path,
      mode,
      mtime: new Date(0),
      type,
      ...(target === undefined ? {} : { linkname: target }),
    };
    await new Promise<void>((resolve, reject) => {
      archive.entry(header, type === 'file' ? content : '', (error) => (error ? reject(error) : resolve()));
    });
  }
  archive.finalize();
  await ended;
  return Buffer.concat(chunks);
}

/** Makes an image without a registry. */
export async function makeTestImage(options: TestImageOptions = {}): Promise<TestImage> {
  const platform = parsed(options.platform ?? 'linux/amd64');
  const format = options.format ?? 'oci';
  const blobs = new Map<Digest, Buffer>();
  const add = (mediaType: string, bytes: Buffer): Descriptor => {
    const digest = digestOf(bytes);
    blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  };

  const layers: Descriptor[] = [];
  const diffIds: string[] = [];
  for (const layer of [...(options.layers ?? [programLayer(platform, options)]), ...(options.moreLayers ?? [])]) {
    const compression = layer.compression ?? 'gzip';
    const tar = layer.bytes ?? (await tarOf(layer.files ?? []));
    const bytes = layer.bytes ?? (await compress(tar, compression));
    diffIds.push(digestOf(tar));
    layers.push(add(layer.mediaType ?? layerType(format, compression), bytes));
  }

  const config = {
    ...parsed(options.configPlatform ?? options.platform ?? 'linux/amd64'),
    created: '1970-01-01T00:00:00Z',
    config: {
      ...(options.entrypoint === null ? {} : { Entrypoint: options.entrypoint ?? ['/app'] }),
      ...(options.cmd === undefined ? {} : { Cmd: options.cmd }),
      ...(options.env === undefined ? {} : { Env: options.env }),
      ...(options.workingDir === undefined ? {} : { WorkingDir: options.workingDir }),
      Labels: { ...options.labels, ...(options.salt === undefined ? {} : { salt: options.salt }) },
    },
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: diffIds.map(() => ({ created: '1970-01-01T00:00:00Z', created_by: 'test' })),
  };
  const written = Buffer.from(JSON.stringify(options.changeConfig?.(config) ?? config));
  const configDescriptor = add(CONFIG_TYPES[format], written);
  const mediaType = format === 'oci' ? MEDIA_TYPES.ociManifest : MEDIA_TYPES.dockerManifest;
  const document = {
    schemaVersion: 2,
    mediaType,
    config: configDescriptor,
    layers,
    ...(options.subject === undefined ? {} : { subject: options.subject }),
    ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
  };
  const stored = parseManifest(Buffer.from(JSON.stringify(options.changeManifest?.(document) ?? document)), mediaType);
  const descriptor = { mediaType, digest: stored.digest, size: stored.bytes.length, platform };
  return { platform, stored, digest: stored.digest, descriptor, config: configDescriptor, layers, blobs };
}

/** Makes an index that lists these descriptors as they are, whatever they say. */
export function makeTestIndex(
  entries: readonly Descriptor[],
  options: { readonly format?: 'oci' | 'docker'; readonly annotations?: Readonly<Record<string, string>> } = {},
): StoredManifest {
  const mediaType = options.format === 'docker' ? MEDIA_TYPES.dockerIndex : MEDIA_TYPES.ociIndex;
  const { annotations } = options;
  const document = { schemaVersion: 2, mediaType, manifests: entries, ...(annotations && { annotations }) };
  return parseManifest(Buffer.from(JSON.stringify(document)), mediaType);
}

/** An attestation as BuildKit makes it, about the image with this digest. */
export async function makeTestAttestation(about: string): Promise<TestImage> {
  const content = { bytes: Buffer.from(JSON.stringify({ about })), mediaType: 'application/vnd.in-toto+json' };
  const image = await makeTestImage({ platform: 'unknown/unknown', layers: [content], entrypoint: null, salt: about });
  const annotations = {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': about,
  };
  return { ...image, descriptor: { ...image.descriptor, annotations } };
}

/** Where a test pushes to, over plain HTTP and past the client that is tested. */
export interface PushTarget {
  /** `127.0.0.1:PORT`. */
  readonly registry: string;
  /** `acme/shop`. */
  readonly path: string;
  /** Value of the header, where the registry wants one. */
  readonly authorization?: string;
}

/** Makes and pushes an image: by digest, and by tag when one is given. */
export async function pushTestImage(
  target: PushTarget,
  options: TestImageOptions & { readonly tag?: string } = {},
): Promise<TestImage> {
  const image = await makeTestImage(options);
  await pushMadeImage(target, image, options.tag);
  return image;
}

/** Pushes an image that was made before. */
export async function pushMadeImage(target: PushTarget, image: TestImage, tag?: string): Promise<void> {
  for (const bytes of image.blobs.values()) await pushTestBlob(target, bytes);
  await pushTestManifest(target, image.stored, tag);
}

/** Pushes images and an index of them. The index may also be given, for indexes that are wrong on purpose. */
export async function pushTestIndex(
  target: PushTarget,
  images: readonly TestImage[],
  options: { readonly tag?: string; readonly index?: StoredManifest } = {},
): Promise<StoredManifest> {
  for (const image of images) await pushMadeImage(target, image);
  const index = options.index ?? makeTestIndex(images.map(({ descriptor }) => descriptor));
  await pushTestManifest(target, index, options.tag);
  return index;
}

export async function pushTestManifest(target: PushTarget, { mediaType, digest, bytes }: StoredManifest, tag?: string) {
  await put(target, `/v2/${target.path}/manifests/${tag ?? digest}`, bytes, mediaType);
}

export async function pushTestBlob(target: PushTarget, bytes: Buffer): Promise<Digest> {
  const digest = digestOf(bytes);
  const there = await fetch(`http://${target.registry}/v2/${target.path}/blobs/${digest}`, {
    method: 'HEAD',
    headers: headersOf(target),
  });
  if (there.ok) return digest;
  const begun = await fetch(`http://${target.registry}/v2/${target.path}/blobs/uploads/`, {
    method: 'POST',
    headers: headersOf(target),
  });
  if (begun.status !== 202) throw new Error(`The upload did not begin: ${begun.status} ${await begun.text()}`);
  await begun.body?.cancel();
  const location = new URL(begun.headers.get('location') ?? '', begun.url);
  location.searchParams.set('digest', digest);
  await put(target, location.pathname + location.search, bytes, 'application/octet-stream');
  return digest;
}

async function put(target: PushTarget, path: string, bytes: Buffer, mediaType: string): Promise<void> {
  const answer = await fetch(`http://${target.registry}${path}`, {
    method: 'PUT',
    headers: { ...headersOf(target), 'content-type': mediaType },
    body: new Uint8Array(bytes),
  });
  const body = await answer.text();
  if (answer.status !== 201) throw new Error(`The registry did not take ${path}: ${answer.status} ${body}`);
}

function headersOf({ authorization }: PushTarget): Record<string, string> {
  return authorization === undefined ? {} : { authorization };
}

function programLayer(
  platform: Platform,
  { programFor, output, exitCode = 0, platform: named }: TestImageOptions,
): TestLayer {
  const architecture = programFor ?? (platform.architecture as TestArchitecture);
  const text = output ?? `${named ?? 'linux/amd64'}\n`;
  return { files: [{ path: 'app', content: testProgram(architecture, { output: text, exitCode }) }] };
}

async function compress(tar: Buffer, compression: 'gzip' | 'zstd' | 'none'): Promise<Buffer> {
  if (compression === 'none') return tar;
  return compression === 'gzip' ? await promisify(gzip)(tar) : await promisify(zstdCompress)(tar);
}

function parsed(platform: string): Platform {
  const value = parsePlatform(platform);
  if (value === undefined) throw new Error(`${platform} is not a platform`);
  return value;
}

/** Bytes that no compression makes smaller, the same for the same seed. */
export function noise(size: number, seed = 'noise'): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 32) {
    createHash('sha256').update(`${seed} ${at}`).digest().copy(bytes, at);
  }
  return bytes;
}
