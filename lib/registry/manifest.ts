import { type Digest, digestOf, isDigest } from './digest.ts';
import { type Platform, samePlatform } from './platform.ts';

/** Source: image-spec, media-types.md; the Docker ones: distribution, "Image Manifest V 2, Schema 2". */
export const MEDIA_TYPES = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
} as const;

export const MANIFEST_TYPES: readonly string[] = Object.values(MEDIA_TYPES);

/** Largest manifest that is read. Source: distribution-spec, "Pushing Manifests": registries should take up to 4 MiB. */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** Points at content. Source: image-spec, descriptor.md. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly artifactType?: string;
}

/** One image (or artefact). Source: image-spec, manifest.md. */
export interface ImageManifest {
  readonly kind: 'manifest';
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly artifactType?: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A list of images. Source: image-spec, image-index.md. */
export interface ImageIndex {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly artifactType?: string;
  readonly annotations: Readonly<Record<string, string>>;
}

export type Manifest = ImageManifest | ImageIndex;

/** A manifest as a registry stores it: the bytes count, because the digest is theirs. */
export interface StoredManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly manifest: Manifest;
}

/** What was read is not a manifest that can be worked with: a phrase that follows the name of what was read. */
export class ManifestError extends Error {}

/**
 * Reads a manifest.
 *
 * @param mediaType as the registry gave it; undefined when it gave none
 * @throws ManifestError for other kinds of documents and for documents that lack what every client relies on
 */
export function parseManifest(bytes: Buffer, mediaType: string | undefined): StoredManifest {
  const document = parseDocument(bytes);
  const inside = document.mediaType;
  if (inside !== undefined && typeof inside !== 'string') throw new ManifestError('has a media type that is no text');
  // Source: image-spec, manifest.md: a `mediaType` in the document must be the one it is served with (CVE-2021-41190).
  const known = mediaType !== undefined && MANIFEST_TYPES.includes(mediaType) ? mediaType : undefined;
  if (known !== undefined && inside !== undefined && inside !== known) {
    throw new ManifestError(`says that it is ${inside}, but is served as ${known}`);
  }
  const type = known ?? inside ?? mediaType;
  if (type === undefined || !MANIFEST_TYPES.includes(type)) {
    throw new ManifestError(`is of the type ${type ?? '(none)'}, which is neither an image nor an index`);
  }
  const isIndex = type === MEDIA_TYPES.ociIndex || type === MEDIA_TYPES.dockerIndex;
  if (isIndex && ('layers' in document || 'config' in document)) {
    throw new ManifestError('is an index with layers, which clients read in two ways');
  }
  if (!isIndex && 'manifests' in document) throw new ManifestError('is an image with a list of manifests in it');
  const common = {
    mediaType: type,
    annotations: annotationsOf(document.annotations) ?? {},
    ...(document.subject === undefined ? {} : { subject: descriptorOf(document.subject, 'subject') }),
    ...(typeof document.artifactType === 'string' ? { artifactType: document.artifactType } : {}),
  };
  const manifest: Manifest = isIndex
    ? { kind: 'index', ...common, manifests: descriptorsOf(document.manifests, 'manifests') }
    : {
        kind: 'manifest',
        ...common,
        config: descriptorOf(document.config, 'config'),
        layers: descriptorsOf(document.layers, 'layers'),
      };
  return { digest: digestOf(bytes), mediaType: type, bytes, manifest };
}

type Document = Readonly<Record<string, unknown>>;

function parseDocument(bytes: Buffer): Document {
  if (bytes.length > MAX_MANIFEST_BYTES) throw new ManifestError(`is larger than ${MAX_MANIFEST_BYTES} bytes`);
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new ManifestError('is not JSON');
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new ManifestError('is not a JSON object');
  }
  if ((document as Document).schemaVersion !== 2) throw new ManifestError('is not of schema version 2');
  return document as Document;
}

function descriptorsOf(value: unknown, name: string): Descriptor[] {
  if (!Array.isArray(value)) throw new ManifestError(`has no list '${name}'`);
  return value.map((entry, n) => descriptorOf(entry, `${name}[${n}]`));
}

function descriptorOf(value: unknown, name: string): Descriptor {
  const { mediaType, digest, size, platform, annotations, artifactType } = (value ?? {}) as Document;
  if (typeof mediaType !== 'string' || typeof digest !== 'string' || !Number.isSafeInteger(size)) {
    throw new ManifestError(`has no whole descriptor in '${name}'`);
  }
  if (!isDigest(digest)) throw new ManifestError(`has a digest in '${name}' that is not a SHA-256`);
  if ((size as number) < 0) throw new ManifestError(`has a size below zero in '${name}'`);
  const where = platformOf(platform, name);
  const notes = annotationsOf(annotations);
  return {
    mediaType,
    digest,
    size: size as number,
    ...(where === undefined ? {} : { platform: where }),
    ...(notes === undefined ? {} : { annotations: notes }),
    ...(typeof artifactType === 'string' ? { artifactType } : {}),
  };
}

function platformOf(value: unknown, name: string): Platform | undefined {
  if (value === undefined || value === null) return undefined;
  const { os, architecture, variant } = value as Document;
  if (typeof os !== 'string' || typeof architecture !== 'string') {
    throw new ManifestError(`has a platform without 'os' or 'architecture' in '${name}'`);
  }
  return { os, architecture, ...(typeof variant === 'string' && variant !== '' ? { variant } : {}) };
}

function annotationsOf(value: unknown): Readonly<Record<string, string>> | undefined {
  if (value === undefined || value === null) return undefined;
  const entries = Object.entries(value as Document);
  if (!entries.every(([, text]) => typeof text === 'string'))
    throw new ManifestError('has an annotation that is no text');
  return Object.fromEntries(entries as [string, string][]);
}

/** Names the image that an attestation is about. Source: BuildKit, "Attestation storage". */
export const ATTESTED_DIGEST = 'vnd.docker.reference.digest';

/** Whether an entry of an index is an attestation of BuildKit: it runs nowhere. Source: BuildKit, "Attestation storage". */
export function isAttestation({ platform, annotations }: Descriptor): boolean {
  return (
    annotations?.['vnd.docker.reference.type'] === 'attestation-manifest' ||
    (platform !== undefined && samePlatform(platform, { os: 'unknown', architecture: 'unknown' }))
  );
}

/**
 * Makes an index. The same entries and annotations in the same order give the same bytes, so the same digest.
 * It is of Docker's type when every entry is, and of OCI's otherwise: clients that know only Docker's types go on working.
 */
export function buildIndex(
  entries: readonly Descriptor[],
  annotations: Readonly<Record<string, string>> = {},
): StoredManifest {
  // Docker's type has no annotations.
  const isDocker =
    entries.length > 0 &&
    entries.every(({ mediaType }) => mediaType === MEDIA_TYPES.dockerManifest) &&
    Object.keys(annotations).length === 0;
  const mediaType = isDocker ? MEDIA_TYPES.dockerIndex : MEDIA_TYPES.ociIndex;
  const sorted = (of: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(of).sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)));
  const manifests = entries.map(({ mediaType: type, digest, size, platform, annotations: notes, artifactType }) => ({
    mediaType: type,
    digest,
    size,
    ...(platform === undefined ? {} : { platform }),
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(notes === undefined ? {} : { annotations: sorted(notes) }),
  }));
  const document = {
    schemaVersion: 2,
    mediaType,
    manifests,
    ...(Object.keys(annotations).length === 0 ? {} : { annotations: sorted(annotations) }),
  };
  return parseManifest(Buffer.from(JSON.stringify(document)), mediaType);
}
