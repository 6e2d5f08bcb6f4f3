import type { Plan, PlannedAction } from '../../../lib/operation/define.ts';
import type { StoredManifest } from '../../../lib/registry/manifest.ts';
import { formatPlatform } from '../../../lib/registry/platform.ts';
import { formatReference, type Repository } from '../../../lib/registry/reference.ts';
import type { AssembleDetails } from './details.ts';
import type { Entry } from './entries.ts';
import { isDone, type Target } from './targets.ts';

/** What was found, to be told as a plan. */
export interface Described {
  readonly image: Repository;
  readonly index: StoredManifest;
  readonly entries: readonly Entry[];
  readonly targets: readonly Target[];
  readonly notes: readonly string[];
  readonly details: AssembleDetails;
}

/** The plan: what is copied, made and moved, repository by repository. */
export function describePlan({ image, index, entries, targets, notes, details }: Described): Plan<AssembleDetails> {
  const done = targets.every((target) => isDone(target, index.digest));
  const tags = details.tags.join(', ');
  const summary = `Move ${tags} of ${targets.map(({ repository }) => formatReference(repository)).join(', ')} to the index ${index.digest}.`;
  return {
    summary,
    actions: targets.flatMap((target) => actionsIn(target, index, entries)),
    notes,
    details,
    ...(done
      ? { nothing: `${tags} of ${formatReference(image)} already point at ${index.digest}; nothing to do.` }
      : {}),
  };
}

function actionsIn(
  { repository, hasIndex, missing, tags }: Target,
  index: StoredManifest,
  entries: readonly Entry[],
): readonly PlannedAction[] {
  const copied = entries.filter(({ descriptor }) => missing.includes(descriptor.digest));
  return [
    ...copied.map(
      ({ descriptor: { digest, platform }, from }): PlannedAction => ({
        verb: 'upload',
        what: 'image',
        name: formatReference({ ...repository, digest }),
        detail: `${formatPlatform(platform)}, from ${formatReference(from)}`,
      }),
    ),
    ...(hasIndex
      ? []
      : [
          {
            verb: 'create',
            what: 'index',
            name: formatReference({ ...repository, digest: index.digest }),
            detail: entries.map(({ descriptor }) => formatPlatform(descriptor.platform)).join(', '),
          } as const,
        ]),
    ...tags
      .filter(({ before }) => before !== index.digest)
      .map(
        ({ tag, before }): PlannedAction => ({
          verb: 'tag',
          what: 'index',
          name: formatReference({ ...repository, tag }),
          detail: before === undefined ? 'a new tag' : `pointed at ${before}`,
        }),
      ),
  ];
}

/** The plan of a run that is about nothing to assemble. */
export function skipped(why: string): Plan<AssembleDetails> {
  return {
    summary: why,
    nothing: why,
    actions: [],
    notes: [],
    details: { image: null, index: null, annotations: {}, entries: [], tags: [], targets: [], checkedBinaries: false },
  };
}
