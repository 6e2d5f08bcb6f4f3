import { S3 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { operations } from '../../actions/operations.ts';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { clientSettings } from './application.ts';
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
    { 'failing.yaml': FAILING, 'taken.yaml': TAKEN, 'working.yaml': WORKING },
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
  good(await run('branch-stack list', { prices: 'AWS::S3::Bucket: 1.5' }));
  good(await run('branch-stack sweep', { 'stack-role-arn': role['stack-role-arn'] }));

  // A stack that fails to be created, and one that the service refuses before it begins; then the way back.
  expect((await deploy({ component: 'failing', template: 'failing.yaml' })).exitCode).toBe(1);
  good(await deploy({ component: 'failing', template: 'working.yaml' }));
  expect((await deploy({ component: 'taken', template: 'taken.yaml' })).exitCode).toBe(1);
  good(await run('branch-stack destroy', { component: 'failing' }));

  good(await run('stack bootstrap'));
  calls = aws.calls();
  await aws.reset();
  good(await run('stack bootstrap'));
  calls.push(...aws.calls());
}

/** An object to be found and deleted with the bucket. */
async function upload(bucket: string): Promise<void> {
  await new S3({ ...clientSettings(aws), forcePathStyle: true }).putObject({
    Bucket: bucket,
    Key: 'some/object',
    Body: 'x',
  });
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
const TAKEN = `Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties: { BucketName: headgate-assets-000000000000-us-east-1 }
`;

test.each(Object.keys(operations))('%s: declared permissions equal recorded calls', async (name) => {
  const operation = (await operations[name]?.())?.default;
  const recorded = calls
    .filter(({ userAgent }) => userAgent.includes(name.replace(' ', '.')))
    .flatMap(({ iamAction, alsoNeeds = [] }) => [iamAction, ...alsoNeeds]);
  expect(recorded.length).toBeGreaterThan(0);
  expect([...new Set(recorded)].sort()).toEqual(
    [...new Set(operation?.permissions.map(({ action }) => action))].sort(),
  );
});
