import { badInput } from '../../../lib/errors.ts';
import type { Outcome } from '../../../lib/operation/define.ts';
import { quote } from '../../../lib/operation/inputs.ts';
import { connectRegistry } from '../../../lib/registry/connect.ts';
import { type Digest, isDigest } from '../../../lib/registry/digest.ts';
import type { StoredManifest } from '../../../lib/registry/manifest.ts';
import type { Repository, Tag } from '../../../lib/registry/reference.ts';
import type { Registry } from '../../../lib/registry/registry.ts';
import { imageOf } from '../image.ts';
import { copiesOf, platformsOf } from '../image-inputs.ts';
import { readProblem } from '../platform-truth.ts';
import type { ImageRecord } from '../records.ts';
import { tagFacts, whyNotFor } from '../tag-facts.ts';
import { resolveTags } from '../tags.ts';
import type { VERIFY_OUTPUTS, VerifyContext } from '../verify.ts';
import { checkContent } from './content.ts';
import { about, bad, entryName, type VerifyFinding } from './finding.ts';
import { lookAtImages } from './images.ts';
import { checkIndex, entriesOf } from './index.ts';
import { listReferrers } from './referrers.ts';
import { annotateWarnings, outcomeOf, type Verification } from './report.ts';
import { lookAtTags } from './tags.ts';
import { checkTested, givenRecords } from './tested.ts';

/**
 * Looks at everything, and tells all that is wrong together.
 *
 * @throws BadInput, and OperationFailed with every problem
 */
export async function read(context: VerifyContext): Promise<Outcome<keyof typeof VERIFY_OUTPUTS>> {
  const { host, inputs } = context;
  const surroundings = await host.surroundings();
  const skip = whyNotFor(surroundings.event);
  if (skip !== undefined)
    return { summary: `${skip}, so that there is nothing to verify.`, outputs: { status: 'skipped' } };
  const image = await imageOf(inputs, host);
  const wanted: Wanted = {
    repositories: [image, ...copiesOf(inputs['copy-to'], image)],
    platforms: platformsOf(inputs.platforms),
    records: await givenRecords(inputs.records, context.workspace, image),
  };
  const tags = await wantedTags(context, wanted.records);
  const registry = connectRegistry(context);
  try {
    const verification = await verify(context, registry, image, wanted, tags);
    annotateWarnings(host, verification.findings);
    return outcomeOf(verification);
  } finally {
    registry.close();
  }
}

interface Wanted {
  /** The image's own first. */
  readonly repositories: readonly Repository[];
  readonly platforms: ReturnType<typeof platformsOf>;
  readonly records: readonly ImageRecord[] | undefined;
}

/** @throws BadInput when there is neither a tag nor a digest to begin with */
async function wantedTags(
  { host, inputs, log }: VerifyContext,
  records: readonly ImageRecord[] | undefined,
): Promise<readonly Tag[]> {
  const commits = new Set(records?.flatMap((record) => (record.kind === 'build' ? (record.commit ?? []) : [])));
  const commit = commits.size === 1 ? [...commits][0] : undefined;
  const { facts } = tagFacts(await host.surroundings(), { repository: inputs.repository, commit });
  if (inputs.tags.length === 0 && inputs['expected-digest'] !== undefined) return [];
  const { tags, leftOut } = resolveTags(inputs.tags, facts);
  const reasons = leftOut.map(({ template, why }) => `${quote(template)}: ${why}`);
  if (tags.length === 0 && inputs['expected-digest'] === undefined) {
    throw badInput('tags', `gives no tag in this run (${reasons.join('; ')}); add one, or give 'expected-digest'`);
  }
  for (const reason of reasons) log.info(`This tag is left out: ${reason}`);
  return tags;
}

async function verify(
  { inputs, signal, log }: VerifyContext,
  registry: Registry,
  image: Repository,
  { repositories, platforms, records }: Wanted,
  tags: readonly Tag[],
): Promise<Verification> {
  const expected = inputs['expected-digest'];
  const looked = await lookAtTags(
    registry,
    repositories,
    tags,
    expected !== undefined && isDigest(expected) ? expected : undefined,
  );
  const { digest } = looked;
  const nothing = { image, digest, images: [], referrers: [], bytesRead: 0 };
  if (digest === undefined) return { ...nothing, findings: looked.findings };
  const stored = await readIndex(registry, image, digest);
  if ('status' in stored) return { ...nothing, findings: [...looked.findings, stored] };
  const { manifest } = stored;
  if (manifest.kind !== 'index') {
    const found = bad('index', 'index', `It is one image (${manifest.mediaType}) and no index`);
    return { ...nothing, findings: [...looked.findings, found] };
  }

  const { images } = entriesOf(manifest);
  log.info(`Looking at ${images.map(entryName).join(', ')} of ${digest}.`);
  const seen = await lookAtImages(registry, image, images, signal);
  const findings = [
    ...looked.findings,
    ...checkIndex(manifest, { platforms, allowMore: inputs['allow-more'] }),
    ...seen.findings,
    ...checkTested(images, records, inputs['allow-untested']),
  ];
  for (const repository of repositories) {
    findings.push(...(await checkContent(registry, repository, manifest.manifests, seen.manifests)));
  }
  const { referrers, finding } = await listReferrers(registry, image, [
    { name: 'index', digest },
    ...images.map((entry) => ({ name: entryName(entry), digest: entry.digest })),
  ]);
  return { image, digest, images: seen.images, referrers, findings: [...findings, finding], bytesRead: seen.bytesRead };
}

async function readIndex(
  registry: Registry,
  image: Repository,
  digest: Digest,
): Promise<StoredManifest | VerifyFinding> {
  try {
    return (await registry.manifest(image, digest)) ?? bad('index', 'index', `There is no ${digest}`);
  } catch (error) {
    return about('index', readProblem('index', error));
  }
}
