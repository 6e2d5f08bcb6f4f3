import { chmod, mkdir, rename, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { folderHash, listFolder } from '../../../../lib/aws/cloudformation/assets-folder.ts';
import { withWorkspace } from './workspace.ts';

const hashOf = async (folder: string) => folderHash(await listFolder(folder));
const fileName = fc.stringMatching(/^[a-zA-Zäé_.-]{1,8}$/).filter((name) => !/^\.+$|^\.git$/.test(name));
const fileTree = fc
  .dictionary(
    fc
      .array(fileName, { minLength: 1, maxLength: 3 })
      .map((parts) => parts.map((part, depth) => `${depth}${part}`).join('/f/')),
    fc.string({ maxLength: 50 }),
    { minKeys: 1, maxKeys: 6, noNullPrototype: true },
  )
  .filter(
    (tree) =>
      new Set(Object.keys(tree).map((name) => name.normalize().toLowerCase())).size === Object.keys(tree).length,
  )
  .filter((tree) =>
    Object.keys(tree).every((name) => !Object.keys(tree).some((other) => other.startsWith(`${name}/`))),
  );

describe('the hash of a folder', () => {
  test('does not change: golden vector of the first release', async () => {
    await withWorkspace({ 'index.js': 'exports.handler = () => 1;\n', 'lib/ä.txt': 'x' }, async (folder) => {
      await chmod(path.join(folder, 'lib/ä.txt'), 0o755);
      expect(await hashOf(folder)).toBe('33970f15e3769fef1beb17e272005552960e98ff8d4fcf0d422f0650f7f2a9d4');
    });
  });

  test('order on disk, times and umask do not count', async () => {
    await fc.assert(
      fc.asyncProperty(fileTree, fc.integer({ min: 0, max: 2 ** 31 - 1 }), async (tree, seconds) => {
        const reversed = Object.fromEntries(Object.entries(tree).reverse());
        const first = await withWorkspace(tree, hashOf);
        const second = await withWorkspace(reversed, async (folder) => {
          for (const name of Object.keys(tree)) {
            await utimes(path.join(folder, name), seconds, seconds);
            await chmod(path.join(folder, name), 0o600);
          }
          return hashOf(folder);
        });
        expect(second).toBe(first);
      }),
      { numRuns: 40 },
    );
  });

  test('content, names and the executable bit count', async () => {
    await fc.assert(
      fc.asyncProperty(fileTree, async (tree) => {
        await withWorkspace(tree, async (folder) => {
          const hashes = [await hashOf(folder)];
          const file = path.join(folder, Object.keys(tree)[0]!);
          await chmod(file, 0o755);
          hashes.push(await hashOf(folder));
          await writeFile(file, `${tree[Object.keys(tree)[0]!]}!`);
          hashes.push(await hashOf(folder));
          await rename(file, `${file}~`);
          hashes.push(await hashOf(folder));
          expect(new Set(hashes).size).toBe(4);
        });
      }),
      { numRuns: 40 },
    );
  });

  test('a byte cannot move from one file or name to the next unseen', async () => {
    const hashes = await Promise.all([
      withWorkspace({ a: 'xy', b: '' }, hashOf),
      withWorkspace({ a: 'x', b: 'y' }, hashOf),
      withWorkspace({ ab: 'xy' }, hashOf),
    ]);
    expect(new Set(hashes).size).toBe(3);
  });
});

describe('listing a folder', () => {
  test('sorts by the bytes of the names and leaves out .git and empty folders', async () => {
    await withWorkspace(
      { 'b/c': '', 'b.txt': '', B: '', é: '', '.git/HEAD': '', 'sub/.git': '', '.env': '' },
      async (folder) => {
        await mkdir(path.join(folder, 'empty'));
        const names = (await listFolder(folder)).map(({ name }) => name);
        expect(names).toEqual(['.env', 'B', 'b.txt', 'b/c', 'é']);
      },
    );
  });

  test('follows symbolic links inside the folder', async () => {
    await withWorkspace({ 'real/file.js': 'x' }, async (folder) => {
      await symlink('real', path.join(folder, 'linked'));
      await symlink('real/file.js', path.join(folder, 'one.js'));
      const files = await listFolder(folder);
      expect(files.map(({ name, bytes }) => [name, bytes])).toEqual([
        ['linked/file.js', 1],
        ['one.js', 1],
        ['real/file.js', 1],
      ]);
    });
  });

  test.each([
    ['leads out', '../outside', "'link', a symbolic link that leads out of the folder"],
    ['leads nowhere', 'missing', "'link', a symbolic link that leads nowhere"],
    ['leads above itself', '.', "'link', a symbolic link to a folder that it lies in"],
  ])('refuses a symbolic link that %s', async (_name, target, message) => {
    await withWorkspace({ 'outside/secret': 'x', 'code/a': '' }, async (workspace) => {
      await symlink(target, path.join(workspace, 'code/link'));
      await expect(listFolder(path.join(workspace, 'code'))).rejects.toThrow(message);
    });
  });

  test('refuses a socket', async () => {
    await withWorkspace({ a: '' }, async (folder) => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(path.join(folder, 's.sock'), resolve));
      try {
        await expect(listFolder(folder)).rejects.toThrow("'s.sock', which is neither a file nor a folder");
      } finally {
        await new Promise((resolve) => server.close(resolve));
      }
    });
  });

  test('refuses a folder without files', async () => {
    await withWorkspace({ '.git/HEAD': '' }, async (folder) => {
      await expect(listFolder(folder)).rejects.toThrow('is a folder without files');
    });
  });
});
