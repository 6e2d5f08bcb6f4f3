import { readFileSync } from 'node:fs';
import path from 'node:path';
import { S3 } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { make, templateOf } from '../../support/stack-context.ts';
import { openWorkplace, REPOSITORY, recordRequests, statusIn, tagsIn, type Workplace } from './workplace.ts';

let place: Workplace;
beforeAll(async () => {
  place = await openWorkplace();
}, 180_000);
afterAll(() => place?.stop());
beforeEach(() => place.aws.local.reset());

const REGIONS = ['us-east-1', 'eu-west-1', 'eu-central-1'];
const QUEUE = 'Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties:\n      VisibilityTimeout: 30\n';
/** Fails in a Region without the bucket of its code. */
const FUNCTION = `Resources:
  Queue:
    Type: AWS::SQS::Queue
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs24.x
      Handler: index.handler
      Role: arn:aws:iam::000000000000:role/none
      Code:
        S3Bucket: !Sub 'code-\${AWS::Region}'
        S3Key: code.zip
`;

const deploy = (inputs: Record<string, string> = {}) => place.run('stack deploy', { 'stack-name': 'shop', ...inputs });

describe('one stack', () => {
  test('is created, then unchanged, then updated, with the outputs of the stack', async () => {
    place.write({ 'template.yaml': `${QUEUE}Outputs:\n  Name: { Value: !GetAtt Queue.QueueName }\n` });
    const created = await deploy();
    expect(created).toMatchObject({ code: 0, outputs: { 'stack-name': 'shop', status: 'created' } });
    expect(JSON.parse(created.outputs['stack-outputs'] ?? '')).toHaveProperty('Name');
    expect(await deploy()).toMatchObject({ code: 0, outputs: { status: 'unchanged' } });
    place.write({ 'template.yaml': QUEUE });
    expect(await deploy()).toMatchObject({ code: 0, outputs: { status: 'updated' } });
  });

  test('of this project is deployed by name', async () => {
    const built = await deploy({ template: 'builtin:stack' });
    expect(built).toMatchObject({ code: 0, outputs: { status: 'created' } });
    expect(JSON.parse(built.outputs['stack-outputs'] ?? '')).toEqual({
      BucketName: 'headgate-assets-000000000000-us-east-1',
    });
  });

  test('by a name that there is not is bad input, with what there is', async () => {
    const unknown = await deploy({ template: 'builtin:stac' });
    expect(unknown.code).toBe(2);
    expect(unknown.log).toContain("'builtin:stac' is no stack of this project; did you mean 'builtin:stack'?");
    expect((await deploy({ template: 'builtin:../../etc' })).code).toBe(2);
  });

  test('has code beside its template uploaded to the bucket that it makes', async () => {
    place.write({
      'template.yaml': FUNCTION.replace(/Code:[\s\S]*/, 'Code: code\n'),
      'code/index.js': 'exports.handler = async () => 1;\n',
    });
    const missing = await deploy();
    expect(missing.code).toBe(1);
    expect(missing.log).toContain('The bucket headgate-assets-000000000000-us-east-1');
    expect(await statusIn(place.look(), 'shop')).toBeUndefined();
    expect(await deploy({ bootstrap: 'true' })).toMatchObject({ code: 0, outputs: { status: 'created' } });
    expect((await deploy()).calls.filter((call) => call === 's3 PutObject')).toEqual([]);
  });

  test.each([
    ['no name', { 'stack-name': '' }, "input 'stack-name': is required"],
    ['a name with a dot', { 'stack-name': 'shop.dev' }, "input 'stack-name': 'shop.dev' is not a stack name"],
    ['the stack of bootstrap', { 'stack-name': 'headgate-bootstrap' }, "is the stack of 'stack bootstrap'"],
    ['an unknown parameter', { parameters: 'Nope: 1' }, "parameter 'Nope' is not in the template"],
    ['a tag of ours', { tags: 'headgate:stack: x' }, "begins with 'headgate:'"],
    ['a capability that there is not', { capabilities: 'CAPABILITY_ALL' }, "'CAPABILITY_ALL' is not one of"],
    ['a template outside', { template: '../template.yaml' }, 'is outside the workspace'],
    ['too many at once', { parallel: '21' }, "input 'parallel': '21' is not a whole number from 1 to 20"],
    ['a mode that there is not', { mode: 'fast' }, "write 'standard' or 'express'"],
  ])('with %s is bad input and calls nothing', async (_, inputs, message) => {
    place.write({ 'template.yaml': QUEUE });
    const refused = await deploy(inputs as unknown as Record<string, string>);
    expect(refused.code).toBe(2);
    expect(refused.log).toContain(message);
    expect(refused.calls).toEqual([]);
  });
});

