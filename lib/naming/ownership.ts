import { NamingError } from './error.ts';
import { checkComponent } from './parts.ts';
import { type Branch, checkBranchName } from './ref.ts';
import { type RepositoryId, repositoryIdOf } from './repository.ts';

/** Whose a stack is. Written into the stack's tags, and read back before anything touches the stack. */
export interface Owner {
  readonly repository: RepositoryId;
  readonly branch: Branch;
  readonly component?: string | undefined;
  /** Object name of the commit, 40 or 64 hexadecimal digits. */
  readonly commit?: string | undefined;
  /** Instant, ISO 8601 in UTC: `2026-11-22T19:49:00Z`. */
  readonly created: string;
  /** Instant from which a sweep may destroy the stack. Absent: never by age. */
  readonly expires?: string | undefined;
  /** Version of Headgate that wrote the tags. */
  readonly version: string;
}

export type Ownership =
  | { readonly kind: 'ours'; readonly owner: Owner }
  | { readonly kind: 'none' }
  | { readonly kind: 'broken'; readonly reason: string };

const PREFIX = 'headgate:';
const REF = `${PREFIX}ref`;
const HEADS = 'refs/heads/';
/** AWS: "Tag naming limits and requirements", Tagging AWS Resources user guide. */
const MAX_VALUE = 256;
const OPTIONAL = ['component', 'commit', 'expires'] as const;

/**
 * The tags of a stack. Of 50 that AWS allows, at most 18 are used (a ref of 1,000 bytes, all of them encoded).
 *
 * @throws NamingError when a field has not the form that `Owner` names, so that nothing is written that cannot be read
 */
export function ownershipTags(owner: Owner): Record<string, string> {
  const fields = checkFields(owner);
  const tags: Record<string, string> = { [`${PREFIX}repository`]: fields.repository };
  for (const [n, value] of chunks(encode(HEADS + fields.branch)).entries()) tags[refKey(n + 1)] = value;
  for (const name of OPTIONAL) if (fields[name] !== undefined) tags[PREFIX + name] = fields[name];
  return { ...tags, [`${PREFIX}created`]: fields.created, [`${PREFIX}version`]: fields.version };
}

/**
 * Reads what `ownershipTags` wrote. `none`: not a stack of Headgate. `broken`: some of our tags are there, but not
 * whole, so that nobody can say whose the stack is; treat it as foreign and show the reason.
 */
export function readOwnership(tags: Readonly<Record<string, string>>): Ownership {
  if (!Object.keys(tags).some((key) => key.startsWith(PREFIX))) return { kind: 'none' };
  try {
    const optional = OPTIONAL.flatMap((name) => {
      const value = tags[PREFIX + name];
      return value === undefined ? [] : [[name, value] as const];
    });
    const owner = checkFields({
      repository: required(tags, 'repository') as RepositoryId,
      branch: readBranch(tags),
      created: required(tags, 'created'),
      version: required(tags, 'version'),
      ...Object.fromEntries(optional),
    });
    return { kind: 'ours', owner };
  } catch (error) {
    if (error instanceof NamingError) return { kind: 'broken', reason: error.message };
    throw error;
  }
}

function checkFields(owner: Owner): Owner {
  if (repositoryIdOf(owner.repository) !== owner.repository) {
    throw new NamingError(`${PREFIX}repository`, owner.repository, 'is not in its lower-case form');
  }
  if (owner.component !== undefined) checkComponent(owner.component);
  if (owner.commit !== undefined && !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(owner.commit)) {
    throw new NamingError(`${PREFIX}commit`, owner.commit, 'is not the object name of a commit (40 or 64 digits)');
  }
  checkInstant('created', owner.created);
  if (owner.expires !== undefined) checkInstant('expires', owner.expires);
  if (!/^[0-9A-Za-z.+-]{1,256}$/.test(owner.version)) {
    throw new NamingError(`${PREFIX}version`, owner.version, 'is not a version');
  }
  return owner;
}

function checkInstant(field: string, text: string): void {
  const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/;
  // Date.parse takes 30 February for 2 March; an instant that exists is written back as it was read.
  const exists = form.test(text) && !Number.isNaN(Date.parse(text)) && iso(text).startsWith(text.slice(0, 19));
  if (!exists)
    throw new NamingError(PREFIX + field, text, "is not an instant; write for example '2026-11-22T19:49:00Z'");
}

function iso(text: string): string {
  return new Date(text).toISOString();
}

function required(tags: Readonly<Record<string, string>>, name: string): string {
  const value = tags[PREFIX + name];
  if (value === undefined) throw new NamingError(`${PREFIX}${name}`, '', 'is missing beside other tags of Headgate');
  return value;
}

function refKey(n: number): string {
  return n === 1 ? REF : `${REF}.${n}`;
}

function readBranch(tags: Readonly<Record<string, string>>): Branch {
  const parts = [required(tags, 'ref')];
  for (let n = 2; tags[refKey(n)] !== undefined; n++) parts.push(tags[refKey(n)] ?? '');
  const text = parts.join('');
  const stored = Object.keys(tags).filter((key) => key === REF || /^headgate:ref\.\d+$/.test(key));
  if (stored.length !== parts.length) {
    throw new NamingError(REF, stored.join(', '), 'are not the parts of one ref: a number is missing');
  }
  const ref = decode(text);
  const name = checkBranchName(ref.slice(HEADS.length));
  if (!ref.startsWith(HEADS)) throw new NamingError(REF, text, `does not begin with '${HEADS}'`);
  if (!name.ok) throw new NamingError(REF, text, `is not the ref of a branch: ${name.reason}`);
  // Only one way of writing is ours, so that two tags never stand for one branch.
  const written = chunks(encode(ref));
  if (written.join(' ') !== parts.join(' ')) throw new NamingError(REF, text, 'is not encoded as Headgate does it');
  return name.branch;
}

function chunks(text: string): string[] {
  return text.match(new RegExp(`.{1,${MAX_VALUE}}`, 'g')) ?? [];
}

/** As RFC 2045 section 6.7 quotes bytes: `=XX`, for all that a tag value cannot hold, and for `=`. */
function encode(text: string): string {
  return text.replace(/[^A-Za-z0-9+\-._:/@]+/gu, (unsafe) =>
    Array.from(Buffer.from(unsafe), (byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

function decode(text: string): string {
  const bytes = text.replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
