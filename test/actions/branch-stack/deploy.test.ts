import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import deploy from '../../../actions/branch-stack/deploy.ts';
import type { HostEvent } from '../../../lib/hosts/host.ts';
import type { Clock } from '../../../lib/operation/define.ts';
import { runOperation } from '../../../lib/operation/run.ts';
import { type MemoryHost, memoryHost } from '../../support/memory-host.ts';
import { make, startTestAws, statusOf, type TestAws, templateOf } from '../../support/stack-context.ts';
import { quickClock } from '../../support/test-clock.ts';

const TOPIC = { Type: 'AWS::SNS::Topic' };
const ENDS = { Outputs: { Url: { Value: 'https://example.com/a' } } };
const PUSH: HostEvent = { kind: 'branch-pushed', branch: 'feature/a' };

let aws: TestAws;
let host: MemoryHost;
beforeAll(async () => {
  aws = await startTestAws();
}, 120_000);
afterAll(() => aws?.stop());
beforeEach(async () => {
  await aws.local.reset();
  host = hostOf(PUSH);
  write(templateOf({ Topic: TOPIC }, ENDS));
});
afterEach(() => host?.remove());

function hostOf(event: HostEvent): MemoryHost {
  return memoryHost({
    surroundings: {
      serverHost: 'github.com',
      repositoryPath: 'octo-org/shop',
      defaultBranch: 'main',
      commit: 'a'.repeat(40),
      event,
    },
  });
}

const write = (body: string, file = 'template.yaml') => {
  mkdirSync(path.dirname(path.join(host.workspace, file)), { recursive: true });
  writeFileSync(path.join(host.workspace, file), body);
};

const run = (inputs: Readonly<Record<string, string>> = {}, clock: Clock = quickClock) =>
  runOperation({
    operation: deploy,
    host,
    raw: (name) => inputs[name],
    version: '1.2.3',
    clock,
    randomHex: (bytes) => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex'),
    signal: new AbortController().signal,
  });

const stackName = () => host.outputs['stack-name'] ?? '';
const message = () => host.annotations.map(({ message }) => message).join('\n');

describe('the stack of a branch', () => {
  test('is created, and a second run of the same commit changes nothing', async () => {
    expect(await run({ ttl: '7d' })).toBe(0);
    expect(host.outputs).toMatchObject({
      'stack-name': expect.stringMatching(/^shop-feature-a-/),
      status: 'created',
      url: 'https://example.com/a',
      'stack-outputs': '{"Url":"https://example.com/a"}',
    });
    const later: Clock = { ...quickClock, now: () => new Date(Date.now() + 3_600_000) };
    expect(await run({ ttl: '7d' }, later)).toBe(0);
    expect(host.outputs.status).toBe('unchanged');
    expect(host.comments.map(({ key }) => key)).toEqual(Array(2).fill(`branch-stack:${stackName()}`));
    expect(host.deployments.map(({ state }) => state)).toEqual(['in-progress', 'success', 'in-progress', 'success']);
  });

  test('that fails is told in the same comment, with its deployment', async () => {
    await aws.s3.createBucket({ Bucket: 'taken' });
    await run();
    write(templateOf({ Topic: TOPIC, Store: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'taken' } } }));
    expect(await run()).toBe(1);
    expect(message()).toContain('because Store (AWS::S3::Bucket) failed');
    expect(host.comments.map(({ key }) => key)).toEqual(Array(2).fill(`branch-stack:${stackName()}`));
    expect(host.comments.at(-1)?.markdown).toContain('### Failed');
    expect(host.deployments.at(-1)).toMatchObject({ state: 'failure', environment: stackName() });
  });

  test('that somebody else made is not touched', async () => {
    await run({ 'dry-run': 'offline' });
    await make(aws, stackName(), templateOf({ Second: TOPIC }));
    const { result, operations } = await aws.during(() => run());
    expect(result).toBe(1);
    expect(message()).toContain('has no tags of Headgate, so somebody else made it; it is not touched');
    expect(operations.filter((operation) => /Create|Execute|Delete|Put/.test(operation))).toEqual([]);
    expect(host.deployments).toEqual([]);
  });
});

describe('a dry run', () => {
  test('offline calls nothing but what reads', async () => {
    const { operations } = await aws.during(() => run({ 'dry-run': 'offline' }));
    expect(operations.every((operation) => / (Describe|Get|List)/.test(operation))).toBe(true);
    expect(host.outputs).toMatchObject({ status: 'planned' });
    expect(await statusOf(aws, stackName())).toBeUndefined();
  });

  test('preview shows the changes and leaves no stack', async () => {
    expect(await run({ 'dry-run': 'preview' })).toBe(0);
    expect(host.summaries[0]).toContain('Topic');
    expect(await statusOf(aws, stackName())).toBeUndefined();
  });
});

