import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { operations } from '../actions/operations.ts';
import { generateAll } from '../scripts/generate/all.ts';
import { releasedFiles } from '../scripts/release/contents.ts';
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
  workflowInputs: (name) => {
    const file = path.join(root, '.github', 'workflows', `${name}.yml`);
    if (!existsSync(file)) return undefined;
    const workflow = parse(readFileSync(file, 'utf8')) as { on: { workflow_call?: { inputs: object } } };
    return new Set(Object.keys(workflow.on.workflow_call?.inputs ?? {}));
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

test('a page that is released links only to what is released', async () => {
  const released = new Set((await releasedFiles(root)).map(({ to }) => to));
  const pages = [...released].filter((file) => file.endsWith('.md') && existsSync(path.join(root, file)));
  const missing = pages.flatMap((file) =>
    relativeLinks(read(file))
      .map((link) => path.posix.join(path.posix.dirname(file), link.split('#')[0] || path.posix.basename(file)))
      .filter((target) => !released.has(target) && ![...released].some((other) => other.startsWith(`${target}/`)))
      .map((target) => `${file} -> ${target}`),
  );
  expect(pages).toContain('README.md');
  expect(missing).toEqual([]);
});

test('the workflow that the READMEs show is the one to copy', () => {
  const workflow = read('workflows/branch-stack-least.yml').replace(/^#.*\n/gm, '');
  for (const file of ['README.md', 'actions/branch-stack/README.md'])
    expect(codeBlocks(read(file), 'yaml')).toContain(workflow);
});

test('every decision is in the index', () => {
  const index = read('docs/decisions/README.md');
  for (const file of globSync('docs/decisions/0*.md', { cwd: root }))
    expect(index).toContain(`](${path.basename(file)})`);
});

test('every message in troubleshooting is one that the program has', () => {
  const sources = globSync(['actions/**/*.ts', 'engines/**/*.ts', 'lib/**/*.ts', 'local-aws/**/*.ts'], { cwd: root })
    .map(read)
    .join('\n');
  expect(unknownMessages(read('docs/troubleshooting.md'), sources)).toEqual([]);
});

describe('the checks find', () => {
  const fence = (language: string, ...lines: string[]) => [`\`\`\`${language}`, ...lines, '```', ''].join('\n');

  test.each([
    ['headgate branch-stack deploj', "there is no operation 'branch-stack deploj'"],
    ['headgate branch-stack', "there is no operation 'branch-stack '"],
    ['headgate branch-stack name --brunch x', "has no input 'brunch'"],
    ['headgate branch-stack name \\\n  --brunch x', "has no input 'brunch'"],
    ['headgate local begin', 'there is no such command'],
  ])('a wrong command: %j', (command, problem) => {
    expect(commandProblems(fence('sh', command), definitions.operations)).toEqual([expect.stringContaining(problem)]);
  });

  test.each([
    [{ uses: 'headgate-dev/headgate/actions/branch-stack/deploy@v0', with: { tll: '7d' } }, "no input 'tll'"],
    [{ uses: 'headgate-dev/headgate/actions/branch-stack/deploy@v0', with: { ttl: '7x' } }, 'is not a duration'],
    [{ uses: 'headgate-dev/headgate/actions/branch-stack/up@v0' }, 'no such operation'],
    [{ uses: 'headgate-dev/headgate/action/branch-stack/deploy@v0' }, 'is not an action of ours'],
    [
      { uses: 'headgate-dev/headgate@v0', with: { operation: 'stack bootstrap', inputs: 'regio: x' } },
      "no input 'regio'",
    ],
    [
      { include: [{ component: 'x/headgate-dev/headgate/branch-stack@0.1.0', inputs: { ttl: '7x' } }] },
      'is not a duration',
    ],
    [
      { include: [{ component: 'x/headgate-dev/headgate/branch-stack@0.1.0', inputs: { tll: '7d' } }] },
      "no input 'tll'",
    ],
    [
      { include: [{ local: 'gitlab-templates/branch-stac.yml', inputs: {} }] },
      'is not a template of ours, nor a workflow',
    ],
  ])('a wrong example: %j', async (example, problem) => {
    expect(await exampleProblems(JSON.stringify(example), definitions)).toEqual([expect.stringContaining(problem)]);
  });

  test('links outside of code, and the anchors of headings', () => {
    const page = `# A \`b\`: c\n## A b c\n[x](y.md#z) \`[n](no)\` [w](https://example.com)\n${fence('md', '[n](no)', '# no')}`;
    expect(relativeLinks(page)).toEqual(['y.md#z']);
    expect([...headingAnchors(page)]).toEqual(['a-b-c', 'a-b-c-1']);
  });

  test('a message that the program does not have, part by part', () => {
    const page = '| `has no … such thing` or `is gone` | why |\n| `the same` | why |\n';
    expect(unknownMessages(page, "throw 'the same'; throw `has no ${x}`; throw 'is gone'")).toEqual([
      'has no … such thing',
    ]);
  });
});
