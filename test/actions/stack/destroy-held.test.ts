import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ECR } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { make, templateOf } from '../../support/stack-context.ts';
import { openWorkplace, recordRequests, statusIn, type Workplace } from './workplace.ts';

// A stack that something holds, in one or several Regions: what destroy says, and what it leaves behind when asked to.

let place: Workplace;
let ecr: ECR;
beforeAll(async () => {
  place = await openWorkplace();
  ecr = new ECR({ region: 'us-east-1', endpoint: place.aws.local.endpoint, customUserAgent: 'look-from-outside' });
}, 180_000);
afterAll(async () => {
  ecr?.destroy();
  await place?.stop();
});
beforeEach(async () => {
  await place.aws.local.reset();
  template({ Queue: { Type: 'AWS::SQS::Queue' }, Topic: { Type: 'AWS::SNS::Topic' } });
});

const REGIONS = { regions: 'us-east-1\neu-west-1\neu-central-1' };
const TABLE = '| Where | Resource | Type | Id | Why |';
const name = { 'stack-name': 'shop' };
const template = (resources: object, rest: object = {}) =>
  place.write({ 'template.yaml': templateOf(resources, rest) });
const destroy = (inputs: Record<string, string> = {}) => place.run('stack destroy', { ...name, ...inputs });
const hold = (logicalId: string, more: { region?: string } = {}) =>
  place.aws.local.failResource({
    stackName: 'shop',
    logicalId,
    action: 'delete',
    reason: 'Access denied by policy',
    ...more,
  });

async function deploy(inputs: Record<string, string> = {}): Promise<Record<string, string>> {
  const { code, outputs, log } = await place.run('stack deploy', { ...name, ...inputs });
  if (code !== 0) throw new Error(log);
  return JSON.parse(outputs['stack-outputs'] ?? '{}') as Record<string, string>;
}

async function pushImage(repositoryName: string): Promise<void> {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const imageManifest = JSON.stringify({ schemaVersion: 2, mediaType, layers: [] });
  await ecr.putImage({ repositoryName, imageManifest, imageTag: 'latest' });
}

/** What the result file says of each account and Region. */
function targets(resultFile: string | undefined): Record<string, unknown>[] {
  const text = readFileSync(path.join(place.directory, resultFile ?? 'none'), 'utf8');
  return (JSON.parse(text) as { result: { targets: Record<string, unknown>[] } }).result.targets;
}

