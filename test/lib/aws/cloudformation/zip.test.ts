import { chmod, mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { listFolder } from '../../../../lib/aws/cloudformation/assets-folder.ts';
import { openZip, writeZip } from '../../../../lib/aws/cloudformation/zip.ts';
import { readZip } from './read-zip.ts';
import { withWorkspace } from './workspace.ts';

const FILES = { 'src/index.js': 'exports.handler = 1;\n'.repeat(1000), 'src/bin/run': '#!/bin/sh\n', 'src/ä.txt': '' };

describe('a zip', () => {
  test('holds names, contents, modes 0644 and 0755 and the time 1980-01-01', async () => {
    await withWorkspace(FILES, async (workspace) => {
      await chmod(path.join(workspace, 'src/bin/run'), 0o700);
      const { stream, length } = await openZip(await listFolder(path.join(workspace, 'src')));
      const zip = await buffer(stream);
      expect(zip.length).toBe(length);
      const fixed = { dosDate: 0b0000000_0001_00001, dosTime: 0 };
      expect(readZip(zip)).toEqual([
        { name: 'bin/run', mode: 0o100755, content: Buffer.from(FILES['src/bin/run']), ...fixed },
        { name: 'index.js', mode: 0o100644, content: Buffer.from(FILES['src/index.js']), ...fixed },
        { name: 'ä.txt', mode: 0o100644, content: Buffer.alloc(0), ...fixed },
      ]);
    });
  });

  test('has the same bytes again, whatever the times of the files', async () => {
    const make = (seconds: number) =>
      withWorkspace(FILES, async (workspace) => {
        await utimes(path.join(workspace, 'src/index.js'), seconds, seconds);
        const target = path.join(workspace, 'out.zip');
        await writeZip(await listFolder(path.join(workspace, 'src')), target);
        return readFile(target);
      });
    expect((await make(1)).equals(await make(1_700_000_000))).toBe(true);
  });

  test('is not made when a file changed since it was hashed, so that no key lies about its content', async () => {
    await withWorkspace(FILES, async (workspace) => {
      const files = await listFolder(path.join(workspace, 'src'));
      await writeFile(path.join(workspace, 'src/index.js'), FILES['src/index.js'].replace('1', '2'));
      await expect(writeZip(files, path.join(workspace, 'out.zip'))).rejects.toThrow(
        'changed while it was being packaged',
      );
    });
  });

  test('fails when a file is gone', async () => {
    await withWorkspace(FILES, async (workspace) => {
      const [file] = await listFolder(path.join(workspace, 'src'));
      const gone = { ...file!, path: path.join(workspace, 'gone') };
      await expect(writeZip([gone], path.join(workspace, 'out.zip'))).rejects.toThrow('ENOENT');
    });
  });

  test('stops when cancelled', async () => {
    await withWorkspace(FILES, async (workspace) => {
      const files = await listFolder(path.join(workspace, 'src'));
      await expect(writeZip(files, path.join(workspace, 'out.zip'), AbortSignal.abort())).rejects.toThrow('abort');
    });
  });

  test('leaves no temporary file behind, read or not', async () => {
    await withWorkspace(FILES, async (workspace) => {
      const files = await listFolder(path.join(workspace, 'src'));
      const temporary = path.join(workspace, 'tmp');
      await mkdir(temporary);
      const { stream } = await openZip(files, undefined, temporary);
      expect(await readdir(temporary)).toEqual([]);
      stream.destroy();
      await writeFile(path.join(workspace, 'src/index.js'), 'changed');
      await expect(openZip(files, undefined, temporary)).rejects.toThrow('changed while');
      expect(await readdir(temporary)).toEqual([]);
    });
  });
});
