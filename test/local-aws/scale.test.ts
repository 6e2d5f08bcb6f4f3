import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { type Clients, clients, createStack, makeStacks, template } from './support.ts';

let aws: LocalAws;
let all: Clients;

beforeAll(async () => {
  aws = await startLocalAws();
  all = clients(aws.endpoint);
}, 300_000);

afterAll(() => aws?.stop());

/** All that a paged call gives, and how long its pages are. */
async function pages<T>(
  ask: (NextToken?: string) => Promise<{ NextToken?: string | undefined; items: T[] | undefined }>,
) {
  const found: T[] = [];
  const sizes: number[] = [];
  let token: string | undefined;
  do {
    const { NextToken, items = [] } = await ask(token);
    found.push(...items);
    sizes.push(items.length);
    token = NextToken;
  } while (token !== undefined);
  return { found, sizes };
}

test('two thousand stacks are made at once and listed in pages of 100', async () => {
  await makeStacks(all, 2000);
  const described = await pages(async (NextToken) => {
    const { Stacks, ...page } = await all.cloudformation.describeStacks({ NextToken });
    return { ...page, items: Stacks };
  });
  const listed = await pages(async (NextToken) => {
    const { StackSummaries, ...page } = await all.cloudformation.listStacks({ NextToken });
    return { ...page, items: StackSummaries };
  });
  expect(described.sizes).toEqual(Array(20).fill(100));
  expect(listed.sizes).toEqual(described.sizes);
  expect(new Set(described.found.map(({ StackName }) => StackName)).size).toBe(2000);
}, 120_000);

describe('a stack of 250 resources', () => {
  const resources = Array.from({ length: 250 }, (_, i) => [`Queue${i}`, { Type: 'AWS::SQS::Queue' }]);

  beforeAll(() => createStack(all, 'wide', template(Object.fromEntries(resources))));

  test('has its resources and events in pages of 100', async () => {
    const listed = await pages(async (NextToken) => {
      const { StackResourceSummaries, ...page } = await all.cloudformation.listStackResources({
        StackName: 'wide',
        NextToken,
      });
      return { ...page, items: StackResourceSummaries };
    });
    const events = await pages(async (NextToken) => {
      const { StackEvents, ...page } = await all.cloudformation.describeStackEvents({ StackName: 'wide', NextToken });
      return { ...page, items: StackEvents };
    });
    expect(listed.sizes).toEqual([100, 100, 50]);
    // Two a resource and two of the stack.
    expect(events.sizes).toEqual([100, 100, 100, 100, 100, 2]);
    expect(events.found[0]).toMatchObject({ LogicalResourceId: 'wide', ResourceStatus: 'CREATE_COMPLETE' });
  });

  test('shows the first 100 to a call that has no pages, or the one that is asked for', async () => {
    const StackName = 'wide';
    const { StackResources } = await all.cloudformation.describeStackResources({ StackName });
    expect(StackResources).toHaveLength(100);
    const one = await all.cloudformation.describeStackResources({ StackName, LogicalResourceId: 'Queue249' });
    expect(one.StackResources).toHaveLength(1);
  });
});
