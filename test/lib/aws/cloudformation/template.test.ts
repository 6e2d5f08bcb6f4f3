import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseTemplate, TemplateError } from '../../../../lib/aws/cloudformation/template.ts';
import { codePoint } from '../../../support/code-point.ts';

const MINIMAL = 'Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n';

async function problemsOf(text: string): Promise<string[]> {
  const error = await parseTemplate(text, 'template.yaml').then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(TemplateError);
  const { problems } = error as TemplateError;
  return problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
}

describe('reading a template', () => {
  test('parameters keep their text as written; numbers and NoEcho are parsed', async () => {
    const { parameters } = await parseTemplate(
      `Parameters:
  Version: { Type: String, Default: 1.10, AllowedPattern: '\\d+\\.\\d+' }
  Zip: { Type: String, Default: 007, MinLength: 3, MaxLength: '3' }
  Count: { Type: Number, MinValue: 0.5, MaxValue: 9, AllowedValues: [1, 2] }
  Password: { Type: String, NoEcho: true }
  Empty: { Type: String, Default: '' }
  None: { Type: String, Default: }
${MINIMAL}`,
      'template.yaml',
    );
    expect(parameters.get('Version')).toMatchObject({ default: '1.10', allowedPattern: '\\d+\\.\\d+', noEcho: false });
    expect(parameters.get('Zip')).toMatchObject({ default: '007', minLength: 3, maxLength: 3 });
    expect(parameters.get('Count')).toMatchObject({ minValue: 0.5, maxValue: 9, allowedValues: ['1', '2'] });
    expect(parameters.get('Password')).toMatchObject({ noEcho: true });
    expect(parameters.get('Empty')?.default).toBe('');
    expect(parameters.get('None')).not.toHaveProperty('default');
  });

  test('short tags of any name are kept, on scalars, lists and maps', async () => {
    const { resources } = await parseTemplate(
      `Resources:
  Role:
    Type: AWS::IAM::Role
    DeletionPolicy: Retain
    Properties:
      Name: !Sub '\${AWS::StackName}-role'
      Path: !Join ['', [a, !Ref B]]
      Other: !Anything { a: b }
`,
      'template.yaml',
    );
    expect(resources).toMatchObject([{ logicalId: 'Role', type: 'AWS::IAM::Role', deletionPolicy: 'Retain' }]);
    const tags = [...resources[0]!.properties!.entries.values()].map(({ tag }) => tag);
    expect(tags).toEqual(['!Sub', '!Join', '!Anything']);
  });

  test('JSON, with tabs and surrogate pairs, is read like YAML', async () => {
    const text =
      '{\t"Resources": {\n\t"A": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "\\ud83d\\ude00"}}}}';
    const { resources } = await parseTemplate(text, 'template.json');
    expect(resources[0]?.properties?.entries.get('DisplayName')).toMatchObject({ value: '😀', style: 'quoted' });
  });

  test('resources inside Fn::ForEach are found; macros and outputs are listed', async () => {
    const { resources, transforms, outputs } = await parseTemplate(
      `Transform: [AWS::LanguageExtensions, { Name: Mine, Parameters: { A: b } }]
Resources:
  Fn::ForEach::Topics:
    - Name
    - [A, B]
    - Topic\${Name}:
        Type: AWS::SNS::Topic
  Included:
    Fn::Transform: { Name: AWS::Include, Parameters: { Location: s3://b/k } }
Outputs:
  Fn::ForEach::Arns: [Name, [A], { 'Out\${Name}': { Value: x } }]
  Arn: { Value: y }
`,
      'template.yaml',
    );
    expect(resources.map(({ logicalId }) => logicalId)).toEqual([`Topic\${Name}`]);
    expect(transforms).toEqual(['AWS::LanguageExtensions', 'Mine', 'AWS::Include']);
    expect(outputs).toEqual(['Arn']);
  });

  test('names that JavaScript objects have are ordinary names', async () => {
    const { resources } = await parseTemplate('Resources:\n  __proto__:\n    Type: AWS::SNS::Topic\n', 'template.yaml');
    expect(resources.map(({ logicalId }) => logicalId)).toEqual(['__proto__']);
  });
});

