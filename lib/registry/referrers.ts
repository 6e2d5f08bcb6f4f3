import { discard, readBody } from '../net/transport.ts';
import { registryOrigin } from './address.ts';
import type { Digest } from './digest.ts';
import { unusableError } from './failure.ts';
import { nextPage } from './listing.ts';
import {
  buildIndex,
  type Descriptor,
  MAX_MANIFEST_BYTES,
  ManifestError,
  MEDIA_TYPES,
  parseManifest,
  type StoredManifest,
} from './manifest.ts';
import { formatReference, type Repository, type Tag } from './reference.ts';
import type { Registry } from './registry.ts';
import type { Session } from './session.ts';

/** How often the index of the fallback tag is written when others write it at the same time. */
const WRITES = 4;

/** The tag that stands for the referrers API where there is none. Source: distribution-spec, "Referrers Tag Schema". */
export function fallbackTag(digest: Digest): Tag {
  return digest.replace(':', '-') as Tag;
}

/** Asks the referrers API, and the fallback tag where there is none. Source: distribution-spec, "Listing Referrers". */
export function referrersLister(session: Session, read: Registry['manifest']): Registry['referrers'] {
  return async (repository, digest) => {
    const found: Descriptor[] = [];
    let url: URL | undefined = new URL(
      `/v2/${repository.path}/referrers/${digest}`,
      registryOrigin(repository.registry),
    );
    while (url !== undefined) {
      const page: Page | undefined = await readPage(session, repository, digest, url);
      if (page === undefined) return await fromFallbackTag(read, repository, digest);
      found.push(...page.referrers);
      url = page.next;
    }
    return found;
  };
}

interface Page {
  readonly referrers: readonly Descriptor[];
  readonly next: URL | undefined;
}

/** @returns undefined when the registry has no referrers API */
async function readPage(session: Session, repository: Repository, digest: Digest, url: URL): Promise<Page | undefined> {
  const doing = `list what refers to ${formatReference({ ...repository, digest })}`;
  const attempted = { doing, registry: repository.registry };
  return await session.call(
    {
      repository,
      doing,
      method: 'GET',
      path: url,
      headers: { Accept: MEDIA_TYPES.ociIndex },
      access: 'pull',
      // Only 404 is in the specification; older registries refuse an address that they do not know in other ways.
      accept: [200, 400, 404, 405, 501],
    },
    async (answer) => {
      const contentType = answer.headers['content-type']?.split(';')[0]?.trim();
      // A user interface that answers every address has no list either.
      if (answer.status !== 200 || (contentType !== MEDIA_TYPES.ociIndex && contentType !== 'application/json')) {
        discard(answer);
        return undefined;
      }
      const bytes = await readBody(answer, MAX_MANIFEST_BYTES);
      if (bytes === undefined) throw unusableError(attempted, `a list of more than ${MAX_MANIFEST_BYTES} bytes`);
      try {
        const { manifest } = parseManifest(bytes, MEDIA_TYPES.ociIndex);
        return {
          referrers: manifest.kind === 'index' ? manifest.manifests : [],
          next: nextPage(answer, url, attempted),
        };
      } catch (error) {
        if (!(error instanceof ManifestError)) throw error;
        throw unusableError(attempted, `a list that ${error.message}`, { contentType, cause: error });
      }
    },
  );
}

async function fromFallbackTag(
  read: Registry['manifest'],
  repository: Repository,
  digest: Digest,
): Promise<readonly Descriptor[]> {
  const stored = await read(repository, fallbackTag(digest));
  // The tag is a name like any other; what is not an index is not meant.
  return stored?.manifest.kind === 'index' ? stored.manifest.manifests : [];
}

/**
 * Adds a manifest to the index of the fallback tag of its subject, once.
 * Source: distribution-spec, "Pushing Manifests with Subject".
 */
export async function addToFallbackTag(
  read: Registry['manifest'],
  write: (repository: Repository, stored: StoredManifest, tag: Tag) => Promise<unknown>,
  repository: Repository,
  stored: StoredManifest,
  subject: Digest,
): Promise<void> {
  const own = referrerDescriptor(stored);
  // The registry cannot say "only if nobody has written meanwhile", so it is read again after each write.
  for (let writes = 0; writes < WRITES; writes++) {
    const known = await fromFallbackTag(read, repository, subject);
    if (known.some(({ digest }) => digest === own.digest)) return;
    await write(repository, buildIndex([...known, own]), fallbackTag(subject));
  }
}

/** Source: distribution-spec, "Listing Referrers": an image without an artifact type is told by its configuration's. */
function referrerDescriptor({ digest, mediaType, bytes, manifest }: StoredManifest): Descriptor {
  const artifactType = manifest.artifactType ?? (manifest.kind === 'manifest' ? manifest.config.mediaType : undefined);
  return {
    mediaType,
    digest,
    size: bytes.length,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(Object.keys(manifest.annotations).length === 0 ? {} : { annotations: manifest.annotations }),
  };
}
