import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect } from '@jest/globals';
import { execa } from 'execa';
import { parse } from 'yaml';
import { requires } from '../support/requires.ts';
import { type Finding, fromRoot, judge } from './findings.ts';
import { expression, withFiles } from './samples.ts';
import { actionManifests, root, workflows } from './shipped.ts';

const actionlint = requires('actionlint', 'it checks expressions, job graphs and the inputs given to actions');

type Report = { message: string; filepath: string; line: number; kind: string };

/** Lints the workflows of a directory that looks like a repository. */
async function lint(repository: string, files: readonly string[]): Promise<Finding[]> {
  if (files.length === 0) return [];
  const flags = ['-shellcheck=', '-pyflakes=', '-format', '{{json .}}'];
  const run = await execa(actionlint.path, [...flags, ...files], { cwd: repository, reject: false });
  // 0 nothing found, 1 something found; 2 and 3 are bad calls and crashes.
  if (run.exitCode !== 0 && run.exitCode !== 1) throw new Error(`actionlint failed: ${run.stderr}`);
  return (JSON.parse(run.stdout) as Report[]).map(({ message, filepath, line, kind }) => ({
    file: filepath,
    line,
    rule: kind,
    message,
  }));
}

/**
 * Our own repository as actionlint can check it: references to our published actions and reusable workflows become
 * local ones, so that inputs and outputs are held against each action.yml, and what only a build makes is an empty file.
 */
function mirror(): Record<string, string> {
  const { repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { repository: string };
  const published = new RegExp(`${repository.replace('github:', '')}(/[^@\\s'"]+)?@v\\d+`, 'g');
  const files: Record<string, string> = {};
  for (const workflow of workflows()) {
    const text = readFileSync(workflow, 'utf8');
    files[fromRoot(workflow)] = text.replace(published, (_match, path?: string) => `.${path ?? '/'}`);
  }
  for (const manifest of actionManifests()) {
    const text = readFileSync(manifest, 'utf8');
    files[fromRoot(manifest)] = text;
    const runs = (parse(text) as { runs?: Record<string, unknown> }).runs ?? {};
    for (const script of [runs.pre, runs.main, runs.post]) {
      if (typeof script === 'string') files[normalize(join(dirname(fromRoot(manifest)), script))] = '';
    }
  }
  return files;
}

/** Runs actionlint over files in a temporary repository; actionlint takes a folder with `.git` for one. */
function lintRepository(files: Record<string, string>): Promise<Finding[]> {
  return withFiles(files, (directory) => {
    mkdirSync(join(directory, '.git'));
    mkdirSync(join(directory, '.github', 'workflows'), { recursive: true });
    return lint(
      directory,
      Object.keys(files).filter((path) => /^(\.github\/)?workflows\/[^/]+\.yml$/.test(path)),
    );
  });
}

actionlint.test('accepts the workflows that we ship, and their use of our actions', async () => {
  expect(judge('actionlint', await lintRepository(mirror()))).toEqual({ unexpected: [], unused: [] });
});

actionlint.test('reports a branch name inside a script line', async () => {
  const workflow = [
    'on: pull_request',
    'jobs:',
    '  a:',
    '    runs-on: ubuntu-latest',
    '    steps:',
    `      - run: echo "${expression('github.head_ref')}"`,
  ].join('\n');
  const findings = await lintRepository({ 'workflows/a.yml': workflow });
  expect(findings).toEqual([expect.objectContaining({ file: 'workflows/a.yml', line: 6, rule: 'expression' })]);
});

actionlint.test('reports an input that the action does not have', async () => {
  const findings = await lintRepository({
    'deploy/action.yml':
      'name: d\ndescription: d\ninputs: { stack: { description: s } }\nruns: { using: node24, main: m.js }',
    'deploy/m.js': '',
    'workflows/a.yml': [
      'on: push',
      'jobs:',
      '  a:',
      '    runs-on: ubuntu-latest',
      '    steps:',
      '      - uses: ./deploy',
      '        with: { stak: x }',
    ].join('\n'),
  });
  expect(findings.map(({ rule, message }) => `${rule}: ${message}`)).toEqual([
    expect.stringContaining('action: input "stak" is not defined'),
  ]);
});