describe('refusing a template', () => {
  test.each([
    ['', 'template.yaml:undefined:undefined: is empty'],
    ['- a\n', 'template.yaml:1:1: is not a map'],
    ['Description: x\n', 'template.yaml:1:1: has no resources'],
    ['Resources: {}\n', 'template.yaml:1:12: has no resources'],
    ['Resources:\n', 'has no resources'],
    ['Resources: []\n', "template.yaml:1:12: 'Resources' is not a map"],
    ['Resources:\n  A: 1\n', "template.yaml:2:6: the resource 'A' is not a map"],
    ['Resources:\n  A:\n    Typ: x\n', "template.yaml:3:5: the resource 'A' has no Type"],
    [`${MINIMAL}Parameters:\n  P: { Default: x }\n`, "template.yaml:5:6: the parameter 'P' has no Type"],
    [`${MINIMAL}Parameters:\n  P: { Type: Number, MinValue: a }\n`, "MinValue of the parameter 'P' is not a number"],
    [`${MINIMAL}---\n${MINIMAL}`, 'has a second YAML document'],
    [`${MINIMAL}Resources: {}\n`, "template.yaml:4:1: the key 'Resources' is written twice"],
    ['{"Resources": {"A": {"Type": "x"}', 'template.yaml:1:34: is not valid YAML or JSON'],
    ['Resources:\n\tA: b\n', 'template.yaml:2:1: is not valid YAML or JSON: Tabs are not allowed'],
    ['\uFEFFResources: [\r\n', 'template.yaml:'],
  ])('%j', async (text, expected) => {
    expect((await problemsOf(text)).join('\n')).toContain(expected);
  });

  test('YAML aliases and merges, which CloudFormation refuses too', async () => {
    const problems = await problemsOf(`${MINIMAL}    Properties: &p { a: b }\n  B: *p\n  C: { <<: *p }\n`);
    expect(problems).toEqual([
      "template.yaml:5:6: '*p' is a YAML alias, which CloudFormation does not accept; write the value out",
      "template.yaml:6:8: '<<' is a YAML merge, which CloudFormation does not accept; write the keys out",
    ]);
  });

  test('all problems of a template are told together', async () => {
    expect(await problemsOf('Resources:\n  A: 1\n  B: {}\nParameters:\n  C: x\n')).toHaveLength(3);
  });

  test('more than 1,000,000 bytes, counted as UTF-8', async () => {
    const problems = await problemsOf(`${MINIMAL}# ${'ä'.repeat(500_000)}`);
    expect(problems[0]).toContain('CloudFormation accepts at most 1000000');
  });

  test.each([
    [
      'an alias bomb',
      `a: &a [x]\n${[...'bcdefghij'].map((c, i) => `${c}: &${c} [${`*${'abcdefghi'[i]},`.repeat(9)}]`).join('\n')}\n`,
    ],
    ['deep nesting', '['.repeat(20_000)],
    ['deep block nesting', Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:\n`).join('')],
  ])('%s', async (_name, text) => {
    expect((await problemsOf(text)).length).toBeGreaterThan(0);
  });

  test('whatever the text is, only a TemplateError is thrown', async () => {
    const pieces = fc.constantFrom(
      'Resources',
      'Parameters',
      'Transform',
      'Type',
      ':',
      ' ',
      '\n',
      '- ',
      '[',
      ']',
      '{',
      '}',
    );
    const more = fc.constantFrom(
      '!Ref ',
      '&a ',
      '*a',
      '|',
      '>-',
      '"',
      "'",
      '\t',
      '#',
      '? ',
      '<<',
      ',',
      '\uFEFF',
      '\r\n',
      '%',
      '---\n',
    );
    const text = fc.oneof(
      fc.string({ unit: codePoint, maxLength: 200 }),
      fc.array(fc.oneof(pieces, more, fc.string({ maxLength: 4 })), { maxLength: 60 }).map((parts) => parts.join('')),
    );
    await fc.assert(
      fc.asyncProperty(text, async (text) => {
        const outcome = await parseTemplate(text, 'template.yaml').catch((error: unknown) => error);
        expect(outcome instanceof Error ? outcome.constructor : TemplateError).toBe(TemplateError);
      }),
      { numRuns: 1000 },
    );
  });
});
