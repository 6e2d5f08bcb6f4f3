import { readFileSync } from 'node:fs';
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { parseAction } from '@actions/workflow-parser/actions/action-parser';
import { expect, test } from '@jest/globals';
import { type Finding, fromRoot, judge } from './findings.ts';
import { expression } from './samples.ts';
import { actionManifests, workflows } from './shipped.ts';

type ParserError = { rawMessage: string; range?: { start: { line: number } } | undefined };

/** Parses a workflow as GitHub does, with its expressions and its job graph. */
async function parseAsWorkflow(file: string, content: string): Promise<Finding[]> {
  const { context, value } = parseWorkflow({ name: file, content }, new NoOperationTraceWriter());
  if (value) await convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map((error) => toFinding(file, error));
}

function parseAsAction(file: string, content: string): Finding[] {
  const { context } = parseAction({ name: file, content }, new NoOperationTraceWriter());
  return context.errors.getErrors().map((error) => toFinding(file, error));
}

const toFinding = (file: string, { rawMessage, range }: ParserError): Finding => ({
  file,
  line: range?.start.line ?? 0,
  rule: 'parse',
  message: rawMessage,
});

test('accepts the workflows and actions that we ship', async () => {
  const findings: Finding[] = [];
  for (const path of workflows()) findings.push(...(await parseAsWorkflow(fromRoot(path), readFileSync(path, 'utf8'))));
  for (const path of actionManifests()) findings.push(...parseAsAction(fromRoot(path), readFileSync(path, 'utf8')));
  expect(judge('workflow-parser', findings)).toEqual({ unexpected: [], unused: [] });
});

const job = ['jobs:', '  a:', '    runs-on: ubuntu-latest', '    steps:'];

test('knows queues of runs and references within a repository', async () => {
  const workflow = ['on: push', 'concurrency: { group: g, queue: max }', ...job, '      - uses: $/deploy'].join('\n');
  expect(await parseAsWorkflow('a.yml', workflow)).toEqual([]);
});

test('reports an unknown key and a broken expression, with their lines', async () => {
  const workflow = ['on: push', ...job, `      - run: echo ${expression('foo(')}`, '        bogus: 1'].join('\n');
  const findings = await parseAsWorkflow('a.yml', workflow);
  expect(findings.map(({ line }) => line)).toEqual([6, 7]);
  expect(findings[1]?.message).toContain('bogus');
});

test('reports a job that waits for one that is not there', async () => {
  const workflow = [
    'on: push',
    ...job,
    '      - run: "true"',
    '  b:',
    '    needs: nobody',
    ...job.slice(2),
    '      - run: "true"',
  ].join('\n');
  const findings = await parseAsWorkflow('a.yml', workflow);
  expect(findings.map(({ message }) => message).join()).toContain('nobody');
});

test('reports an action without a name and with an unknown key', () => {
  const findings = parseAsAction('action.yml', 'descriptoin: a\nruns: { using: node24, main: a.js }\n');
  expect(findings.map(({ message }) => message).join()).toContain('descriptoin');
});
