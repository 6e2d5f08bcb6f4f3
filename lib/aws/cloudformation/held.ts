import type { CloudFormation, StackEvent } from '@aws-sdk/client-cloudformation';

/** A resource that an operation of the service could not delete or restore. */
export interface HeldResource {
  /** With the path of nested stacks: `Network/SecurityGroup`. */
  readonly logicalId: string;
  readonly type: string;
  /** Empty when it has none. */
  readonly physicalId: string;
  readonly reason: string;
}

const NESTED = 'AWS::CloudFormation::Stack';

/** How an operation begins in the events of a stack, and how a resource fails in it. */
const OPERATIONS = {
  deletion: { begins: 'DELETE_IN_PROGRESS', fails: 'DELETE_FAILED' },
  rollback: { begins: 'UPDATE_ROLLBACK_IN_PROGRESS', fails: 'UPDATE_FAILED' },
} as const;

/**
 * Names what held the last operation of a stack: the resources whose last event is a failure, inside the nested stack
 * where that is what failed. The service tries a resource several times; one that went in the end is not among them.
 *
 * @param afterEvent the newest event before the operation; without it, the operation's first event ends the search
 */
export async function heldResources(
  cloudFormation: CloudFormation,
  stackId: string,
  operation: keyof typeof OPERATIONS,
  afterEvent?: string,
): Promise<readonly HeldResource[]> {
  const { begins, fails } = OPERATIONS[operation];
  const last = new Map<string, StackEvent>();
  for await (const event of newestFirst(cloudFormation, stackId)) {
    if (afterEvent !== undefined && event.EventId === afterEvent) break;
    if (event.PhysicalResourceId === stackId) {
      if (event.ResourceStatus === begins) break;
      continue;
    }
    const logicalId = event.LogicalResourceId ?? '';
    if (!last.has(logicalId)) last.set(logicalId, event);
  }

  const held: HeldResource[] = [];
  for (const [logicalId, event] of [...last].reverse()) {
    if (event.ResourceStatus !== fails) continue;
    const { ResourceType: type = '', PhysicalResourceId: physicalId = '', ResourceStatusReason: reason = '' } = event;
    const inside =
      type === NESTED && physicalId !== '' ? await heldResources(cloudFormation, physicalId, operation) : [];
    if (inside.length > 0) {
      held.push(...inside.map((resource) => ({ ...resource, logicalId: `${logicalId}/${resource.logicalId}` })));
    } else {
      held.push({ logicalId, type, physicalId, reason: reason === '' ? 'no reason given' : reason });
    }
  }
  return held;
}

async function* newestFirst(cloudFormation: CloudFormation, stackId: string): AsyncGenerator<StackEvent> {
  let token: string | undefined;
  do {
    const page = await cloudFormation.describeStackEvents({ StackName: stackId, NextToken: token });
    yield* page.StackEvents ?? [];
    token = page.NextToken;
  } while (token !== undefined);
}

/** The resource of the stack itself in which a held resource is: what the service calls by a logical id. */
export function rootOf({ logicalId }: HeldResource): string {
  return logicalId.split('/')[0] ?? logicalId;
}

/** `Store (AWS::S3::Bucket): reason; …` */
export function listHeld(held: readonly HeldResource[]): string {
  return held.map(({ logicalId, type, reason }) => `${logicalId} (${type}): ${reason}`).join('; ');
}

const NETWORK =
  /^AWS::EC2::(SecurityGroup|Subnet|NetworkInterface|VPC|InternetGateway|VPCGatewayAttachment|RouteTable)$/;
/**
 * How EC2 says that something still uses a part of a network. Source: "Error codes for the Amazon EC2 API"
 * (DependencyViolation, InvalidNetworkInterface.InUse), and the texts that come with them.
 */
const IN_USE =
  /DependencyViolation|has a dependent object|has dependencies and cannot be deleted|InUse\b|is (?:currently )?in use|mapped public address/i;

/**
 * Whether a resource is held by network interfaces that go by themselves: AWS releases those of Lambda functions, load
 * balancers and others some time after what used them is deleted.
 */
export function lingers({ type, reason }: HeldResource): boolean {
  return NETWORK.test(type) && IN_USE.test(reason);
}

/** The command that shows which network interfaces hold a resource; undefined for one that they do not hold. */
export function interfacesCommand(held: readonly HeldResource[]): string | undefined {
  const FILTER: Readonly<Record<string, string>> = {
    'AWS::EC2::SecurityGroup': 'group-id',
    'AWS::EC2::Subnet': 'subnet-id',
    'AWS::EC2::VPC': 'vpc-id',
    'AWS::EC2::NetworkInterface': 'network-interface-id',
  };
  for (const { type, physicalId } of held) {
    const filter = Object.hasOwn(FILTER, type) ? FILTER[type] : undefined;
    // A physical id is text from outside; only one that needs no quoting is put into a command.
    if (filter !== undefined && /^[a-z]+-[0-9a-f]+$/.test(physicalId)) {
      return `aws ec2 describe-network-interfaces --filters Name=${filter},Values=${physicalId}`;
    }
  }
  return undefined;
}
