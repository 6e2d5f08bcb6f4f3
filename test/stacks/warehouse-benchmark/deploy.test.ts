import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import deploy from '../../../actions/stack/deploy.ts';
import destroy from '../../../actions/stack/destroy.ts';
import type { Operation } from '../../../lib/operation/define.ts';
import { runOperation } from '../../../lib/operation/run.ts';
import { type LocalAws, startLocalAws } from '../../../local-aws/start.ts';
import { zipFolder } from '../../../scripts/build/zip-folder.ts';
import { ACCOUNT, type Clients, errorOf, REGION, redshiftOf } from '../../local-aws/redshift-client.ts';
import { memoryHost } from '../../support/memory-host.ts';
import { quickClock } from '../../support/test-clock.ts';

// The stack through `stack deploy` and `stack destroy` on the local AWS: what it makes, what an update changes, and that
// nothing stays. Its function is the real one, loaded from the source in place of a bundle.

const STACK = new URL('../../../stacks/warehouse-benchmark/', import.meta.url);
const NAME = 'warehouse-benchmark';

let aws: LocalAws;
let here: Clients;
let folder: string;
const before = { ...process.env };

beforeAll(async () => {
  aws = await startLocalAws();
  here = redshiftOf(aws);
  Object.assign(process.env, aws.environment, { AWS_ACCESS_KEY_ID: ACCOUNT, AWS_REGION: REGION });
  folder = mkdtempSync(path.join(os.tmpdir(), 'headgate-warehouse-stack-'));
  cpSync(new URL('template.yaml', STACK), path.join(folder, 'template.yaml'));
  await bundle();
}, 300_000);
afterAll(async () => {
  process.env = before;
  here?.data.destroy();
  here?.serverless.destroy();
  await aws?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function run(operation: Operation, given: Readonly<Record<string, string>>) {
  const kept = memoryHost();
  kept.remove();
  const exitCode = await runOperation({
    operation,
    host: { ...kept, workspace: folder },
    raw: (name) => given[name],
    version: '1.2.3',
    clock: quickClock,
    // Names of change sets and tokens of calls must differ from one deployment to the next.
    randomHex: (bytes) => randomBytes(bytes).toString('hex'),
    signal: new AbortController().signal,
  });
  return { exitCode, outputs: kept.outputs, message: kept.annotations.map(({ message }) => message).join('\n') };
}

const workgroup = async () => (await here.serverless.getWorkgroup({ workgroupName: NAME })).workgroup!;

test('is deployed with defaults, updated, and leaves nothing', async () => {
  const inputs = {
    'stack-name': 'warehouse',
    template: 'template.yaml',
    capabilities: 'CAPABILITY_IAM',
    bootstrap: 'true',
  };
  expect(await run(deploy, inputs)).toMatchObject({ exitCode: 0, message: '' });
  const made = await workgroup();
  expect(made).toMatchObject({ status: 'AVAILABLE', baseCapacity: 8, publiclyAccessible: false, namespaceName: NAME });
  const { namespace } = await here.serverless.getNamespace({ namespaceName: NAME });
  expect(namespace).toMatchObject({ dbName: 'dev', adminPasswordSecretArn: expect.stringContaining(':secret:') });
  const limits = async () =>
    (await here.serverless.listUsageLimits({ resourceArn: made.workgroupArn! })).usageLimits ?? [];
  expect(await limits()).toEqual([
    expect.objectContaining({ amount: 100, period: 'daily', breachAction: 'deactivate' }),
  ]);

  const parameters = 'Rpus: "16"\nMaxRpus: "64"\nUsageLimit: "20"\nGitHubSubjects: repo:acme/shop:*';
  expect(await run(deploy, { ...inputs, parameters })).toMatchObject({ exitCode: 0, message: '' });
  expect(await workgroup()).toMatchObject({ baseCapacity: 16, maxCapacity: 64 });
  expect(await limits()).toEqual([expect.objectContaining({ amount: 20 })]);
  const cloudFormation = new CloudFormation({
    endpoint: aws.endpoint,
    region: REGION,
    credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'local' },
  });
  const { Stacks: [stack] = [] } = await cloudFormation.describeStacks({ StackName: 'warehouse' });
  cloudFormation.destroy();
  const outputs = Object.fromEntries(stack!.Outputs!.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  expect(outputs).toMatchObject({
    WorkgroupName: NAME,
    NamespaceName: NAME,
    DatabaseName: 'dev',
    BenchmarkPolicyArn: expect.stringContaining(':policy/'),
    GitHubRoleArn: expect.stringContaining(':role/'),
  });

  expect(await run(destroy, { 'stack-name': 'warehouse' })).toMatchObject({ exitCode: 0, message: '' });
  expect(await errorOf(here.serverless.getWorkgroup({ workgroupName: NAME }))).toMatchObject({
    name: 'ResourceNotFoundException',
  });
  expect((await here.serverless.listNamespaces({})).namespaces).toEqual([]);
  expect((await here.serverless.listUsageLimits({})).usageLimits).toEqual([]);
}, 120_000);

/** A zip as the build makes one, but with a reference to the source in it. */
async function bundle(): Promise<void> {
  const code = path.join(folder, 'code');
  await mkdir(code);
  const source = new URL('functions/usage-limit/index.ts', STACK);
  await writeFile(path.join(code, 'index.js'), `export { handler } from '${source.href}';\n`);
  await writeFile(path.join(code, 'package.json'), '{ "type": "module" }\n');
  await mkdir(path.join(folder, 'functions'));
  await zipFolder(code, path.join(folder, 'functions', 'usage-limit.zip'));
}