describe('three Regions', () => {
  const inputs = { regions: REGIONS.join('\n') };

  test('get the stack, each with one row of the report', async () => {
    place.write({ 'template.yaml': QUEUE });
    const deployed = await deploy(inputs);
    expect(deployed).toMatchObject({ code: 0, outputs: { status: 'created' } });
    for (const region of REGIONS) {
      expect(await statusIn(place.look(region), 'shop')).toBe('CREATE_COMPLETE');
      expect(deployed.log).toContain(`| \`${region}\` | created | \`CREATE_COMPLETE\` |`);
    }
    expect(await deploy(inputs)).toMatchObject({ code: 0, outputs: { status: 'unchanged' } });
  });

  test('are worked on at the same time', async () => {
    place.write({ 'template.yaml': QUEUE });
    await place.aws.local.setPace(0.3);
    const { calls } = await deploy({ ...inputs, parallel: '3' });
    const first = calls.indexOf('cloudformation ExecuteChangeSet');
    const ended = calls.indexOf('cloudformation DescribeStacks', first);
    expect(calls.slice(first, ended).filter((call) => call === 'cloudformation ExecuteChangeSet')).toHaveLength(3);
  });

  test('of which one fails: the others stand, the report says which, and running again goes on there', async () => {
    place.write({ 'template.yaml': FUNCTION });
    for (const region of ['us-east-1', 'eu-central-1']) await makeCode(region);
    const failed = await deploy(inputs);
    expect(failed.code).toBe(1);
    expect(failed.log).toContain('The stack shop failed in 1 of 3 places: 2 created, 1 failed');
    expect(failed.log).toMatch(/eu-west-1: The stack ended in ROLLBACK_COMPLETE, because Function .* NoSuchBucket/);
    expect(failed.log).toContain('| `us-east-1` | created | `CREATE_COMPLETE` |');
    expect(failed.log).toContain('| `eu-west-1` | ❌ failed | `ROLLBACK_COMPLETE` |');
    expect(failed.log).toContain('template.yaml:5: error: Function (AWS::Lambda::Function)');
    const result = readFileSync(path.join(place.directory, '.headgate', 'results', 'stack-deploy.json'), 'utf8');
    expect(JSON.parse(result)).toMatchObject({
      status: 'failed',
      data: { targets: [{ result: 'created' }, { target: 'eu-west-1', result: 'failed' }, { result: 'created' }] },
    });

    await makeCode('eu-west-1');
    const again = await deploy(inputs);
    expect(again).toMatchObject({ code: 0, outputs: { status: 'created' } });
    expect(again.log).toContain('| `us-east-1` | unchanged |');
    expect(again.log).toContain('| `eu-west-1` | created | `CREATE_COMPLETE` |');
  });

  test('of which some are not reached by a cancelled run are named, and the next run goes on', async () => {
    place.write({ 'template.yaml': QUEUE });
    await place.aws.local.setPace(0.5);
    const running = deploy({ ...inputs, parallel: '1' });
    await called('ExecuteChangeSet');
    process.emit('SIGTERM');
    const cancelled = await running;
    expect(cancelled.code).toBe(130);
    expect(cancelled.log).toContain('It was cancelled: 1 failed, 2 not tried');
    expect(cancelled.log).toContain('| `eu-central-1` | not tried |');
    expect(await deploy(inputs)).toMatchObject({ code: 0, outputs: { status: 'created' } });
  });

  test('of which one has a stack of somebody else: nothing is changed anywhere', async () => {
    place.write({ 'template.yaml': QUEUE });
    await make({ ...place.aws, cloudFormation: place.look('eu-west-1') }, 'shop', templateOf({ Topic: TOPIC }));
    const refused = await deploy(inputs);
    expect(refused.code).toBe(1);
    expect(refused.log).toContain('eu-west-1: The stack shop has no tag headgate:stack');
    expect(refused.log).toContain('Nothing was changed in any account or Region');
    expect(refused.calls.filter((call) => /ChangeSet|CreateStack|Put/.test(call))).toEqual([]);
  });

  test('of which one cannot be read while planning are planned and tried', async () => {
    place.write({ 'template.yaml': QUEUE });
    const recorder = await recordRequests(place.aws.local.endpoint, breakOnce('DescribeStacks'));
    try {
      const deployed = await deploy({ ...inputs, parallel: '1' });
      expect(deployed).toMatchObject({ code: 0, outputs: { status: 'created' } });
      expect(deployed.log).toContain('note: us-east-1 could not be read');
    } finally {
      await recorder.stop();
    }
  });

  test.each([
    ['eu-west', "input 'regions': 'eu-west' is not a Region; write for example 'eu-central-1'"],
    ['eu-west-1\neu-west-1', "input 'regions': 'eu-west-1' is named twice"],
  ])('written as %j are bad input', async (regions, message) => {
    place.write({ 'template.yaml': QUEUE });
    const refused = await deploy({ regions });
    expect(refused.code).toBe(2);
    expect(refused.log).toContain(message);
  });
});

