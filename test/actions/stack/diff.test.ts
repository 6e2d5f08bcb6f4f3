import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { make, templateOf } from '../../support/stack-context.ts';
import { openWorkplace, recordRequests, statusIn, type Workplace } from './workplace.ts';

let place: Workplace;
beforeAll(async () => {
  place = await openWorkplace();
}, 180_000);
afterAll(() => place?.stop());
beforeEach(() => place.aws.local.reset());

const QUEUE = `Parameters:
  Delay: { Type: Number, Default: 0 }
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 30
      DelaySeconds: !Ref Delay
`;
const name = { 'stack-name': 'shop' };
const diff = (inputs: Record<string, string> = {}) => place.run('stack diff', { ...name, ...inputs });
const deploy = (inputs: Record<string, string> = {}) => place.run('stack deploy', { ...name, ...inputs });

test('says when there is nothing to change, and leaves nothing', async () => {
  place.write({ 'template.yaml': QUEUE });
  await deploy();
  const same = await diff();
  expect(same).toMatchObject({ code: 0, outputs: { 'stack-name': 'shop', status: 'no-changes' } });
  expect(same.log).toContain('no changes');
  expect(await changeSets()).toEqual([]);
});

test('shows the property that changes, before and after, and changes nothing', async () => {
  place.write({ 'template.yaml': QUEUE });
  await deploy();
  place.write({ 'template.yaml': QUEUE.replace('30', '60') });
  const changed = await diff();
  expect(changed).toMatchObject({ code: 0, outputs: { status: 'changes' } });
  expect(changed.log).toContain(
    '| change | `Queue` `AWS::SQS::Queue` | `Properties.VisibilityTimeout` | `30` | `60` |',
  );
  expect(await changeSets()).toEqual([]);
  expect(changed.calls).not.toContain('cloudformation ExecuteChangeSet');
  expect(resultFile().result.targets[0]).toMatchObject({
    changed: true,
    properties: [{ resource: 'Queue', path: 'Properties.VisibilityTimeout', before: '30', after: '60' }],
  });
});

test('shows parameters and tags that change', async () => {
  place.write({ 'template.yaml': QUEUE });
  await deploy({ parameters: 'Delay: 5', tags: 'team: a\nstage: test' });
  const changed = await diff({ tags: 'team: b' });
  expect(changed.log).toContain('| `Delay` | `5` | `0` |');
  expect(changed.log).toContain('| `team` | `a` | `b` |');
  expect(changed.log).toContain('| `stage` | `test` | – |');
});

test('shows what is in the text alone, such as outputs', async () => {
  place.write({ 'template.yaml': `${QUEUE}Outputs:\n  Name: { Value: !GetAtt Queue.QueueName }\n` });
  await deploy();
  place.write({ 'template.yaml': `${QUEUE}Outputs:\n  Name: { Value: !GetAtt Queue.Arn }\n` });
  const changed = await diff();
  expect(changed).toMatchObject({ code: 0, outputs: { status: 'changes' } });
  expect(changed.log).toContain('changes that touch no resource');
  expect(changed.log).toContain('Outputs.Name.Value');
  expect(changed.log).toContain('{"Fn::GetAtt":["Queue","Arn"]}');
});

test('of a stack that does not exist shows what is added, and leaves no empty stack', async () => {
  place.write({ 'template.yaml': QUEUE });
  const fresh = await diff();
  expect(fresh).toMatchObject({ code: 0, outputs: { status: 'changes' } });
  expect(fresh.log).toContain('new stack, 1 to add');
  expect(await statusIn(place.look(), 'shop')).toBeUndefined();
});

test('in three Regions has a line for each, and one that cannot be compared does not stop the others', async () => {
  place.write({ 'template.yaml': QUEUE });
  await deploy();
  await make({ ...place.aws, cloudFormation: place.look('eu-west-1') }, 'shop', templateOf({ Topic: TOPIC }));
  await place.aws.local.setStackStatus({ region: 'eu-west-1', stackName: 'shop', status: 'UPDATE_ROLLBACK_FAILED' });
  const compared = await diff({ regions: 'us-east-1\neu-west-1\neu-central-1' });
  expect(compared.code).toBe(1);
  expect(compared.log).toContain('| `us-east-1` | no changes |');
  expect(compared.log).toContain('| `eu-central-1` | new stack, 1 to add |');
  expect(compared.log).toContain('eu-west-1: The stack shop is in UPDATE_ROLLBACK_FAILED');
});

