import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import publish from '../../../actions/glue-transform/publish.ts';
import deploy from '../../../actions/stack/deploy.ts';
import destroy from '../../../actions/stack/destroy.ts';
import type { Operation } from '../../../lib/operation/define.ts';
import { runOperation } from '../../../lib/operation/run.ts';
import { type LocalAws, startLocalAws } from '../../../local-aws/start.ts';
import { ACCOUNT, type Clients, glueOf, REGION, run as runJob } from '../../local-aws/glue-client.ts';
import { memoryHost } from '../../support/memory-host.ts';
import { requires } from '../../support/requires.ts';
import { quickClock } from '../../support/test-clock.ts';

// The stack through `stack deploy` and `stack destroy` on the local AWS, and its job, with both transforms published, on
// local Spark: how many files each copy has.

const STACK = new URL('../../../stacks/glue-transform/', import.meta.url);
const ASSETS = `aws-glue-assets-${ACCOUNT}-${REGION}`;
/** Of two workers one is the driver; the other one has four vCPUs. */
const TASKS = 4;
const java = requires('java', 'the job runs on Spark');

let aws: LocalAws;
let here: Clients;
let cloudFormation: CloudFormation;
let folder: string;
const before = { ...process.env };

beforeAll(async () => {
  aws = await startLocalAws();
  here = glueOf(aws);
  cloudFormation = new CloudFormation({
    endpoint: aws.endpoint,
    region: REGION,
    credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'local' },
  });
  Object.assign(process.env, aws.environment, { AWS_ACCESS_KEY_ID: ACCOUNT, AWS_REGION: REGION });
  folder = mkdtempSync(path.join(os.tmpdir(), 'headgate-glue-stack-'));
  cpSync(STACK, folder, { recursive: true });
}, 300_000);
afterAll(async () => {
  process.env = before;
  for (const client of [here?.glue, here?.s3, cloudFormation]) client?.destroy();
  await aws?.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => aws.reset());

async function run(operation: Operation, given: Readonly<Record<string, string>>) {
  const kept = memoryHost({
    surroundings: { serverHost: 'github.com', repositoryPath: 'octo-org/shop', event: { kind: 'manual' } },
  });
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

const DONE = { exitCode: 0, message: '' };
const deployed = (stack: string, parameters: string) =>
  run(deploy, {
    'stack-name': stack,
    template: 'template.yaml',
    capabilities: 'CAPABILITY_IAM',
    bootstrap: 'true',
    parameters,
  });

async function outputsOf(stack: string): Promise<Record<string, string>> {
  const { Stacks: [found] = [] } = await cloudFormation.describeStacks({ StackName: stack });
  return Object.fromEntries(found!.Outputs!.map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue!]));
}

const jobs = async () => (await here.glue.getJobs({})).Jobs!.map(({ Name }) => Name);
const buckets = async () => (await here.s3.listBuckets({})).Buckets!.map(({ Name }) => Name);

