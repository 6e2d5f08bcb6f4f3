import { rm } from 'node:fs/promises';
import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { S3 } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { bucketNames, clientSettings, stackNames } from './application.ts';
import type { Door, Result } from './door.ts';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.ts';
import { openTerminal } from './terminal-door.ts';

let aws: LocalAws;
let repository: ScratchRepository;
let door: Door;

beforeAll(async () => {
  aws = await startLocalAws();
}, 180_000);
afterAll(async () => {
  await aws?.stop();
});
beforeEach(async () => {
  await aws.reset();
  repository = await createScratchRepository();
  door = await openTerminal(repository, aws);
}, 60_000);
afterEach(async () => {
  await repository?.remove();
});

const TINY = 'Resources:\n  Topic: { Type: AWS::SNS::Topic }\n';

async function deploy(branch: string, inputs: Record<string, string> = {}): Promise<string> {
  const result = await door.run({
    operation: 'branch-stack deploy',
    inputs: { template: 'tiny.yaml', ...inputs },
    happening: { kind: 'push', branch, created: true },
  });
  if (result.exitCode !== 0) throw new Error(result.log);
  return result.outputs['stack-name'] ?? '';
}

async function startBranch(branch: string): Promise<void> {
  await repository.startBranch(branch);
  await repository.commit({ 'tiny.yaml': TINY }, 'A tiny template');
  await repository.git('push', '--quiet', 'origin', branch);
}

function run(operation: 'sweep' | 'list', inputs: Record<string, string> = {}): Promise<Result> {
  return door.run({ operation: `branch-stack ${operation}`, inputs, happening: { kind: 'manual', branch: 'main' } });
}

test('a branch whose deletion nobody told is swept; branches that live and foreign stacks are kept', async () => {
  await startBranch('main-line');
  const kept = await deploy('main-line');
  await startBranch('lost');
  const lost = await deploy('lost', { template: 'template.yaml', bootstrap: 'true' });
  await repository.git('push', '--quiet', 'origin', '--delete', 'lost');
  const cloudFormation = new CloudFormation(clientSettings(aws));
  await cloudFormation.createStack({ StackName: 'foreign', TemplateBody: TINY });
  const bucket = (await bucketNames(aws)).find((name) => name.startsWith('shop-lost')) ?? '';
  await new S3({ ...clientSettings(aws), forcePathStyle: true }).putObject({ Bucket: bucket, Key: 'left', Body: 'x' });

  expect(await run('list')).toMatchObject({ exitCode: 0, outputs: { count: '2', gone: '1', expired: '0' } });
  const planned = await run('sweep', { 'dry-run': 'offline' });
  expect(planned).toMatchObject({ exitCode: 0, outputs: { destroyed: '1', kept: '1' } });
  expect(await stackNames(aws)).toContain(lost);

  expect(await run('sweep')).toMatchObject({ exitCode: 0, outputs: { destroyed: '1', kept: '1', failed: '0' } });
  const left = await stackNames(aws);
  expect(left).toEqual(expect.arrayContaining([kept, 'foreign']));
  expect(left).not.toContain(lost);
  expect(await bucketNames(aws)).not.toContain(bucket);
  expect(await run('sweep')).toMatchObject({ exitCode: 0, outputs: { destroyed: '0', kept: '1' } });
}, 60_000);

test('a stack whose time is over is swept, one with time left and the default branch are not', async () => {
  await startBranch('short');
  const short = await deploy('short', { ttl: '1s' });
  await startBranch('long');
  const long = await deploy('long', { ttl: '7d' });
  await repository.git('checkout', '--quiet', 'main');
  await repository.commit({ 'tiny.yaml': TINY }, 'A tiny template');
  await repository.git('push', '--quiet', 'origin', 'main');
  const main = await deploy('main', { ttl: '1s' });
  while ((await run('list')).outputs.expired !== '1');

  expect(await run('sweep')).toMatchObject({ exitCode: 0, outputs: { destroyed: '1', kept: '2' } });
  const left = await stackNames(aws);
  expect(left).toEqual(expect.arrayContaining([long, main]));
  expect(left).not.toContain(short);
}, 60_000);

test('nothing is swept when the branches cannot be listed, or the list lacks the default branch', async () => {
  await startBranch('survivor');
  const survivor = await deploy('survivor');
  await repository.git('push', '--quiet', 'origin', '--delete', 'survivor');

  const suspicious = await run('sweep', { 'default-branch': 'renamed' });
  expect(suspicious.exitCode).toBe(1);
  expect(suspicious.log).toContain("lacks the default branch 'renamed'");
  await rm(repository.bare, { recursive: true });
  const unreachable = await run('sweep');
  expect(unreachable.exitCode).toBe(1);
  expect(unreachable.log).toContain('cannot be listed');
  expect(await stackNames(aws)).toContain(survivor);
}, 60_000);

test('at most max-destroyed stacks go in one run, the oldest first', async () => {
  const stacks: string[] = [];
  for (const branch of ['one', 'two', 'three']) {
    await startBranch(branch);
    stacks.push(await deploy(branch));
    await repository.git('push', '--quiet', 'origin', '--delete', branch);
  }
  const swept = await run('sweep', { 'max-destroyed': '2', parallel: '2' });
  expect(swept).toMatchObject({ exitCode: 0, outputs: { destroyed: '2' } });
  expect(swept.log).toContain('1 more wait for the next run');
  expect((await stackNames(aws)).filter((name) => stacks.includes(name))).toHaveLength(1);
}, 60_000);

test('a renewed stack gets its whole time again, and max-stacks refuses one more stack but not an update', async () => {
  await startBranch('renewed');
  const stack = await deploy('renewed', { ttl: '1h' });
  const cloudFormation = new CloudFormation(clientSettings(aws));
  const expires = async () => {
    const { Stacks: [found] = [] } = await cloudFormation.describeStacks({ StackName: stack });
    return found?.Tags?.find(({ Key }) => Key === 'headgate:expires')?.Value ?? '';
  };
  const first = await expires();
  await deploy('renewed', { ttl: '2h' });
  expect(await expires()).toBe(first);
  await deploy('renewed', { ttl: '2h', renew: 'true', 'max-stacks': '1' });
  expect(Date.parse(await expires())).toBeGreaterThan(Date.parse(first));

  await startBranch('one-too-many');
  await expect(deploy('one-too-many', { 'max-stacks': '1' })).rejects.toThrow(
    "already has 1 branch stacks in us-east-1; 'max-stacks' is 1",
  );
  expect((await stackNames(aws)).filter((name) => name.startsWith('shop-one'))).toEqual([]);
}, 60_000);
