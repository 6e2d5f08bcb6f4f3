import type { CloudFormation, Stack, StackStatus } from '@aws-sdk/client-cloudformation';
import type { Context } from '../../operation/define.ts';

/** What the functions of this folder need from an operation's context. */
export type StackContext = Pick<Context, 'aws' | 'clock' | 'log' | 'randomHex' | 'signal'>;

/** A stack as `DescribeStacks` shows it, with maps in place of lists of pairs. */
export interface StackState {
  readonly name: string;
  readonly id: string;
  readonly status: StackStatus;
  readonly statusReason?: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Values that a template hides (NoEcho) read as `****`. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
  readonly terminationProtection: boolean;
}

/**
 * Describes one stack.
 *
 * @param nameOrId a stack's id also finds a stack that was deleted in the last 90 days, its name does not
 * @returns undefined when no such stack exists
 */
export async function describeStack(cloudFormation: CloudFormation, nameOrId: string): Promise<StackState | undefined> {
  try {
    const { Stacks: stacks } = await cloudFormation.describeStacks({ StackName: nameOrId });
    const stack = stacks?.[0];
    return stack === undefined ? undefined : toStackState(stack);
  } catch (error) {
    if (isMissingStack(error)) return undefined;
    throw error;
  }
}

/** The service has no error class of its own for a stack that does not exist; its text is the only sign. */
export function isMissingStack(error: unknown): boolean {
  return error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message);
}

/** A stack as the service describes it, in the shape that this project uses. */
export function toStackState(stack: Stack): StackState {
  if (stack.StackName === undefined || stack.StackId === undefined || stack.StackStatus === undefined) {
    throw new Error('DescribeStacks answered with a stack that has no name, id or status');
  }
  return {
    name: stack.StackName,
    id: stack.StackId,
    status: stack.StackStatus,
    ...(stack.StackStatusReason === undefined ? {} : { statusReason: stack.StackStatusReason }),
    tags: pairs(stack.Tags, (tag) => [tag.Key, tag.Value]),
    parameters: pairs(stack.Parameters, (parameter) => [parameter.ParameterKey, parameter.ParameterValue]),
    outputs: pairs(stack.Outputs, (output) => [output.OutputKey, output.OutputValue]),
    terminationProtection: stack.EnableTerminationProtection ?? false,
  };
}

function pairs<Item>(
  items: readonly Item[] | undefined,
  pair: (item: Item) => [string | undefined, string | undefined],
): Record<string, string> {
  return Object.fromEntries(
    (items ?? [])
      .map(pair)
      .filter((entry): entry is [string, string] => entry[0] !== undefined && entry[1] !== undefined),
  );
}
