import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse, type ScalarTag } from 'yaml';
import { PUBLISH_PERMISSIONS, RETIRE_PERMISSIONS } from '../../actions/glue-transform/permissions.ts';
import { RUN_JOB_PERMISSIONS } from '../../actions/glue-transform/run-job/permissions.ts';
import {
  PREPARE_PERMISSIONS,
  RUN_PERMISSIONS,
  SWEEP_PERMISSIONS,
} from '../../actions/warehouse-benchmark/permissions.ts';
import { checkRpus } from '../../actions/warehouse-benchmark/warehouse/rpus.ts';

const root = new URL('../..', import.meta.url);
const files = globSync('stacks/*/template.yaml', { cwd: root });

interface Resource {
  Type: string;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  Properties?: Record<string, unknown>;
}
interface Template {
  Parameters?: Record<string, { Type: string; NoEcho?: boolean; Default?: string | number; AllowedPattern?: string }>;
  Resources: Record<string, Resource>;
  Outputs?: Record<string, { Value: unknown }>;
}

/** The short forms of CloudFormation's functions, kept as what they hold: these tests do not resolve them. */
const shortForms = ['Ref', 'Sub', 'GetAtt', 'Select', 'Split', 'Join', 'If'].flatMap((name) => {
  const tag = `!${name}`;
  const text: ScalarTag = { tag, resolve: (value) => ({ [name]: value }) };
  return [text, { tag, collection: 'seq' as const }, { tag, collection: 'map' as const }];
});

function read(file: string): Template {
  return parse(readFileSync(new URL(file, root), 'utf8'), { customTags: shortForms, logLevel: 'error' });
}

/** Each object inside a value, itself included. */
function* objectsIn(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value as Record<string, unknown>;
  for (const inner of Object.values(value)) yield* objectsIn(inner);
}

/** Actions that take no resource. Source: Service Authorization Reference, the page of each service. */
const WITHOUT_RESOURCE: readonly unknown[] = [
  'glue:GetJobs',
  'sts:GetServiceBearerToken',
  'redshift-data:CancelStatement',
  'redshift-data:DescribeStatement',
  'redshift-data:GetStatementResult',
  'redshift-data:ListSessions',
  'redshift-serverless:CreateUsageLimit',
  'redshift-serverless:DeleteUsageLimit',
  'redshift-serverless:ListUsageLimits',
  'redshift-serverless:UpdateUsageLimit',
];

/** The policies of things (keys, domains, repositories), and all others. */
function policiesOf(resources: Record<string, Resource>): { own: unknown[]; identity: unknown[] } {
  const own: unknown[] = [];
  const identity: unknown[] = [];
  for (const { Properties = {} } of Object.values(resources)) {
    for (const [name, value] of Object.entries(Properties)) {
      (/^(KeyPolicy|PermissionsPolicyDocument)$/.test(name) ? own : identity).push(value);
    }
  }
  return { own, identity };
}

function allowed(policies: readonly unknown[]): Record<string, unknown>[] {
  return policies.flatMap((policy) => [...objectsIn(policy)]).filter(({ Effect }) => Effect === 'Allow');
}

/** Types that CloudFormation keeps, or may keep, with what they hold when nothing says otherwise. */
const STORES_DATA =
  /^AWS::(S3::Bucket|DynamoDB::(Global)?Table|Logs::LogGroup|RDS::.*|KMS::Key|SQS::Queue|ECR::Repository)$/;

test('there are templates', () => {
  expect(files).toEqual(expect.arrayContaining(['stacks/branch-stack/template.yaml', 'stacks/stack/template.yaml']));
});

