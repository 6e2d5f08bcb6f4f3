import { mapBounded } from '../../../lib/parallel.ts';
import type { Digest } from '../../../lib/registry/digest.ts';
import { formatReference, type Repository, type Tag } from '../../../lib/registry/reference.ts';
import type { Registry } from '../../../lib/registry/registry.ts';
import { readProblem } from '../platform-truth.ts';
import { shortDigest } from '../short-digest.ts';
import { about, bad, good, type VerifyFinding } from './finding.ts';

export interface TagLook {
  readonly findings: readonly VerifyFinding[];
  /** The index that the tags point at: the expected one, else that of the first tag that exists. */
  readonly digest: Digest | undefined;
}

const REQUESTS_AT_ONCE = 8;

/** Looks what each tag points at in each repository: all of them at the expected index, or all at the same one. */
export async function lookAtTags(
  registry: Registry,
  repositories: readonly Repository[],
  tags: readonly Tag[],
  expected: Digest | undefined,
): Promise<TagLook> {
  const places = repositories.flatMap((repository) => tags.map((tag) => ({ ...repository, tag })));
  const looks = await mapBounded(places, REQUESTS_AT_ONCE, async (place) => {
    try {
      return { place, digest: await registry.resolve(place, place.tag) };
    } catch (error) {
      return { place, error };
    }
  });
  const first = looks.find((look) => look.digest !== undefined);
  const digest = expected ?? first?.digest;
  const findings = looks.map(({ place, digest: found, error }): VerifyFinding => {
    const subject = formatReference(place);
    if (error !== undefined) return about(subject, readProblem('tag', error));
    if (found === undefined) return bad(subject, 'tag', 'There is no such tag');
    if (found === digest) return good(subject, 'tag', shortDigest(found));
    const should =
      expected === undefined && first !== undefined ? `, but ${formatReference(first.place)} points at` : ' and not at';
    return bad(subject, 'tag', `It points at ${found}${should} ${digest}`);
  });
  return { findings, digest };
}
