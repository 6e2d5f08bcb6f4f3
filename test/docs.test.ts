import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { operations } from '../actions/operations.ts';
import { generateAll } from '../scripts/generate/all.ts';
import { commandProblems } from './docs/commands.ts';
import { type Definitions, exampleProblems } from './docs/examples.ts';
import { codeBlocks, headingAnchors, relativeLinks } from './docs/markdown.ts';
import { unknownMessages } from './docs/messages.ts';
import { root } from './lint/shipped.ts';

const MADE = new Set(['node_modules', 'build', 'dist', 'release', 'coverage']);
const files = globSync('**/*.md', { cwd: root, exclude: (name) => name.startsWith('.') || MADE.has(name) }).sort();
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

const definitions: Definitions = {
  operations: new Map(
    await Promise.all(Object.entries(operations).map(async ([name, load]) => [name, (await load()).default] as const)),
  ),
  templateInputs: (name) => {
    const file = path.join(root, 'gitlab-templates', `${name}.yml`);
    if (!existsSync(file)) return undefined;
    const header = parse(readFileSync(file, 'utf8').split(/^---$/m)[0] ?? '') as { spec: { inputs: object } };
    return new Set(Object.keys(header.spec.inputs));
  },
};

test('there is documentation', () => {
  expect(files).toEqual(expect.arrayContaining(['README.md', 'docs/architecture.md']));
});

describe.each(files)('%s', (file) => {
  test('every relative link leads to a file, and to a heading that is there', () => {
    const broken = relativeLinks(read(file)).filter((link) => {
      const [target = '', anchor] = link.split('#');
      const location = path.join(
        root,
        path.dirname(file),
        decodeURIComponent(target === '' ? path.basename(file) : target),
      );
      if (!existsSync(location)) return true;
      if (anchor === undefined) return false;
      return statSync(location).isDirectory() || !headingAnchors(readFileSync(location, 'utf8')).has(anchor);
    });
    expect(broken).toEqual([]);
  });

  test('every command and every flag exists', () => {
    expect(commandProblems(read(file), definitions.operations)).toEqual([]);
  });

  test('every example in YAML uses inputs that exist, with values that their parsers take', async () => {
    const problems = await Promise.all(
      codeBlocks(read(file), 'yaml', 'yml').map((block) => exampleProblems(block, definitions)),
    );
    expect(problems.flat()).toEqual([]);
  });
});

test('every scenario has a README with the tables of its operations', () => {
  const scenarios = globSync('actions/*/', { cwd: root }).filter((folder) =>
    statSync(path.join(root, folder)).isDirectory(),
  );
  expect(scenarios.length).toBeGreaterThan(0);
  for (const folder of scenarios) expect(read(path.join(folder, 'README.md'))).toContain('generated: operations');
});

test('generated parts of Markdown files are in step with the operations', async () => {
  const generated = [...(await generateAll(root))].filter(([file]) => file.endsWith('.md'));
  expect(generated.length).toBeGreaterThan(1);
  for (const [file, content] of generated) expect(read(file)).toBe(content);
});

test('every decision is in the index', () => {
  const index = read('docs/decisions/README.md');
  for (const file of globSync('docs/decisions/0*.md', { cwd: root }))
    expect(index).toContain(`](${path.basename(file)})`);
});

test('every message in troubleshooting is one that the program has', () => {
  const sources = globSync(['actions/**/*.ts', 'lib/**/*.ts', 'local-aws/*.ts'], { cwd: root }).map(read).join('\n');
  expect(unknownMessages(read('docs/troubleshooting.md'), sources)).toEqual([]);
});
