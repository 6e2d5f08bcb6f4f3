import { Cancelled, HeadgateError, OperationFailed } from '../../../lib/errors.ts';
import { eachBounded, mapEach } from '../../../lib/parallel.ts';
import { formatReference } from '../../../lib/registry/reference.ts';
import type { Registry } from '../../../lib/registry/registry.ts';
import type { AssembleContext } from '../assemble.ts';
import { moveTags, type TagMove, type TagStanding, TagsNotMoved } from '../tag-move.ts';
import { removeTag } from '../tag-removal.ts';
import type { Connection } from './connection.ts';
import { type AssembleDetails, type Assembly, readDetails } from './details.ts';
import { standingsReport } from './report.ts';
import type { Target } from './targets.ts';

/**
 * Copies what is missing, writes the index by its digest to all repositories, and only then moves the tags.
 *
 * @throws RegistryError when something cannot be copied or written; no tag was moved then
 * @throws OperationFailed when not all tags can be moved; those that were are put back, and the report says what stands where
 */
export async function applyAssembly(
  context: AssembleContext,
  { registry, hold }: Connection,
  details: AssembleDetails,
): Promise<void> {
  const assembly = readDetails(details);
  const { targets, index } = assembly;
  await eachBounded(targets, context.inputs.parallel, (target) => writeContent(context, registry, assembly, target));
  const { signal, log } = context;
  signal.throwIfAborted();
  hold();
  try {
    await moveTags({
      registry,
      removeTag: (repository, tag) => removeTag(context, registry, repository, tag),
      index,
      moves: movesOf(targets),
      signal,
      log,
    });
  } catch (error) {
    throw error instanceof TagsNotMoved ? explainNotMoved(error, signal.aborted, assembly) : error;
  }
}

async function writeContent(
  { inputs, log, signal }: AssembleContext,
  registry: Registry,
  { index, entries, targets }: Assembly,
  { repository, missing, hasIndex }: Target,
): Promise<void> {
  for (const { descriptor, from } of entries) {
    if (!missing.includes(descriptor.digest)) continue;
    // Most runs copy nothing.
    const { copyManifest } = await import('../../../lib/registry/copy.ts');
    signal.throwIfAborted();
    await copyManifest(registry, from, repository, descriptor.digest, { parallel: inputs.parallel });
    log.info(`Copied ${formatReference({ ...repository, digest: descriptor.digest })}.`);
  }
  signal.throwIfAborted();
  // A single repository gets the index with the first tag: it takes both or neither.
  if (!hasIndex && targets.length > 1) await registry.putManifest(repository, index);
}

function movesOf(targets: readonly Target[]): readonly TagMove[] {
  return targets.flatMap(({ repository, tags }) => tags.map(({ tag, before }) => ({ repository, tag, before })));
}

function explainNotMoved({ cause, standings }: TagsNotMoved, wasCancelled: boolean, assembly: Assembly): HeadgateError {
  const astray = standings.filter(({ state }) => state === 'moved' || state === 'unknown');
  const result =
    astray.length === 0
      ? 'no tag is moved: those that had been are put back'
      : `these could not be put back: ${astray.map(nameOf).join(', ')}`;
  const report = standingsReport(assembly, standings);
  const data = {
    index: assembly.index.digest,
    tags: standings.map((standing) => ({
      tag: nameOf(standing),
      before: standing.before ?? null,
      state: standing.state,
      why: standing.why ?? null,
    })),
  };
  const next =
    astray.length === 0
      ? 'Run again when the cause is gone'
      : 'Run again when the cause is gone, which completes the move; or put those tags back by hand, as the report says';
  if (wasCancelled)
    return new Cancelled({ what: `The run was cancelled while tags were moved; ${result}`, next, report, data });
  const { what, cause: likely } = explanationOf(cause);
  return new OperationFailed(
    { what: `${what}; ${result}`, ...(likely === undefined ? {} : { cause: likely }), next, report, data },
    { cause },
  );
}

function explanationOf(cause: unknown): { what: string; cause?: string | undefined } {
  if (cause instanceof HeadgateError) return cause.explanation;
  return { what: cause instanceof Error ? cause.message : String(cause) };
}

function nameOf({ repository, tag }: Pick<TagStanding, 'repository' | 'tag'>): string {
  return formatReference({ ...repository, tag });
}

/**
 * Reads every tag back.
 *
 * @throws OperationFailed when one does not point at the index
 */
export async function confirmAssembly(
  { inputs }: Pick<AssembleContext, 'inputs'>,
  registry: Registry,
  details: AssembleDetails,
): Promise<void> {
  const { index, targets } = readDetails(details);
  const moves = movesOf(targets);
  const found = await mapEach(moves, inputs.parallel, ({ repository, tag }) => registry.resolve(repository, tag));
  const wrong = moves.flatMap((move, n) => {
    const now = found[n];
    return now === index.digest ? [] : [`${nameOf(move)} ${now === undefined ? 'is gone' : `points at ${now}`}`];
  });
  if (wrong.length === 0) return;
  throw new OperationFailed({
    what: `The tags were moved to ${index.digest}, but now ${wrong.join(', ')}`,
    cause: 'another run moved them at the same time',
    next: 'Put the runs into one concurrency or resource group, and run again',
  });
}
