import { badInput } from '../../../lib/errors.ts';
import type { Surroundings } from '../../../lib/hosts/host.ts';
import type { Branch } from '../../../lib/naming/ref.ts';
import { MEDIA_TYPES } from '../../../lib/registry/manifest.ts';
import type { Entry } from './entries.ts';

/** On an index: the branch whose own tag it was made for. `clean` proves by it whose a tag is. */
export const BRANCH_ANNOTATION = 'dev.headgate.branch';

/**
 * Checks the annotations that were given.
 *
 * @throws BadInput
 */
export function checkAnnotations(given: Readonly<Record<string, string>>): void {
  if (Object.hasOwn(given, '')) {
    throw badInput('annotations', "has an empty name; write for example 'org.opencontainers.image.title: Shop'");
  }
  if (Object.hasOwn(given, BRANCH_ANNOTATION)) {
    throw badInput('annotations', `'${BRANCH_ANNOTATION}' is set by this operation; leave it out`);
  }
}

export interface AnnotationFacts {
  readonly given: Readonly<Record<string, string>>;
  readonly surroundings: Pick<Surroundings, 'serverHost' | 'repositoryPath'>;
  /** The commit that the images were built of, where it is recorded. */
  readonly commit: string | undefined;
  /** Only where the branch's own tag is among the tags. */
  readonly branch: Branch | undefined;
}

export interface IndexAnnotations {
  readonly annotations: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
  readonly problems: readonly string[];
}

/**
 * The annotations of the index. Docker's format has none; then the index has none, because an index of one format with
 * images of the other is not read by every client, and what was asked for explicitly is refused.
 *
 * Source: image-spec, annotations.md, "Pre-Defined Annotation Keys".
 */
export function annotationsFor(
  entries: readonly Entry[],
  { given, surroundings: { serverHost, repositoryPath }, commit, branch }: AnnotationFacts,
): IndexAnnotations {
  const docker = entries.filter(({ descriptor }) => descriptor.mediaType === MEDIA_TYPES.dockerManifest);
  if (docker.length > 0 && docker.length < entries.length) {
    return { annotations: {}, notes: [], problems: ["some images are of Docker's format and some of OCI's"] };
  }
  if (docker.length > 0) {
    return {
      annotations: {},
      notes:
        branch === undefined
          ? []
          : [
              "the images are of Docker's format, which has no annotations, so that 'clean' does not know the branch's tag",
            ],
      problems:
        Object.keys(given).length === 0
          ? []
          : ["the images are of Docker's format, which has no annotations, but 'annotations' is given"],
    };
  }
  return {
    annotations: {
      ...(serverHost === undefined || repositoryPath === undefined
        ? {}
        : { 'org.opencontainers.image.source': `https://${serverHost}/${repositoryPath}` }),
      ...(commit === undefined ? {} : { 'org.opencontainers.image.revision': commit }),
      ...given,
      ...(branch === undefined ? {} : { [BRANCH_ANNOTATION]: branch }),
    },
    notes: [],
    problems: [],
  };
}
