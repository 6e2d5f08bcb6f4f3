import { describe, expect, test } from '@jest/globals';
import { templateDifferences } from '../../../../lib/aws/cloudformation/diff-template.ts';
import { parseTemplate } from '../../../../lib/aws/cloudformation/template.ts';

async function differences(before: string, after: string) {
  const [left, right] = await Promise.all([parseTemplate(before, 'a'), parseTemplate(after, 'b')]);
  return templateDifferences(left.root, right.root).map(({ path, ...values }) => ({
    place: path.join('.'),
    ...values,
  }));
}

const queue = (body: string) => `Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties:\n      ${body}\n`;

describe('two templates that say the same', () => {
  test.each([
    ['comments and order', queue('A: 1\n      B: 2 # two'), queue('B: 2\n      A: 1')],
    ['quotes', queue('A: "1"'), queue("A: '1'")],
    ['the forms of a function', queue('A: !Sub "x-${B}"'), queue('A: { "Fn::Sub": "x-${B}" }')],
    ['the forms of Ref', queue('A: !Ref B'), queue('A: { Ref: B }')],
    ['the forms of GetAtt', queue('A: !GetAtt B.C.D'), queue('A: { "Fn::GetAtt": [B, C.D] }')],
    [
      'YAML and JSON',
      queue('A: !Join [",", [a, b]]'),
      JSON.stringify({
        Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties: { A: { 'Fn::Join': [',', ['a', 'b']] } } } },
      }),
    ],
  ])('differ nowhere: %s', async (_, before, after) => {
    expect(await differences(before, after)).toEqual([]);
  });
});

describe('two templates that differ', () => {
  test('are compared down to the value', async () => {
    expect(await differences(queue('A: 1\n      B: { C: 2, D: 3 }'), queue('A: 5\n      B: { C: 2, E: 3 }'))).toEqual([
      { place: 'Resources.Queue.Properties.A', before: '1', after: '5' },
      { place: 'Resources.Queue.Properties.B.D', before: '3' },
      { place: 'Resources.Queue.Properties.B.E', after: '3' },
    ]);
  });

  test('show a function whole', async () => {
    expect(await differences(queue('A: !Sub "x-${B}"'), queue('A: !Ref B'))).toEqual([
      { place: 'Resources.Queue.Properties.A', before: '{"Fn::Sub":"x-${B}"}', after: '{"Ref":"B"}' },
    ]);
  });

  test('keep numbers as they were written', async () => {
    expect(await differences(queue('A: 1.10'), queue('A: 1.1'))).toEqual([
      { place: 'Resources.Queue.Properties.A', before: '1.10', after: '1.1' },
    ]);
  });

  test('may have keys that JavaScript knows', async () => {
    expect(await differences(queue('constructor: 1'), queue('toString: 1'))).toEqual([
      { place: 'Resources.Queue.Properties.constructor', before: '1' },
      { place: 'Resources.Queue.Properties.toString', after: '1' },
    ]);
  });
});
