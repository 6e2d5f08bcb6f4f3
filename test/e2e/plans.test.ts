import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { stackNames } from './application.ts';
import type { Door, Result } from './door.ts';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.ts';
import { openTerminal } from './terminal-door.ts';

// Plan, approval, same plan: what a dry run says, what it leaves behind, and what a saved plan is worth later.

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
  await repository.startBranch(BRANCH);
}, 60_000);
afterEach(async () => {
  await repository?.remove();
});

const BRANCH = 'feature/plan';
const PLAN = { 'plan-file': 'headgate-plan.json' };
const APPLY = { 'apply-plan': 'headgate-plan.json' };

const deploy = (inputs: Record<string, string>): Promise<Result> =>
  door.run({
    operation: 'branch-stack deploy',
    inputs: { bootstrap: 'true', ...inputs },
    happening: { kind: 'manual', branch: BRANCH },
  });
const destroy = (inputs: Record<string, string>): Promise<Result> =>
  door.run({ operation: 'branch-stack destroy', inputs, happening: { kind: 'manual', branch: BRANCH } });

test('an offline dry run reads only and changes nothing', async () => {
  const planned = await deploy({ 'dry-run': 'offline' });
  expect(planned).toMatchObject({ exitCode: 0, outputs: { status: 'planned' } });
  const actions = aws.calls().map(({ iamAction }) => iamAction);
  expect(actions.length).toBeGreaterThan(0);
  expect([...new Set(actions)].sort()).toEqual(['cloudformation:DescribeStacks', 'sts:GetCallerIdentity']);
});

test('a preview shows the real changes and leaves nothing but uploads', async () => {
  await deploy({});
  const template = await readFile(path.join(repository.directory, 'template.yaml'), 'utf8');
  await repository.commit({ 'template.yaml': template.replace(/MemorySize: \d+/, 'MemorySize: 1024') }, 'More memory');
  const preview = await deploy({ 'dry-run': 'preview' });
  expect(preview).toMatchObject({ exitCode: 0, outputs: { status: 'planned' } });
  expect(preview.log).toContain('1 to change');

  const fresh = await deploy({ 'dry-run': 'preview', component: 'new' });
  expect(fresh.log).toContain('11 to add');
  expect(await stackNames(aws)).not.toContain(fresh.outputs['stack-name']);
});

test('a saved plan is carried out, and the second time it no longer fits', async () => {
  expect(await deploy({ 'dry-run': 'offline', ...PLAN })).toMatchObject({ exitCode: 0 });
  expect(await deploy(APPLY)).toMatchObject({ exitCode: 0, outputs: { status: 'created' } });
  const again = await deploy(APPLY);
  expect(again.exitCode).toBe(1);
  expect(again.log).toContain('The plan no longer fits: plan.');
});

test('a saved plan is refused when the code has changed, and nothing is called that writes', async () => {
  await deploy({});
  await deploy({ 'dry-run': 'preview', ...PLAN });
  await repository.commit({ 'functions/web.zip': `PK\u0003\u0004${'x'.repeat(100)}` }, 'Other code');
  const before = aws.calls().at(-1)?.n ?? 0;
  const applied = await deploy(APPLY);
  expect(applied.exitCode).toBe(1);
  expect(applied.log).toContain('The plan no longer fits');
  const writes = aws
    .calls(before)
    .filter(({ operation }) => /^(ExecuteChangeSet|DeleteStack|CreateStack|UpdateStack)$/.test(operation));
  expect(writes).toEqual([]);
});

test('a saved plan holds no value of a hidden parameter', async () => {
  const secret = 'correct-horse-battery-staple';
  const template =
    'Parameters:\n  Password: { Type: String, NoEcho: true }\nResources:\n  Topic: { Type: AWS::SNS::Topic }\n';
  await repository.commit({ 'hidden.yaml': template }, 'A hidden parameter');
  const planned = await deploy({
    template: 'hidden.yaml',
    parameters: `Password: ${secret}`,
    'dry-run': 'preview',
    ...PLAN,
  });
  expect(planned.exitCode).toBe(0);
  const saved = await readFile(path.join(repository.directory, 'headgate-plan.json'), 'utf8');
  expect(saved).toContain('(hidden)');
  expect(saved).not.toContain(secret);
  expect(planned.log).not.toContain(secret);
  const deployed = await deploy({ template: 'hidden.yaml', parameters: `Password: ${secret}`, ...APPLY });
  expect(deployed).toMatchObject({ exitCode: 0, outputs: { status: 'created' } });
  expect(deployed.log).not.toContain(secret);
});

test('a plan to destroy names the buckets that are emptied, and is carried out as saved', async () => {
  const deployed = await deploy({});
  const { BucketName: bucket } = JSON.parse(deployed.outputs['stack-outputs'] ?? '{}') as Record<string, string>;
  const planned = await destroy({ 'dry-run': 'offline', ...PLAN });
  expect(planned).toMatchObject({ exitCode: 0, outputs: { status: 'planned' } });
  expect(planned.log).toContain(`empty bucket ${bucket}`);
  expect(await destroy(APPLY)).toMatchObject({ exitCode: 0, outputs: { status: 'destroyed' } });
});