describe.each(files)('%s', (file) => {
  const { Parameters = {}, Resources, Outputs = {} } = read(file);
  const resources = Object.entries(Resources);

  test('has resources and outputs', () => {
    expect(resources.length).toBeGreaterThan(0);
    expect(Object.keys(Outputs).length).toBeGreaterThan(0);
  });

  test('nothing outlives the stack, and what stores data says so', () => {
    for (const [id, { Type, DeletionPolicy, UpdateReplacePolicy }] of resources) {
      const expected = STORES_DATA.test(Type) ? ['Delete'] : ['Delete', undefined];
      expect({ id, DeletionPolicy, known: expected.includes(DeletionPolicy) }).toMatchObject({ known: true });
      expect({ id, UpdateReplacePolicy, known: expected.includes(UpdateReplacePolicy) }).toMatchObject({ known: true });
    }
  });

  test('functions write to a log group of the stack, which ends after some days', () => {
    for (const [id, { Type, Properties = {} }] of resources) {
      if (Type === 'AWS::Lambda::Function') {
        const { LogGroup } = Properties.LoggingConfig as { LogGroup: { Ref: string } };
        expect({ id, type: Resources[LogGroup.Ref]?.Type }).toEqual({ id, type: 'AWS::Logs::LogGroup' });
      }
      if (Type === 'AWS::Logs::LogGroup') expect(Properties).toHaveProperty('RetentionInDays', expect.any(Number));
    }
  });

  test('no parameter takes a secret', () => {
    for (const [name, { NoEcho }] of Object.entries(Parameters)) {
      expect(name).not.toMatch(/password|secret|token|credential|private.?key/i);
      expect(NoEcho).toBeUndefined();
    }
  });

  test('each default has the form that its parameter allows', () => {
    for (const { Default, AllowedPattern } of Object.values(Parameters)) {
      if (Default !== undefined) expect(String(Default)).toMatch(new RegExp(`^(?:${AllowedPattern ?? '.*'})$`));
    }
  });

  test('allows no action and no resource by wildcard', () => {
    const { own, identity } = policiesOf(Resources);
    for (const { Action, NotAction, Resource, Principal } of allowed(identity)) {
      expect(NotAction).toBeUndefined();
      expect(JSON.stringify(Action)).not.toContain('*');
      const takesNone = [Action].flat().every((action) => WITHOUT_RESOURCE.includes(action));
      if (!takesNone) expect(Resource).not.toBe('*');
      expect(JSON.stringify(Principal ?? '')).not.toContain('*');
    }
    // In the policy of a thing '*' is that thing. Everybody is allowed only under a condition that says who.
    for (const { Action, NotAction, Principal, Condition } of allowed(own)) {
      expect(NotAction).toBeUndefined();
      const isAccount =
        JSON.stringify(Principal) === '{"AWS":{"Sub":"arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}';
      // A key whose account has not all rights may become one that nobody can manage.
      if (!(isAccount && Action === 'kms:*')) expect(JSON.stringify(Action)).not.toContain('*');
      if (JSON.stringify(Principal).includes('"*"'))
        expect(JSON.stringify(Condition)).toMatch(/PrincipalOrgID|CallerAccount/);
    }
    expect(JSON.stringify(Resources)).not.toContain(':iam::aws:policy/');
  });

  test('buckets are versioned, encrypted and closed, and take TLS only', () => {
    const policies = resources.filter(([, { Type }]) => Type === 'AWS::S3::BucketPolicy').map(([, policy]) => policy);
    for (const [id, { Type, Properties }] of resources) {
      if (Type !== 'AWS::S3::Bucket') continue;
      expect(Properties).toMatchObject({
        VersioningConfiguration: { Status: 'Enabled' },
        BucketEncryption: { ServerSideEncryptionConfiguration: [expect.anything()] },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      });
      const policy = policies.find(({ Properties: { Bucket } = {} }) => (Bucket as { Ref: string }).Ref === id);
      expect(policy?.Properties?.PolicyDocument).toMatchObject({
        Statement: expect.arrayContaining([
          expect.objectContaining({
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:*',
            Resource: [{ GetAtt: `${id}.Arn` }, { Sub: `\${${id}.Arn}/*` }],
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ]),
      });
    }
  });

  test('permissions to invoke name the account and the source', () => {
    for (const [id, { Type, Properties }] of resources) {
      if (Type !== 'AWS::Lambda::Permission') continue;
      expect({ id, ...Properties }).toMatchObject({
        id,
        SourceAccount: { Ref: 'AWS::AccountId' },
        SourceArn: expect.anything(),
      });
    }
  });
});

describe('stacks/branch-stack/template.yaml', () => {
  const { Resources, Outputs = {} } = read('stacks/branch-stack/template.yaml');

  test('the permission names the bucket that calls', () => {
    const bucket = Resources.Uploads?.Properties?.BucketName as unknown[];
    const source = Resources.UploadsMayInvoke?.Properties?.SourceArn as unknown[];
    expect(source).toEqual([`arn:\${AWS::Partition}:s3:::${bucket[0]}`, bucket[1]]);
  });

  test('its code is a path beside the template, one source folder a zip', () => {
    const code = Object.values(Resources)
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .map(({ Properties }) => String(Properties?.Code));
    expect(code).toEqual(['functions/on-upload.zip', 'functions/web.zip']);
    const sources = globSync('functions/*/index.ts', { cwd: new URL('stacks/branch-stack/', root) }).sort();
    expect(sources).toEqual(code.map((zip) => zip.replace('.zip', '/index.ts')));
  });

  test('the URL takes signed requests only', () => {
    expect(Resources.WebUrl?.Properties).toMatchObject({ AuthType: 'AWS_IAM' });
  });

  test('says where its parts are', () => {
    expect(Object.keys(Outputs)).toEqual(['BucketName', 'TableName', 'FunctionName', 'Url']);
  });
});

describe('stacks/warehouse-benchmark/template.yaml', () => {
  const { Parameters = {}, Resources, Outputs = {} } = read('stacks/warehouse-benchmark/template.yaml');

  test('nobody reaches the workgroup from the internet, and nobody knows a password', () => {
    expect(Resources.Workgroup?.Properties).toMatchObject({ PubliclyAccessible: false });
    expect(Resources.Namespace?.Properties).toMatchObject({ ManageAdminPassword: true });
    expect(JSON.stringify(Resources)).not.toMatch(/AdminUserPassword/);
  });

  test('there is a limit on what it may cost, and it deactivates the workgroup', () => {
    expect(Resources.Limit).toMatchObject({ Type: 'Custom::UsageLimit' });
    expect(Parameters.UsageAction?.Default).toBe('deactivate');
  });

  test('its capacities are those that the inputs take', () => {
    const { AllowedValues = [] } = Parameters.Rpus as { AllowedValues?: readonly number[] };
    const all = Array.from({ length: 1100 }, (_, rpus) => rpus);
    expect(AllowedValues).toEqual(all.filter((rpus) => checkRpus(String(rpus)) === undefined));
  });

  test('the job uses only statements and sessions of its own, and neither makes nor deletes a workgroup', () => {
    const statements = allowed([Resources.BenchmarkPolicy?.Properties?.PolicyDocument]);
    const own = statements.find(({ Sid }) => Sid === 'OwnStatements');
    expect(own?.Condition).toEqual({
      StringEquals: { 'redshift-data:statement-owner-iam-userid': '${aws:userid}' },
    });
    const sessions = statements.find(({ Sid }) => Sid === 'OwnSessions');
    expect(sessions?.Condition).toEqual({
      StringEqualsIfExists: { 'redshift-data:session-owner-iam-userid': '${aws:userid}' },
    });
    expect(JSON.stringify(statements)).not.toMatch(/CreateWorkgroup|DeleteWorkgroup/);
  });

  test('allows what the operations declare for a workgroup that is there', () => {
    const actions = allowed([Resources.BenchmarkPolicy?.Properties?.PolicyDocument]).flatMap(({ Action }) => Action);
    // What an administrator does, once, is not among the rights of the job.
    const rare = /missing|delete|secret-arn/;
    const declared = [...PREPARE_PERMISSIONS, ...RUN_PERMISSIONS, ...SWEEP_PERMISSIONS]
      .filter(({ onlyWith = '' }) => !rare.test(onlyWith))
      .map(({ action }) => action);
    expect([...new Set(actions)].sort()).toEqual([...new Set(declared)].sort());
  });

  test('says what goes into the inputs', () => {
    expect(Object.keys(Outputs)).toEqual(
      expect.arrayContaining(['WorkgroupName', 'NamespaceName', 'DatabaseName', 'BenchmarkPolicyArn']),
    );
  });
});

describe('stacks/glue-transform/template.yaml', () => {
  const { Resources, Outputs = {} } = read('stacks/glue-transform/template.yaml');

  test('allows what publish, retire and run-job declare in one account, without saving jobs again', () => {
    const actions = allowed([Resources.PublishPolicy?.Properties?.PolicyDocument]).flatMap(({ Action }) => Action);
    // No policy can take this away.
    const always = 'sts:GetCallerIdentity';
    const declared = [...PUBLISH_PERMISSIONS, ...RETIRE_PERMISSIONS, ...RUN_JOB_PERMISSIONS]
      .filter(({ onlyWith = '' }) => !/save-jobs|roles/.test(onlyWith))
      .map(({ action }) => action)
      .filter((action) => action !== always);
    expect([...new Set(actions)].sort()).toEqual([...new Set(declared)].sort());
  });

  test('the job reads both transforms, and no others', () => {
    const statements = allowed([Resources.JobRole?.Properties?.Policies]);
    const { Resource: read } = statements.find(({ Sid }) => Sid === 'Transforms') ?? {};
    const given = Resources.Job?.Properties?.DefaultArguments as Record<string, { Sub: string }> | undefined;
    const paths = given?.['--extra-py-files']?.Sub.split(',') ?? [];
    const bucket = (arn: { Sub: string }) => arn.Sub.replace('arn:${AWS::Partition}:s3:::', 's3://');
    expect((read as { Sub: string }[]).map(bucket).sort()).toEqual(paths.toSorted());
    expect(paths).toHaveLength(2);
  });

  test('says what goes into the inputs', () => {
    expect(Object.keys(Outputs)).toEqual(
      expect.arrayContaining(['JobName', 'OutputBucket', 'PublishPolicyArn', 'GitHubRoleArn', 'GitLabRoleArn']),
    );
  });
});