describe('in one Region', () => {
  test('a stack that is held stays, and the message names what holds it and the inputs that leave it behind', async () => {
    await deploy();
    await hold('Topic');
    const failed = await destroy();
    expect(failed.code).toBe(1);
    expect(failed.log).toContain(
      'The stack shop could not be deleted: Topic (AWS::SNS::Topic): Access denied by policy',
    );
    expect(failed.log).toContain("Or name it in 'retain', or give 'force: true', to leave it behind");
    expect(await statusIn(place.look(), 'shop')).toBe('DELETE_FAILED');
  });

  test.each([
    ['retain', { retain: 'Topic' }],
    ['force', { force: 'true' }],
  ])('it goes with %s, and the report and the result file list what stays', async (_, inputs) => {
    await deploy();
    await hold('Topic');
    const gone = await destroy(inputs);
    expect(gone).toMatchObject({ code: 0, outputs: { status: 'destroyed', 'left-behind': '1' } });
    expect(gone.log).toContain('This was left behind. No stack has it any more; delete it by hand.');
    expect(gone.log).toMatch(/\| `Topic` \| `AWS::SNS::Topic` \| `arn:aws:sns:[^`]+` \| Access denied by policy \|/);
    expect(gone.log).not.toContain(TABLE);
    expect(gone.log).toMatch(/warning: Left behind: Topic \(AWS::SNS::Topic\) arn:aws:sns:/i);
    expect(targets(gone.outputs['result-file'])).toEqual([
      expect.objectContaining({ result: 'destroyed', leftBehind: [expect.objectContaining({ logicalId: 'Topic' })] }),
    ]);
    expect(await statusIn(place.look(), 'shop')).toBeUndefined();
  });

  test('what can be deleted goes, also when retain names it and force is given', async () => {
    await deploy();
    const gone = await destroy({ retain: 'Topic', force: 'true' });
    expect(gone).toMatchObject({ code: 0, outputs: { status: 'destroyed', 'left-behind': '0' } });
    expect(gone.log).not.toContain('left behind.');
  });

  test('an export in use is no resource that could be left behind', async () => {
    template(
      { Topic: { Type: 'AWS::SNS::Topic' } },
      { Outputs: { Arn: { Value: { Ref: 'Topic' }, Export: { Name: 'shared' } } } },
    );
    await deploy();
    const properties = { DisplayName: { 'Fn::ImportValue': 'shared' } };
    await make(place.aws, 'mail', templateOf({ Topic: { Type: 'AWS::SNS::Topic', Properties: properties } }));
    const failed = await destroy();
    expect(failed.code).toBe(1);
    expect(failed.log).toContain('The export shared is in use by mail');
    expect(failed.log).not.toContain('retain');
  });

  test('a repository with images holds the stack, until its images may go', async () => {
    template({ App: { Type: 'AWS::ECR::Repository' } }, { Outputs: { Name: { Value: { Ref: 'App' } } } });
    const repositoryName = (await deploy()).Name ?? '';
    await pushImage(repositoryName);

    const held = await destroy();
    expect(held.code).toBe(1);
    expect(held.log).toContain('The stack shop could not be deleted: App (AWS::ECR::Repository): ');
    expect((await ecr.listImages({ repositoryName })).imageIds).toHaveLength(1);

    const planned = await destroy({ 'empty-repositories': 'true', 'dry-run': 'offline' });
    expect(planned.log).toContain(`empty repository ${repositoryName}`);
    const kept = await destroy({ 'empty-repositories': 'true', retain: 'App' });
    expect(kept).toMatchObject({ code: 0, outputs: { status: 'destroyed', 'left-behind': '1' } });
    expect((await ecr.listImages({ repositoryName })).imageIds).toHaveLength(1);
  });

  test('a repository is emptied on request', async () => {
    template({ App: { Type: 'AWS::ECR::Repository' } }, { Outputs: { Name: { Value: { Ref: 'App' } } } });
    const repositoryName = (await deploy()).Name ?? '';
    await pushImage(repositoryName);
    const gone = await destroy({ 'empty-repositories': 'true' });
    expect(gone).toMatchObject({ code: 0, outputs: { status: 'destroyed', 'left-behind': '0' } });
    await expect(ecr.listImages({ repositoryName })).rejects.toThrow(/does not exist/);
  });
});

describe('in several Regions', () => {
  test('each row says what was left behind there, and one table where it is', async () => {
    await deploy(REGIONS);
    await hold('Topic', { region: 'eu-west-1' });
    await hold('Queue', { region: 'eu-central-1' });
    const gone = await destroy({ ...REGIONS, force: 'true' });
    expect(gone).toMatchObject({ code: 0, outputs: { status: 'destroyed', 'left-behind': '2' } });
    expect(gone.log).toContain('| Where | Result | Stack | Left behind |');
    expect(gone.log).toMatch(/\| `us-east-1` \| destroyed \| +\| +\|/);
    expect(gone.log).toMatch(/\| `eu-west-1` \| destroyed \| +\| `Topic` \|/);
    expect(gone.log).toContain(TABLE);
    expect(gone.log).toMatch(
      /\| `eu-west-1` \| `Topic` \| `AWS::SNS::Topic` \| `arn:[^`]+` \| Access denied by policy/,
    );
    expect(gone.log).toMatch(/\| `eu-central-1` \| `Queue` \| `AWS::SQS::Queue` \|/);
    expect(gone.log).toContain('Left behind: Topic in eu-west-1, Queue in eu-central-1.');
    for (const region of REGIONS.regions.split('\n')) {
      expect(await statusIn(place.look(region), 'shop')).toBeUndefined();
    }
  });

  test('when one fails, the report still says what the others left behind', async () => {
    await deploy(REGIONS);
    await hold('Topic', { region: 'eu-west-1' });
    await hold('Queue', { region: 'us-east-1' });
    const failed = await destroy({ ...REGIONS, retain: 'Topic' });
    expect(failed.code).toBe(1);
    expect(failed.log).toMatch(/\| `us-east-1` \| ❌ failed \| `DELETE_FAILED` \| +\|/);
    expect(failed.log).toMatch(/\| `eu-west-1` \| destroyed \| +\| `Topic` \|/);
    expect(failed.log).toContain("Or name it in 'retain', or give 'force: true', to leave it behind");
    expect(failed.log).toContain('a stack that is gone is then missing, which is no failure');
    // A second run for all finishes what is left.
    const second = await destroy({ ...REGIONS, retain: 'Topic\nQueue' });
    expect(second).toMatchObject({ code: 0, outputs: { status: 'destroyed', 'left-behind': '1' } });
  });

  test('a plan lists for each what is emptied, what may stay and what retain names in vain; and changes nothing', async () => {
    template({
      Store: { Type: 'AWS::S3::Bucket', Properties: { BucketName: { 'Fn::Sub': 'data-${AWS::Region}' } } },
      Kept: { Type: 'AWS::S3::Bucket', Properties: { BucketName: { 'Fn::Sub': 'kept-${AWS::Region}' } } },
    });
    await deploy(REGIONS);
    const planned = await destroy({
      ...REGIONS,
      'dry-run': 'offline',
      'empty-buckets': 'true',
      retain: 'Kept\nTypo',
      force: 'true',
    });
    expect(planned).toMatchObject({ code: 0, outputs: { status: 'planned' } });
    expect(planned.log).toContain('empty bucket data-eu-west-1 (in eu-west-1)');
    expect(planned.log).not.toContain('empty bucket kept');
    expect(planned.log).toContain('delete stack shop (in us-east-1; by force, if it cannot be deleted)');
    expect(planned.log).toContain('eu-central-1: Kept is left behind if it cannot be deleted');
    expect(planned.log).toContain("us-east-1: 'retain' names Typo, which the stack does not have");
    expect(planned.calls.filter((call) => /Delete|Put/.test(call))).toEqual([]);
    expect(await statusIn(place.look('eu-west-1'), 'shop')).toBe('CREATE_COMPLETE');
  });

  test('a saved plan is carried out only with the same retain and force', async () => {
    await deploy(REGIONS);
    const saved = await destroy({ ...REGIONS, retain: 'Topic', 'dry-run': 'offline', 'plan-file': 'plan.json' });
    expect(saved.code).toBe(0);
    const other = await destroy({ ...REGIONS, retain: 'Topic', force: 'true', 'apply-plan': 'plan.json' });
    expect(other.code).toBe(1);
    expect(other.log).toContain('The plan no longer fits');
    expect(other.calls.filter((call) => call.includes('Delete'))).toEqual([]);
    expect(await destroy({ ...REGIONS, retain: 'Topic', 'apply-plan': 'plan.json' })).toMatchObject({ code: 0 });
  });

  test('a stack that came back is a failure, which still says what was left behind', async () => {
    await deploy(REGIONS);
    await hold('Topic', { region: 'eu-west-1' });
    let deleted = false;
    // As soon as the run has seen that the stack of the first Region is gone, somebody makes it again.
    const service = await recordRequests(place.aws.local.endpoint, async (sent, body) => {
      if (sent.get('Action') === 'DeleteStack') deleted = true;
      const isGone = sent.get('StackName') === 'shop' && body.includes('does not exist');
      if (!deleted || !isGone || (await statusIn(place.look(), 'shop')) !== undefined) return body;
      await make(place.aws, 'shop', templateOf({ Topic: { Type: 'AWS::SNS::Topic' } }));
      return body;
    });
    try {
      const failed = await destroy({ ...REGIONS, parallel: '1', retain: 'Topic' });
      expect(failed.code).toBe(1);
      expect(failed.log).toContain('The stack shop was destroyed in us-east-1, but there is one again');
      expect(failed.log).toContain('| `us-east-1` | ❌ failed | `CREATE_COMPLETE` |');
      expect(failed.log).toMatch(/\| `eu-west-1` \| destroyed \| +\| `Topic` \|/);
      expect(failed.log).toContain(TABLE);
    } finally {
      await service.stop();
    }
  });
});

test.each(['Not an id', 'Stack/Topic', '$(touch x)', 'a-b'])('retain %j is refused before any call', async (retain) => {
  const refused = await destroy({ retain: `Fine\n${retain}`, regions: 'nowhere' });
  expect(refused.code).toBe(2);
  expect(refused.log).toContain(`input 'retain': '${retain}' is not a logical id`);
  expect(refused.calls).toEqual([]);
});