describe('two accounts', () => {
  const ACCOUNTS = ['111122223333', '444455556666'];
  const roles = ACCOUNTS.map((account) => `arn:aws:iam::${account}:role/deploy`).join('\n');

  test('get the stack by a hop into a role of each, once a role', async () => {
    place.write({ 'template.yaml': QUEUE });
    const regions = 'us-east-1\neu-west-1';
    const deployed = await deploy({ roles, regions, 'allowed-account-ids': ACCOUNTS.join('\n') });
    expect(deployed).toMatchObject({ code: 0, outputs: { status: 'created' } });
    expect(deployed.log).toContain('| `444455556666/eu-west-1` | created |');
    expect(deployed.calls.filter((call) => call === 'sts AssumeRole')).toHaveLength(2);
    for (const account of ACCOUNTS)
      expect(await statusIn(place.look('eu-west-1', account), 'shop')).toBe('CREATE_COMPLETE');
    expect(await statusIn(place.look('eu-west-1'), 'shop')).toBeUndefined();
  });

  test('of which one is not allowed are refused before anything is read there', async () => {
    place.write({ 'template.yaml': QUEUE });
    const refused = await deploy({ roles, 'allowed-account-ids': ACCOUNTS[0] ?? '' });
    expect(refused.code).toBe(1);
    expect(refused.log).toContain('The credentials are for account 444455556666');
    expect(refused.calls.filter((call) => /ChangeSet/.test(call))).toEqual([]);
  });

  test.each([
    ['role/deploy', "'role/deploy' is not a role ARN"],
    ['arn:aws:iam::111122223333:role/a\narn:aws:iam::111122223333:role/b', 'is a second role of account 111122223333'],
    ['arn:aws-cn:iam::111122223333:role/a', 'is of another partition than the Region us-east-1'],
  ])('written as %j are bad input', async (wrong, message) => {
    place.write({ 'template.yaml': QUEUE });
    const refused = await deploy({ roles: wrong });
    expect(refused.code).toBe(2);
    expect(refused.log).toContain(message);
    expect(refused.calls).toEqual([]);
  });
});

