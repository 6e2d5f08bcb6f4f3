import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { type CodeGenConfigurationNode, Glue } from '@aws-sdk/client-glue';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';

// The real client of Glue against the jobs of the local AWS: what ministack alone would lose.

const ACCOUNT = '111122223333';
let aws: LocalAws;
let glue: Glue;

beforeAll(async () => {
  aws = await startLocalAws();
  glue = glueIn('eu-west-1');
}, 300_000);
afterAll(async () => {
  glue?.destroy();
  await aws?.stop();
});
beforeEach(() => aws.reset());

const settings = (region: string, account = ACCOUNT) => ({
  endpoint: aws.endpoint,
  region,
  credentials: { accessKeyId: account, secretAccessKey: 'local' },
  maxAttempts: 1,
});
const glueIn = (region: string, account?: string) => new Glue(settings(region, account));

const NODES: Record<string, CodeGenConfigurationNode> = {
  node: {
    DynamicTransform: {
      Name: 'Repartition',
      TransformName: 'repartition_date',
      Inputs: ['source'],
      FunctionName: 'repartition_date',
      Path: 's3://bucket/transforms/repartition_date.py',
      Parameters: [{ Name: 'dateCol', Type: 'str', Value: ['sale_date'], IsOptional: false }],
      OutputSchemas: [{ Columns: [{ Name: 'year', Type: 'string' }] }],
    },
  } as CodeGenConfigurationNode,
};
const JOB = {
  Role: 'arn:aws:iam::111122223333:role/glue',
  Command: { Name: 'glueetl', ScriptLocation: 's3://bucket/job.py', PythonVersion: '3' },
  ExecutionProperty: { MaxConcurrentRuns: 3 },
  ExecutionClass: 'FLEX' as const,
  JobMode: 'VISUAL' as const,
  CodeGenConfigurationNodes: NODES,
};

test('a job keeps the nodes of the visual editor and every other member', async () => {
  await glue.createJob({ Name: 'sales', ...JOB });
  const { Job: job } = await glue.getJob({ JobName: 'sales' });
  expect(job).toMatchObject({ Name: 'sales', ...JOB });
  expect(job?.LastModifiedOn).toEqual(job?.CreatedOn);
  await expect(glue.createJob({ Name: 'sales', ...JOB })).rejects.toMatchObject({ name: 'AlreadyExistsException' });
});

test('an update replaces the job as a whole, and is seen by its time', async () => {
  await glue.createJob({ Name: 'sales', Description: 'before', MaxRetries: 2, ...JOB });
  const { Job: before } = await glue.getJob({ JobName: 'sales' });
  await glue.updateJob({ JobName: 'sales', JobUpdate: { Role: JOB.Role, Command: JOB.Command, Timeout: 10 } });
  const { Job: after } = await glue.getJob({ JobName: 'sales' });
  expect(after).toMatchObject({ Name: 'sales', Timeout: 10, MaxRetries: 0 });
  expect(after).not.toHaveProperty('Description');
  expect(after).not.toHaveProperty('CodeGenConfigurationNodes');
  expect(after!.LastModifiedOn!.getTime()).toBeGreaterThan(before!.LastModifiedOn!.getTime());
  expect(after?.CreatedOn).toEqual(before?.CreatedOn);
});

test('jobs come in pages, of one account and Region only', async () => {
  for (let n = 0; n < 5; n++) await glue.createJob({ Name: `job${n}`, ...JOB });
  const other = glueIn('us-east-1');
  const stranger = glueIn('eu-west-1', '444455556666');
  const sizes: number[] = [];
  let token: string | undefined;
  do {
    const page = await glue.getJobs({ MaxResults: 2, NextToken: token });
    sizes.push(page.Jobs?.length ?? 0);
    token = page.NextToken;
  } while (token !== undefined);
  expect(sizes).toEqual([2, 2, 1]);
  expect([(await other.getJobs({})).Jobs, (await stranger.getJobs({})).Jobs]).toEqual([[], []]);
  await expect(glue.getJobs({ MaxResults: 1001 })).rejects.toMatchObject({ name: 'InvalidInputException' });
  other.destroy();
  stranger.destroy();
});

test('what is not there is EntityNotFoundException, and a deletion is none', async () => {
  const missing = { name: 'EntityNotFoundException' };
  await expect(glue.getJob({ JobName: 'none' })).rejects.toMatchObject(missing);
  await expect(glue.updateJob({ JobName: 'none', JobUpdate: {} })).rejects.toMatchObject(missing);
  expect(await glue.deleteJob({ JobName: 'none' })).toMatchObject({ JobName: 'none' });
});

test('a job of a stack is the same job', async () => {
  const cloudformation = new CloudFormation(settings('eu-west-1'));
  const { Role, Command } = JOB;
  const job = { Type: 'AWS::Glue::Job', Properties: { Name: 'stacked', Role, Command, GlueVersion: '5.0' } };
  await cloudformation.createStack({ StackName: 'jobs', TemplateBody: JSON.stringify({ Resources: { Job: job } }) });
  while ((await cloudformation.describeStacks({ StackName: 'jobs' })).Stacks?.[0]?.StackStatus !== 'CREATE_COMPLETE');
  expect((await glue.getJob({ JobName: 'stacked' })).Job).toMatchObject({
    Name: 'stacked',
    Role,
    Command,
    GlueVersion: '5.0',
  });
  cloudformation.destroy();
});
