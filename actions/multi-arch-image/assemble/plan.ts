import { stat } from 'node:fs/promises';
import { badInput, Refused } from '../../../lib/errors.ts';
import type { Plan } from '../../../lib/operation/define.ts';
import { quote } from '../../../lib/operation/inputs.ts';
import { mapEach } from '../../../lib/parallel.ts';
import { buildIndex } from '../../../lib/registry/manifest.ts';
import { formatPlatform, type Platform } from '../../../lib/registry/platform.ts';
import { formatReference, type Repository } from '../../../lib/registry/reference.ts';
import type { Registry } from '../../../lib/registry/registry.ts';
import type { AssembleContext } from '../assemble.ts';
import { type ImageRecord, readRecords } from '../records.ts';
import { tagFacts, whyNotFor } from '../tag-facts.ts';
import { type ResolvedTags, resolveTags } from '../tags.ts';
import { describePlan, skipped } from './actions.ts';
import { annotationsFor } from './annotations.ts';
import { type AssembleDetails, entriesJson, targetsJson } from './details.ts';
import { type Entry, readEntries } from './entries.ts';
import {
  type ChosenSources,
  checkPlatformSet,
  checkTested,
  chooseBuilt,
  repositoriesOf,
  type Source,
} from './sources.ts';
import { checkTarget, readTarget } from './targets.ts';
import { readWishes } from './wishes.ts';

/**
 * Reads records, images and tags, and plans the index and the moves. Writes nothing.
 *
 * @throws BadInput, Refused with everything that is wrong, RegistryError
 */
export async function planAssembly(context: AssembleContext, registry: Registry): Promise<Plan<AssembleDetails>> {
  const { inputs, host, signal } = context;
  const surroundings = await host.surroundings();
  const skip = whyNotFor(surroundings.event);
  if (skip !== undefined) return skipped(skip);

  const { image, platforms, repositories, sources: given } = await readWishes(context, surroundings);
  const { chosen, records } = await findSources(context, image, platforms, given);
  const tested = checkTested(chosen.sources, records, inputs['allow-untested']);
  refuseIfAny(image, [...chosen.problems, ...tested.problems]);
  const { facts, branch } = tagFacts(surroundings, { repository: inputs.repository, commit: chosen.commit });
  const { tags, leftOut, hasBranchTag } = tagsOf(inputs.tags, resolveTags(inputs.tags, facts));

  // One round trip less: the tags are looked at while the images are read. What is wrong with the images is told first.
  const looking = mapEach(repositories, inputs.parallel, (repository) =>
    readTarget(registry, repository, { sources: chosen.sources, tags }, inputs.parallel),
  );
  looking.catch(() => {});
  const { entries: read, problems } = await readEntries(registry, chosen.sources, {
    parallel: inputs.parallel,
    checkBinaries: inputs['check-binaries'],
    signal,
  });
  // Only a set that is otherwise in order is compared: what cannot be an entry is told already.
  refuseIfAny(image, problems.length > 0 ? problems : checkPlatformSet(platformsIn(read), platforms));
  const entries = inOrderOf(platforms, read);
  const { annotations, ...formed } = annotationsFor(entries, {
    given: inputs.annotations,
    surroundings,
    commit: chosen.commit,
    branch: hasBranchTag ? branch : undefined,
  });
  refuseIfAny(image, formed.problems);

  const index = buildIndex(
    entries.map(({ descriptor }) => descriptor),
    annotations,
  );
  const targets = (await looking).map((targetFor) => targetFor(index.digest));
  refuseIfAny(
    image,
    (await mapEach(targets, inputs.parallel, (target) => checkTarget(context, target, index.digest))).flat(),
  );
  return describePlan({
    image,
    index,
    entries,
    targets,
    notes: [
      ...tested.notes,
      ...formed.notes,
      ...leftOut.map(({ template, why }) => `the tag ${quote(template)} is left out: ${why}`),
    ],
    details: {
      image: formatReference(image),
      index: index.digest,
      annotations,
      entries: entriesJson(entries),
      tags,
      targets: targetsJson(targets),
      checkedBinaries: inputs['check-binaries'],
    },
  });
}

/** The images: those of the records, or those that were given; and the records that may tell of their tests. */
async function findSources(
  { inputs }: AssembleContext,
  image: Repository,
  platforms: readonly Platform[],
  given: readonly Source[],
): Promise<{ chosen: ChosenSources; records: readonly ImageRecord[] }> {
  if (given.length === 0) {
    const records = await readRecords(inputs.records, image);
    return { chosen: chooseBuilt(records, platforms), records };
  }
  const isThere = await stat(inputs.records).then(
    () => true,
    () => false,
  );
  // Without a folder nothing was tested, which `allow-untested` decides about.
  const records = isThere
    ? (await Promise.all(repositoriesOf(given).map((repository) => readRecords(inputs.records, repository)))).flat()
    : [];
  return { chosen: { sources: given, commit: undefined, problems: [] }, records };
}

/** @throws BadInput when no tag is left */
function tagsOf(templates: readonly string[], resolved: ResolvedTags): ResolvedTags {
  if (resolved.tags.length > 0) return resolved;
  const reasons = resolved.leftOut.map(({ template, why }) => `${quote(template)}: ${why}`);
  throw badInput(
    'tags',
    `${quote(templates.join(' '))} gives no tag in this run (${reasons.join('; ')}); add one that has a value here, or do not run for this event`,
  );
}

function platformsIn(entries: readonly Entry[]): { platform: Platform; digest: Entry['descriptor']['digest'] }[] {
  return entries.map(({ descriptor: { platform, digest } }) => ({ platform, digest }));
}

/** The entries in the order of the platforms, so that the same images always give the same index. */
function inOrderOf(platforms: readonly Platform[], entries: readonly Entry[]): readonly Entry[] {
  const order = platforms.map(formatPlatform);
  const place = ({ descriptor }: Entry) => order.indexOf(formatPlatform(descriptor.platform));
  return [...entries].sort((one, other) => place(one) - place(other));
}

/** @throws Refused with all of it, when there is a problem */
function refuseIfAny(image: Repository, problems: readonly string[]): void {
  if (problems.length === 0) return;
  const list = problems.length === 1 ? ` ${problems[0]}` : `\n${problems.map((problem) => `- ${problem}`).join('\n')}`;
  throw new Refused({
    what: `${formatReference(image)} is not assembled, and no tag was moved:${list}`,
    cause:
      'a job before this one failed or was left out, its records were not handed over, or something else wrote to the registry meanwhile',
    next: 'Build and test every platform in one pipeline, hand all records over, and run again',
    data: { problems },
  });
}
