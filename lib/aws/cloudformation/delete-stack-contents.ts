import type { StackResourceSummary } from '@aws-sdk/client-cloudformation';
import { emptyRepository } from '../ecr/empty-repository.ts';
import { emptyBucket } from '../s3/empty-bucket.ts';
import { stackResources } from './resources.ts';
import type { StackContext } from './stack.ts';
import { parseTemplate } from './template.ts';

/** What must be emptied before a stack can be deleted, by physical id. */
export interface StackContents {
  readonly buckets: readonly string[];
  readonly repositories: readonly string[];
}

export const BUCKET = 'AWS::S3::Bucket';
export const REPOSITORY = 'AWS::ECR::Repository';
export const NESTED = 'AWS::CloudFormation::Stack';
const INTERESTING: ReadonlySet<string | undefined> = new Set([BUCKET, REPOSITORY, NESTED]);
/** The stack did not make these, or may not have: the name can be that of a resource that was there before. */
const NOT_OURS = /^(CREATE|IMPORT)_FAILED$/;

export const NO_CONTENTS: StackContents = { buckets: [], repositories: [] };

/** Which contents are to go before the stack does. */
export interface Emptying {
  readonly emptyBuckets: boolean;
  readonly emptyRepositories?: boolean;
  /** Logical ids of the stack's own resources whose contents stay. */
  readonly retain?: readonly string[];
}

/** The part of `contentsDeletedWith` that is to be emptied. Makes no call when it is nothing. */
export async function contentsToEmpty(
  context: StackContext,
  stackId: string,
  { emptyBuckets, emptyRepositories = false, retain = [] }: Emptying,
): Promise<StackContents> {
  if (!emptyBuckets && !emptyRepositories) return NO_CONTENTS;
  const { buckets, repositories } = await contentsDeletedWith(context, stackId, retain);
  return { buckets: emptyBuckets ? buckets : [], repositories: emptyRepositories ? repositories : [] };
}

/**
 * Names the buckets and repositories that would be deleted with a stack and its nested stacks. One that the template
 * retains is not among them, nor one that the stack failed to make: emptying it would destroy what is somebody else's,
 * or what its owner wanted to keep.
 *
 * @param kept logical ids of the stack's own resources that are not to be touched either
 */
export async function contentsDeletedWith(
  context: StackContext,
  stackId: string,
  kept: readonly string[] = [],
): Promise<StackContents> {
  const cloudFormation = await context.aws.cloudFormation();
  const interesting: StackResourceSummary[] = [];
  for await (const resource of stackResources(cloudFormation, stackId)) {
    if (INTERESTING.has(resource.ResourceType)) interesting.push(resource);
  }
  if (interesting.length === 0) return NO_CONTENTS;
  const { TemplateBody: body } = await cloudFormation.getTemplate({ StackName: stackId, TemplateStage: 'Processed' });
  if (body === undefined || body === '') return NO_CONTENTS;
  const template = await parseTemplate(body, `the template of ${stackId}`);
  const retained = new Set([
    ...kept,
    ...template.resources
      .filter(({ deletionPolicy }) => deletionPolicy?.startsWith('Retain') === true)
      .map(({ logicalId }) => logicalId),
  ]);
  const found = await Promise.all(
    interesting.map(async (resource): Promise<StackContents> => {
      const { LogicalResourceId: logicalId = '', ResourceType: type, PhysicalResourceId: id = '' } = resource;
      if (id === '' || retained.has(logicalId)) return NO_CONTENTS;
      if (type === NESTED) return await contentsDeletedWith(context, id);
      if (NOT_OURS.test(resource.ResourceStatus ?? '')) return NO_CONTENTS;
      return type === BUCKET ? { buckets: [id], repositories: [] } : { buckets: [], repositories: [id] };
    }),
  );
  return {
    buckets: found.flatMap(({ buckets }) => buckets).sort(),
    repositories: found.flatMap(({ repositories }) => repositories).sort(),
  };
}

/** @throws OperationFailed naming what could not be deleted */
export async function emptyContents(context: StackContext, { buckets, repositories }: StackContents): Promise<void> {
  for (const bucket of buckets) await emptyBucket(context, bucket);
  for (const repository of repositories) await emptyRepository(context, repository);
}
