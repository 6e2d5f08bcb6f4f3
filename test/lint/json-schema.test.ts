import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { execa } from 'execa';
import { requires } from '../support/requires.ts';
import { type Finding, fromRoot, judge } from './findings.ts';
import { renderTemplate } from './gitlab-rendering.ts';
import { withFiles } from './samples.ts';
import { actionManifests, gitlabTemplates, workflows } from './shipped.ts';

const checker = requires('check-jsonschema', 'it brings the JSON schemas of GitLab pipelines, workflows and actions');

type Schema = 'vendor.gitlab-ci' | 'vendor.github-workflows' | 'vendor.github-actions';
type Problem = {
  filename: string;
  path?: string;
  message: string;
  best_deep_match?: { path: string; message: string };
};
type Report = { errors?: Problem[]; parse_errors?: Problem[] };

async function check(schema: Schema, files: readonly string[]): Promise<Finding[]> {
  if (files.length === 0) return [];
  // GitLab's `!reference` tag is no plain YAML.
  const transform = schema === 'vendor.gitlab-ci' ? ['--data-transform', 'gitlab-ci'] : [];
  const flags = ['--builtin-schema', schema, ...transform, '--output-format', 'json', '--verbose'];
  const run = await execa(checker.path, [...flags, ...files], { reject: false });
  if (run.exitCode !== 0 && run.exitCode !== 1) throw new Error(`check-jsonschema failed: ${run.stderr}`);
  const report = JSON.parse(run.stdout) as Report;
  return [...(report.errors ?? []), ...(report.parse_errors ?? [])].map((problem) => ({
    file: fromRoot(problem.filename),
    line: 0,
    rule: problem.path ?? 'yaml',
    message: problem.best_deep_match
      ? `${problem.best_deep_match.path}: ${problem.best_deep_match.message}`
      : problem.message,
  }));
}

/** Checks both documents of GitLab templates, given as file name to text. */
async function checkTemplates(templates: Record<string, string>): Promise<Finding[]> {
  const rendered = Object.entries(templates).map(([file, text]) => ({ file, ...renderTemplate(file, text) }));
  const documents: Record<string, string> = {};
  for (const { file, header, jobs } of rendered) {
    documents[`header/${file}`] = header;
    documents[`jobs/${file}`] = jobs;
  }
  const findings = await withFiles(documents, async (directory) => {
    const paths = Object.keys(documents).map((path) => join(directory, path));
    const found = await check('vendor.gitlab-ci', paths);
    return found.map((finding) => ({
      ...finding,
      file: finding.file.slice(directory.length + 1).replace(/^(header|jobs)\//, ''),
    }));
  });
  return [...rendered.flatMap((template) => template.findings), ...findings];
}

checker.test('finds no fault in the templates, workflows and actions that we ship', async () => {
  const templates = gitlabTemplates().map((path) => [fromRoot(path), readFileSync(path, 'utf8')]);
  const findings = [
    ...(await checkTemplates(Object.fromEntries(templates))),
    ...(await check('vendor.github-workflows', workflows())),
    ...(await check('vendor.github-actions', actionManifests())),
  ];
  expect(judge('json-schema', findings)).toEqual({ unexpected: [], unused: [] });
});

const header = [
  'spec:',
  '  inputs:',
  '    job-prefix: { default: "" }',
  '    copies: { type: number, default: 2 }',
  '    optional: { type: boolean, default: true }',
  '    stack: { description: the name of the stack }',
  '---',
];
const job = [
  '".$[[ inputs.job-prefix ]]base":',
  '  variables: { HEADGATE_INPUT_STACK: { value: "$[[ inputs.stack ]]", expand: false } }',
  '  script: [echo base]',
  '"$[[ inputs.job-prefix ]]deploy":',
  '  extends: ".$[[ inputs.job-prefix ]]base"',
  '  parallel: $[[ inputs.copies ]]',
  '  allow_failure: $[[ inputs.optional ]]',
  '  script: [!reference [.base, script]]',
];
const template = (...lines: string[]) => ({ 'a.yml': [...lines, ''].join('\n') });

checker.test('accepts a template whose inputs are numbers and booleans', async () => {
  expect(await checkTemplates(template(...header, ...job))).toEqual([]);
});

checker.test('reports a key that no GitLab job has', async () => {
  expect(await checkTemplates(template(...header, ...job, '  bogus: 1'))).toEqual([
    expect.objectContaining({ file: 'a.yml', message: expect.stringContaining("'bogus'") }),
  ]);
});

checker.test('reports an input type that GitLab does not have', async () => {
  const wrong = template(...header.map((line) => line.replace('type: number', 'type: integer')), ...job);
  const findings = await checkTemplates(wrong);
  expect(findings).toEqual([expect.objectContaining({ file: 'a.yml', rule: '$.spec.inputs.copies' })]);
});

checker.test('reports an input that the header does not declare', async () => {
  const findings = await checkTemplates(template(...header, ...job, '  tags: ["$[[ inputs.tag ]]"]'));
  expect(findings).toEqual([expect.objectContaining({ file: 'a.yml', rule: 'unknown-input' })]);
});

checker.test('reports a misspelt key of a workflow and of an action', async () => {
  const files = {
    'workflow.yml': 'on: push\njobs: { a: { runs-on: ubuntu-latest, stepz: [] } }\n',
    'action.yml': 'name: a\ndescription: a\ninputs: { x: { requird: true } }\nruns: { using: node24, main: a.js }\n',
  };
  await withFiles(files, async (directory) => {
    const workflow = await check('vendor.github-workflows', [join(directory, 'workflow.yml')]);
    expect(workflow).toHaveLength(1);
    const action = await check('vendor.github-actions', [join(directory, 'action.yml')]);
    expect(action.map(({ message }) => message).join()).toContain("'requird'");
  });
});
