import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import deploy from '../../../actions/branch-stack/deploy.ts';
import destroy from '../../../actions/branch-stack/destroy.ts';
import type { Operation } from '../../../lib/operation/define.ts';
import { runOperation } from '../../../lib/operation/run.ts';
import { type MemoryHost, memoryHost } from '../../support/memory-host.ts';
import { make, startTestAws, statusOf, type TestAws, templateOf } from '../../support/stack-context.ts';
import { quickClock } from '../../support/test-clock.ts';

const TOPIC = { Type: 'AWS::SNS::Topic' };

let aws: TestAws;
beforeAll(async () => {
  aws = await startTestAws();
}, 120_000);
afterAll(() => aws?.stop());
beforeEach(() => aws.local.reset());

/** What one run of an operation on the branch `feature/a` came to. */
async function run(operation: Operation, inputs: Readonly<Record<string, string>> = {}, template = '') {
  const host: MemoryHost = memoryHost({
    surroundings: {
      serverHost: 'github.com',
      repositoryPath: 'octo-org/shop',
      event: { kind: 'manual' },
      defaultBranch: 'main',
    },
  });
  try {
    writeFileSync(path.join(host.workspace, 'template.yaml'), template);
    const given: Readonly<Record<string, string>> = { branch: 'feature/a', ...inputs };
    const code = await runOperation({
      operation,
      host,
      raw: (name) => given[name],
      version: '1.2.3',
      clock: quickClock,
      randomHex: (bytes) => 'ab'.repeat(bytes),
      signal: new AbortController().signal,
    });
    const { outputs, summaries, lines, annotations } = host;
    return { code, outputs, report: summaries.join('\n'), lines, message: annotations[0]?.message ?? '' };
  } finally {
    host.remove();
  }
}

/** Deploys a stack and answers with its name. */
async function deployed(template: string): Promise<string> {
  const { code, outputs, message } = await run(deploy, {}, template);
  if (code !== 0) throw new Error(message);
  return outputs['stack-name'] ?? '';
}

const hold = (stackName: string, logicalId: string) =>
  aws.local.failResource({ stackName, logicalId, action: 'delete', reason: 'Access denied by policy' });

describe('a stack that cannot be deleted', () => {
  test('stays, and the message names what holds it and the inputs that leave it behind', async () => {
    const name = await deployed(templateOf({ Topic: TOPIC, Other: TOPIC }));
    await hold(name, 'Topic');
    const { code, message } = await run(destroy);
    expect(code).toBe(1);
    expect(message).toContain(
      `The stack ${name} could not be deleted: Topic (AWS::SNS::Topic): Access denied by policy`,
    );
    expect(message).toContain("Or name it in 'retain', or give 'force: true', to leave it behind");
    expect(await statusOf(aws, name)).toBe('DELETE_FAILED');
  });

  test.each([
    ['retain', { retain: 'Topic' }],
    ['force', { force: 'true' }],
  ])('goes with %s, and the report lists what stays', async (_, inputs) => {
    const name = await deployed(templateOf({ Topic: TOPIC, Other: TOPIC }));
    await hold(name, 'Topic');
    const { code, outputs, report, lines } = await run(destroy, inputs);
    expect([code, outputs]).toEqual([0, expect.objectContaining({ status: 'destroyed', 'left-behind': '1' })]);
    expect(report).toContain('This was left behind. No stack has it any more; delete it by hand.');
    expect(report).toMatch(/\| `Topic` \| `AWS::SNS::Topic` \| `arn:aws:sns:[^`]+` \| Access denied by policy \|/);
    expect(report).not.toContain('`Other`');
    expect(lines.some((line) => line.startsWith('warning: Left behind: Topic (AWS::SNS::Topic) arn:aws:sns:'))).toBe(
      true,
    );
    expect(await statusOf(aws, name)).toBeUndefined();
  });

  test('because of an export names the stacks that import it; nothing else is offered', async () => {
    const outputs = { Arn: { Value: { Ref: 'Topic' }, Export: { Name: 'shared' } } };
    const name = await deployed(templateOf({ Topic: TOPIC }, { Outputs: outputs }));
    for (const user of ['print', 'mail']) {
      const properties = { DisplayName: { 'Fn::ImportValue': 'shared' } };
      await make(aws, user, templateOf({ Topic: { ...TOPIC, Properties: properties } }));
    }
    const { code, message } = await run(destroy, { 'dry-run': 'no' });
    expect(code).toBe(1);
    expect(message).toContain('The export shared is in use by mail, print');
    expect(message).not.toContain('retain');
    expect(await statusOf(aws, name)).toBe('CREATE_COMPLETE');
  });
});

describe('a plan', () => {
  test('lists what is emptied, what is left behind and what retain names in vain; and changes nothing', async () => {
    const name = await deployed(
      templateOf({
        Store: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'data' } },
        Kept: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'kept' } },
        App: { Type: 'AWS::ECR::Repository', Properties: { RepositoryName: 'app' } },
      }),
    );
    const { code, outputs, lines } = await run(destroy, { 'dry-run': 'offline', retain: 'Kept\nTypo', force: 'true' });
    expect([code, outputs.status]).toEqual([0, 'planned']);
    const said = lines.join('\n');
    expect(said).toContain('empty bucket data');
    expect(said).toContain('empty repository app');
    expect(said).not.toContain('empty bucket kept');
    expect(said).toContain('by force, if it cannot be deleted');
    expect(said).toContain('Kept is left behind if it cannot be deleted');
    expect(said).toContain("'retain' names Typo, which the stack does not have");
    expect(await statusOf(aws, name)).toBe('CREATE_COMPLETE');
  });
});

test.each(['Not an id', 'Stack/Topic', '$(touch x)', 'a-b'])('retain %j is refused before any call', async (retain) => {
  const { result, operations } = await aws.during(() => run(destroy, { retain: `Fine\n${retain}` }));
  expect(result.code).toBe(2);
  expect(result.message).toContain(`input 'retain': '${retain}' is not a logical id`);
  expect(operations).toEqual([]);
});
