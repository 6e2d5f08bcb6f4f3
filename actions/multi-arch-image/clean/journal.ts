import { type Digest, isDigest } from '../../../lib/registry/digest.ts';
import { type Manifest, MEDIA_TYPES, parseManifest, type StoredManifest } from '../../../lib/registry/manifest.ts';
import type { Tag } from '../../../lib/registry/reference.ts';
import { EMPTY_DESCRIPTOR } from '../../../lib/registry/tag-removal.ts';

// Where a registry lists tags only, what has lost its tag cannot be found again. So a run of `clean` first leaves a list
// of what goes, under a tag of its own, and removes it at the end; a run that was killed is gone on with by the next one.

const TYPE = 'application/vnd.headgate.clean-journal';
const ANNOTATION = 'dev.headgate.clean';
const TAG = /^headgate-clean-[0-9a-f]{12}$/;

/** Entries of one journal: some 15 KB, which every registry takes. */
export const JOURNAL_ENTRIES = 200;

/**
 * A journal of these manifests. It names them in text, and is no index of them: registries of GitLab and Docker remove
 * nothing that an index has. Its only blob is the empty one.
 */
export function journalOf(digests: readonly Digest[]): StoredManifest {
  const { mediaType, digest, size } = EMPTY_DESCRIPTOR;
  const document = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    artifactType: TYPE,
    config: { mediaType, digest, size },
    layers: [{ mediaType, digest, size }],
    annotations: { [ANNOTATION]: digests.join(' ') },
  };
  return parseManifest(Buffer.from(JSON.stringify(document)), MEDIA_TYPES.ociManifest);
}

/** What a journal lists; undefined for every other manifest. */
export function journalEntries({ artifactType, annotations }: Manifest): Digest[] | undefined {
  const listed = annotations[ANNOTATION];
  return artifactType === TYPE && listed !== undefined ? listed.split(' ').filter(isDigest) : undefined;
}

export function isJournalTag(tag: string): boolean {
  return TAG.test(tag);
}

export function journalTag(journal: Digest): Tag {
  return `headgate-clean-${journal.slice('sha256:'.length, 'sha256:'.length + 12)}` as Tag;
}
