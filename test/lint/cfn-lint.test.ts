import { join } from 'node:path';
import { expect } from '@jest/globals';
import { execa } from 'execa';
import { requires } from '../support/requires.ts';
import { type Finding, fromRoot, judge } from './findings.ts';
import { withFiles } from './samples.ts';
import { stackTemplates } from './shipped.ts';

const cfnLint = requires('cfn-lint', 'it checks templates against the resource schemas of CloudFormation');

type Report = {
  Filename: string;
  Location: { Start: { LineNumber: number } };
  Message: string;
  Rule: { Id: string };
};

async function lint(files: readonly string[]): Promise<Finding[]> {
  if (files.length === 0) return [];
  const run = await execa(cfnLint.path, ['--format', 'json', '--', ...files], { reject: false });
  // The exit code is a sum: 2 errors, 4 warnings, 8 informational. Odd ones are crashes.
  if (run.exitCode === undefined || run.exitCode % 2 !== 0) throw new Error(`cfn-lint failed: ${run.stderr}`);
  return (JSON.parse(run.stdout) as Report[]).map(({ Filename, Location, Message, Rule }) => ({
    file: fromRoot(Filename),
    line: Location.Start.LineNumber,
    rule: Rule.Id,
    message: Message,
  }));
}

cfnLint.test('finds no fault in the stacks that we ship', async () => {
  expect(judge('cfn-lint', await lint(stackTemplates()))).toEqual({ unexpected: [], unused: [] });
});

cfnLint.test('reports a property that the resource does not have', async () => {
  const template = 'Resources:\n  Bucket: { Type: "AWS::S3::Bucket", Properties: { BucketNme: x } }\n';
  await withFiles({ 'template.yaml': template }, async (directory) => {
    const findings = await lint([join(directory, 'template.yaml')]);
    expect(findings).toEqual([
      expect.objectContaining({ line: 2, rule: 'E3002', message: expect.stringContaining('BucketNme') }),
    ]);
  });
});
