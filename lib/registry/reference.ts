import type { Digest } from './digest.ts';
import { isDigest } from './digest.ts';

/** A tag: 1 to 128 characters. Source: distribution-spec, "Pulling manifests". */
export type Tag = string & { readonly tag: unique symbol };

/** A repository in a registry. */
export interface Repository {
  /** Host name and port as in a URL, lower case: `ghcr.io`, `127.0.0.1:5000`. */
  readonly registry: string;
  /** `acme/shop`, without registry, tag and digest. */
  readonly path: string;
}

/** An image in a repository, by tag, by digest, by both, or (with neither) the repository alone. */
export interface ImageReference extends Repository {
  readonly tag?: Tag;
  readonly digest?: Digest;
}

/** A text is not a reference: a phrase that follows the quoted text and says what to write. */
export class InvalidReference extends Error {}

// Source: distribution-spec, "Pulling manifests": <name> and <reference>.
const PATH = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const HOST = /^(\[[0-9a-fA-F:]+\]|[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?)(:[0-9]{1,5})?$/;
/** Host and path together, so that `docker pull` takes them. Source: distribution/reference, "NameTotalLengthMax". */
const MAX_NAME = 255;

export function isTag(text: string): text is Tag {
  return TAG.test(text);
}

/**
 * Reads `registry/path[:tag][@digest]`. The registry must be named: short names mean different things to different
 * tools. `docker.io` is Docker Hub, with `library/` added to an official image's name, as Docker does.
 *
 * @throws InvalidReference
 */
export function parseReference(text: string): ImageReference {
  const [name = '', digest, ...more] = text.split('@');
  if (more.length > 0) throw new InvalidReference("has more than one '@'; write for example 'ghcr.io/acme/shop:1.0'");
  if (digest !== undefined && !isDigest(digest)) {
    throw new InvalidReference("has no valid digest after '@'; write 'sha256:' and 64 hexadecimal digits");
  }
  const colon = name.lastIndexOf(':');
  const hasTag = colon > name.lastIndexOf('/');
  const tag = hasTag ? name.slice(colon + 1) : undefined;
  if (tag !== undefined && !isTag(tag)) {
    throw new InvalidReference(
      "has no valid tag after ':'; a tag has 1 to 128 letters, digits, '_', '.' and '-' and begins with none of '.-'",
    );
  }
  return {
    ...parseName(hasTag ? name.slice(0, colon) : name),
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/**
 * Reads `registry/path`, without tag and digest.
 *
 * @throws InvalidReference
 */
export function parseRepository(text: string): Repository {
  const { registry, path, tag, digest } = parseReference(text);
  if (tag !== undefined || digest !== undefined) {
    throw new InvalidReference("names a tag or a digest; write only the repository, for example 'ghcr.io/acme/shop'");
  }
  return { registry, path };
}

function parseName(name: string): Repository {
  const slash = name.indexOf('/');
  const host = slash < 0 ? '' : name.slice(0, slash);
  if (!HOST.test(host) || !(host.includes('.') || host.includes(':') || host === 'localhost')) {
    throw new InvalidReference("does not begin with a registry; write for example 'ghcr.io/acme/shop'");
  }
  const registry = host.toLowerCase();
  const given = name.slice(slash + 1);
  const path = registry === 'docker.io' && !given.includes('/') ? `library/${given}` : given;
  if (!PATH.test(path)) {
    throw new InvalidReference(
      "has no valid repository after the registry; write lower-case letters and digits, with single '.', '_', '-' and '/' between them",
    );
  }
  if (registry.length + 1 + path.length > MAX_NAME) {
    throw new InvalidReference(`is longer than ${MAX_NAME} characters`);
  }
  return { registry, path };
}

/** `registry/path[:tag][@digest]`. */
export function formatReference({ registry, path, tag, digest }: ImageReference): string {
  return `${registry}/${path}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

export function sameRepository(one: Repository, other: Repository): boolean {
  return one.registry === other.registry && one.path === other.path;
}
