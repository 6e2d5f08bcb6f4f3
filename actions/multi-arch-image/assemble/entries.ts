import { mapEach } from '../../../lib/parallel.ts';
import type { Descriptor } from '../../../lib/registry/manifest.ts';
import { formatPlatform, normalisePlatform, type Platform, samePlatform } from '../../../lib/registry/platform.ts';
import { formatReference, type Repository } from '../../../lib/registry/reference.ts';
import type { Registry } from '../../../lib/registry/registry.ts';
import { readImageConfig } from '../image-config.ts';
import { mediaTypeProblems } from '../media-types.ts';
import { nameOf, type Source } from './sources.ts';

/** An entry of the index to be, and where its image is. */
export interface Entry {
  readonly descriptor: Descriptor & { readonly platform: Platform };
  readonly from: Repository;
}

export interface ReadEntries {
  /** Those that can be entries, in the order of the sources. */
  readonly entries: readonly Entry[];
  /** Why others cannot, as sentences without a full stop. */
  readonly problems: readonly string[];
}

export interface EntryChecks {
  readonly parallel: number;
  /** Also looks at the program that each image starts, which reads layers. */
  readonly checkBinaries: boolean;
  readonly signal: AbortSignal;
}

/**
 * Reads each image by its digest and checks that it is one, that it is as it was when it was built, and that it is of
 * its platform. Sizes and media types are those that were read.
 *
 * @throws RegistryError when a registry does not answer as it should
 */
export async function readEntries(
  registry: Registry,
  sources: readonly Source[],
  checks: EntryChecks,
): Promise<ReadEntries> {
  const read = await mapEach(sources, checks.parallel, (source) => readEntry(registry, source, checks));
  const entries: Entry[] = [];
  const problems: string[] = [];
  for (const found of read) {
    if ('problem' in found) problems.push(found.problem);
    else entries.push(found);
  }
  return { entries, problems };
}

async function readEntry(
  registry: Registry,
  source: Source,
  { checkBinaries, signal }: EntryChecks,
): Promise<Entry | { problem: string }> {
  const name = nameOf(source);
  const stored = await registry.manifest(source.from, source.digest);
  if (stored === undefined) {
    return { problem: `${name} is not in ${formatReference(source.from)} any more` };
  }
  const { manifest, mediaType, bytes, digest } = stored;
  if (manifest.kind === 'index') {
    return { problem: `${name} is itself an index, and an index in an index is not understood by every client` };
  }
  const { recorded } = source;
  if (recorded !== undefined && (recorded.mediaType !== mediaType || recorded.size !== bytes.length)) {
    return { problem: `${name} is not what the record says: it is ${bytes.length} bytes of ${mediaType}` };
  }
  const [mixed] = mediaTypeProblems(manifest);
  if (mixed !== undefined) return { problem: `${name}: ${mixed}` };
  const config = await readImageConfig(registry, source.from, manifest);
  if (typeof config === 'string') return { problem: `${name} ${config}` };
  const platform = normalisePlatform(config.platform);
  if (source.platform !== undefined && !samePlatform(platform, source.platform)) {
    return { problem: `${name} says in its configuration that it is of ${formatPlatform(platform)}` };
  }
  const entry: Entry = {
    descriptor: { mediaType, digest, size: bytes.length, platform },
    from: source.from,
  };
  const lie = checkBinaries ? await wrongProgram(registry, entry, signal) : undefined;
  return lie === undefined ? entry : { problem: `${name}: ${lie}` };
}

async function wrongProgram(
  registry: Registry,
  { descriptor, from }: Entry,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { checkPlatformTruth } = await import('../platform-truth.ts');
  const { findings } = await checkPlatformTruth(registry, from, descriptor, { signal });
  const problems = findings.filter(({ status }) => status === 'problem').map(({ found }) => found);
  return problems.length === 0 ? undefined : problems.join('; ');
}
