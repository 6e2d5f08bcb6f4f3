import { OperationFailed } from '../errors.ts';
import { eachBounded } from '../parallel.ts';
import type { Digest } from './digest.ts';
import { RegistryError } from './error.ts';
import { unusableError } from './failure.ts';
import { type Descriptor, type ImageManifest, MANIFEST_TYPES, type StoredManifest } from './manifest.ts';
import { formatReference, type Repository, sameRepository } from './reference.ts';
import type { Registry } from './registry.ts';

/** What a copy came to. */
export interface Copied {
  /** Manifests that were written. */
  manifests: number;
  /** Blobs that went through this machine. */
  copied: number;
  /** Blobs that the registry took over by itself. */
  mounted: number;
  /** Blobs that were there already. */
  present: number;
  /** Bytes of the blobs that went through this machine. */
  bytes: number;
}

export interface CopyOptions {
  /** Blobs at a time; 4 when not given. */
  readonly parallel?: number;
}

const PARALLEL = 4;
/** An index in an index is allowed; without an end it is an attack or an accident. */
const MAX_DEPTH = 4;

/**
 * Copies an image, or an index with all that it lists, to another repository or registry, by digest and without a tag.
 * In the same registry blobs are mounted; otherwise they stream from registry to registry. What is there is left out,
 * and a manifest is written after all that it points at. Layers that may not be distributed stay where they are.
 *
 * @throws RegistryError; OperationFailed when the image is not there
 */
export async function copyManifest(
  registry: Registry,
  from: Repository,
  to: Repository,
  digest: Digest,
  { parallel = PARALLEL }: CopyOptions = {},
): Promise<Copied> {
  const counts: Copied = { manifests: 0, copied: 0, mounted: 0, present: 0, bytes: 0 };
  /** Images of an index share layers; each is copied once. */
  const done = new Set<Digest>();

  async function copy(digest: Digest, depth: number): Promise<void> {
    if ((await registry.resolve(to, digest)) !== undefined) return;
    const stored = await registry.manifest(from, digest);
    if (stored === undefined) throw gone(from, digest);
    if (stored.manifest.kind === 'manifest') {
      await copyBlobs(blobsOf(stored.manifest));
    } else {
      if (depth === MAX_DEPTH) throw tooDeep(from, stored);
      await copyBlobs(stored.manifest.manifests.filter(({ mediaType }) => !MANIFEST_TYPES.includes(mediaType)));
      for (const child of stored.manifest.manifests) {
        if (MANIFEST_TYPES.includes(child.mediaType)) await copy(child.digest, depth + 1);
      }
    }
    await registry.putManifest(to, stored);
    counts.manifests += 1;
  }

  async function copyBlobs(blobs: readonly Descriptor[]): Promise<void> {
    const wanted = blobs.filter((blob) => !done.has(blob.digest));
    for (const { digest } of wanted) done.add(digest);
    await eachBounded(wanted, parallel, copyBlob);
  }

  async function copyBlob(blob: Descriptor): Promise<void> {
    const isElsewhere = from.registry !== to.registry;
    if (!isElsewhere) {
      if (await registry.hasBlob(to, blob.digest)) {
        counts.present += 1;
        return;
      }
      if (await registry.mountBlob(to, blob.digest, from)) {
        counts.mounted += 1;
        return;
      }
    }
    // The upload checks what it sends, so that reading need not do it, too.
    const open = (start: number) => registry.openBlob(from, blob, { from: start, checksDigest: false });
    const outcome = await registry.uploadBlob(to, blob, open).catch((error: unknown) => {
      if (error instanceof RegistryError || !(error instanceof OperationFailed)) throw error;
      const doing = `copy ${formatReference({ ...from, digest: blob.digest })}`;
      throw unusableError({ doing, registry: from.registry }, 'content of another digest or size', { cause: error });
    });
    if (outcome === 'present') {
      counts.present += 1;
      return;
    }
    counts.copied += 1;
    counts.bytes += blob.size;
  }

  if (!sameRepository(from, to)) await copy(digest, 0);
  return counts;
}

/** The blobs of an image, each once, without those that may not be distributed. */
export function blobsOf({ config, layers }: ImageManifest): readonly Descriptor[] {
  const blobs = new Map<Digest, Descriptor>();
  for (const blob of [config, ...layers]) {
    if (!isForeign(blob) && !blobs.has(blob.digest)) blobs.set(blob.digest, blob);
  }
  return [...blobs.values()];
}

/** Source: image-spec, layer.md, "Non-Distributable Layers"; the other is Docker's name for them. */
function isForeign({ mediaType }: Descriptor): boolean {
  return (
    mediaType.startsWith('application/vnd.oci.image.layer.nondistributable.') ||
    mediaType.startsWith('application/vnd.docker.image.rootfs.foreign.')
  );
}

function gone(repository: Repository, digest: Digest): OperationFailed {
  return new OperationFailed({
    what: `Cannot copy ${formatReference({ ...repository, digest })}: it is not there`,
    cause: 'it was removed since it was built, or an index lists an image that was never pushed',
    next: 'Build and push it again',
  });
}

function tooDeep(repository: Repository, { digest }: StoredManifest): OperationFailed {
  return new OperationFailed({
    what: `Cannot copy ${formatReference({ ...repository, digest })}: indexes are nested more than ${MAX_DEPTH} deep`,
    cause: 'the index was not made for images of several platforms',
    next: 'Copy the images in it by their own digests',
  });
}