describe('a saved plan', () => {
  test('is applied as it was approved', async () => {
    expect(await run({ 'dry-run': 'offline', 'plan-file': 'plan.json', ttl: '1d' })).toBe(0);
    const later: Clock = { ...quickClock, now: () => new Date(Date.now() + 3_600_000) };
    expect(await run({ 'apply-plan': 'plan.json', ttl: '1d' }, later)).toBe(0);
    expect(host.outputs.status).toBe('created');
    const { plan } = JSON.parse(readFileSync(path.join(host.workspace, 'plan.json'), 'utf8'));
    const { Stacks: [stack] = [] } = await aws.cloudFormation.describeStacks({ StackName: stackName() });
    const tags = Object.fromEntries((stack?.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
    expect(tags).toEqual(plan.details.tags);
  });

  test.each<[string, () => Promise<unknown> | unknown, Record<string, string>]>([
    ['the template', () => write(templateOf({ Second: TOPIC }, ENDS)), {}],
    ['a tag', () => {}, { tags: 'team: blue' }],
    ['the stack', () => make(aws, stackName(), templateOf({ Topic: TOPIC }, ENDS)), {}],
  ])('is refused when %s has changed, and nothing is written', async (_, changes, inputs) => {
    await run({ 'dry-run': 'offline', 'plan-file': 'plan.json' });
    await changes();
    const { result, operations } = await aws.during(() => run({ 'apply-plan': 'plan.json', ...inputs }));
    expect(result).toBe(1);
    expect(operations.filter((operation) => /Create|Execute|Delete|Put/.test(operation))).toEqual([]);
  });

  test('shows no value that the template hides', async () => {
    const hidden = { Parameters: { Password: { Type: 'String', NoEcho: true } } };
    write(templateOf({ Topic: { ...TOPIC, Properties: { DisplayName: { Ref: 'Password' } } } }, hidden));
    await run({ 'dry-run': 'offline', 'plan-file': 'plan.json', parameters: 'Password: hunter2' });
    expect(readFileSync(path.join(host.workspace, 'plan.json'), 'utf8')).toContain('"Password": "(hidden)"');
    const shown = [
      readFileSync(path.join(host.workspace, 'plan.json'), 'utf8'),
      host.lines,
      host.summaries,
      host.comments,
    ];
    expect(JSON.stringify(shown)).not.toContain('hunter2');
  });
});

describe('wrong inputs', () => {
  test('that only the template shows are refused together, before anything is called', async () => {
    const { result, operations } = await aws.during(() =>
      run({
        parameters: 'Unknown: 1',
        capabilities: 'CAPABILITY_EVERYTHING',
        tags: '"aws:x": a\n"headgate:ref": b\nnote: "a;b"',
      }),
    );
    expect(result).toBe(2);
    expect(operations).toEqual([]);
    expect(host.annotations.map(({ message }) => message.split(':')[0])).toEqual([
      "input 'parameters'",
      "input 'capabilities'",
      "input 'tags'",
      "input 'tags'",
      "input 'tags'",
    ]);
  });

  test('a template that is missing, or leads out of the workspace', async () => {
    expect(await run({ template: 'missing.yaml' })).toBe(2);
    expect(await run({ template: '../template.yaml' })).toBe(2);
  });

  test('a role without the capability for it', async () => {
    write(
      templateOf({ Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'named', AssumeRolePolicyDocument: {} } } }),
    );
    expect(await run()).toBe(2);
    expect(message()).toContain("input 'capabilities': the template needs CAPABILITY_NAMED_IAM because of Role");
  });
});

test.each<[string, HostEvent]>([
  [
    'the pull request of a fork',
    { kind: 'pull-request', action: 'opened', number: 7, branch: 'main', sameRepository: false },
  ],
  ['a branch that is gone', { kind: 'branch-deleted', branch: 'feature/a' }],
  ['a tag', { kind: 'tag', tag: 'v1', deleted: false }],
])('%s is skipped without any call', async (_, event) => {
  host.remove();
  host = hostOf(event);
  const { result, operations } = await aws.during(() => run());
  expect({ result, operations, status: host.outputs.status }).toEqual({ result: 0, operations: [], status: 'skipped' });
});
