import { errorMessage, HeadgateError, OperationFailed } from '../../lib/errors.ts';
import type { Log } from '../../lib/hosts/host.ts';
import type { Digest } from '../../lib/registry/digest.ts';
import { RegistryError } from '../../lib/registry/error.ts';
import type { StoredManifest } from '../../lib/registry/manifest.ts';
import { formatReference, type Repository, type Tag } from '../../lib/registry/reference.ts';
import type { Registry } from '../../lib/registry/registry.ts';

/** One tag that is to point at the index. */
export interface TagMove {
  readonly repository: Repository;
  readonly tag: Tag;
  /** Where it pointed when the move was planned; undefined for a new tag. */
  readonly before: Digest | undefined;
}

/** Where a tag stands after a move that failed. */
export interface TagStanding extends TagMove {
  /**
   * - `as before`: it was not moved, or it was put back;
   * - `moved`: it points at the index and could not be put back;
   * - `foreign`: another run moved it meanwhile, so that it was left alone;
   * - `unknown`: the registry does not say.
   */
  readonly state: 'as before' | 'moved' | 'foreign' | 'unknown';
  /** Why it could not be put back, or is not known. */
  readonly why?: string;
}

/** Not all tags could be moved. The ones that were are put back, as far as `standings` say. */
export class TagsNotMoved extends Error {
  readonly standings: readonly TagStanding[];

  constructor(cause: unknown, standings: readonly TagStanding[]) {
    super('Not all tags could be moved', { cause });
    this.standings = standings;
  }
}

export interface MoveRequest {
  /** It must go on working after `signal` was aborted. */
  readonly registry: Pick<Registry, 'manifest' | 'resolve' | 'putManifest'>;
  readonly removeTag: (repository: Repository, tag: Tag) => Promise<void>;
  readonly index: StoredManifest;
  readonly moves: readonly TagMove[];
  readonly signal: AbortSignal;
  readonly log: Log;
}

/**
 * Moves all tags to the index, or none: when one cannot be moved, or the run is cancelled, those before it are put back.
 *
 * Registries have no compare-and-swap. So each tag is looked at right before it is moved, and right before it is put
 * back; what another run did to it in between is not overwritten, but for the moment between look and move.
 *
 * @throws TagsNotMoved with the cause, and with where each tag stands
 * @throws RegistryError when what is needed to put back cannot be read; no tag was moved then
 */
export async function moveTags(request: MoveRequest): Promise<void> {
  const { registry, index, moves, signal, log } = request;
  const pending = moves.filter(({ before }) => before !== index.digest);
  const old = await readOld(registry, pending);
  const touched: TagMove[] = [];
  const foreign: TagMove[] = [];
  try {
    for (const move of pending) {
      signal.throwIfAborted();
      const now = await registry.resolve(move.repository, move.tag);
      if (now !== move.before) foreign.push(move);
      if (now === index.digest) continue;
      if (now !== move.before) throw movedMeanwhile(move, now);
      // From here on it may have moved, whatever the registry answers.
      touched.push(move);
      await registry.putManifest(move.repository, index, move.tag);
      log.info(`Moved ${nameOf(move)}.`);
    }
  } catch (error) {
    log.warning(`Not all tags can be moved: ${errorMessage(error)}`);
    const standings = await putBack(request, touched, old);
    const untouched = pending
      .filter((move) => !touched.includes(move))
      .map((move): TagStanding => ({ ...move, state: foreign.includes(move) ? 'foreign' : 'as before' }));
    throw new TagsNotMoved(error, [...standings, ...untouched]);
  }
}

/** The manifests that tags pointed at, by repository and digest, so that they can be put back without a further question. */
type OldManifests = ReadonlyMap<string, StoredManifest>;

async function readOld(registry: MoveRequest['registry'], moves: readonly TagMove[]): Promise<OldManifests> {
  const old = new Map<string, StoredManifest>();
  for (const { repository, tag, before } of moves) {
    if (before === undefined) continue;
    const key = formatReference({ ...repository, digest: before });
    if (old.has(key)) continue;
    const stored = await registry.manifest(repository, before);
    if (stored === undefined) {
      throw new OperationFailed({
        what: `The tag ${formatReference({ ...repository, tag })} points at ${before}, which is not there any more, so that the tag could not be put back`,
        cause: 'the image was removed since the plan was made, or another run moves the tag at this moment',
        next: 'Run again; remove the tag first if its image stays away. No tag was moved',
      });
    }
    old.set(key, stored);
  }
  return old;
}

/** The last one first, so that a run that dies meanwhile leaves the first repositories as the ones that moved. */
async function putBack(
  request: MoveRequest,
  touched: readonly TagMove[],
  old: OldManifests,
): Promise<readonly TagStanding[]> {
  const standings: TagStanding[] = [];
  for (const move of [...touched].reverse()) {
    const standing = { ...move, ...(await putOneBack(request, move, old)) };
    request.log.info(`${nameOf(move)} is ${describeStanding(standing)}.`);
    standings.unshift(standing);
  }
  return standings;
}

async function putOneBack(
  { registry, removeTag, index }: MoveRequest,
  { repository, tag, before }: TagMove,
  old: OldManifests,
): Promise<Pick<TagStanding, 'state' | 'why'>> {
  let now: Digest | undefined;
  try {
    now = await registry.resolve(repository, tag);
  } catch (error) {
    return { state: 'unknown', why: whyOf(error) };
  }
  if (now === before) return { state: 'as before' };
  if (now !== index.digest) return { state: 'foreign' };
  try {
    const stored = before === undefined ? undefined : old.get(formatReference({ ...repository, digest: before }));
    if (stored === undefined) await removeTag(repository, tag);
    else await registry.putManifest(repository, stored, tag);
    return { state: 'as before' };
  } catch (error) {
    return { state: 'moved', why: whyOf(error) };
  }
}

function movedMeanwhile(move: TagMove, now: Digest | undefined): OperationFailed {
  const pointed = (digest: Digest | undefined) => (digest === undefined ? 'did not exist' : `pointed at ${digest}`);
  return new OperationFailed({
    what: `The tag ${nameOf(move)} ${pointed(move.before)} when the plan was made, and ${now === undefined ? 'is gone' : `points at ${now}`} now`,
    cause: 'another run moved it at the same time',
    next: 'Put the runs into one concurrency or resource group, and run again',
  });
}

/** Where a tag stands, as a phrase. */
export function describeStanding({ state, why, before }: TagStanding): string {
  switch (state) {
    case 'as before':
      return before === undefined ? 'not there, as before' : `at ${before}, as before`;
    case 'moved':
      return `at the new index, because it could not be put back: ${why ?? ''}`;
    case 'foreign':
      return 'where another run moved it meanwhile';
    case 'unknown':
      return `not known: ${why ?? ''}`;
  }
}

function nameOf({ repository, tag }: TagMove): string {
  return formatReference({ ...repository, tag });
}

function whyOf(error: unknown): string {
  if (error instanceof RegistryError && error.kind === 'unsupported') return 'the registry can remove no tag';
  return error instanceof HeadgateError ? error.explanation.what : errorMessage(error);
}
