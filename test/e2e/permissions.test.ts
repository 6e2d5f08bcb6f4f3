import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ECR } from '@aws-sdk/client-ecr';
import { S3 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { operations } from '../../actions/operations.ts';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { clientSettings } from './application.ts';
import { expectDeclaredEqualsRecorded } from './declared-permissions.ts';
import type { Door } from './door.ts';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.ts';
import { openTerminal } from './terminal-door.ts';

// The published minimal policy is made of the declared permissions, so they must be what is really called: no more and
// no less. Each operation is taken through every situation in which it makes another call; then the two are compared.

let aws: LocalAws;
let repository: ScratchRepository;
let door: Door;
let calls: ReturnType<LocalAws['calls']>;

beforeAll(async () => {
  aws = await startLocalAws();
  repository = await createScratchRepository();
  door = await openTerminal(repository, aws);
  await situations();
}, 180_000);

afterAll(async () => {
  await aws?.stop();
  await repository?.remove();
});

const BRANCH = 'permissions';

async function situations(): Promise<void> {
  await repository.startBranch(BRANCH);
  await repository.commit(
    {
      'failing.yaml': FAILING,
      'taken.yaml': TAKEN,
      'working.yaml': WORKING,
      'files.yaml': FILES,
      'parent.yaml': PARENT,
      'parent-of-files.yaml': PARENT.replace('working', 'files'),
      'exporting.yaml': EXPORTING,
      'importing.yaml': IMPORTING,
      'images.yaml': IMAGES,
      'shared.yaml': SHARED,
      'using.yaml': USING,
    },
    'Templates that work and that fail',
  );
  const run = (operation: string, inputs: Record<string, string> = {}) =>
    door.run({ operation, inputs, happening: { kind: 'manual', branch: BRANCH } });
  const deploy = (inputs: Record<string, string> = {}) => run('branch-stack deploy', inputs);
  const good = (result: { exitCode: number; log: string }) => {
    if (result.exitCode !== 0) throw new Error(result.log);
  };

  good(await deploy({ 'dry-run': 'preview', bootstrap: 'true', 'allowed-account-ids': '000000000000' }));
  good(await deploy({ bootstrap: 'true' }));
  good(await deploy());
  good(await deploy({ component: 'new', 'dry-run': 'preview' }));
  good(await run('branch-stack name', { 'of-stack': (await run('branch-stack name')).outputs['stack-name'] ?? '' }));
  await upload(JSON.parse((await deploy()).outputs['stack-outputs'] ?? '{}').BucketName);
  good(await run('branch-stack destroy'));

  const role = {
    component: 'role',
    template: 'working.yaml',
    'stack-role-arn': 'arn:aws:iam::000000000000:role/cloudformation',
  };
  good(await deploy(role));
  good(await run('branch-stack destroy', { component: role.component, 'stack-role-arn': role['stack-role-arn'] }));

  // A stack whose branch is gone, with an object in its bucket, is listed and swept.
  await upload(JSON.parse((await deploy({ component: 'lost' })).outputs['stack-outputs'] ?? '{}').BucketName);
  await pushImage(
    JSON.parse((await deploy({ component: 'lost-images', template: 'images.yaml' })).outputs['stack-outputs'] ?? '{}')
      .Name,
  );
  good(await run('branch-stack list', { prices: 'AWS::S3::Bucket: 1.5' }));
  good(await run('branch-stack sweep', { 'stack-role-arn': role['stack-role-arn'] }));

  // A stack that fails to be created, and one that the service refuses before it begins; then the way back.
  expect((await deploy({ component: 'failing', template: 'failing.yaml' })).exitCode).toBe(1);
  good(await deploy({ component: 'failing', template: 'working.yaml' }));
  expect((await deploy({ component: 'taken', template: 'taken.yaml' })).exitCode).toBe(1);
  good(await run('branch-stack destroy', { component: 'failing' }));

  // A rollback that got stuck.
  const stuck = (await deploy(role)).outputs['stack-name'] ?? '';
  await aws.setStackStatus({ region: 'us-east-1', stackName: stuck, status: 'UPDATE_ROLLBACK_FAILED' });
  good(await deploy(role));

  // A repository with an image, and an export that another stack imports.
  await pushImage(
    JSON.parse((await deploy({ component: 'images', template: 'images.yaml' })).outputs['stack-outputs'] ?? '{}').Name,
  );
  good(await run('branch-stack destroy', { component: 'images' }));
  good(await deploy({ component: 'shared', template: 'shared.yaml' }));
  good(await deploy({ component: 'using', template: 'using.yaml' }));
  const held = await run('branch-stack destroy', { component: 'shared' });
  expect([held.exitCode, held.log]).toEqual([1, expect.stringContaining('The export shared-topic is in use by ')]);
  for (const component of ['using', 'shared']) good(await run('branch-stack destroy', { component }));

  good(await run('stack bootstrap'));
  good(await run('doctor run'));
  await plainStacks(run, good);
  calls = aws.calls();
  await aws.reset();
  await bootstraps(run, good);
  calls.push(...aws.calls());
}

type Run = (
  operation: string,
  inputs?: Record<string, string>,
) => Promise<{
  readonly exitCode: number;
  readonly outputs: Readonly<Record<string, string>>;
  readonly log: string;
}>;

async function bootstraps(run: Run, good: (result: { exitCode: number; log: string }) => void): Promise<void> {
  const s3 = new S3({ ...clientSettings(aws), forcePathStyle: true });
  const bucket = { Bucket: 'headgate-assets-000000000000-us-east-1' };
  const setStatus = (status: 'UPDATE_ROLLBACK_FAILED' | 'ROLLBACK_COMPLETE') =>
    aws.setStackStatus({ region: 'us-east-1', stackName: 'headgate-bootstrap', status });
  // The service refuses a bucket that somebody has before it begins; then the way back from every status.
  await s3.createBucket(bucket);
  expect((await run('stack bootstrap')).exitCode).toBe(1);
  await s3.deleteBucket(bucket);
  good(await run('stack bootstrap'));
  await setStatus('UPDATE_ROLLBACK_FAILED');
  good(await run('stack bootstrap'));
  await setStatus('ROLLBACK_COMPLETE');
  good(await run('stack bootstrap'));
}

async function plainStacks(run: Run, good: (result: { exitCode: number; log: string }) => void): Promise<void> {
  const everything = { capabilities: 'CAPABILITY_IAM\nCAPABILITY_AUTO_EXPAND' };
  const stack = (operation: string, name: string, template: string, inputs: Record<string, string> = {}) =>
    run(`stack ${operation}`, { 'stack-name': name, ...(template === '' ? {} : { template }), ...inputs });
  const role = { 'stack-role-arn': 'arn:aws:iam::000000000000:role/cloudformation' };
  const roles = { roles: 'arn:aws:iam::111122223333:role/deploy' };

  // New and existing, nested templates that must be uploaded, another account, a role for CloudFormation.
  good(await stack('diff', 'files', 'parent.yaml', everything));
  good(await stack('deploy', 'files', 'working.yaml'));
  good(await stack('diff', 'files', 'files.yaml', role));
  good(await stack('deploy', 'files', 'files.yaml', role));
  good(await stack('deploy', 'files', 'files.yaml'));
  // The preview of 'diff' uploaded the child of parent.yaml; this one nobody uploaded yet.
  good(await stack('deploy', 'nested', 'parent-of-files.yaml', everything));
  for (const operation of ['deploy', 'diff']) good(await stack(operation, 'there', 'working.yaml', roles));
  good(await stack('destroy', 'there', '', roles));
  await upload(JSON.parse((await stack('deploy', 'files', 'files.yaml')).outputs['stack-outputs'] ?? '{}').Name);
  good(await stack('destroy', 'files', '', { 'empty-buckets': 'true', ...role }));

  // A repository with an image, and a resource that cannot be deleted and is left behind.
  await pushImage(JSON.parse((await stack('deploy', 'images', 'images.yaml')).outputs['stack-outputs'] ?? '{}').Name);
  await aws.failResource({ stackName: 'images', logicalId: 'Topic', action: 'delete' });
  const left = await stack('destroy', 'images', '', { 'empty-repositories': 'true', retain: 'None', force: 'true' });
  expect([left.exitCode, left.outputs['left-behind'], left.log]).toEqual([0, '1', expect.any(String)]);

  // Failures whose reasons are asked for.
  expect((await stack('deploy', 'taken', 'taken.yaml')).exitCode).toBe(1);
  expect((await stack('deploy', 'failing', 'failing.yaml')).exitCode).toBe(1);
  good(await stack('deploy', 'failing', 'working.yaml'));
  good(await stack('deploy', 'exporting', 'exporting.yaml'));
  good(await stack('deploy', 'importing', 'importing.yaml'));
  expect((await stack('destroy', 'exporting', '')).exitCode).toBe(1);
  const setStatus = (status: 'UPDATE_ROLLBACK_FAILED' | 'IMPORT_ROLLBACK_FAILED', more: { reason?: string } = {}) =>
    aws.setStackStatus({ region: 'us-east-1', stackName: 'exporting', status, ...more });
  await setStatus('UPDATE_ROLLBACK_FAILED');
  good(await stack('deploy', 'exporting', 'exporting.yaml'));
  await setStatus('IMPORT_ROLLBACK_FAILED', {
    reason: 'Export topic-name cannot be updated as it is in use by importing',
  });
  for (const operation of ['deploy', 'diff']) {
    expect((await stack(operation, 'exporting', 'working.yaml')).exitCode).toBe(1);
  }
}

/** An object to be found and deleted with the bucket. */
async function upload(bucket: string): Promise<void> {
  await new S3({ ...clientSettings(aws), forcePathStyle: true }).putObject({
    Bucket: bucket,
    Key: 'some/object',
    Body: 'x',
  });
}

/** An image to be found and deleted with the repository. */
async function pushImage(repositoryName: string): Promise<void> {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const imageManifest = JSON.stringify({ schemaVersion: 2, mediaType, layers: [] });
  await new ECR(clientSettings(aws)).putImage({ repositoryName, imageManifest, imageTag: 'latest' });
}

const WORKING = 'Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n';
const FAILING = `${WORKING}  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs24.x
      Handler: index.handler
      Role: arn:aws:iam::000000000000:role/none
      Code: { S3Bucket: no-such-bucket-of-headgate, S3Key: none.zip }
`;
const FILES = 'Resources:\n  Files: { Type: AWS::S3::Bucket }\nOutputs:\n  Name: { Value: !Ref Files }\n';
const PARENT = `Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties: { TemplateURL: working.yaml }
`;
const EXPORTING = `${WORKING}Outputs:\n  Name: { Value: !GetAtt Topic.TopicName, Export: { Name: topic-name } }\n`;
const IMPORTING = `${WORKING}    Properties: { DisplayName: !ImportValue topic-name }\n`;
const IMAGES = `${WORKING}  App: { Type: AWS::ECR::Repository }\nOutputs:\n  Name: { Value: !Ref App }\n`;
const SHARED = `${WORKING}Outputs:\n  Name: { Value: !GetAtt Topic.TopicName, Export: { Name: shared-topic } }\n`;
const USING = `${WORKING}    Properties: { DisplayName: !ImportValue shared-topic }\n`;
const TAKEN = `Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties: { BucketName: headgate-assets-000000000000-us-east-1 }
`;

// Those of images have a suite of their own, image-permissions.test.ts.
const HERE = ['branch-stack', 'doctor', 'stack'];
const scenarioOf = (name: string) => name.split(' ')[0] ?? '';

test.each(Object.keys(operations).filter((name) => HERE.includes(scenarioOf(name))))(
  '%s: declared permissions equal recorded calls',
  async (name) => {
    await expectDeclaredEqualsRecorded(name, calls);
  },
);

test('every other scenario has a suite of its own that compares', () => {
  const suites = globSync('*-permissions.test.ts', { cwd: import.meta.dirname }).map((file) =>
    readFileSync(path.join(import.meta.dirname, file), 'utf8'),
  );
  const others = new Set(
    Object.keys(operations)
      .map(scenarioOf)
      .filter((scenario) => !HERE.includes(scenario)),
  );
  for (const scenario of others) {
    const compares = suites.some((text) => text.includes(`startsWith('${scenario} ')`));
    expect({ scenario, compares }).toEqual({ scenario, compares: true });
  }
});
