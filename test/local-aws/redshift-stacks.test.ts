import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { installDuckdb } from '../../engines/duckdb/install.ts';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { ACCOUNT, type Clients, errorOf, REGION, redshiftOf, rowsOf } from './redshift-client.ts';
import { template } from './support.ts';

// Redshift Serverless in stacks: what a stack says is there is really there, in the account and Region of the stack.

let aws: LocalAws;
let here: Clients;
let cloudformation: CloudFormation;

beforeAll(async () => {
  await installDuckdb();
  aws = await startLocalAws();
  here = redshiftOf(aws);
  const credentials = { accessKeyId: ACCOUNT, secretAccessKey: 'local' };
  cloudformation = new CloudFormation({ endpoint: aws.endpoint, region: REGION, credentials, maxAttempts: 1 });
}, 300_000);
afterAll(async () => {
  cloudformation?.destroy();
  await aws?.stop();
});
beforeEach(() => aws.reset());

const StackName = 'warehouse';
const Tags = [{ Key: 'team', Value: 'data' }];

function resources(workgroup: object = {}, namespace: object = {}) {
  return {
    Namespace: {
      Type: 'AWS::RedshiftServerless::Namespace',
      Properties: { NamespaceName: 'bench', ManageAdminPassword: true, DbName: 'dev', ...namespace },
    },
    Workgroup: {
      Type: 'AWS::RedshiftServerless::Workgroup',
      Properties: {
        WorkgroupName: 'bench',
        NamespaceName: { Ref: 'Namespace' },
        BaseCapacity: 8,
        ConfigParameters: [{ ParameterKey: 'query_group', ParameterValue: 'bench' }],
        ...workgroup,
      },
    },
  };
}

const Outputs = {
  Workgroup: { Value: { Ref: 'Workgroup' } },
  Arn: { Value: { 'Fn::GetAtt': ['Workgroup', 'Workgroup.WorkgroupArn'] } },
  Address: { Value: { 'Fn::GetAtt': ['Workgroup', 'Workgroup.Endpoint.Address'] } },
  Secret: { Value: { 'Fn::GetAtt': ['Namespace', 'Namespace.AdminPasswordSecretArn'] } },
};

async function settled(id: string) {
  for (;;) {
    const [stack] = (await cloudformation.describeStacks({ StackName: id })).Stacks ?? [];
    if (!stack?.StackStatus?.endsWith('_IN_PROGRESS')) return stack!;
  }
}

async function create(body: object) {
  const TemplateBody = template(body, { Outputs });
  const { StackId } = await cloudformation.createStack({ StackName, TemplateBody, Tags });
  return await settled(StackId!);
}

async function update(body: object) {
  const TemplateBody = template(body, { Outputs });
  const { StackId } = await cloudformation.updateStack({ StackName, TemplateBody, Tags });
  return await settled(StackId!);
}

test('a stack makes a namespace and a workgroup that takes statements at once', async () => {
  const stack = await create(resources());
  expect(stack.StackStatus).toBe('CREATE_COMPLETE');
  const outputs = Object.fromEntries(stack.Outputs!.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  const { workgroup } = await here.serverless.getWorkgroup({ workgroupName: 'bench' });
  const { namespace } = await here.serverless.getNamespace({ namespaceName: 'bench' });
  expect(outputs).toEqual({
    Workgroup: 'bench',
    Arn: workgroup!.workgroupArn,
    Address: workgroup!.endpoint!.address,
    Secret: namespace!.adminPasswordSecretArn,
  });
  expect(workgroup).toMatchObject({
    status: 'AVAILABLE',
    baseCapacity: 8,
    configParameters: [{ parameterKey: 'query_group', parameterValue: 'bench' }],
  });
  expect(await rowsOf(here, 'select 1')).toEqual([[1]]);
  const { tags } = await here.serverless.listTagsForResource({ resourceArn: workgroup!.workgroupArn });
  expect(tags).toEqual(expect.arrayContaining([{ key: 'team', value: 'data' }]));
});

test('an update resizes the workgroup, a deletion takes both away', async () => {
  await create(resources());
  expect((await update(resources({ BaseCapacity: 16 }))).StackStatus).toBe('UPDATE_COMPLETE');
  expect((await here.serverless.getWorkgroup({ workgroupName: 'bench' })).workgroup).toMatchObject({
    status: 'AVAILABLE',
    baseCapacity: 16,
  });
  const { Stacks } = await cloudformation.describeStacks({ StackName });
  await cloudformation.deleteStack({ StackName });
  expect((await settled(Stacks![0]!.StackId!)).StackStatus).toBe('DELETE_COMPLETE');
  for (const call of [
    here.serverless.getWorkgroup({ workgroupName: 'bench' }),
    here.serverless.getNamespace({ namespaceName: 'bench' }),
  ]) {
    expect(await errorOf(call)).toMatchObject({ name: 'ResourceNotFoundException' });
  }
});

test('a capacity that there is not fails the stack, which rolls back', async () => {
  const stack = await create(resources({ BaseCapacity: 9 }));
  expect(stack.StackStatus).toBe('ROLLBACK_COMPLETE');
  const { StackEvents } = await cloudformation.describeStackEvents({ StackName: stack.StackId! });
  const reasons = StackEvents!.map(({ ResourceStatusReason = '' }) => ResourceStatusReason);
  expect(reasons).toContainEqual(expect.stringMatching(/9 RPUs.*Service: RedshiftServerless.*InvalidRequest/s));
  expect((await here.serverless.listNamespaces({})).namespaces).toEqual([]);
});

test("what CloudFormation calls for a stack is no call of the user's", async () => {
  await create(resources());
  expect(aws.calls().filter(({ service }) => service === 'redshift-serverless')).toEqual([]);
});
