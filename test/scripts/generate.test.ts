import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { input } from '../../lib/operation/inputs.ts';
import { actionFile, launcherName, rootActionFile } from '../../scripts/generate/action-file.ts';
import { generateAll } from '../../scripts/generate/all.ts';
import { gitlabTemplate, variableName } from '../../scripts/generate/gitlab-template.ts';
import { replaceBetween } from '../../scripts/generate/markers.ts';
import { operationIndex } from '../../scripts/generate/operation-index.ts';
import { projectReadme, scenarioReadme } from '../../scripts/generate/readme.ts';
import { type Found, scanOperations } from '../../scripts/generate/scan.ts';

const root = path.resolve(import.meta.dirname, '..', '..');

test('what is committed is what the generator writes; if not, run: node scripts/generate.ts', async () => {
  const differing: string[] = [];
  for (const [file, content] of await generateAll(root)) {
    if ((await readFile(path.join(root, file), 'utf8').catch(() => '')) !== content) differing.push(file);
  }
  expect(differing).toEqual([]);
}, 60_000);

describe('the scan', () => {
  let tree: string;
  beforeEach(async () => {
    tree = await mkdtemp(path.join(os.tmpdir(), 'headgate-generate-'));
  });
  afterEach(() => rm(tree, { recursive: true, force: true }));

  const write = async (file: string, text: string) => {
    await mkdir(path.dirname(path.join(tree, file)), { recursive: true });
    await writeFile(path.join(tree, file), text);
  };
  /** The text of an operation's file, without any import. */
  const operationNamed = (name: string) =>
    `const defineOperation = (definition) => definition;\nexport default defineOperation({ name: '${name}', kind: 'query' });\n`;

  test('finds the files that define an operation, in order, and no others', async () => {
    await write('actions/shop/open.ts', operationNamed('shop open'));
    await write('actions/shop/close.ts', operationNamed('shop close'));
    await write('actions/shop/prices.ts', "export const text = 'export default defineOperation(';\n");
    await write('actions/shop/open/action.yml', '');
    await write('actions/bank/count.ts', operationNamed('bank count'));
    await write('actions/main.ts', operationNamed('main'));
    const found = await scanOperations(tree);
    expect(found.map(({ operation, scenario, verb }) => [operation.name, scenario, verb])).toEqual([
      ['bank count', 'bank', 'count'],
      ['shop close', 'shop', 'close'],
      ['shop open', 'shop', 'open'],
    ]);
  });

  test.each([
    ['actions/shop/open.ts', 'shop opens', 'shop open'],
    ['actions/bank/open.ts', 'shop open', 'bank open'],
    ['actions/shop/open-late.ts', 'shop open late', 'shop open-late'],
  ])('refuses %s that defines %j', async (file, defined, wanted) => {
    await write(file, operationNamed(defined));
    await expect(scanOperations(tree)).rejects.toThrow(`${file} defines '${defined}'; it must be '${wanted}'`);
  });
});

describe('markers', () => {
  const text = 'before\n# generated: inputs (do not edit)\nold\n# generated end: inputs\nafter\n';

  test('only what stands between them is replaced', () => {
    const expected = 'before\n# generated: inputs (do not edit)\nnew\n# generated end: inputs\nafter\n';
    expect(replaceBetween(text, 'inputs', 'new\n')).toBe(expected);
    expect(replaceBetween(expected, 'inputs', 'new\n')).toBe(expected);
  });

  test('any comment sign will do, and what is put in is text', () => {
    const html = '<!-- generated: operations -->\n<!-- generated end: operations -->\n';
    expect(replaceBetween(html, 'operations', '$& $1 $$\n')).toBe(
      '<!-- generated: operations -->\n$& $1 $$\n<!-- generated end: operations -->\n',
    );
  });

  test.each<[string, string]>([
    ['both', 'before\nafter\n'],
    ['the first', 'before\n# generated end: inputs\n'],
    ['the second', '# generated: inputs\nold\n'],
    ['those of this name', text.replaceAll('inputs', 'outputs')],
  ])('it is an error when %s are missing', (_, without) => {
    expect(() => replaceBetween(without, 'inputs', 'new\n')).toThrow(
      "The lines 'generated: inputs' and 'generated end: inputs' are missing",
    );
  });
});

