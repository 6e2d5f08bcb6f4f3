import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { planPackage } from '../../../../lib/aws/cloudformation/package.ts';
import { parseTemplate } from '../../../../lib/aws/cloudformation/template.ts';
import { valueAt } from '../../../../lib/aws/cloudformation/template-node.ts';
import { withWorkspace } from './workspace.ts';

const locate = (key: string) => ({ bucket: 'b', key, url: `https://b.example/${key}`, uri: `s3://b/${key}` });

async function rewrite(text: string): Promise<{ text: string; replacement: string }> {
  return withWorkspace({ template: text, 'my src/index.js': 'x' }, async (workspace) => {
    const plan = await planPackage({ templateFile: 'template', workspace });
    expect(plan.assets).toHaveLength(1);
    return { text: plan.templateText(locate), replacement: `{"S3Bucket":"b","S3Key":"${plan.assets[0]!.key}"}` };
  });
}

/** One value, in every style that a person or a program writes it. */
const spelling = fc.constantFrom('./my src', "'./my src'", '"./my src"', '"./my\\x20src"', 'my src', './/my src/');
const remark = fc.stringMatching(/^[a-zA-Zäé😀'"{}&*!| ]{0,20}$/u);
const end = fc.constantFrom('\n', '\r\n');

describe('rewriting a template', () => {
  test('keeps every byte but the values: YAML in block and flow style', async () => {
    const entry = fc.record({ spelling, remark, flow: fc.boolean(), anchor: fc.boolean(), nextLine: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { minLength: 1, maxLength: 4 }),
        end,
        remark,
        fc.boolean(),
        async (entries, end, tail, mark) => {
          const parts: string[] = [`${mark ? '\uFEFF' : ''}# ${tail}${end}Resources: # ${tail}${end}`];
          const values: string[] = [];
          entries.forEach(({ spelling, remark, flow, anchor, nextLine }, index) => {
            const before = `${anchor ? `&a${index} ` : ''}`;
            const gap = nextLine ? `${end}        ` : ' ';
            parts[parts.length - 1] += `  F${index}:${end}    Type:   AWS::Lambda::Function${end}    Properties:`;
            parts[parts.length - 1] += flow
              ? ` { Timeout: 3, Code:${gap}${before}`
              : `${end}      Role: !GetAtt R.Arn # ${remark}${end}      Code:${gap}${before}`;
            values.push(spelling);
            parts.push(flow ? `, MemorySize: 128 }   # ${remark}${end}` : `   # ${remark}${end}${end}`);
          });
          parts[parts.length - 1] += `Outputs: {}  # ${tail}`;
          const whole = (fill: (index: number) => string) =>
            parts.map((part, index) => part + (index < values.length ? fill(index) : '')).join('');

          const result = await rewrite(whole((index) => values[index]!));
          expect(result.text).toBe(whole(() => result.replacement));
          // What was written reads back as what was meant.
          const { resources } = await parseTemplate(result.text, 'rewritten');
          for (const { properties } of resources) {
            expect(valueAt(properties, ['Code', 'S3Bucket'])).toMatchObject({ value: 'b' });
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test('keeps JSON valid and everything in it equal', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(undefined, 2, '\t'), fc.string({ maxLength: 30 }), async (indent, text) => {
        const template = (code: unknown) => ({
          Description: text,
          Resources: { F: { Properties: { Description: text, Code: code }, Type: 'AWS::Lambda::Function' } },
        });
        const result = await rewrite(JSON.stringify(template('my src'), null, indent));
        expect(JSON.parse(result.text)).toEqual(template(JSON.parse(result.replacement)));
      }),
      { numRuns: 60 },
    );
  });
});
