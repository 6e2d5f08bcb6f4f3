import { existsSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { builtinStacks, templateFileOf, templateInput } from '../../../../lib/aws/cloudformation/builtin.ts';

const input = templateInput('The template.');
const parse = async (text: string) => await input.parse(text, { workspace: '/work-space' });

test('every stack of this project can be named', async () => {
  expect(builtinStacks()).toEqual(expect.arrayContaining(['branch-stack', 'stack']));
  for (const name of builtinStacks()) {
    const { templateFile, workspace, isOwn } = templateFileOf(await parse(`builtin:${name}`), '/work-space');
    expect(existsSync(templateFile)).toBe(true);
    expect(templateFile.startsWith(workspace)).toBe(true);
    expect(isOwn).toBe(false);
  }
});

test('a path stays one inside the workspace', async () => {
  const value = await parse('infra/template.yaml');
  expect(templateFileOf(value, '/work-space')).toEqual({
    templateFile: '/work-space/infra/template.yaml',
    workspace: '/work-space',
    isOwn: true,
  });
});

test.each(['builtin:', 'builtin:../stack', 'builtin:stack/../stack', 'builtin:Stack', '../template.yaml'])(
  '%s is refused',
  async (text) => {
    await expect(parse(text)).rejects.toThrow(/is no stack of this project|is outside the workspace/);
  },
);
