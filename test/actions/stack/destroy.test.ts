import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { make, templateOf } from '../../support/stack-context.ts';
import { openWorkplace, statusIn, type Workplace } from './workplace.ts';

let place: Workplace;
beforeAll(async () => {
  place = await openWorkplace();
}, 180_000);
afterAll(() => place?.stop());
beforeEach(async () => {
  await place.aws.local.reset();
  place.write({ 'template.yaml': 'Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n' });
});

const REGIONS = { regions: 'us-east-1\neu-west-1\neu-central-1' };
const name = { 'stack-name': 'shop' };
const destroy = (inputs: Record<string, string> = {}) => place.run('stack destroy', { ...name, ...inputs });
const deploy = (inputs: Record<string, string> = {}) => place.run('stack deploy', { ...name, ...inputs });

test('a stack goes in all Regions, and what is missing there is no failure', async () => {
  await deploy({ regions: 'us-east-1\neu-west-1' });
  const gone = await destroy(REGIONS);
  expect(gone).toMatchObject({ code: 0, outputs: { status: 'destroyed' } });
  expect(gone.log).toContain('| `us-east-1` | destroyed |');
  expect(gone.log).toContain('| `eu-central-1` | missing |');
  expect(await statusIn(place.look('eu-west-1'), 'shop')).toBeUndefined();
  expect(await destroy(REGIONS)).toMatchObject({ code: 0, outputs: { status: 'missing' } });
});

test('a stack goes in two accounts', async () => {
  const roles = { roles: 'arn:aws:iam::111122223333:role/a\narn:aws:iam::444455556666:role/b' };
  await deploy(roles);
  const gone = await destroy(roles);
  expect(gone).toMatchObject({ code: 0, outputs: { status: 'destroyed' } });
  expect(gone.log).toContain('| `444455556666/us-east-1` | destroyed |');
  expect(await statusIn(place.look('us-east-1', '444455556666'), 'shop')).toBeUndefined();
});

test('a stack of somebody else stays, unless that is said', async () => {
  await make(place.aws, 'shop', templateOf({ Topic: { Type: 'AWS::SNS::Topic' } }));
  const refused = await destroy(REGIONS);
  expect(refused.code).toBe(1);
  expect(refused.log).toContain('has no tag headgate:stack');
  expect(refused.log).toContain("give 'destroy-foreign: true'");
  expect(refused.calls.filter((call) => call.includes('Delete'))).toEqual([]);
  expect(await destroy({ 'destroy-foreign': 'true' })).toMatchObject({ code: 0, outputs: { status: 'destroyed' } });
});

test('the stack of another scenario stays, whatever is said', async () => {
  await make(place.aws, 'shop', templateOf({ Topic: { Type: 'AWS::SNS::Topic' } }), {
    Tags: [{ Key: 'headgate:bootstrap', Value: 'true' }],
  });
  expect(await destroy({ 'destroy-foreign': 'true' })).toMatchObject({ code: 1 });
  expect(await statusIn(place.look(), 'shop')).toBe('CREATE_COMPLETE');
});

test('a protected stack stays in its Region, the others go, and the report says so', async () => {
  await deploy(REGIONS);
  await place.look('eu-west-1').updateTerminationProtection({ StackName: 'shop', EnableTerminationProtection: true });
  const failed = await destroy(REGIONS);
  expect(failed.code).toBe(1);
  expect(failed.log).toContain('The stack shop is protected from termination');
  expect(failed.log).toContain('| `us-east-1` | destroyed |');
  expect(failed.log).toContain('| `eu-west-1` | ❌ failed | `CREATE_COMPLETE` |');
  expect(await statusIn(place.look('us-east-1'), 'shop')).toBeUndefined();
});

test('a stack whose export is in use stays, and all stacks that use it are named', async () => {
  place.write({
    'template.yaml':
      'Resources:\n  Queue: { Type: AWS::SQS::Queue }\nOutputs:\n  Name: { Value: !GetAtt Queue.QueueName, Export: { Name: shop-queue } }\n',
  });
  await deploy();
  for (const user of ['mail', 'print']) {
    const properties = { DisplayName: { 'Fn::ImportValue': 'shop-queue' } };
    await make(place.aws, user, templateOf({ Topic: { Type: 'AWS::SNS::Topic', Properties: properties } }));
  }
  const failed = await destroy();
  expect(failed.code).toBe(1);
  expect(failed.log).toContain('The export shop-queue is in use by mail, print');
  expect(failed.log).toContain('Change those stacks first');
});

test('a bucket with objects holds the stack, until its objects may go', async () => {
  place.write({
    'template.yaml': 'Resources:\n  Files: { Type: AWS::S3::Bucket }\nOutputs:\n  Name: { Value: !Ref Files }\n',
  });
  const { Name: bucket } = JSON.parse((await deploy()).outputs['stack-outputs'] ?? '{}') as Record<string, string>;
  await place.aws.s3.putObject({ Bucket: bucket, Key: 'a', Body: 'x' });
  expect(await destroy()).toMatchObject({ code: 1 });
  const planned = await destroy({ 'empty-buckets': 'true', 'dry-run': 'offline' });
  expect(planned.log).toContain(`empty bucket ${bucket}`);
  expect(await destroy({ 'empty-buckets': 'true' })).toMatchObject({ code: 0, outputs: { status: 'destroyed' } });
});
