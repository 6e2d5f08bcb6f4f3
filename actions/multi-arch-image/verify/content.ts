import { mapBounded } from '../../../lib/parallel.ts';
import type { Descriptor, ImageManifest } from '../../../lib/registry/manifest.ts';
import { formatReference, type Repository } from '../../../lib/registry/reference.ts';
import type { Registry } from '../../../lib/registry/registry.ts';
import { readProblem } from '../platform-truth.ts';
import { about, bad, entryName, good, type VerifyFinding } from './finding.ts';

const REQUESTS_AT_ONCE = 8;

/** One thing that must be in a repository, and what needs it. */
interface Needed {
  readonly of: string;
  readonly what: 'manifest' | 'configuration' | 'layer';
  readonly descriptor: Descriptor;
}

/**
 * Looks whether everything that an index needs is in a repository, without reading it: what has the right digest has the
 * right content.
 *
 * @param manifests of the images, where they could be read
 */
export async function checkContent(
  registry: Registry,
  repository: Repository,
  entries: readonly Descriptor[],
  manifests: ReadonlyMap<Descriptor, ImageManifest>,
): Promise<readonly VerifyFinding[]> {
  const subject = formatReference(repository);
  const needed = neededBy(entries, manifests);
  const findings = await mapBounded(needed, REQUESTS_AT_ONCE, async ({ of, what, descriptor }) => {
    try {
      const { digest } = descriptor;
      const isThere =
        what === 'manifest'
          ? (await registry.resolve(repository, digest)) !== undefined
          : await registry.hasBlob(repository, digest);
      return isThere ? undefined : bad(subject, 'content', `The ${what} ${digest} of ${of} is not there`);
    } catch (error) {
      return { error };
    }
  });
  const problems = findings.flatMap((finding) => {
    if (finding === undefined) return [];
    return 'error' in finding ? [about(subject, readProblem('content', finding.error))] : [finding];
  });
  return problems.length > 0 ? problems : [good(subject, 'content', `All ${needed.length} parts are there`)];
}

function neededBy(entries: readonly Descriptor[], manifests: ReadonlyMap<Descriptor, ImageManifest>): Needed[] {
  const needed = new Map<string, Needed>();
  const add = (of: string, what: Needed['what'], descriptor: Descriptor) => {
    if (!needed.has(descriptor.digest)) needed.set(descriptor.digest, { of, what, descriptor });
  };
  for (const entry of entries) {
    const name = entryName(entry);
    add(name, 'manifest', entry);
    const manifest = manifests.get(entry);
    if (manifest === undefined) continue;
    add(name, 'configuration', manifest.config);
    // What may not be distributed is not in the registry. Source: image-spec, layer.md, "Non-Distributable Layers".
    const inRegistry = manifest.layers.filter(({ mediaType }) => !/foreign|nondistributable/.test(mediaType));
    for (const layer of inRegistry) add(name, 'layer', layer);
  }
  return [...needed.values()];
}
