import type { FrameInputs } from '../../lib/operation/common-inputs.ts';
import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { input } from '../../lib/operation/inputs.ts';

const INPUTS = {
  'github-token': input.secret({
    description: 'On GitHub, the token of the job, to see what it may read. Without it, GITHUB_TOKEN counts.',
  }),
} as const;

export const OUTPUTS = {
  warnings: 'How many things work only in part, or are missing where some operation wants them.',
} as const;

/** With the inputs that the frame adds to whatever uses AWS: they are looked at, too. */
export type DoctorContext = Context<
  typeof INPUTS & Pick<FrameInputs, 'region' | 'role-to-assume' | 'allowed-account-ids'>
>;

/** `doctor run`: looks at everything that operations need, and says what is wrong and what to do. Writes nothing. */
export default defineOperation({
  name: 'doctor run',
  kind: 'query',
  summary: 'Check everything that operations need: host, credentials, clock, proxy, bucket, permissions.',
  inputs: INPUTS,
  outputs: OUTPUTS,
  usesAws: true,
  permissions: [
    { action: 'sts:GetCallerIdentity', resource: '*', why: 'finds whose the credentials are (always allowed by AWS)' },
    {
      action: 'cloudformation:DescribeStacks',
      resource: 'arn:${Partition}:cloudformation:${Region}:${Account}:stack/*',
      why: 'sees whether stacks may be read, and the one of `stack bootstrap`',
    },
    {
      action: 's3:ListBucket',
      resource: 'arn:${Partition}:s3:::headgate-assets-*',
      why: 'sees whether the bucket for code is there, and whose it is',
    },
  ],
  read: async (context: Context<typeof INPUTS>) => (await import('./run/hooks.ts')).read(context as DoctorContext),
});
