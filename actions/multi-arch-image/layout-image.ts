import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { OperationFailed } from '../../lib/errors.ts';
import { type Digest, digestOf } from '../../lib/registry/digest.ts';
import { layoutImage } from '../../lib/registry/layout.ts';
import type { ImageManifest, StoredManifest } from '../../lib/registry/manifest.ts';
import { normalisePlatform, type Platform } from '../../lib/registry/platform.ts';
import { type ImageReader, parseImageConfig } from './image-config.ts';

/** The one image of an OCI image layout. */
export interface LayoutImage {
  readonly stored: StoredManifest;
  readonly manifest: ImageManifest;
  /** What its configuration says. */
  readonly platform: Platform;
}

/**
 * Reads the one image of an OCI image layout, as a tool wrote it.
 *
 * @throws OperationFailed for a layout with another number of images or an index, and for a broken one
 */
export async function readLayoutImage(directory: string): Promise<LayoutImage> {
  const stored = await layoutImage(directory);
  const { manifest } = stored;
  if (manifest.kind === 'index') throw unusable('it is an index in place of one image');
  const { digest } = manifest.config;
  const bytes = await readFile(blobPath(directory, digest)).catch(() => {
    throw unusable(`its configuration ${digest} is missing`);
  });
  if (digestOf(bytes) !== digest) throw unusable(`its configuration does not fit ${digest}`);
  const config = parseImageConfig(bytes);
  if (typeof config === 'string') throw unusable(`it ${config}`);
  return { stored, manifest, platform: normalisePlatform(config.platform) };
}

/** Reads the image of a layout as one reads an image of a registry. */
export function layoutReader(directory: string, { stored }: LayoutImage): ImageReader {
  return {
    manifest: async () => stored,
    blob: async (_, { digest }) => await readFile(blobPath(directory, digest)),
    openBlob: async (_, { digest }) => createReadStream(blobPath(directory, digest)),
  };
}

function blobPath(directory: string, digest: Digest): string {
  return path.join(directory, 'blobs', 'sha256', digest.slice('sha256:'.length));
}

function unusable(why: string): OperationFailed {
  return new OperationFailed({
    what: `The image that the tool wrote cannot be used: ${why}`,
    cause: 'the tool made something else than the image of one platform',
    next: "Use another version of the tool, or another tool with 'tool'",
  });
}
