import { blobCalls } from './blobs.ts';
import { tagLister } from './listing.ts';
import { manifestCalls } from './manifests.ts';
import { addToFallbackTag, referrersLister } from './referrers.ts';
import type { Registry } from './registry.ts';
import { openSession, type SessionParts } from './session.ts';
import { tagRemover } from './tag-removal.ts';
import { type UploadOptions, uploadCalls } from './upload.ts';

/** Puts the calls of the interface together, over one session. */
export function registryClient(parts: SessionParts, options: UploadOptions = {}): Registry {
  const session = openSession(parts);
  const manifests = manifestCalls(session);
  const blobs = blobCalls(session, parts);
  const uploads = uploadCalls(session, parts, blobs.hasBlob, options);
  return {
    manifest: manifests.manifest,
    resolve: manifests.resolve,
    deleteManifest: manifests.deleteManifest,
    putManifest: async (repository, stored, tag) => {
      const { knowsSubject } = await manifests.write(repository, stored, tag);
      const subject = stored.manifest.subject?.digest;
      if (subject === undefined || knowsSubject) return;
      await addToFallbackTag(manifests.manifest, manifests.write, repository, stored, subject);
    },
    deleteTag: tagRemover({ ...manifests, uploadBlob: uploads.uploadBlob }),
    tags: tagLister(session),
    referrers: referrersLister(session, manifests.manifest),
    blob: blobs.blob,
    openBlob: blobs.openBlob,
    hasBlob: (repository, digest) => blobs.hasBlob(repository, digest),
    ...uploads,
    close: () => session.close(),
  };
}
