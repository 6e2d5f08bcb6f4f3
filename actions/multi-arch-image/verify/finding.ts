import type { Finding } from '../../../lib/hosts/host.ts';
import type { Descriptor } from '../../../lib/registry/manifest.ts';
import { formatPlatform, normalisePlatform } from '../../../lib/registry/platform.ts';
import { shortDigest } from '../short-digest.ts';

/** A finding of `verify` and what it is about: a tag, the index, the image of a platform. */
export interface VerifyFinding extends Finding {
  readonly subject: string;
}

export function about(subject: string, finding: Finding): VerifyFinding {
  return { subject, ...finding };
}

export function good(subject: string, check: string, found: string): VerifyFinding {
  return { subject, check, status: 'ok', found };
}

export function bad(subject: string, check: string, found: string): VerifyFinding {
  return { subject, check, status: 'problem', found };
}

/** How an entry of an index is called: by its platform, and by its digest where it has none. */
export function entryName({ platform, digest }: Descriptor): string {
  return platform === undefined ? shortDigest(digest) : formatPlatform(normalisePlatform(platform));
}
