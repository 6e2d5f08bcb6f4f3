import type { Context } from '../../../lib/operation/define.ts';
import { rpusOf } from './rpus.ts';
import { explainWorkgroupError } from './service-error.ts';
import type { WorkgroupFacts } from './workgroup.ts';

/** A later version must find it: the name is frozen. */
const NOTE = 'headgate:rpus-before';

type Needs = Pick<Context, 'aws' | 'signal'>;

/**
 * Notes at the workgroup itself, as a tag, which base capacity it is to get back. There it also outlives a job that was
 * killed: the next one gives it back. A note that is there already stays, because it says what was before the first resize.
 */
export async function noteCapacity(context: Needs, workgroup: WorkgroupFacts): Promise<void> {
  if ((await notedCapacity(context, workgroup)) !== undefined) return;
  const serverless = await context.aws.redshiftServerless();
  const tags = [{ key: NOTE, value: String(workgroup.rpus) }];
  await explained(workgroup, 'could not be written', () =>
    serverless.tagResource({ resourceArn: workgroup.arn, tags }, { abortSignal: context.signal }),
  );
}

/** The noted base capacity; undefined where none is. */
export async function notedCapacity({ aws, signal }: Needs, workgroup: WorkgroupFacts): Promise<number | undefined> {
  const serverless = await aws.redshiftServerless();
  const { tags = [] } = await explained(workgroup, 'could not be read', () =>
    serverless.listTagsForResource({ resourceArn: workgroup.arn }, { abortSignal: signal }),
  );
  const value = tags.find(({ key }) => key === NOTE)?.value;
  return value === undefined ? undefined : rpusOf(value);
}

export async function forgetCapacity({ aws, signal }: Needs, workgroup: WorkgroupFacts): Promise<void> {
  const serverless = await aws.redshiftServerless();
  await explained(workgroup, 'could not be removed', () =>
    serverless.untagResource({ resourceArn: workgroup.arn, tagKeys: [NOTE] }, { abortSignal: signal }),
  );
}

async function explained<T>({ name }: WorkgroupFacts, what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw explainWorkgroupError(error, `The tags of the workgroup '${name}' ${what}`);
  }
}
