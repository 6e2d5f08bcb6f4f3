import { mapBounded } from '../../../lib/parallel.ts';
import type { Descriptor, ImageManifest } from '../../../lib/registry/manifest.ts';
import type { Repository } from '../../../lib/registry/reference.ts';
import type { Registry } from '../../../lib/registry/registry.ts';
import { checkPlatformTruth } from '../platform-truth.ts';
import { about, entryName, type VerifyFinding } from './finding.ts';
import type { Verification } from './report.ts';

/** What a look at the images of an index came to. */
export interface ImagesLook {
  readonly findings: readonly VerifyFinding[];
  /** In the order of the index. */
  readonly images: Verification['images'];
  /** Of the images whose manifests could be read. */
  readonly manifests: ReadonlyMap<Descriptor, ImageManifest>;
  readonly bytesRead: number;
}

/** Layers are unpacked on the way, which keeps a processor busy; more at once would only take memory. */
const IMAGES_AT_ONCE = 2;

/** Looks whether each image of an index is really made for its platform. */
export async function lookAtImages(
  registry: Registry,
  repository: Repository,
  entries: readonly Descriptor[],
  signal: AbortSignal,
): Promise<ImagesLook> {
  const looks = await mapBounded(entries, IMAGES_AT_ONCE, async (entry) => {
    try {
      return { entry, truth: await checkPlatformTruth(registry, repository, entry, { signal }) };
    } catch (error) {
      return { entry, error };
    }
  });
  const truths = looks.map(({ entry, truth, error }) => {
    if (truth === undefined) throw error;
    return { entry, ...truth };
  });
  return {
    findings: truths.flatMap(({ entry, findings }) => findings.map((finding) => about(entryName(entry), finding))),
    images: truths.map(({ entry, program }) => ({
      platform: entryName(entry),
      digest: entry.digest,
      program: program ?? null,
    })),
    manifests: new Map(truths.flatMap(({ entry, manifest }) => (manifest === undefined ? [] : [[entry, manifest]]))),
    bytesRead: truths.reduce((sum, { bytesRead }) => sum + bytesRead, 0),
  };
}
