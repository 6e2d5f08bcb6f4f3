import { globSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { bundledPackages, checkTree, copyleft, filesWithPath, unresolvedModules } from '../../scripts/release/check.ts';
import { releasedFiles } from '../../scripts/release/contents.ts';
import { releasedManifest, repositoryOf } from '../../scripts/release/manifest.ts';
import { packTree } from '../../scripts/release/package.ts';
import { rewriteReferences, tagsOf } from '../../scripts/release/references.ts';
import { refuseDirty, tagRelease } from '../../scripts/release/tag.ts';
import { releaseTree } from '../e2e/release-tree.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(path.join(os.tmpdir(), 'headgate-release-test-'));
});

afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
});

describe('the release tree', () => {
  test('holds what users run, read and copy, and no sources, tests or tools', async () => {
    const tree = await releaseTree();
    const files = globSync('**/*', { cwd: tree, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(tree, path.join(entry.parentPath, entry.name)));
    expect(files).toEqual(
      expect.arrayContaining([
        'action.yml',
        'actions/branch-stack/deploy/action.yml',
        'dist/headgate.js',
        'dist/doors/branch-stack-deploy.js',
        'dist/licenses.txt',
        'gitlab-templates/branch-stack.yml',
        'local-aws/child.py',
        'stacks/branch-stack/functions/web.zip',
        'stacks/branch-stack/template.yaml',
        'templates/branch-stack.yml',
        'workflows/branch-stack.yml',
      ]),
    );
    expect(
      files.filter((file) => /\.ts$|^(test|bench|scripts|node_modules)\/|package-lock|tsconfig/.test(file)),
    ).toEqual([]);
  });

  test('holds no copyleft package, no path of the machine that built it, and all its modules', async () => {
    const tree = await releaseTree();
    const packages = bundledPackages(await readFile(path.join(tree, 'dist', 'licenses.txt'), 'utf8'));
    expect([...new Set(packages.map(({ license }) => license))].sort()).toEqual([
      'Apache-2.0',
      'BSD-3-Clause',
      'ISC',
      'MIT',
    ]);
    expect(await checkTree(root, tree)).toEqual([]);
  });

  test("the catalog's templates are those that are included by path", async () => {
    const tree = await releaseTree();
    const read = (folder: string) => readFile(path.join(tree, folder, 'branch-stack.yml'), 'utf8');
    expect(await read('templates')).toBe(await read('gitlab-templates'));
  });

  test('every action starts a file that is there', async () => {
    const tree = await releaseTree();
    const manifests = globSync('{action.yml,actions/**/action.yml}', { cwd: tree });
    expect(manifests.length).toBeGreaterThan(1);
    for (const manifest of manifests) {
      const text = await readFile(path.join(tree, manifest), 'utf8');
      for (const [, script = ''] of text.matchAll(/^ {2}(?:main|post): (\S+)$/gm)) {
        const file = path.join(tree, path.dirname(manifest), script);
        expect({ manifest, script, text: await readFile(file, 'utf8') }).toMatchObject({ text: /start/ });
      }
    }
  });

  test('of our own workflows only the reusable ones go with it', async () => {
    const repository = path.join(scratch, 'workflows');
    await writeFiles(repository, {
      '.github/workflows/ci.yml': 'on: push\njobs: {}\n',
      '.github/workflows/both.yml': 'on: { push: , workflow_call: { inputs: {} } }\njobs: {}\n',
      '.github/workflows/list.yml': 'on: [push, workflow_call]\njobs: {}\n',
      'workflows/a.yml': 'on: push\njobs: {}\n',
      'lib/a.ts': '',
    });
    expect((await releasedFiles(repository)).map(({ to }) => to)).toEqual([
      '.github/workflows/both.yml',
      '.github/workflows/list.yml',
      'workflows/a.yml',
    ]);
  });
});

describe('the archive', () => {
  test('is the same for the same tree, and its SHA-256 stands beside it', async () => {
    const [first, second] = [path.join(scratch, 'first'), path.join(scratch, 'second')];
    for (const directory of [first, second]) await mkdir(directory);
    const one = await packTree(await releaseTree(), first);
    const other = await packTree(await releaseTree(), second);
    expect(other.sha256).toBe(one.sha256);
    expect(await readFile(`${one.file}.sha256`, 'utf8')).toBe(`${one.sha256}  ${path.basename(one.file)}\n`);
  }, 60_000);

  test('installs with npm without a network, and runs', async () => {
    const directory = path.join(scratch, 'installed');
    await mkdir(directory);
    const { file } = await packTree(await releaseTree(), directory);
    const cache = path.join(directory, 'cache');
    await execa('npm', ['install', '--global', '--offline', '--prefix', directory, '--cache', cache, file]);
    const { stdout } = await execa(path.join(directory, 'bin', 'headgate'), ['branch-stack', 'name', '--help']);
    expect(stdout).toContain('branch-stack name');
  }, 60_000);

  test('runs where it was only unpacked', async () => {
    const directory = path.join(scratch, 'unpacked');
    await mkdir(directory);
    const { file } = await packTree(await releaseTree(), directory);
    await execa('tar', ['-xzf', file, '-C', directory]);
    const { stdout } = await execa(process.execPath, [
      path.join(directory, 'package', 'dist', 'headgate.js'),
      '--version',
    ]);
    expect(stdout).toBe(JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')).version);
  }, 60_000);
});

describe('references to this repository', () => {
  const release = { repository: 'acme/gate', version: '1.2.3', sourceVersion: '0.1.0' };

  test('follow the major version in what users copy, and are exact in reusable workflows', () => {
    const text = 'uses: headgate-dev/headgate/actions/branch-stack/deploy@v0 # ours\nuses: headgate-dev/headgate@v0\n';
    expect(rewriteReferences('workflows/a.yml', text, release)).toBe(
      'uses: acme/gate/actions/branch-stack/deploy@v1 # ours\nuses: acme/gate@v1\n',
    );
    expect(rewriteReferences('.github/workflows/a.yml', text, release)).toContain('acme/gate@v1.2.3');
    expect(rewriteReferences('README.md', text, { ...release, version: '2.0.0-rc.1' })).toContain(
      'acme/gate@v2.0.0-rc.1',
    );
  });

  test("are of GitLab's form in the catalog, and its templates install the version that they are of", () => {
    const component = 'component: $CI_SERVER_FQDN/headgate-dev/headgate/branch-stack@0.1.0\n';
    expect(rewriteReferences('README.md', component, release)).toBe(
      'component: $CI_SERVER_FQDN/acme/gate/branch-stack@1.2.3\n',
    );
    const template = 'spec:\n  inputs:\n    version:\n      default: 0.1.0\n';
    expect(rewriteReferences('templates/a.yml', template, release)).toContain('default: 1.2.3');
    expect(rewriteReferences('docs/a.md', template, release)).toBe(template);
  });

  test('leave other text alone', () => {
    const text = 'https://github.com/headgate-dev/headgate\nactions/checkout@v7\nheadgate-dev/headgate-demo@v0\n';
    expect(rewriteReferences('README.md', text, release)).toBe(text);
  });
});

describe('a version', () => {
  test.each([
    ['1.2.3', ['v1.2.3', 'v1.2', 'v1']],
    ['0.1.0', ['v0.1.0', 'v0.1', 'v0']],
    ['1.3.0-rc.1', ['v1.3.0-rc.1']],
  ])('%s has the tags %j', (version, tags) => {
    expect(tagsOf(version)).toEqual(tags);
  });

  test.each(['v1.2.3', '1.2', '01.2.3', '1.2.3+build', '1.2.3; rm -rf .', ''])("'%s' is refused", (version) => {
    expect(() => tagsOf(version)).toThrow('is not a version');
  });
});

describe('package.json', () => {
  const manifest = {
    name: 'headgate',
    version: '0.1.0',
    license: 'Apache-2.0',
    repository: 'github:headgate-dev/headgate',
    bin: { headgate: 'dist/headgate.js' },
    scripts: { test: 'x' },
    dependencies: { yaml: '1' },
    devDependencies: { jest: '1' },
  };

  test('of a release has neither dependencies nor scripts', () => {
    const released = releasedManifest(manifest, '1.2.3');
    expect(released).toMatchObject({ name: 'headgate', version: '1.2.3', type: 'module', bin: manifest.bin });
    expect(Object.keys(released).filter((key) => /scripts|dependencies/i.test(key))).toEqual([]);
  });

  test('names the repository in one form', () => {
    expect(repositoryOf(manifest)).toBe('headgate-dev/headgate');
    expect(() => repositoryOf({ ...manifest, repository: 'https://example.com' })).toThrow("not 'github:owner/name'");
  });
});

describe('the checks', () => {
  test('find a copyleft licence by its identifier and by its text', () => {
    const text = [
      'left-pad\nMIT\nThe MIT License\n\nPermission is hereby granted\n',
      '@acme/strong\n(MIT OR GPL-3.0-or-later)\n',
      'hidden\nSEE LICENSE IN COPYING\nGNU Affero General Public License\n',
      'bare\nAGPL-3.0-only\n',
    ].join('\n');
    const packages = bundledPackages(text);
    expect(packages.map(({ name }) => name)).toEqual(['left-pad', '@acme/strong', 'hidden', 'bare']);
    expect(copyleft(packages).map(({ name }) => name)).toEqual(['@acme/strong', 'hidden', 'bare']);
  });

  test('find a path of the machine, and a module that the bundler did not find', async () => {
    const tree = path.join(scratch, 'leaks');
    await writeFiles(tree, {
      'a/one.js': `// ${path.join(scratch, 'x.ts')}`,
      'two.js': 'module.exports = eval("require")("./lost.ts");',
    });
    expect(await filesWithPath(tree, [`${scratch}${path.sep}`])).toEqual([path.join('a', 'one.js')]);
    expect(await unresolvedModules(tree)).toEqual(['./lost.ts']);
  });
});

describe('tagging', () => {
  const git = async (directory: string, ...parts: string[]) => (await execa('git', parts, { cwd: directory })).stdout;

  async function repository(name: string): Promise<string> {
    const directory = path.join(scratch, name);
    await writeFiles(directory, { 'source.ts': 'source', '.gitignore': 'dist/\n' });
    await git(directory, 'init', '--quiet', '--initial-branch=main');
    await git(directory, 'config', 'user.name', 'Test');
    await git(directory, 'config', 'user.email', 'test@example.com');
    await git(directory, 'add', '--all');
    await git(directory, 'commit', '--quiet', '--message', 'First');
    return directory;
  }

  async function smallTree(name: string): Promise<string> {
    const tree = path.join(scratch, name);
    await writeFiles(tree, { 'dist/index.js': 'built', 'action.yml': 'name: x', '.github/workflows/a.yml': 'on: x' });
    return tree;
  }

  test('makes a commit with the tree alone, on no branch, and leaves the checkout as it is', async () => {
    const [directory, tree] = [await repository('tagged'), await smallTree('tagged-tree')];
    const before = await git(directory, 'rev-parse', 'HEAD');
    const { commit, push } = await tagRelease(directory, tree, '1.2.3');

    expect(await git(directory, 'ls-tree', '-r', '--name-only', 'v1.2.3')).toBe(
      '.github/workflows/a.yml\naction.yml\ndist/index.js',
    );
    expect(await git(directory, 'rev-parse', 'v1.2.3', 'v1.2', 'v1')).toBe([commit, commit, commit].join('\n'));
    expect(await git(directory, 'rev-parse', `${commit}^`)).toBe(before);
    expect(await git(directory, 'branch', '--contains', commit)).toBe('');
    expect(await git(directory, 'rev-parse', 'HEAD')).toBe(before);
    expect(await git(directory, 'status', '--porcelain')).toBe('');
    expect(push).toEqual(['git push origin refs/tags/v1.2.3', 'git push --force origin refs/tags/v1.2 refs/tags/v1']);
  });

  test('moves the tags of the line, and never that of a version', async () => {
    const [directory, tree] = [await repository('moved'), await smallTree('moved-tree')];
    const first = await tagRelease(directory, tree, '1.2.3');
    await writeFile(path.join(tree, 'action.yml'), 'name: y');
    const second = await tagRelease(directory, tree, '1.2.4');
    expect(await git(directory, 'rev-parse', 'v1.2.3', 'v1.2')).toBe([first.commit, second.commit].join('\n'));
    await expect(tagRelease(directory, tree, '1.2.3')).rejects.toThrow('v1.2.3 is there already');
  });

  test('a changed checkout is refused, and the changed files are named', async () => {
    const directory = await repository('dirty');
    await refuseDirty(directory);
    await writeFile(path.join(directory, 'new.ts'), '');
    await expect(refuseDirty(directory)).rejects.toThrow('new.ts');
  });
});

async function writeFiles(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(directory, file)), { recursive: true });
    await writeFile(path.join(directory, file), content);
  }
}
