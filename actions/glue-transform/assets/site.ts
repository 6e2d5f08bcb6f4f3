import type { Glue } from '@aws-sdk/client-glue';
import type { S3 } from '@aws-sdk/client-s3';
import { connectTargets, type Target } from '../../../lib/aws/targets.ts';
import { BadInput } from '../../../lib/errors.ts';
import type { Context } from '../../../lib/operation/define.ts';
import type { PLACE_INPUTS } from '../place-inputs.ts';
import { bucketName } from './bucket.ts';
import { openStore, type Store } from './store.ts';

/** One account and Region with its bucket. */
export interface Site {
  readonly target: Target;
  readonly s3: S3;
  readonly store: Store;
  readonly glue: () => Promise<Glue>;
}

export type PlaceContext = Pick<Context<typeof PLACE_INPUTS>, 'inputs' | 'aws' | 'clock'>;

/**
 * The accounts and Regions that the inputs name. Makes no call.
 *
 * @throws BadInput also for several accounts or Regions that would share one bucket
 */
export function targetsOf({ inputs, aws }: PlaceContext): readonly Target[] {
  const targets = connectTargets(aws, inputs);
  const accounts = new Set(targets.map(({ role }) => role)).size;
  const regions = new Set(targets.map(({ region }) => region)).size;
  for (const [count, part] of [
    [regions, '{region}'],
    [accounts, '{account}'],
  ] as const) {
    if (count === 1 || inputs.bucket.includes(part)) continue;
    const message = `input 'bucket': must have '${part}' in it, because there are several; otherwise they would share one bucket`;
    throw new BadInput([{ input: 'bucket', message }]);
  }
  return targets;
}

/** Asks for the account, and opens the bucket there. */
export async function openSite({ inputs, clock }: PlaceContext, target: Target): Promise<Site> {
  const account = await target.aws.accountId();
  const s3 = await target.aws.s3();
  const store = openStore(s3, bucketName(inputs.bucket, account, target.region), account, clock);
  return { target, s3, store, glue: () => target.aws.glue() };
}
