import type { CloudFormation, StackEvent } from '@aws-sdk/client-cloudformation';
import { describe, expect, test } from '@jest/globals';
import {
  type HeldResource,
  heldResources,
  interfacesCommand,
  lingers,
  listHeld,
  rootOf,
} from '../../../../lib/aws/cloudformation/held.ts';
import { resourceEvent, STACK_ID, scriptedService, stackEvent } from './scripted-service.ts';

const NESTED_ID = STACK_ID.replace('stack/shop', 'stack/shop-Network');
const held = (type: string, reason: string, physicalId = ''): HeldResource => ({
  logicalId: 'It',
  type,
  physicalId,
  reason,
});

/** A service whose only stack has these events, oldest first. */
function serviceWith(
  events: readonly StackEvent[],
  nested: Readonly<Record<string, readonly StackEvent[]>> = {},
): CloudFormation {
  return scriptedService([{ events, status: 'DELETE_FAILED' }], nested).cloudFormation;
}

describe('what holds a deletion', () => {
  test('are the resources that failed to the end, with type and reason', async () => {
    const service = serviceWith([
      stackEvent('DELETE_IN_PROGRESS'),
      resourceEvent('Slow', 'DELETE_FAILED', { ResourceStatusReason: 'first try' }),
      resourceEvent('Stuck', 'DELETE_FAILED', { ResourceStatusReason: 'in use', PhysicalResourceId: 'topic-1' }),
      resourceEvent('Slow', 'DELETE_IN_PROGRESS'),
      resourceEvent('Slow', 'DELETE_COMPLETE'),
      resourceEvent('Silent', 'DELETE_FAILED'),
      stackEvent('DELETE_FAILED'),
    ]);
    expect(await heldResources(service, STACK_ID, 'deletion')).toEqual([
      { logicalId: 'Stuck', type: 'AWS::SNS::Topic', physicalId: 'topic-1', reason: 'in use' },
      { logicalId: 'Silent', type: 'AWS::SNS::Topic', physicalId: '', reason: 'no reason given' },
    ]);
  });

  test('is not what held an earlier one', async () => {
    const mark = stackEvent('DELETE_FAILED', 'before');
    const before = [
      stackEvent('DELETE_IN_PROGRESS', 'before'),
      resourceEvent('Old', 'DELETE_FAILED', { ResourceStatusReason: 'old' }),
      mark,
    ];
    const now = [
      stackEvent('DELETE_IN_PROGRESS', 'now'),
      resourceEvent('New', 'DELETE_FAILED', { ResourceStatusReason: 'new' }),
      stackEvent('DELETE_FAILED', 'now'),
    ];
    const found = await heldResources(serviceWith([...before, ...now]), STACK_ID, 'deletion');
    expect(found.map(({ logicalId }) => logicalId)).toEqual(['New']);
    // The service refused before it began.
    expect(await heldResources(serviceWith(before), STACK_ID, 'deletion', mark.EventId)).toEqual([]);
  });

  test('is found inside a nested stack, and named with its path', async () => {
    const nested = {
      ResourceType: 'AWS::CloudFormation::Stack',
      PhysicalResourceId: NESTED_ID,
      ResourceStatusReason: 'The following resource(s) failed to delete: [Group].',
    };
    const inside = [
      stackEvent('DELETE_IN_PROGRESS', undefined, NESTED_ID),
      resourceEvent('Group', 'DELETE_FAILED', {
        ResourceType: 'AWS::EC2::SecurityGroup',
        PhysicalResourceId: 'sg-1',
        ResourceStatusReason: 'resource sg-1 has a dependent object',
      }),
      stackEvent('DELETE_FAILED', undefined, NESTED_ID),
    ];
    const events = [stackEvent('DELETE_IN_PROGRESS'), resourceEvent('Network', 'DELETE_FAILED', nested)];
    const found = await heldResources(serviceWith(events, { [NESTED_ID]: inside }), STACK_ID, 'deletion');
    expect(listHeld(found)).toBe('Network/Group (AWS::EC2::SecurityGroup): resource sg-1 has a dependent object');
    expect(found.map(rootOf)).toEqual(['Network']);
    // Where the nested stack tells nothing, it is named itself.
    expect(listHeld(await heldResources(serviceWith(events), STACK_ID, 'deletion'))).toBe(
      'Network (AWS::CloudFormation::Stack): The following resource(s) failed to delete: [Group].',
    );
  });

  test('of a rollback are the resources that could not be updated back', async () => {
    const service = serviceWith([
      stackEvent('UPDATE_IN_PROGRESS'),
      resourceEvent('Forward', 'UPDATE_FAILED', { ResourceStatusReason: 'the reason for the rollback' }),
      stackEvent('UPDATE_ROLLBACK_IN_PROGRESS'),
      resourceEvent('Forward', 'UPDATE_COMPLETE'),
      resourceEvent('Back', 'UPDATE_FAILED', { ResourceStatusReason: 'not there any more' }),
      stackEvent('UPDATE_ROLLBACK_FAILED'),
    ]);
    const found = await heldResources(service, STACK_ID, 'rollback');
    expect(found.map(({ logicalId, reason }) => [logicalId, reason])).toEqual([['Back', 'not there any more']]);
  });
});

// Texts as CloudFormation passes them on from EC2.
describe('network interfaces that go by themselves', () => {
  test.each([
    [
      'AWS::EC2::SecurityGroup',
      'resource sg-0a1b has a dependent object (Service: AmazonEC2; Status Code: 400; Error Code: DependencyViolation; Request ID: 1)',
    ],
    [
      'AWS::EC2::Subnet',
      "The subnet 'subnet-0a1b' has dependencies and cannot be deleted. (Service: Ec2, Status Code: 400)",
    ],
    ['AWS::EC2::VPC', "The vpc 'vpc-0a1b' has dependencies and cannot be deleted."],
    ['AWS::EC2::NetworkInterface', "Network interface 'eni-0a1b' is currently in use."],
    ['AWS::EC2::NetworkInterface', 'InvalidNetworkInterface.InUse: eni-0a1b'],
    ['AWS::EC2::VPCGatewayAttachment', 'Network vpc-0a1b has some mapped public address(es).'],
  ])('hold %s: %s', (type, reason) => {
    expect(lingers(held(type, reason))).toBe(true);
  });

  test.each([
    ['AWS::S3::Bucket', 'The bucket you tried to delete is not empty'],
    ['AWS::EC2::SecurityGroup', 'You are not authorized to perform this operation.'],
    ['AWS::RDS::DBSubnetGroup', 'Cannot delete the subnet group because it is in use'],
    ['AWS::SNS::Topic', 'has a dependent object'],
  ])('do not hold %s: %s', (type, reason) => {
    expect(lingers(held(type, reason))).toBe(false);
  });

  test.each([
    [
      'AWS::EC2::SecurityGroup',
      'sg-0a1b',
      'aws ec2 describe-network-interfaces --filters Name=group-id,Values=sg-0a1b',
    ],
    [
      'AWS::EC2::Subnet',
      'subnet-0a1b',
      'aws ec2 describe-network-interfaces --filters Name=subnet-id,Values=subnet-0a1b',
    ],
    // What an emulator or a person made up is not put into a command line.
    ['AWS::EC2::SecurityGroup', 'sg-1; rm', undefined],
    ['AWS::EC2::RouteTable', 'rtb-0a1b', undefined],
  ])('of %s %s are shown by a command', (type, physicalId, command) => {
    expect(interfacesCommand([held(type, 'in use', physicalId)])).toBe(command);
  });
});
