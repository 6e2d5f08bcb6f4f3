import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findNpm } from '../../engines/npm.ts';

const environment = { ...process.env };
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'headgate-npm-'));
  mkdirSync(join(directory, 'path'));
  process.env.PATH = join(directory, 'path');
});
afterEach(() => {
  process.env = { ...environment };
  rmSync(directory, { recursive: true, force: true });
});

const npmOnPath = (version: string) =>
  writeFileSync(join(directory, 'path', 'npm'), `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });

/** A Node that npm came with. */
function nodeWithNpm(version: string): string {
  const bin = join(directory, 'node', 'bin');
  const npm = join(directory, 'node', 'lib', 'node_modules', 'npm', 'bin');
  for (const each of [bin, npm]) mkdirSync(each, { recursive: true });
  writeFileSync(join(bin, 'node'), `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
  writeFileSync(join(npm, 'npm-cli.js'), '');
  return join(bin, 'node');
}

test('the npm on the PATH is taken', async () => {
  npmOnPath('10.9.2');
  expect(await findNpm(nodeWithNpm('11.0.0'))).toEqual(['npm']);
});

test('where it is too old, the one that came with Node is taken', async () => {
  npmOnPath('6.14.18');
  const node = nodeWithNpm('11.0.0');
  const [program, script] = await findNpm(node);
  expect(program).toBe(node);
  expect(script).toMatch(/npm-cli\.js$/);
});

test('where there is none on the PATH, the one that came with Node is taken', async () => {
  const node = nodeWithNpm('11.0.0');
  expect((await findNpm(node))[0]).toBe(node);
});

test('where both are unfit, the message says what was found', async () => {
  npmOnPath('6.14.18');
  await expect(findNpm(nodeWithNpm('5.0.0'))).rejects.toThrow(
    /^npm 7 or newer was not found\.\nnpm is version 6\.14\.18\n.*npm-cli\.js is version 5\.0\.0$/,
  );
});

test('where there is none, the message says so', async () => {
  await expect(findNpm(join(directory, 'bin', 'node'))).rejects.toThrow(
    /^npm 7 or newer was not found\.\nnpm: .*ENOENT/,
  );
});
