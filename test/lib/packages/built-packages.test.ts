import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { pythonWithTwine } from '../../local-aws/python-tools.ts';
import { buildPython, writePythonProject } from '../../support/packages/python-build.ts';
import { ReadingContext } from './reading-context.ts';

// What real tools build is read as these tools mean it.

const context = new ReadingContext();
const run = promisify(execFile);

describe('a Python package', () => {
  let twine = '';
  beforeAll(async () => {
    twine = await pythonWithTwine();
  }, 300_000);

  test('that setuptools built has the fields that twine would send', async () => {
    await writePythonProject(context.at('shop'), { version: '1.2.0rc1' });
    const output = await buildPython(context.at('shop'));
    const [release, ...more] = await context.read({}, [output]);
    expect(more).toEqual([]);
    expect(release?.id).toEqual({ format: 'pypi', name: 'acme-shop', version: '1.2.0rc1' });
    expect(release?.assets.map(({ name }) => name)).toEqual([
      'acme_shop-1.2.0rc1-py3-none-any.whl',
      'acme_shop-1.2.0rc1.tar.gz',
    ]);
    for (const { file, sha256, details } of release?.assets ?? []) {
      if (details.format !== 'pypi') throw new Error(details.format);
      const sent = await twineForm(twine, file);
      expect(sent.find(([name]) => name === 'sha256_digest')).toEqual(['sha256_digest', sha256]);
      const own = sent.filter(([name]) => !/_digest$/.test(name ?? ''));
      expect(sortFields(details.fields)).toEqual(sortFields(own));
    }
  }, 300_000);
});

/** The fields that twine sends for a file. */
async function twineForm(python: string, file: string): Promise<[string, string][]> {
  const program = `
import json, sys
from twine.package import PackageFile
from twine.repository import Repository
data = PackageFile.from_filename(sys.argv[1], None).metadata_dictionary()
print(json.dumps([pair for pair in Repository._convert_metadata_to_list_of_tuples(data) if pair[1]]))
`;
  const { stdout } = await run(python, ['-c', program, file]);
  return JSON.parse(stdout) as [string, string][];
}

function sortFields(fields: readonly (readonly [string, string])[]) {
  return fields.map((field) => JSON.stringify(field)).sort();
}

test('an npm package is what npm pack says of it', async () => {
  const folder = context.at('shop');
  const manifest = {
    name: '@acme/shop',
    version: '1.2.0-rc.1',
    description: 'A sample',
    bin: { shop: './cli.js' },
    dependencies: { semver: '^7.0.0' },
  };
  await mkdir(path.join(folder, 'lib'), { recursive: true });
  await writeFile(path.join(folder, 'package.json'), JSON.stringify(manifest));
  await writeFile(path.join(folder, 'lib', 'index.js'), '\n');
  await writeFile(path.join(folder, 'cli.js'), '#!/usr/bin/env node\n');
  await writeFile(path.join(folder, 'README.md'), '# Größe\n');
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', context.directory], { cwd: folder });
  const [packed] = JSON.parse(stdout) as { filename: string; integrity: string; shasum: string; size: number }[];
  const [release] = await context.read({}, [context.at(packed!.filename)]);
  expect(release?.id).toEqual({ format: 'npm', namespace: 'acme', name: 'shop', version: '1.2.0-rc.1' });
  const { integrity, shasum, size } = packed!;
  expect(release?.assets).toMatchObject([
    { name: 'package.tgz', size, details: { format: 'npm', manifest, readme: '# Größe\n', integrity, shasum } },
  ]);
}, 60_000);