const SAMPLE: Found = {
  scenario: 'shop',
  verb: 'open',
  operation: {
    name: 'shop open',
    kind: 'query',
    summary: 'Open the shop: now.',
    usesAws: false,
    inputs: {
      door: input.string({ description: 'Which door | side.', required: true }),
      mode: input.choice({ description: 'How.', options: ['slow', 'fast'], default: 'slow' }),
      hours: input.list({ description: "Opening hours, '#1' first.", default: '8\n9' }),
      key: input.secret({ description: 'The key.' }),
      wait: input.duration({ description: 'How long.' }),
    },
    outputs: { customers: 'How many came.' },
    permissions: [
      { action: 's3:PutObject', resource: 'arn:${Partition}:s3:::doors/*', why: 'opens' },
      { action: 's3:GetObject', resource: 'arn:${Partition}:s3:::doors/*', why: 'looks' },
      { action: 'iam:PassRole', resource: '*', why: 'hands over', onlyWith: "'role'" },
    ],
    read: async () => ({ summary: '', outputs: {} }),
  },
};

describe('the GitHub door', () => {
  test('has every input and output, and starts the launcher of its operation', () => {
    expect(parse(actionFile(SAMPLE.operation))).toMatchObject({
      name: 'Headgate shop open',
      description: 'Open the shop: now.',
      inputs: {
        door: { description: 'Which door | side.', required: true },
        mode: { description: 'How. One of: slow, fast.', required: false, default: 'slow' },
        hours: { description: "Opening hours, '#1' first.", default: '8\n9' },
        key: { required: false },
        wait: { required: false },
      },
      outputs: { customers: { description: 'How many came.' }, 'result-file': { description: expect.any(String) } },
      runs: { using: 'node24', main: '../../../dist/doors/shop-open.js' },
    });
    expect(launcherName('shop open')).toBe('shop-open');
  });

  test('asks for a token only where the API of the host is used, and has a post step only where something is to clean up', () => {
    const plain = parse(actionFile(SAMPLE.operation));
    expect(plain.inputs).not.toHaveProperty('github-token');
    expect(plain.runs).not.toHaveProperty('post');
    const more = parse(actionFile({ ...SAMPLE.operation, usesHostApi: true, cleanup: async () => {} }));
    expect(more.inputs['github-token'].default).toBe('${{ github.token }}');
    expect(more.runs).toMatchObject({ post: '../../../dist/doors/shop-open-post.js', 'post-if': 'always()' });
  });

  test('for any operation names them all', () => {
    const other: Found = { ...SAMPLE, verb: 'close', operation: { ...SAMPLE.operation, name: 'shop close' } };
    const door = parse(rootActionFile([SAMPLE, other]));
    expect(door.inputs.operation).toEqual({ description: 'One of: shop open, shop close.', required: true });
    expect(Object.keys(door.inputs)).toEqual(['operation', 'inputs', 'github-token']);
  });
});

