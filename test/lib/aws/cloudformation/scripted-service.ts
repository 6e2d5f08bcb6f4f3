import type { CloudFormation, StackEvent, StackStatus } from '@aws-sdk/client-cloudformation';
import type { Aws } from '../../../../lib/aws/clients.ts';
import type { StackContext } from '../../../../lib/aws/cloudformation/stack.ts';
import { jumpingClock } from '../../../support/test-clock.ts';

export const STACK_ID = 'arn:aws:cloudformation:eu-central-1:111122223333:stack/shop/6a1b';
const PAGE = 2;

/** What a stack shows at one look; the last one stays. */
export interface Look {
  /** Events that are new since the look before. */
  readonly events?: readonly StackEvent[];
  /** Undefined: the service no longer knows the stack. */
  readonly status: StackStatus | undefined;
}

/**
 * A service whose answers are known for every look, on a clock that jumps: for waiting, which no emulator does on
 * demand. Events come in pages of two, newest first.
 *
 * @param events of any other stack, oldest first, by its id
 */
export function scriptedService(looks: readonly Look[], events: Readonly<Record<string, readonly StackEvent[]>> = {}) {
  const clock = jumpingClock();
  const lines: string[] = [];
  const calls: string[] = [];
  const shown: StackEvent[] = [];
  let look = -1;
  const cloudFormation = {
    describeStackEvents: async ({ StackName = '', NextToken }: { StackName?: string; NextToken?: string }) => {
      calls.push('DescribeStackEvents');
      if (StackName === STACK_ID && NextToken === undefined) {
        look += 1;
        shown.push(...(looks[look]?.events ?? []));
      }
      const newestFirst = [...(StackName === STACK_ID ? shown : (events[StackName] ?? []))].reverse();
      const from = Number(NextToken ?? 0);
      const more = from + PAGE < newestFirst.length ? { NextToken: String(from + PAGE) } : {};
      return { StackEvents: newestFirst.slice(from, from + PAGE), ...more };
    },
    describeStacks: async () => {
      calls.push('DescribeStacks');
      const status = looks[Math.min(Math.max(look, 0), looks.length - 1)]?.status;
      if (status === undefined) {
        throw Object.assign(new Error(`Stack with id ${STACK_ID} does not exist`), { name: 'ValidationError' });
      }
      return { Stacks: [{ StackName: 'shop', StackId: STACK_ID, StackStatus: status }] };
    },
    describeEvents: async () => {
      calls.push('DescribeEvents');
      return { OperationEvents: [] };
    },
  } as unknown as CloudFormation;
  const say = (message: string) => void lines.push(message);
  const context: StackContext = {
    aws: { cloudFormation: async () => cloudFormation } as Aws,
    clock,
    log: { debug: say, info: say, warning: say, error: say, group: async (_, work) => await work() },
    randomHex: (bytes) => 'ab'.repeat(bytes),
    signal: new AbortController().signal,
  };
  return { context, cloudFormation, clock, lines, calls };
}

/** An event of the stack itself. */
export function stackEvent(status: string, token?: string, stackId = STACK_ID): StackEvent {
  return event({
    StackId: stackId,
    LogicalResourceId: stackId.split('/')[1],
    PhysicalResourceId: stackId,
    ResourceType: 'AWS::CloudFormation::Stack',
    ResourceStatus: status as never,
    ...(token === undefined ? {} : { ClientRequestToken: token }),
  });
}

/** An event of one of the stack's resources. */
export function resourceEvent(logicalId: string, status: string, more: Partial<StackEvent> = {}): StackEvent {
  return event({
    StackId: STACK_ID,
    LogicalResourceId: logicalId,
    PhysicalResourceId: '',
    ResourceType: 'AWS::SNS::Topic',
    ResourceStatus: status as never,
    ...more,
  });
}

let number = 0;
function event(content: Omit<StackEvent, 'StackName' | 'EventId' | 'Timestamp'>): StackEvent {
  number += 1;
  return { StackName: 'shop', EventId: `event-${number}`, Timestamp: new Date('2026-11-22T19:49:07Z'), ...content };
}
