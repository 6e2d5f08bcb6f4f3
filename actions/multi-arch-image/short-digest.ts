import type { Digest } from '../../lib/registry/digest.ts';

/** A digest as people read it: `sha256:0123456789ab…`. */
export function shortDigest(digest: Digest): string {
  return `${digest.slice(0, 'sha256:'.length + 12)}…`;
}