test('is deployed with defaults, updated, and leaves nothing', async () => {
  expect(await deployed('sales', '')).toMatchObject(DONE);
  const outputs = await outputsOf('sales');
  expect(Object.keys(outputs).sort()).toEqual(['JobName', 'JobRoleArn', 'OutputBucket', 'PublishPolicyArn']);
  const { Job: job } = await here.glue.getJob({ JobName: 'sales-demo' });
  expect(job).toMatchObject({
    GlueVersion: '5.1',
    WorkerType: 'G.1X',
    NumberOfWorkers: 2,
    ExecutionClass: 'STANDARD',
    ExecutionProperty: { MaxConcurrentRuns: 1 },
    MaxRetries: 0,
    Timeout: 30,
    Role: outputs.JobRoleArn,
    Command: {
      Name: 'glueetl',
      PythonVersion: '3',
      ScriptLocation: expect.stringMatching(`^s3://headgate-assets-${ACCOUNT}-${REGION}/headgate/[0-9a-f]{64}\\.py$`),
    },
  });
  expect(job?.DefaultArguments).toEqual({
    '--extra-py-files': `s3://${ASSETS}/transforms/salesdata_generator.py,s3://${ASSETS}/transforms/repartition_date.py`,
    '--OUTPUT': `s3://${outputs.OutputBucket}/sales/`,
    '--NUM_SAMPLES': '10000',
    '--custom-logGroup-prefix': '/headgate/glue-transform/sales',
    '--enable-job-insights': 'true',
    '--job-bookmark-option': 'job-bookmark-disable',
  });

  const parameters = 'Year: "2024"\nSeed: "-5"\nNumSamples: "20"\nGlueVersion: "6.0"\nGitHubSubjects: repo:acme/shop:*';
  expect(await deployed('sales', parameters)).toMatchObject(DONE);
  const { Job: updated } = await here.glue.getJob({ JobName: 'sales-demo' });
  expect(updated).toMatchObject({
    GlueVersion: '6.0',
    DefaultArguments: { '--YEAR': '2024', '--SEED': '-5', '--NUM_SAMPLES': '20' },
  });
  expect(await outputsOf('sales')).toHaveProperty('GitHubRoleArn');

  expect(await run(destroy, { 'stack-name': 'sales' })).toMatchObject(DONE);
  expect(await jobs()).toEqual([]);
  expect(await buckets()).toEqual([`headgate-assets-${ACCOUNT}-${REGION}`]);
}, 120_000);

java.test(
  'the job writes up to a file for each task and day, and after repartition_date one a day',
  async () => {
    // Few sales, as each file is a request: 10,000 make 1,462 files and 366.
    expect(await deployed('sales', 'Year: "2024"\nSeed: "7"\nNumSamples: "400"')).toMatchObject(DONE);
    expect(await run(publish, { transforms: 'transforms' })).toMatchObject(DONE);
    expect(await runJob(here, 'sales-demo')).toMatchObject({ JobRunState: 'SUCCEEDED' });

    const { OutputBucket = '' } = await outputsOf('sales');
    const byDate = await filesByFolder(OutputBucket, 'sales/by-date/');
    const byDay = await filesByFolder(OutputBucket, 'sales/by-day/');
    expect(Math.max(...byDate.values())).toBeLessThanOrEqual(TASKS);
    expect(sumOf(byDate)).toBeGreaterThan(1.3 * byDate.size);
    expect([...byDay.values()]).toEqual([...byDay.values()].map(() => 1));
    const days = [...byDay.keys()].map((name) =>
      name.replace(/^year=(.*)\/month=(.*)\/day=(.*)$/, 'sale_date=$1-$2-$3'),
    );
    expect(days.sort()).toEqual([...byDate.keys()].sort());
    expect(days.every((name) => /^sale_date=2024-\d\d-\d\d$/.test(name))).toBe(true);

    expect(await run(destroy, { 'stack-name': 'sales', 'empty-buckets': 'true' })).toMatchObject(DONE);
    expect(await buckets()).not.toContain(OutputBucket);
  },
  600_000,
);

java.test(
  'a run with wrong arguments fails and says which one',
  async () => {
    expect(await deployed('sales', '')).toMatchObject(DONE);
    expect(await run(publish, { transforms: 'transforms' })).toMatchObject(DONE);
    const wrong = [
      ['--OUTPUT', '/tmp/sales', "--OUTPUT is '/tmp/sales'; give a prefix such as s3://bucket/sales/"],
      ['--NUM_SAMPLES', '1e4', "--NUM_SAMPLES is '1e4'; give a whole number"],
    ] as const;
    for (const [name, value, message] of wrong) {
      const ended = await runJob(here, 'sales-demo', { [name]: value });
      expect(ended).toMatchObject({ JobRunState: 'FAILED', ErrorMessage: expect.stringContaining(message) });
    }
  },
  120_000,
);

function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

/** How many Parquet files each folder below the prefix has. */
async function filesByFolder(bucket: string, prefix: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  let token: string | undefined;
  do {
    const page = await here.s3.listObjectsV2({ Bucket: bucket, Prefix: prefix, ContinuationToken: token });
    for (const { Key = '' } of page.Contents ?? []) {
      if (!Key.endsWith('.parquet')) continue;
      const name = path.posix.dirname(Key).slice(prefix.length);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return counts;
}
