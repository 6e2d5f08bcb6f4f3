import { BadInput, type InputProblem } from '../../../lib/errors.ts';
import type { Surroundings } from '../../../lib/hosts/host.ts';
import type { Platform } from '../../../lib/registry/platform.ts';
import type { Repository } from '../../../lib/registry/reference.ts';
import type { AssembleContext } from '../assemble.ts';
import { imageOf } from '../image.ts';
import { copiesOf, platformsOf } from '../image-inputs.ts';
import { tagFacts } from '../tag-facts.ts';
import { resolveTags } from '../tags.ts';
import { checkAnnotations } from './annotations.ts';
import { parseSources, type Source } from './sources.ts';

/** What the inputs ask for. */
export interface Wishes {
  readonly image: Repository;
  /** In their canonical form, in the order given. */
  readonly platforms: readonly Platform[];
  /** The image's own first, then those of `copy-to`. */
  readonly repositories: readonly Repository[];
  /** Empty where the records count. */
  readonly sources: readonly Source[];
}

/**
 * Reads the inputs, without a look at a registry.
 *
 * @throws BadInput with all that is wrong with them
 */
export async function readWishes({ inputs, host }: AssembleContext, surroundings: Surroundings): Promise<Wishes> {
  const image = await imageOf(inputs, host);
  const problems: InputProblem[] = [];
  const checked = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const platforms = checked(() => platformsOf(inputs.platforms)) ?? [];
  const copies = checked(() => copiesOf(inputs['copy-to'], image)) ?? [];
  const sources = checked(() => parseSources(inputs.sources, image)) ?? [];
  checked(() => checkAnnotations(inputs.annotations));
  // Which tags there will be may depend on what was built; whether a template is one does not.
  checked(() =>
    resolveTags(inputs.tags, tagFacts(surroundings, { repository: inputs.repository, commit: undefined }).facts),
  );
  if (problems.length > 0) throw new BadInput(problems);
  return { image, platforms, repositories: [image, ...copies], sources };
}
