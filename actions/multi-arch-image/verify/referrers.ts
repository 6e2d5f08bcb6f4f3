import { mapBounded } from '../../../lib/parallel.ts';
import type { Digest } from '../../../lib/registry/digest.ts';
import { RegistryError } from '../../../lib/registry/error.ts';
import type { Repository } from '../../../lib/registry/reference.ts';
import type { Registry } from '../../../lib/registry/registry.ts';
import type { VerifyFinding } from './finding.ts';

const REQUESTS_AT_ONCE = 4;

/** Something that refers to the index or to one of its images: a signature, a list of parts. */
export interface Referrer {
  /** What it refers to: `index`, `linux/arm64`. */
  readonly of: string;
  readonly digest: Digest;
  readonly type: string;
}

/** Lists what refers to the index and its images. That it cannot be listed is worth a warning and no more. */
export async function listReferrers(
  registry: Registry,
  repository: Repository,
  subjects: readonly { readonly name: string; readonly digest: Digest }[],
): Promise<{ referrers: readonly Referrer[]; finding: VerifyFinding }> {
  const lists = await mapBounded(subjects, REQUESTS_AT_ONCE, async ({ name, digest }) => {
    try {
      const found = await registry.referrers(repository, digest);
      return found.map((one): Referrer => ({ of: name, digest: one.digest, type: one.artifactType ?? one.mediaType }));
    } catch (error) {
      return { error };
    }
  });
  const about = { subject: 'index', check: 'referrers' } as const;
  const referrers: Referrer[] = [];
  for (const list of lists) {
    if (!('error' in list)) referrers.push(...list);
    else if (list.error instanceof RegistryError) {
      return { referrers: [], finding: { ...about, status: 'warning', found: list.error.explanation.what } };
    } else throw list.error;
  }
  const found = referrers.length === 0 ? 'None' : referrers.map(({ of, type }) => `${type} of ${of}`).join(', ');
  return { referrers, finding: { ...about, status: 'ok', found } };
}
