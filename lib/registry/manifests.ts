import { discard, type HttpAnswer, readBody } from '../net/transport.ts';
import { type Digest, digestOf, isDigest } from './digest.ts';
import { RegistryError } from './error.ts';
import { type Attempted, isPage, unusableError } from './failure.ts';
import { MANIFEST_TYPES, MAX_MANIFEST_BYTES, ManifestError, parseManifest, type StoredManifest } from './manifest.ts';
import { formatReference, type Repository, type Tag } from './reference.ts';
import type { Registry } from './registry.ts';
import type { Session } from './session.ts';

const ACCEPT = { Accept: MANIFEST_TYPES.join(', ') };

/** How a manifest is named in messages. */
function named(repository: Repository, reference: Tag | Digest): string {
  return formatReference({ ...repository, ...(isDigest(reference) ? { digest: reference } : { tag: reference }) });
}

/** Calls about manifests. What is named as in `Registry` keeps its contract. */
export interface ManifestCalls extends Pick<Registry, 'manifest' | 'resolve' | 'deleteManifest'> {
  /** As `putManifest`, without seeing to the fallback tag; says whether the registry does that itself. */
  write(repository: Repository, stored: StoredManifest, tag?: Tag): Promise<{ readonly knowsSubject: boolean }>;
  /** Asks for the removal of a tag; false where the registry has no such call. */
  removeTag(repository: Repository, tag: Tag): Promise<boolean>;
}

/** Reading, writing and removing manifests. */
export function manifestCalls(session: Session): ManifestCalls {
  async function manifest(repository: Repository, reference: Tag | Digest): Promise<StoredManifest | undefined> {
    const doing = `read ${named(repository, reference)}`;
    const attempted = { doing, registry: repository.registry };
    return await session.call(
      {
        repository,
        doing,
        method: 'GET',
        path: `manifests/${reference}`,
        headers: ACCEPT,
        access: 'pull',
        accept: [200, 404],
      },
      async (answer) => {
        const contentType = answer.headers['content-type'];
        if (answer.status === 404) return nothing(answer, attempted);
        const bytes = await readBody(answer, MAX_MANIFEST_BYTES);
        if (bytes === undefined) throw unusableError(attempted, `a manifest of more than ${MAX_MANIFEST_BYTES} bytes`);
        const expected = isDigest(reference) ? reference : undefined;
        const actual = digestOf(bytes);
        if (expected !== undefined && actual !== expected) {
          throw unusableError(attempted, `a manifest whose digest is ${actual}`, { contentType });
        }
        let stored: StoredManifest;
        try {
          stored = parseManifest(bytes, contentType?.split(';')[0]?.trim());
        } catch (error) {
          if (!(error instanceof ManifestError)) throw error;
          throw unusableError(attempted, `a manifest that ${error.message}`, { contentType, cause: error });
        }
        checkDigestHeader(answer, stored.digest, attempted);
        return stored;
      },
    );
  }

  async function resolve(repository: Repository, reference: Tag | Digest): Promise<Digest | undefined> {
    const doing = `find ${named(repository, reference)}`;
    const attempted = { doing, registry: repository.registry };
    const found = await session.call(
      {
        repository,
        doing,
        method: 'HEAD',
        path: `manifests/${reference}`,
        headers: ACCEPT,
        access: 'pull',
        accept: [200, 404],
      },
      (answer) => {
        if (answer.status === 404) return nothing(answer, attempted);
        discard(answer);
        if (isDigest(reference)) {
          checkDigestHeader(answer, reference, attempted);
          return reference;
        }
        const digest = answer.headers['docker-content-digest'];
        return typeof digest === 'string' && isDigest(digest) ? digest : 'without a digest';
      },
    );
    // The header is not required of a registry; the manifest itself always tells its digest.
    return found === 'without a digest' ? (await manifest(repository, reference))?.digest : found;
  }

  async function write(repository: Repository, stored: StoredManifest, tag?: Tag): Promise<{ knowsSubject: boolean }> {
    const reference = tag ?? stored.digest;
    const doing = `write ${named(repository, reference)}`;
    const attempted = { doing, registry: repository.registry };
    try {
      return await session.call(
        {
          repository,
          doing,
          method: 'PUT',
          path: `manifests/${reference}`,
          headers: { 'Content-Type': stored.mediaType, 'Content-Length': `${stored.bytes.length}` },
          body: stored.bytes,
          access: 'push',
          accept: [200, 201, 202, 204],
        },
        (answer) => {
          discard(answer);
          checkDigestHeader(answer, stored.digest, attempted);
          return { knowsSubject: answer.headers['oci-subject'] !== undefined };
        },
      );
    } catch (error) {
      // A tag that may not move, and that is where it shall be, is as wished: an earlier run or attempt put it there.
      const isThere =
        error instanceof RegistryError &&
        error.kind === 'immutable' &&
        (await resolve(repository, reference).catch(() => undefined)) === stored.digest;
      if (!isThere) throw error;
      return { knowsSubject: false };
    }
  }

  async function deleteManifest(repository: Repository, digest: Digest): Promise<void> {
    await session.call(
      {
        repository,
        doing: `remove ${named(repository, digest)}`,
        method: 'DELETE',
        path: `manifests/${digest}`,
        access: 'delete',
        accept: [200, 202, 204, 404],
      },
      discard,
    );
  }

  async function removeTag(repository: Repository, tag: Tag): Promise<boolean> {
    const status = await session.call(
      {
        repository,
        doing: `remove the tag ${named(repository, tag)}`,
        method: 'DELETE',
        path: `manifests/${tag}`,
        access: 'delete',
        // 400 is what Distribution 2 answers: it takes the tag for a digest.
        accept: [200, 202, 204, 400, 404, 405, 501],
      },
      (answer) => {
        discard(answer);
        return answer.status;
      },
    );
    return ![400, 405, 501].includes(status);
  }

  return { manifest, resolve, write, deleteManifest, removeTag };
}

/** A registry answers 404 with JSON; a page for people is the answer of something else. */
function nothing(answer: HttpAnswer, attempted: Attempted): undefined {
  const contentType = answer.headers['content-type'];
  discard(answer);
  if (isPage(contentType)) throw unusableError(attempted, 'a web page', { contentType, status: 404 });
  return undefined;
}

function checkDigestHeader({ headers }: HttpAnswer, digest: Digest, attempted: Attempted): void {
  const said = headers['docker-content-digest'];
  // Registries may name another algorithm; only what can be compared is.
  if (typeof said === 'string' && said.startsWith('sha256:') && said !== digest) {
    throw unusableError(attempted, `it names the digest ${isDigest(said) ? said : '(none)'} for ${digest}`);
  }
}
