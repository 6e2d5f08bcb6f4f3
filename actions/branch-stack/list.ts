import { type Context, defineOperation } from '../../lib/operation/define.ts';
import { input } from '../../lib/operation/inputs.ts';
import { IDENTITY_INPUTS } from './identity-inputs.ts';

export const LIST_INPUTS = {
  repository: IDENTITY_INPUTS.repository,
  prices: input.map({
    description:
      "Price a month by resource type, as a YAML map, for a hint at the cost: 'AWS::EC2::NatGateway: 38'. Without it resources are not read.",
  }),
} as const;

export const LIST_OUTPUTS = {
  count: 'How many stacks the repository has.',
  gone: 'How many of them belong to a branch that does not exist any more.',
  expired: 'How many of them are over their time to live.',
} as const;

export type ListContext = Context<typeof LIST_INPUTS>;

/** `branch-stack list`: all stacks of the repository's branches, and which of them nobody needs any more. */
export default defineOperation({
  name: 'branch-stack list',
  kind: 'query',
  summary: 'List the stacks of all branches, with those whose branch is gone or whose time is over.',
  inputs: LIST_INPUTS,
  outputs: LIST_OUTPUTS,
  usesAws: true,
  permissions: [
    {
      action: 'cloudformation:DescribeStacks',
      resource: '*',
      why: 'finds the stacks by their tags; a call for all stacks cannot be narrowed',
    },
    {
      action: 'cloudformation:ListStackResources',
      resource: 'arn:${Partition}:cloudformation:${Region}:${Account}:stack/*',
      why: 'counts the resources that have a price',
      onlyWith: "'prices'",
    },
  ],
  read: async (context: ListContext) => (await import('./list/hooks.ts')).read(context),
});