describe('a stack that is there', () => {
  beforeEach(async () => {
    place.write({ 'template.yaml': QUEUE });
  });

  test('without our tag is refused, and adopted when that is said', async () => {
    await make(place.aws, 'shop', templateOf({ Queue: { Type: 'AWS::SQS::Queue' } }), {
      Tags: [{ Key: 'team', Value: 'a' }],
    });
    const refused = await deploy();
    expect(refused.code).toBe(1);
    expect(refused.log).toContain(
      'has no tag headgate:stack, so it was made by hand or by another tool; it is not touched',
    );
    expect(refused.log).toContain("give 'adopt: true'");
    const adopted = await deploy({ adopt: 'true' });
    expect(adopted).toMatchObject({ code: 0, outputs: { status: 'updated' } });
    expect(adopted.log).toContain('lose the tags team');
    expect(await tagsIn(place.look(), 'shop')).toEqual({ 'headgate:stack': REPOSITORY });
    expect(await deploy()).toMatchObject({ code: 0, outputs: { status: 'unchanged' } });
  });

  test('of another repository is refused', async () => {
    await deploy({ repository: 'github.com/octo-org/other' });
    const refused = await deploy();
    expect(refused.code).toBe(1);
    expect(refused.log).toContain("belongs to 'github.com/octo-org/other'; it is not touched");
    expect(await deploy({ adopt: 'true' })).toMatchObject({ code: 0, outputs: { status: 'updated' } });
  });

  test('of another scenario is refused whatever is given', async () => {
    await make(place.aws, 'shop', templateOf({ Topic: TOPIC }), {
      Tags: [{ Key: 'headgate:repository', Value: REPOSITORY }],
    });
    const refused = await deploy({ adopt: 'true' });
    expect(refused.code).toBe(1);
    expect(refused.log).toContain('has the tag headgate:repository, so another scenario of Headgate made it');
  });

  test('as it was before an update that failed is unchanged', async () => {
    await deploy();
    place.write({ 'template.yaml': `${QUEUE}${FUNCTION.slice(FUNCTION.indexOf('  Function:'))}` });
    expect(await deploy()).toMatchObject({ code: 1 });
    expect(await statusIn(place.look(), 'shop')).toBe('UPDATE_ROLLBACK_COMPLETE');
    place.write({ 'template.yaml': QUEUE });
    expect(await deploy()).toMatchObject({ code: 0, outputs: { status: 'unchanged' } });
  });

  test('whose rollback got stuck is recovered first', async () => {
    await deploy();
    const stuck = { region: 'us-east-1', stackName: 'shop', status: 'UPDATE_ROLLBACK_FAILED' } as const;
    await place.aws.local.setStackStatus(stuck);
    place.write({ 'template.yaml': QUEUE.replace('30', '60') });
    expect((await deploy({ 'dry-run': 'offline' })).log).toContain(
      'recover stack shop (it is in UPDATE_ROLLBACK_FAILED)',
    );
    expect(await deploy()).toMatchObject({ code: 0, outputs: { status: 'updated' } });
  });

  test('with an export that is in use: the stacks that use it are named', async () => {
    place.write({
      'template.yaml': `${QUEUE}Outputs:\n  Name: { Value: !GetAtt Queue.QueueName, Export: { Name: shop-queue } }\n`,
    });
    await deploy();
    const importing = { Type: 'AWS::SNS::Topic', Properties: { DisplayName: { 'Fn::ImportValue': 'shop-queue' } } };
    await make(place.aws, 'mail', templateOf({ Topic: importing }));
    await place.aws.local.setStackStatus({
      region: 'us-east-1',
      stackName: 'shop',
      status: 'IMPORT_ROLLBACK_FAILED',
      reason: 'Export shop-queue cannot be updated as it is in use by mail',
    });
    const failed = await deploy();
    expect(failed.code).toBe(1);
    expect(failed.log).toContain('The export shop-queue is in use by mail, so it can neither be changed nor removed');
    expect(failed.calls).toContain('cloudformation ListImports');
  });
});

test('what validation finds before it begins is shown on the line of the resource', async () => {
  await place.aws.s3.createBucket({ Bucket: 'taken-by-somebody' });
  place.write({
    'template.yaml': `${QUEUE}  Files:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: taken-by-somebody\n`,
  });
  const failed = await deploy();
  expect(failed.code).toBe(1);
  expect(failed.log).toMatch(/template\.yaml:\d+: error: Files \(AWS::S3::Bucket\)/);
});

