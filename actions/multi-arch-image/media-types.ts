import type { ImageManifest } from '../../lib/registry/manifest.ts';

type Family = 'docker' | 'oci';

/** Whose media type this is; undefined for those that belong to neither. */
export function familyOf(mediaType: string): Family | undefined {
  if (mediaType.startsWith('application/vnd.docker.')) return 'docker';
  return mediaType.startsWith('application/vnd.oci.') ? 'oci' : undefined;
}

/** What is wrong with the media types inside a manifest, as sentences: some clients refuse Docker's and OCI's in one. */
export function mediaTypeProblems({ mediaType, config, layers }: ImageManifest): readonly string[] {
  const family = familyOf(mediaType);
  const others = [config, ...layers].map((part) => part.mediaType).filter((type) => isOther(type, family));
  return [...new Set(others)].map(
    (type) => `It mixes media types of Docker and OCI: the manifest is ${mediaType}, and in it is ${type}`,
  );
}

function isOther(type: string, family: Family | undefined): boolean {
  const own = familyOf(type);
  return own !== undefined && own !== family;
}

// Source: image-spec, media-types.md; the Docker ones: distribution, "Image Manifest V 2, Schema 2".
const TAR_LAYER =
  /^application\/vnd\.(oci\.image\.layer\.v1\.tar(\+(gzip|zstd))?|docker\.image\.rootfs\.diff\.tar(\.(gzip|zstd))?)$/;

/** Why the files of an image cannot be read, as a sentence; undefined when they can. */
export function unreadableLayer({ layers }: ImageManifest): string | undefined {
  const layer = layers.find(({ mediaType }) => !TAR_LAYER.test(mediaType));
  if (layer === undefined) return undefined;
  const { mediaType } = layer;
  if (mediaType.endsWith('+encrypted')) return 'Its layers are encrypted, so that the program cannot be read';
  if (/foreign|nondistributable/.test(mediaType)) return 'Not all of its layers are in the registry';
  return `It has a layer of ${mediaType}, which is no file system`;
}
