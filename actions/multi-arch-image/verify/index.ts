import type { Digest } from '../../../lib/registry/digest.ts';
import {
  ATTESTED_DIGEST,
  type Descriptor,
  type ImageIndex,
  isAttestation,
  MEDIA_TYPES,
} from '../../../lib/registry/manifest.ts';
import { formatPlatform, normalisePlatform, type Platform, samePlatform } from '../../../lib/registry/platform.ts';
import { familyOf } from '../media-types.ts';
import { shortDigest } from '../short-digest.ts';
import { bad, entryName, good, type VerifyFinding } from './finding.ts';

/** The entries of an index by what they are for. */
export interface IndexEntries {
  readonly images: readonly Descriptor[];
  readonly attestations: readonly Descriptor[];
}

/** What an index must be like. */
export interface IndexRules {
  readonly platforms: readonly Platform[];
  /** Whether it may have other platforms, too. */
  readonly allowMore: boolean;
}

const IMAGE_TYPES: readonly string[] = [MEDIA_TYPES.ociManifest, MEDIA_TYPES.dockerManifest];
const INDEX_TYPES: readonly string[] = [MEDIA_TYPES.ociIndex, MEDIA_TYPES.dockerIndex];

/** Sorts the entries of an index; those that are nothing to look at further are in neither list. */
export function entriesOf({ manifests }: ImageIndex): IndexEntries {
  return {
    images: manifests.filter((entry) => !isAttestation(entry) && IMAGE_TYPES.includes(entry.mediaType)),
    attestations: manifests.filter(isAttestation),
  };
}

/** What an index alone tells, before any of its images is read. */
export function checkIndex(index: ImageIndex, rules: IndexRules): readonly VerifyFinding[] {
  const { images, attestations } = entriesOf(index);
  const problems = [
    ...checkTypes(index),
    ...checkTwice(images),
    ...checkPlatforms(images, rules),
    ...checkFamilies(index),
    ...attestations.flatMap((attestation) => checkAttestation(attestation, images)),
  ];
  const platforms = images.map(entryName).join(', ');
  return problems.some(({ status }) => status === 'problem')
    ? problems
    : [good('index', 'platforms', platforms), ...problems];
}

function checkTypes({ manifests }: ImageIndex): VerifyFinding[] {
  return manifests
    .filter(({ mediaType }) => !IMAGE_TYPES.includes(mediaType))
    .map((entry) =>
      bad(
        entryName(entry),
        'index',
        INDEX_TYPES.includes(entry.mediaType)
          ? 'It is itself an index, and an index in an index is not understood by every client'
          : `It is of ${entry.mediaType}, which is no image`,
      ),
    );
}

function checkTwice(images: readonly Descriptor[]): VerifyFinding[] {
  const findings: VerifyFinding[] = [];
  const digests = new Set<Digest>();
  const platforms = new Set<string>();
  for (const image of images) {
    const name = entryName(image);
    // Images of Windows are told apart by the version of Windows as well.
    if (image.platform !== undefined && image.platform.os !== 'windows' && platforms.has(name)) {
      findings.push(bad(name, 'index', 'The index has this platform twice'));
    } else if (digests.has(image.digest)) {
      findings.push(bad(name, 'index', `The index has the image ${shortDigest(image.digest)} twice`));
    }
    platforms.add(name);
    digests.add(image.digest);
  }
  return findings;
}

function checkPlatforms(images: readonly Descriptor[], { platforms, allowMore }: IndexRules): VerifyFinding[] {
  const isThere = (platform: Platform) =>
    images.some((image) => image.platform !== undefined && samePlatform(image.platform, platform));
  const isWanted = (platform: Platform) => platforms.some((wanted) => samePlatform(wanted, platform));
  return [
    ...platforms
      .filter((platform) => !isThere(platform))
      .map((platform) => bad(formatPlatform(normalisePlatform(platform)), 'index', 'The index does not have it')),
    ...images.flatMap((image) => {
      if (image.platform === undefined)
        return [bad(entryName(image), 'index', 'The index lists it without a platform')];
      if (allowMore || isWanted(image.platform)) return [];
      return [bad(entryName(image), 'index', "The index has it, but 'platforms' does not name it")];
    }),
  ];
}

/** Every client that knows both kinds reads such an index, but some registries and older clients know only one. */
function checkFamilies({ mediaType, manifests }: ImageIndex): VerifyFinding[] {
  const own = familyOf(mediaType);
  const others = manifests.filter((entry) => familyOf(entry.mediaType) !== own);
  if (others.length === 0) return [];
  const found = `The index is ${mediaType}, but it lists ${others.map((entry) => `${entryName(entry)} as ${entry.mediaType}`).join(', ')}`;
  return [{ subject: 'index', check: 'media types', status: 'warning', found }];
}

function checkAttestation(attestation: Descriptor, images: readonly Descriptor[]): VerifyFinding[] {
  const name = `attestation ${shortDigest(attestation.digest)}`;
  const target = attestation.annotations?.[ATTESTED_DIGEST];
  if (target === undefined) return [bad(name, 'attestation', `It has no annotation '${ATTESTED_DIGEST}'`)];
  const image = images.find(({ digest }) => digest === target);
  if (image === undefined) return [bad(name, 'attestation', `It is about ${target}, which the index does not have`)];
  return [good(name, 'attestation', `It is about ${entryName(image)}`)];
}
