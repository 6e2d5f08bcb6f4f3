import { describe, expect, test } from '@jest/globals';
import { parseTemplate } from '../../../../lib/aws/cloudformation/template.ts';
import { requiredCapabilities } from '../../../../lib/aws/cloudformation/template-capabilities.ts';

async function capabilities(...texts: string[]) {
  const [root, ...nested] = await Promise.all(texts.map((text, index) => parseTemplate(text, `t${index}.yaml`)));
  return requiredCapabilities(root!, nested);
}
const resource = (type: string, properties = '') =>
  `Resources:\n  R:\n    Type: ${type}\n    Properties: {${properties}}\n`;

describe('required capabilities', () => {
  test.each([
    ['AWS::SNS::Topic', '', []],
    ['AWS::IAM::Role', '', ['CAPABILITY_IAM']],
    ['AWS::IAM::Policy', 'PolicyName: x', ['CAPABILITY_IAM']],
    ['AWS::IAM::Role', 'RoleName: x', ['CAPABILITY_NAMED_IAM']],
    ['AWS::IAM::Role', 'RoleName: !If [A, x, y]', ['CAPABILITY_NAMED_IAM']],
    ['AWS::IAM::Role', 'RoleName: !Ref AWS::NoValue', ['CAPABILITY_IAM']],
    ['AWS::IAM::AccessKey', 'UserName: x', ['CAPABILITY_IAM']],
    ['AWS::CloudFormation::Stack', 'TemplateURL: https://x/y', ['CAPABILITY_AUTO_EXPAND']],
  ])('%s {%s}', async (type, properties, expected) => {
    expect((await capabilities(resource(type, properties))).map(({ name }) => name)).toEqual(expected);
  });

  test('SAM makes roles and is a macro', async () => {
    const text = `Transform: AWS::Serverless-2016-10-31\n${resource('AWS::Serverless::Function')}`;
    expect(await capabilities(text)).toEqual([
      { name: 'CAPABILITY_IAM', because: ['macro AWS::Serverless-2016-10-31'] },
      { name: 'CAPABILITY_AUTO_EXPAND', because: ['macro AWS::Serverless-2016-10-31'] },
    ]);
  });

  test('the stack above acknowledges what nested stacks need', async () => {
    expect(await capabilities(resource('AWS::SNS::Topic'), resource('AWS::IAM::User', 'UserName: x'))).toEqual([
      { name: 'CAPABILITY_NAMED_IAM', because: ['t1.yaml: R (AWS::IAM::User)'] },
    ]);
  });
});
