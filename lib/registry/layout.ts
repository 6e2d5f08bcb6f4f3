import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { OperationFailed } from '../errors.ts';
import { eachBounded } from '../parallel.ts';
import { blobsOf } from './copy.ts';
import type { Digest } from './digest.ts';
import {
  buildIndex,
  type Descriptor,
  MAX_MANIFEST_BYTES,
  ManifestError,
  MEDIA_TYPES,
  parseManifest,
  type StoredManifest,
} from './manifest.ts';
import { formatReference, type Repository } from './reference.ts';
import type { Registry } from './registry.ts';

/** Blobs at a time. */
const PARALLEL = 4;

/**
 * Pushes the one image of an OCI image layout, by digest and without a tag.
 *
 * @returns its manifest
 * @throws OperationFailed for a layout that is broken or holds another number of images; RegistryError
 */
export async function pushLayout(
  registry: Registry,
  directory: string,
  repository: Repository,
): Promise<StoredManifest> {
  const stored = await layoutImage(directory);
  if (stored.manifest.kind === 'index') throw broken(directory, 'it holds an index and not one image');
  await eachBounded(blobsOf(stored.manifest), PARALLEL, async (blob) => {
    const file = await blobFile(directory, blob);
    await registry.uploadBlob(repository, blob, (start) => createReadStream(file, { start }));
  });
  await registry.putManifest(repository, stored);
  return stored;
}

/**
 * Writes one image as an OCI image layout; the directory is made. Each blob is checked while it is written, and the
 * layout has no image before all are there.
 *
 * @returns its manifest
 * @throws OperationFailed when there is no such image; RegistryError
 */
export async function pullLayout(
  registry: Registry,
  repository: Repository,
  digest: Digest,
  directory: string,
): Promise<StoredManifest> {
  const stored = await registry.manifest(repository, digest);
  if (stored === undefined || stored.manifest.kind === 'index') {
    throw new OperationFailed({
      what: `Cannot pull ${formatReference({ ...repository, digest })}: ${stored === undefined ? 'it is not there' : 'it is an index and not one image'}`,
      cause: 'the digest is of another image, or the image was removed since it was built',
      next: 'Name the digest of the image of one platform, as the build told it',
    });
  }
  await mkdir(path.join(directory, 'blobs', 'sha256'), { recursive: true });
  await eachBounded(blobsOf(stored.manifest), PARALLEL, async (blob) => {
    const file = blobPath(directory, blob.digest);
    const part = `${file}.${randomUUID()}`;
    try {
      await pipeline(await registry.openBlob(repository, blob), createWriteStream(part, { flags: 'wx' }));
      await rename(part, file);
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
  });
  await writeFile(blobPath(directory, digest), stored.bytes);
  const entry: Descriptor = { mediaType: stored.mediaType, digest, size: stored.bytes.length };
  await writeFile(path.join(directory, 'index.json'), layoutIndex(entry));
  await writeFile(path.join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return stored;
}

/** `index.json` is of OCI's type whatever it lists. Source: image-spec, image-layout.md. */
function layoutIndex(entry: Descriptor): string {
  const document = JSON.parse(buildIndex([entry]).bytes.toString('utf8'));
  return JSON.stringify({ ...document, mediaType: MEDIA_TYPES.ociIndex });
}

/**
 * The manifest of the one image (or index) of an OCI image layout. Source: image-spec, image-layout.md.
 *
 * @throws OperationFailed for a layout that is broken or holds another number of images
 */
export async function layoutImage(directory: string): Promise<StoredManifest> {
  try {
    const index = parseManifest(await readFile(path.join(directory, 'index.json')), MEDIA_TYPES.ociIndex);
    const entries = index.manifest.kind === 'index' ? index.manifest.manifests : [];
    const [entry] = entries;
    if (entry === undefined || entries.length > 1) throw broken(directory, `it holds ${entries.length} images`);
    if (entry.size > MAX_MANIFEST_BYTES) throw broken(directory, 'its manifest is too large');
    const stored = parseManifest(await readFile(await blobFile(directory, entry)), entry.mediaType);
    if (stored.digest !== entry.digest) throw broken(directory, 'its manifest does not fit its digest');
    return stored;
  } catch (error) {
    if (error instanceof ManifestError) throw broken(directory, `a manifest ${error.message}`);
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw broken(directory, 'it has no index.json');
    throw error;
  }
}

/** The file of a blob: it is there, of the right size, and no link that leads out of the layout. */
async function blobFile(directory: string, { digest, size }: Descriptor): Promise<string> {
  const file = blobPath(directory, digest);
  const found = await lstat(file).catch(() => undefined);
  if (found === undefined || !found.isFile()) throw broken(directory, `the blob ${digest} is missing`);
  if (found.size !== size) throw broken(directory, `the blob ${digest} has ${found.size} bytes in place of ${size}`);
  return file;
}

function blobPath(directory: string, digest: Digest): string {
  return path.join(directory, 'blobs', 'sha256', digest.slice('sha256:'.length));
}

function broken(directory: string, why: string): OperationFailed {
  return new OperationFailed({
    what: `The image layout '${directory}' cannot be used: ${why}`,
    cause: 'the tool that wrote it was stopped, or wrote something else than the image of one platform',
    next: 'Build the image again',
  });
}
