import { createHash } from 'node:crypto';
import type { PlannedAction } from '../../operation/define.ts';
import { assetLocation, assetsBucketName, missingBucket, uploadAsset } from '../s3/asset-store.ts';
import { describeBootstrap } from './bootstrap.ts';
import type { TemplateSource } from './change-set.ts';
import type { Asset, PackagePlan } from './package.ts';
import type { StackContext } from './stack.ts';
import { fitsInline } from './template-size.ts';

/** A template as it goes to one account and Region: its text names the bucket there. */
export interface PreparedTemplate {
  readonly sources: PackagePlan;
  readonly text: string;
  /** SHA-256 of the text, hexadecimal. */
  readonly sha256: string;
  /** Where CloudFormation gets the text from. */
  readonly source: TemplateSource;
  readonly assets: readonly Asset[];
  /** Undefined when nothing needs a bucket. */
  readonly bucket: string | undefined;
  readonly bucketIsMissing: boolean;
  /** Key of the template in the bucket, when it is too large to be sent as text. */
  readonly key: string | undefined;
}

export interface Placement {
  /** Bucket of the user; otherwise that of `stack bootstrap`. */
  readonly assetsBucket: string | undefined;
  /** Whether a missing bucket may be made when the template is deployed. */
  readonly bootstrap: boolean;
}

/**
 * Computes the text of a template for the account and Region of the context, and what has to be uploaded for it. Reads
 * only.
 *
 * @throws OperationFailed when a bucket is needed, is missing, and may not be made
 */
export async function prepareTemplate(
  context: StackContext,
  sources: PackagePlan,
  { assetsBucket, bootstrap }: Placement,
): Promise<PreparedTemplate> {
  const { aws } = context;
  // The place of the assets is part of the template's text, so the bucket's name is needed before its size is known.
  const bucketName = assetsBucket ?? assetsBucketName(await aws.accountId(), aws.region);
  const { templateText: text, assets } = sources.place((key) => assetLocation(aws, bucketName, key));
  const sha256 = createHash('sha256').update(text).digest('hex');
  const key = fitsInline(text) ? undefined : `headgate/${sha256}.template`;
  const needsBucket = assets.length > 0 || key !== undefined;
  const bucketIsMissing = needsBucket && assetsBucket === undefined && (await describeBootstrap(context)) === undefined;
  if (bucketIsMissing && !bootstrap) throw missingBucket(bucketName);
  return {
    sources,
    text,
    sha256,
    source: key === undefined ? { body: text } : { url: assetLocation(aws, bucketName, key).url },
    assets,
    bucket: needsBucket ? bucketName : undefined,
    bucketIsMissing,
    key,
  };
}

/** Uploads every asset that the bucket does not have, and the template when it is too large to be sent as text. */
export async function uploadTemplate(context: StackContext, prepared: PreparedTemplate): Promise<void> {
  await uploadAssets(context, prepared, prepared.assets);
}

/**
 * Uploads what CloudFormation reads to make a change set: templates, and what a macro includes. Code is read only when
 * the change set is executed.
 */
export async function uploadForChangeSet(context: StackContext, prepared: PreparedTemplate): Promise<void> {
  const { sources, assets } = prepared;
  const hasMacro = [sources.template, ...sources.nested].some(({ transforms }) => transforms.length > 0);
  await uploadAssets(context, prepared, hasMacro ? assets : assets.filter(({ kind }) => kind === 'template'));
}

async function uploadAssets(
  { aws, log, clock, signal }: StackContext,
  { bucket, sources, text, key }: PreparedTemplate,
  assets: readonly Asset[],
): Promise<void> {
  if (bucket === undefined) return;
  const upload = async (assetKey: string, source: string, open: Parameters<typeof uploadAsset>[3]) => {
    const sent = await uploadAsset(aws, bucket, assetKey, open, { clock, signal });
    log.info(`${sent ? 'Uploaded' : 'Already there:'} ${source} (${assetKey})`);
  };
  for (const asset of assets) await upload(asset.key, asset.source, () => sources.open(asset, signal));
  if (key === undefined) return;
  const { Readable } = await import('node:stream');
  const bytes = Buffer.from(text);
  await upload(key, sources.template.file, async () => ({ stream: Readable.from([bytes]), length: bytes.length }));
}

/** The steps of `uploadTemplate` and of the bucket before it, for a plan. */
export function plannedUploads({ bucket, bucketIsMissing, assets, key, sources }: PreparedTemplate): PlannedAction[] {
  return [
    ...(bucketIsMissing && bucket !== undefined ? [{ verb: 'create', what: 'bucket', name: bucket } as const] : []),
    ...assets.map(
      ({ key, source }) =>
        ({ verb: 'upload', what: 'asset', name: source, detail: `${key}, unless it is there` }) as const,
    ),
    ...(key === undefined
      ? []
      : [
          {
            verb: 'upload',
            what: 'template',
            name: sources.template.file,
            detail: `${key}, unless it is there`,
          } as const,
        ]),
  ];
}
