import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BadInput } from '../../../lib/errors.ts';
import { writeWheel } from '../../support/packages/wheel.ts';
import { ReadingContext } from './reading-context.ts';

const context = new ReadingContext();
const generic = { namespace: 'acme', name: 'models', version: '1' };

test('every file is an asset of the one package, whatever it holds', async () => {
  await writeWheel(context.directory);
  await mkdir(context.at('more'));
  const names = ['a b.bin', 'maven-metadata.xml', 'shop.whl', 'x.sha256', 'Größe (1).txt'];
  for (const name of names) await writeFile(context.at('more', name), 'x');
  const [release, ...more] = await context.read({ generic });
  expect(more).toEqual([]);
  expect(release?.id).toEqual({ format: 'generic', ...generic });
  expect(release?.assets.map(({ name }) => name)).toEqual([...names, 'acme_shop-1.0.0-py3-none-any.whl'].sort());
  expect(release?.assets.every(({ details }) => details.format === 'generic')).toBe(true);
});

test('a namespace is not needed', async () => {
  await writeFile(context.at('a'), 'x');
  const { release } = await context.readOne({ generic: { name: 'models', version: '1' } });
  expect(release.id).toEqual({ format: 'generic', name: 'models', version: '1' });
});

describe('refused are', () => {
  const characters =
    "CodeArtifact takes only letters, digits, single spaces and ~!@^&()-_+[]{};,. in the name of a generic package's asset; rename the file";
  const spaces = 'CodeArtifact takes no spaces at the ends of a name, and no two in a row; rename the file';
  test.each([
    ['a#b', 'a#b', characters],
    ['a%b', 'a%b', characters],
    ["it's", "it's", characters],
    ['a\nb', 'a\\nb', characters],
    ['a\u0007', 'a\\u0007', characters],
    ['a\u200bb', 'a\u200bb', characters],
    [' a', ' a', spaces],
    ['a ', 'a ', spaces],
    ['a  b', 'a  b', spaces],
  ])('the name %j', async (name, shown, message) => {
    await writeFile(context.at(name), 'x');
    expect(await context.problems({ generic })).toEqual([`${shown}: ${message}`]);
  });

  test('two files of one name with other content', async () => {
    for (const folder of ['a', 'b', 'c']) {
      await mkdir(context.at(folder));
      await writeFile(context.at(folder, 'model.bin'), folder === 'b' ? 'one' : 'other');
    }
    expect(await context.problems({ generic })).toEqual([
      "b/model.bin: it is the asset 'model.bin' of acme/models 1, and so is a/model.bin with other content; give one of them",
    ]);
  });

  test('an empty file', async () => {
    await writeFile(context.at('a'), '');
    expect(await context.problems({ generic })).toEqual(['a: the file is empty; build it again, or leave it out']);
  });

  test('a name, a version and a namespace that the API does not take, together', async () => {
    await writeFile(context.at('a'), 'x');
    const reading = context.read({ generic: { namespace: 'a/b', name: '', version: '1 0' } });
    const error = await reading.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BadInput);
    const form = "write 1 to 255 characters without '#', '/' and spaces";
    expect((error as BadInput).problems).toEqual([
      {
        input: 'namespace',
        message: `input 'namespace': 'a/b' cannot be the namespace of a generic package; ${form}`,
      },
      { input: 'name', message: `input 'name': '' cannot be the name of a generic package; ${form}` },
      { input: 'version', message: `input 'version': '1 0' cannot be the version of a generic package; ${form}` },
    ]);
  });
});

test('what a name is taken for keeps to the pattern of the API', async () => {
  const names = fc.stringMatching(/^[a-z #%é,.~]{1,20}$/).filter((name) => !name.startsWith('.'));
  await fc.assert(
    fc.asyncProperty(names, async (name) => {
      await mkdir(context.at('one'), { recursive: true });
      const file = context.at('one', name);
      await writeFile(file, 'x');
      const releases = await context.read({ generic }, [file]).catch((error: unknown) => {
        if (!(error instanceof BadInput)) throw error;
        return [];
      });
      for (const { assets } of releases) expect(assets[0]?.name).toMatch(/^\P{C}{1,255}$/u);
    }),
    { numRuns: 50 },
  );
});
