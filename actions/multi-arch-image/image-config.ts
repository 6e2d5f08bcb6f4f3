import type { Descriptor, ImageManifest } from '../../lib/registry/manifest.ts';
import type { Platform } from '../../lib/registry/platform.ts';
import type { Repository } from '../../lib/registry/reference.ts';
import type { Registry } from '../../lib/registry/registry.ts';
import { type StartConfig, startConfig } from './entrypoint.ts';

/** Where an image is read from: a registry, or a folder of this machine. */
export type ImageReader = Pick<Registry, 'manifest' | 'blob' | 'openBlob'>;

/** What an image says about itself. */
export interface ImageConfig {
  readonly platform: Platform;
  /** How a container starts; undefined when that cannot be read. */
  readonly start: StartConfig | undefined;
}

/** Source: image-spec, media-types.md; the Docker one: distribution, "Image Manifest V 2, Schema 2". */
const CONFIG_TYPES: readonly string[] = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
];

/**
 * Reads the configuration of an image.
 *
 * @returns why there is none, as a phrase that follows the image
 * @throws RegistryError
 */
export async function readImageConfig(
  registry: ImageReader,
  repository: Repository,
  { config }: ImageManifest,
): Promise<ImageConfig | string> {
  return isConfig(config) ? parseImageConfig(await registry.blob(repository, config)) : noConfig(config);
}

function isConfig({ mediaType }: Descriptor): boolean {
  return CONFIG_TYPES.includes(mediaType);
}

function noConfig({ mediaType }: Descriptor): string {
  return `is no image: its configuration is of ${mediaType}`;
}

/**
 * Reads the bytes of a configuration.
 *
 * @returns why it is none, as a phrase that follows the image
 */
export function parseImageConfig(bytes: Buffer): ImageConfig | string {
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString('utf8'));
  } catch {
    return 'has a configuration that is not JSON';
  }
  if (typeof document !== 'object' || document === null) return 'has a configuration that is no JSON object';
  const { os, architecture, variant, config: start } = document as Readonly<Record<string, unknown>>;
  if (typeof os !== 'string' || typeof architecture !== 'string' || os === '' || architecture === '') {
    return "does not say in its configuration what it runs on: 'os' or 'architecture' is missing";
  }
  return {
    platform: { os, architecture, ...(typeof variant === 'string' && variant !== '' ? { variant } : {}) },
    start: startConfig(start ?? undefined),
  };
}