describe('the GitLab door', () => {
  const between = (name: string, spaces = '') => `${spaces}# generated: ${name}\n${spaces}# generated end: ${name}\n`;
  const TEMPLATE = [
    'spec:\n  inputs:\n    job-prefix: { default: "" }\n',
    between('source inputs', '    '),
    between('inputs', '    '),
    '---\n',
    between('program'),
    between('variables'),
    'open:\n  script: [headgate shop open]\n',
  ].join('');

  /** Header and jobs of the template. */
  const documents = (text: string) => text.split('\n---\n').map((part) => parse(part));

  test('every input is text, enters as a variable that is not expanded, and keeps its default', () => {
    const [header, jobs] = documents(gitlabTemplate(TEMPLATE, [SAMPLE]));
    expect(header.spec.inputs).toMatchObject({
      door: { description: 'Which door | side.' },
      mode: { description: 'How.', default: 'slow', options: ['slow', 'fast'] },
      hours: { description: "Opening hours, '#1' first.", default: '8\n9' },
      key: { description: 'The key. Give the name of a CI variable.', default: '' },
      wait: { description: 'How long.', default: '' },
      source: { default: 'npm' },
    });
    expect(header.spec.inputs.door).not.toHaveProperty('default');
    expect(jobs['.$[[ inputs.job-prefix ]]shop-open-inputs'].variables).toEqual(
      Object.fromEntries(
        ['door', 'mode', 'hours', 'key', 'wait'].map((name) => [
          variableName(name),
          { value: `$[[ inputs.${name} ]]`, expand: false },
        ]),
      ),
    );
    expect(variableName('stack-role-arn')).toBe('HEADGATE_INPUT_STACK_ROLE_ARN');
  });

  test('writing it again changes nothing', () => {
    const once = gitlabTemplate(TEMPLATE, [SAMPLE]);
    expect(gitlabTemplate(once, [SAMPLE])).toBe(once);
  });

  test('only operations that a job of it runs are in it', () => {
    const late: Found = { ...SAMPLE, verb: 'open-late', operation: { ...SAMPLE.operation, name: 'shop open-late' } };
    expect(gitlabTemplate(TEMPLATE, [SAMPLE, late])).not.toContain('shop-open-late-inputs');
  });

  test.each(['source inputs', 'inputs', 'program', 'variables'])('without its markers for %s it is refused', (name) => {
    expect(() => gitlabTemplate(TEMPLATE.replaceAll(`: ${name}\n`, ': other\n'), [SAMPLE])).toThrow(
      `The lines 'generated: ${name}' and 'generated end: ${name}' are missing`,
    );
  });

  test('an operation that has something to clean up must be called for it, too', () => {
    const cleans: Found = { ...SAMPLE, operation: { ...SAMPLE.operation, cleanup: async () => {} } };
    expect(() => gitlabTemplate(TEMPLATE, [cleans])).toThrow("call 'headgate shop open --cleanup' in 'after_script'");
    const called = `${TEMPLATE}  after_script: [headgate shop open --cleanup]\n`;
    expect(gitlabTemplate(called, [cleans])).toContain('shop-open-inputs');
  });

  test('an input of the template with the name of one of an operation is refused', () => {
    const twice = TEMPLATE.replace('job-prefix: {', 'door: { default: "" }\n    job-prefix: {');
    expect(() => gitlabTemplate(twice, [SAMPLE])).toThrow('is not YAML');
  });
});

describe('the tables', () => {
  const EMPTY = '# Shop\n<!-- generated: operations -->\n<!-- generated end: operations -->\nBy hand.\n';

  test("of a scenario's README show inputs, outputs and the policy", () => {
    const readme = scenarioReadme(EMPTY, [SAMPLE]);
    expect(readme).toContain('| `door` | string | required | Which door \\| side. |');
    expect(readme).toContain('| `mode` | `slow`, `fast` | `slow` | How. |');
    expect(readme).toContain('| `hours` | list | `8\\n9` | ');
    expect(readme).toContain('| `customers` | How many came. |');
    expect(readme).toContain("| `iam:PassRole` | hands over; only with 'role' |");
    expect(readme.endsWith('By hand.\n')).toBe(true);
    const [, json = ''] = /```json\n([\s\S]*?)```/.exec(readme) ?? [];
    expect(JSON.parse(json)).toMatchObject({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: 'arn:${Partition}:s3:::doors/*' },
        { Effect: 'Allow', Action: ['iam:PassRole'], Resource: '*' },
      ],
    });
  });

  test("of the project's README link each scenario", () => {
    expect(projectReadme(EMPTY, [SAMPLE])).toContain(
      '| [`shop open`](actions/shop/README.md) | query | Open the shop: now. |',
    );
  });

  test('are refused without their markers', () => {
    expect(() => scenarioReadme('# Shop\n', [SAMPLE])).toThrow('are missing');
    expect(() => projectReadme('# Shop\n', [SAMPLE])).toThrow('are missing');
  });

  test('the index loads an operation only when it is asked for', () => {
    expect(operationIndex([SAMPLE])).toContain("  'shop open': () => import('./shop/open.ts'),\n");
  });
});
