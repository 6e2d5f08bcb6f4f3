import { describeStack } from '../../lib/aws/cloudformation/stack.ts';
import { OperationFailed } from '../../lib/errors.ts';
import type { Surroundings } from '../../lib/hosts/host.ts';
import { imageTag } from '../../lib/naming/image-tag.ts';
import { readOwnership } from '../../lib/naming/ownership.ts';
import { type Context, defineOperation, type Outcome } from '../../lib/operation/define.ts';
import { type Inputs, input, quote } from '../../lib/operation/inputs.ts';
import { IDENTITY_INPUTS } from './identity-inputs.ts';
import { findSubject } from './subject.ts';

const INPUTS = {
  ...IDENTITY_INPUTS,
  'of-stack': input.string({
    description: 'The other way round: the name of a stack, to find out from its tags which branch it belongs to.',
    pattern: /^[A-Za-z][-A-Za-z0-9]{0,127}$/,
    form: 'a stack name',
  }),
} as const;

const OUTPUTS = {
  'stack-name': 'Name of the stack: at most 52 characters, lower-case letters, digits and single hyphens.',
  'image-tag': 'Tag for container images of the branch, with the same hash.',
  branch: 'The branch.',
  repository: 'The repository.',
} as const;

type Output = keyof typeof OUTPUTS;

/** `branch-stack name`: the name that belongs to a branch, computed offline; or the branch that belongs to a stack. */
export default defineOperation({
  name: 'branch-stack name',
  kind: 'query',
  summary: 'Tell the name of the stack of a branch, for clean-up jobs and image tags; or the branch of a stack.',
  inputs: INPUTS,
  outputs: OUTPUTS,
  usesAws: true,
  permissions: [
    {
      action: 'cloudformation:DescribeStacks',
      resource: 'arn:${Partition}:cloudformation:${Region}:${Account}:stack/*',
      why: 'reads the tags of the stack',
      onlyWith: "'of-stack'",
    },
  ],
  read: async (context: Context<typeof INPUTS>) =>
    context.inputs['of-stack'] === undefined
      ? await nameOfBranch(context)
      : await branchOfStack(context, context.inputs['of-stack']),
});

async function nameOfBranch({
  inputs,
  host,
}: {
  inputs: Inputs<typeof INPUTS>;
  host: Context['host'];
}): Promise<Outcome<Output>> {
  // With both given nothing has to be asked from git or the host, which is most of the time that this takes.
  const isGiven = inputs.branch !== undefined && inputs.repository !== undefined;
  const surroundings: Surroundings = isGiven ? { event: { kind: 'manual' } } : await host.surroundings();
  const subject = await findSubject(inputs, surroundings, 'name');
  if ('skip' in subject) return { summary: subject.skip, outputs: {} };
  return {
    summary: `Branch ${quote(subject.branch)} has the stack ${subject.stackName}.`,
    outputs: {
      'stack-name': subject.stackName,
      'image-tag': imageTag(subject),
      branch: subject.branch,
      repository: subject.repository,
    },
  };
}

async function branchOfStack({ aws }: Context, name: string): Promise<Outcome<Output>> {
  const stack = await describeStack(await aws.cloudFormation(), name);
  if (stack === undefined) {
    throw new OperationFailed({
      what: `There is no stack ${name} in ${aws.region}`,
      cause: 'it was deleted, or it is in another Region or account',
      next: 'Check the name, the Region and the credentials',
    });
  }
  const ownership = readOwnership(stack.tags);
  if (ownership.kind !== 'ours') {
    throw new OperationFailed({
      what: `The tags of ${name} do not say which branch it belongs to${ownership.kind === 'broken' ? `: ${ownership.reason}` : ''}`,
      cause: 'it was not made by branch-stack, or its tags were edited',
      next: 'Ask who made it before you touch it',
    });
  }
  const { branch, repository } = ownership.owner;
  return {
    summary: `The stack ${name} belongs to branch ${quote(branch)} of ${repository}.`,
    outputs: { 'stack-name': name, 'image-tag': imageTag({ repository, branch }), branch, repository },
  };
}
