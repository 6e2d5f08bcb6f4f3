import { createHash } from 'node:crypto';
import { cp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { S3 } from '@aws-sdk/client-s3';
import { findSpark } from '../../engines/spark/find.ts';
import { installSpark } from '../../engines/spark/install.ts';
import type { LocalAws } from '../../local-aws/start.ts';
import { clientSettings } from './application.ts';
import { releaseTree } from './release-tree.ts';
import type { ScratchRepository } from './scratch-repository.ts';

/** Where the transforms are published; the job is in the first. */
export const REGIONS = ['eu-central-1', 'eu-west-1', 'us-east-1'] as const;
export const NAMES = ['repartition_date', 'salesdata_generator'] as const;
export const GLUE_VERSION = '5.1';
/** What deploys the stack that `addTransforms` has put into the repository. */
export const STACK = {
  'stack-name': 'sales',
  template: 'glue/template.yaml',
  capabilities: 'CAPABILITY_IAM',
  bootstrap: 'true',
  region: REGIONS[0],
} as const;

/** What deletes it again, with what the job has written. */
export const DESTROY = { 'stack-name': STACK['stack-name'], region: STACK.region, 'empty-buckets': 'true' } as const;

const CACHE = process.env.HEADGATE_CACHE ?? path.resolve(import.meta.dirname, '..', '..', '.cache');

/** What keeps Spark from running here, as a sentence; undefined when it is installed now. */
export async function sparkIsMissing(): Promise<string | undefined> {
  const found = await findSpark(GLUE_VERSION);
  if (!found.found) return found.missing;
  await installSpark(found);
  return undefined;
}

/** The local AWS as jobs see it that find Spark installed. */
export function withSpark(aws: LocalAws): LocalAws {
  return { ...aws, environment: sparkEnvironment(aws) };
}

/** The variables of such jobs. */
export function sparkEnvironment({ environment }: Pick<LocalAws, 'environment'>): LocalAws['environment'] {
  const variables = { ...environment, HEADGATE_CACHE: CACHE };
  return variables;
}

/** Puts the transforms with their tests, and the stack with its job, into a repository as the release has them. */
export async function addTransforms(repository: ScratchRepository): Promise<void> {
  const source = path.join(await releaseTree(), 'stacks', 'glue-transform');
  const to = (...parts: readonly string[]) => path.join(repository.directory, ...parts);
  await cp(path.join(source, 'transforms'), to('transforms'), { recursive: true });
  await cp(path.join(source, 'template.yaml'), to('glue', 'template.yaml'));
  await cp(path.join(source, 'jobs'), to('glue', 'jobs'), { recursive: true });
  const ignored = '.headgate/\n.gitlab-ci-local/\n';
  await repository.commit({ '.gitignore': ignored }, 'Two transforms and a job');
}

/** SHA-256 of each file of a Region's folder of transforms, by name. */
export async function publishedIn(aws: LocalAws, region: string): Promise<Readonly<Record<string, string>>> {
  const bucket = `aws-glue-assets-${aws.environment.AWS_ACCESS_KEY_ID}-${region}`;
  const s3 = s3Of(aws, region);
  try {
    const { Contents: found = [] } = await s3.listObjectsV2({ Bucket: bucket, Prefix: 'transforms/' });
    const digests = found.map(async ({ Key = '' }): Promise<[string, string]> => {
      const { Body } = await s3.getObject({ Bucket: bucket, Key });
      return [path.basename(Key), sha256((await Body?.transformToByteArray()) ?? new Uint8Array())];
    });
    return Object.fromEntries(await Promise.all(digests));
  } finally {
    s3.destroy();
  }
}

/** What `publishedIn` gives when the Region has the transforms of the repository. */
export async function transformsOf({ directory }: ScratchRepository): Promise<Readonly<Record<string, string>>> {
  const files = NAMES.flatMap((name) => [`${name}.json`, `${name}.py`]);
  const digests = files.map(async (file): Promise<[string, string]> => {
    return [file, sha256(await readFile(path.join(directory, 'transforms', file)))];
  });
  return Object.fromEntries(await Promise.all(digests));
}

/** How many files each folder below a prefix has. */
export async function filesByFolder(
  aws: LocalAws,
  bucket: string,
  prefix: string,
): Promise<Readonly<Record<string, number>>> {
  const s3 = s3Of(aws, REGIONS[0]);
  const counts: Record<string, number> = {};
  let from: string | undefined;
  try {
    do {
      const page = await s3.listObjectsV2({ Bucket: bucket, Prefix: prefix, ContinuationToken: from });
      for (const { Key = '' } of page.Contents ?? []) {
        const folder = path.posix.dirname(Key).slice(prefix.length);
        counts[folder] = (counts[folder] ?? 0) + 1;
      }
      from = page.NextContinuationToken;
    } while (from !== undefined);
    return counts;
  } finally {
    s3.destroy();
  }
}

/** The output bucket of the stack, and the name of its job. */
export function stackOutputs(outputs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return JSON.parse(outputs['stack-outputs'] ?? '{}') as Record<string, string>;
}

function s3Of(aws: LocalAws, region: string): S3 {
  return new S3({ ...clientSettings(aws), region, forcePathStyle: true });
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
