import { describe, expect, test } from '@jest/globals';
import { ROLE_ARN } from '../../../lib/aws/cloudformation/deployment-inputs.ts';
import { placeTemplates } from '../../../lib/aws/cloudformation/package-place.ts';
import { partitionOf } from '../../../lib/aws/partition.ts';
import { assetLocation } from '../../../lib/aws/s3/asset-store.ts';
import { allInputs } from '../../../lib/operation/common-inputs.ts';
import { defineOperation } from '../../../lib/operation/define.ts';
import { parseInputs } from '../../../lib/operation/inputs.ts';
import { stackContext } from '../../support/stack-context.ts';

const PLACES = [
  ['eu-central-1', 'aws', 'amazonaws.com'],
  ['cn-north-1', 'aws-cn', 'amazonaws.com.cn'],
  ['cn-northwest-1', 'aws-cn', 'amazonaws.com.cn'],
  ['us-gov-west-1', 'aws-us-gov', 'amazonaws.com'],
  ['us-iso-east-1', 'aws-iso', 'c2s.ic.gov'],
  ['us-isob-east-1', 'aws-iso-b', 'sc2s.sgov.gov'],
  ['eu-isoe-west-1', 'aws-iso-e', 'cloud.adc-e.uk'],
  ['us-isof-south-1', 'aws-iso-f', 'csp.hci.ic.gov'],
  ['eusc-de-east-1', 'aws-eusc', 'amazonaws.eu'],
] as const;

const operation = defineOperation({
  name: 'sample run',
  kind: 'query',
  summary: '',
  inputs: {},
  outputs: {},
  usesAws: true,
  permissions: [],
  read: async () => ({ summary: '', outputs: {} }),
});
const parse = async (name: string, value: string) => {
  const inputs = await parseInputs(allInputs(operation), (input) => (input === name ? value : undefined), {
    workspace: '/',
  });
  return (inputs as Record<string, unknown>)[name];
};

describe.each(PLACES)('%s', (region, partition, dnsSuffix) => {
  const { aws } = stackContext({}, { region });
  const role = `arn:${partition}:iam::111122223333:role/path/deploy`;

  test('is taken as a Region, and has its partition', async () => {
    expect(await parse('region', region)).toBe(region);
    expect(partitionOf(region)).toEqual({ id: partition, dnsSuffix });
    expect(aws.partition).toEqual({ id: partition, dnsSuffix });
  });

  test('has roles', async () => {
    expect(role).toMatch(ROLE_ARN);
    expect(await parse('role-to-assume', role)).toBe(role);
  });

  test('has nested templates and code at addresses of its own', () => {
    const locate = (key: string) => assetLocation(aws, 'assets', key);
    const url = `https://assets.s3.${region}.${dnsSuffix}/headgate/0.zip`;
    expect(locate('headgate/0.zip')).toEqual({
      bucket: 'assets',
      key: 'headgate/0.zip',
      url,
      uri: 's3://assets/headgate/0.zip',
    });

    const text = 'TemplateURL: nested.yaml';
    const plan = (templateText: string, edits: unknown[]) =>
      ({ template: { text: templateText, file: 'a.yaml' }, edits }) as never;
    const start = text.indexOf('nested.yaml');
    const edit = { range: { start, end: text.length }, form: { form: 'url' }, target: plan('Resources: {}', []) };
    const placed = placeTemplates(plan(text, [edit]), locate, new Map());
    expect(placed.text).toMatch(
      new RegExp(
        `^TemplateURL: "https://assets\\.s3\\.${region}\\.${dnsSuffix.replaceAll('.', '\\.')}/headgate/[0-9a-f]{64}\\.template"$`,
      ),
    );
  });
});

test.each([
  'arn:azure:iam::111122223333:role/a',
  'arn:aws-CN:iam::111122223333:role/a',
  'arn:aws-cn:sts::111122223333:role/a',
])('%s is no role', async (role) => {
  expect(role).not.toMatch(ROLE_ARN);
  await expect(parse('role-to-assume', role)).rejects.toThrow("input 'role-to-assume'");
});
