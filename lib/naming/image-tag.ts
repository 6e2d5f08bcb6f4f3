import { HASH_LENGTH, type Identity, identityHash } from './identity.ts';
import { slug } from './slug.ts';

/** OCI allows 128; a Kubernetes label value, where image tags end up, allows 63. */
export const MAX_IMAGE_TAG = 63;

/**
 * The tag of a branch's image: `<slug>-<hash>`, with the hash that the branch's stack has in its name.
 * Valid for OCI, `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}` (distribution-spec, "Pulling manifests").
 * The format is frozen: docs/decisions/0003-names.md.
 */
export function imageTag({ repository, branch }: Pick<Identity, 'repository' | 'branch'>): string {
  return `${slug(branch, MAX_IMAGE_TAG - 1 - HASH_LENGTH, 'branch')}-${identityHash({ repository, branch })}`;
}
