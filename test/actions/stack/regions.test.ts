import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { openWorkplace, statusIn, type Workplace } from './workplace.ts';

// A job that has no Region of its own, neither as an input nor in its environment.

let place: Workplace;
beforeAll(async () => {
  place = await openWorkplace();
  delete process.env.AWS_REGION;
  delete process.env.AWS_DEFAULT_REGION;
}, 180_000);
afterAll(() => place?.stop());
beforeEach(async () => {
  await place.aws.local.reset();
  place.write({
    'template.yaml':
      'Resources:\n  Child: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: child.yaml } }\n',
    'child.yaml': 'Resources:\n  Queue: { Type: AWS::SQS::Queue }\n',
  });
});

const TWO = { regions: 'eu-central-1\nus-east-1' };
const run = (operation: string, inputs: Record<string, string>) =>
  place.run(`stack ${operation}`, { 'stack-name': 'shop', ...inputs });

test.each<[string, Record<string, string>, string, string]>([
  ['', {}, '000000000000', ''],
  [
    ' in other accounts',
    { roles: 'arn:aws:iam::111122223333:role/a\narn:aws:iam::444455556666:role/b' },
    '444455556666',
    '444455556666/',
  ],
])('with regions a stack is compared, deployed, and destroyed%s', async (_, more, account, prefix) => {
  const where = { ...TWO, ...more };
  const template = { capabilities: 'CAPABILITY_AUTO_EXPAND' };
  const deployed = await run('deploy', { ...where, ...template, bootstrap: 'true' });
  expect([deployed.code, deployed.log]).toEqual([0, expect.stringContaining(`\`${prefix}eu-central-1\` | created |`)]);
  for (const region of TWO.regions.split('\n')) {
    expect(await statusIn(place.look(region, account), 'shop')).toBe('CREATE_COMPLETE');
  }
  expect(await run('diff', { ...where, ...template })).toMatchObject({ code: 0, outputs: { status: 'no-changes' } });
  const gone = await run('destroy', where);
  expect([gone.code, gone.log]).toEqual([0, expect.stringContaining(`\`${prefix}us-east-1\` | destroyed |`)]);
});

test.each(['deploy', 'diff', 'destroy'])('without regions %s asks for one before any call', async (operation) => {
  const refused = await run(operation, {});
  expect(refused.code).toBe(2);
  expect(refused.log).toContain("input 'region': is required: give it, or set AWS_REGION for the job");
  expect(refused.calls).toEqual([]);
});