describe('what the local AWS does not heed reaches it', () => {
  let recorder: Awaited<ReturnType<typeof recordRequests>>;
  beforeEach(async () => {
    place.write({ 'template.yaml': QUEUE });
    recorder = await recordRequests(place.aws.local.endpoint);
  });
  afterEach(() => recorder.stop());

  test('express mode, with a rollback of a failure', async () => {
    expect((await deploy({ mode: 'express' })).code).toBe(0);
    const [sent] = recorder.of('CreateChangeSet');
    expect(sent?.get('DeploymentConfig.Mode')).toBe('EXPRESS');
    expect(sent?.get('DeploymentConfig.DisableRollback')).toBe('false');
  });

  test('the way back from drift, for a stack that is there only', async () => {
    await deploy({ 'revert-drift': 'true' });
    await deploy({ 'revert-drift': 'true' });
    const sent = recorder.of('CreateChangeSet').map((parameters) => parameters.get('DeploymentMode'));
    expect(sent).toEqual([null, 'REVERT_DRIFT']);
  });

  test('and nothing of it without these inputs', async () => {
    await deploy();
    const keys = [...(recorder.of('CreateChangeSet')[0]?.keys() ?? [])];
    expect(keys.filter((key) => key.startsWith('Deployment'))).toEqual([]);
  });
});

describe('plans', () => {
  test('a preview in two Regions shows the changes of both and leaves no stack', async () => {
    place.write({ 'template.yaml': QUEUE });
    const planned = await deploy({ regions: 'us-east-1\neu-west-1', 'dry-run': 'preview' });
    expect(planned).toMatchObject({ code: 0, outputs: { status: 'planned' } });
    expect(planned.log).toContain('Changes in eu-west-1');
    for (const region of ['us-east-1', 'eu-west-1']) {
      expect(await statusIn(place.look(region), 'shop')).toBeUndefined();
    }
  });

  test('a saved plan is carried out once, and holds no hidden value', async () => {
    const secret = 'correct-horse-battery-staple';
    place.write({ 'template.yaml': `Parameters:\n  Password: { Type: String, NoEcho: true }\n${QUEUE}` });
    const inputs = { parameters: `Password: ${secret}` };
    expect(await deploy({ ...inputs, 'dry-run': 'offline', 'plan-file': 'plan.json' })).toMatchObject({ code: 0 });
    expect(readFileSync(path.join(place.directory, 'plan.json'), 'utf8')).not.toContain(secret);
    const applied = await deploy({ ...inputs, 'apply-plan': 'plan.json' });
    expect(applied).toMatchObject({ code: 0, outputs: { status: 'created' } });
    expect(applied.log).not.toContain(secret);
    const again = await deploy({ ...inputs, 'apply-plan': 'plan.json' });
    expect(again.code).toBe(1);
    expect(again.log).toContain('The plan no longer fits');
  });
});

const TOPIC = { Type: 'AWS::SNS::Topic' };

async function makeCode(region: string): Promise<void> {
  const { endpoint } = place.aws.local;
  const credentials = { accessKeyId: '000000000000', secretAccessKey: 'local' };
  const s3 = new S3({ endpoint, region, credentials, forcePathStyle: true });
  await s3.createBucket({ Bucket: `code-${region}` });
  await s3.putObject({ Bucket: `code-${region}`, Key: 'code.zip', Body: ZIP });
  s3.destroy();
}

/** Waits until the local AWS has seen a call; the test's own time-out ends it. */
async function called(operation: string): Promise<void> {
  while (!place.aws.local.calls().some((call) => call.operation === operation)) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** An empty archive: its end record alone (APPNOTE.TXT 4.3.16). */
const ZIP = Buffer.concat([Buffer.from('PK\u0005\u0006', 'latin1'), Buffer.alloc(18)]);

/** Spoils the first answer to an action, so that the client cannot read it. */
function breakOnce(action: string): (sent: URLSearchParams, body: string) => string {
  let isBroken = false;
  return (sent, body) => {
    if (isBroken || sent.get('Action') !== action) return body;
    isBroken = true;
    return '<broken';
  };
}