test('of a stack of somebody else works and says what a deployment needs', async () => {
  place.write({ 'template.yaml': QUEUE });
  await make(place.aws, 'shop', templateOf({ Topic: TOPIC }));
  const compared = await diff();
  expect(compared).toMatchObject({ code: 0, outputs: { status: 'changes' } });
  expect(compared.log).toContain("a deployment needs 'adopt: true'");
  expect(compared.log).toContain('⚠️ **remove** | `Topic`');
});

test('needs no bucket and uploads nothing for code alone', async () => {
  place.write({
    'template.yaml': `Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties: { Runtime: nodejs24.x, Handler: index.handler, Role: 'arn:aws:iam::000000000000:role/none', Code: code }
`,
    'code/index.js': 'exports.handler = async () => 1;\n',
  });
  const compared = await diff();
  expect(compared).toMatchObject({ code: 0, outputs: { status: 'changes' } });
  expect(compared.calls.filter((call) => call.startsWith('s3 '))).toEqual([]);
});

describe('with the values that AWS tells', () => {
  // The local AWS names the property and tells no value, so its answer gets them here.
  const told = (path: string, before: string, after: string) => (sent: URLSearchParams, body: string) =>
    sent.get('Action') === 'DescribeChangeSet' && sent.get('IncludePropertyValues') === 'true'
      ? body.replace(
          '<Name>VisibilityTimeout</Name>',
          `<Name>VisibilityTimeout</Name><Path>${path}</Path><BeforeValue>${before}</BeforeValue><AfterValue>${after}</AfterValue>`,
        )
      : body;

  async function compare(answer: ReturnType<typeof told>) {
    place.write({ 'template.yaml': QUEUE });
    await deploy();
    place.write({ 'template.yaml': QUEUE.replace('30', '60') });
    const recorder = await recordRequests(place.aws.local.endpoint, answer);
    try {
      return await diff();
    } finally {
      await recorder.stop();
    }
  }

  test('they come before those of the text', async () => {
    const { log } = await compare(told('/Properties/VisibilityTimeout', '30', '61'));
    expect(log).toContain('| `/Properties/VisibilityTimeout` | `30` | `61` |');
    expect(log).not.toContain('In the text of the template');
  });

  test('a secret is hidden, in the report and in the result file', async () => {
    const { log } = await compare(told('/Properties/MasterPassword', 'battery', 'staple'));
    expect(log).toContain('| `/Properties/MasterPassword` | *hidden* | *hidden* |');
    expect(log).not.toContain('battery');
    expect(JSON.stringify(resultFile())).not.toContain('staple');
  });
});

test('shows what validation warns of, at the line of the resource', async () => {
  place.write({ 'template.yaml': QUEUE });
  const event = `<OperationEvents><member><EventType>VALIDATION_ERROR</EventType><OperationId>1</OperationId>
    <LogicalResourceId>Queue</LogicalResourceId><ResourceType>AWS::SQS::Queue</ResourceType>
    <ValidationStatus>FAILED</ValidationStatus><ValidationFailureMode>WARN</ValidationFailureMode>
    <ValidationPath>/Resources/Queue/Properties/VisibilityTimeout</ValidationPath>
    <ValidationStatusReason>close to a quota</ValidationStatusReason></member></OperationEvents>`;
  const recorder = await recordRequests(place.aws.local.endpoint, (sent, body) =>
    sent.get('Action') === 'DescribeEvents' ? body.replace(/<OperationEvents>.*<\/OperationEvents>/s, event) : body,
  );
  try {
    const compared = await diff();
    expect(compared.code).toBe(0);
    expect(compared.log).toContain(
      '| warning | `Queue` | `/Resources/Queue/Properties/VisibilityTimeout` | close to a quota |',
    );
    expect(compared.log).toContain('template.yaml:7: warning: Queue (AWS::SQS::Queue): close to a quota');
  } finally {
    await recorder.stop();
  }
});

const TOPIC = { Type: 'AWS::SNS::Topic' };

async function changeSets(): Promise<string[]> {
  const { Summaries: found = [] } = await place.look().listChangeSets({ StackName: 'shop' });
  // An executed change set stays with its stack.
  return found
    .filter(({ ExecutionStatus }) => ExecutionStatus !== 'EXECUTE_COMPLETE')
    .map(({ ChangeSetName }) => ChangeSetName ?? '');
}

function resultFile(): { result: { targets: unknown[] } } {
  return JSON.parse(readFileSync(path.join(place.directory, '.headgate', 'results', 'stack-diff.json'), 'utf8'));
}
