import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { writeRecord } from '../../../lib/hosts/records.ts';
import { type Fixture, fixture } from './host-fixture.ts';

let at: Fixture;
beforeEach(() => {
  at = fixture();
});
afterEach(() => at.remove());

test('a record is a JSON file in the workspace', async () => {
  const file = await writeRecord(at.directory, 'build-linux_arm64.1', { digest: 'sha256:0', sizes: [1, 2] });
  expect(file).toBe(path.join(at.directory, '.headgate', 'records', 'build-linux_arm64.1.json'));
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ digest: 'sha256:0', sizes: [1, 2] });
});

test('a repeated run replaces its record', async () => {
  const file = await writeRecord(at.directory, 'one', 1);
  expect(await writeRecord(at.directory, 'one', 2)).toBe(file);
  expect(readFileSync(file, 'utf8')).toBe('2\n');
});

test.each(['', '../up', 'Upper', '.hidden', 'a/b', 'a\0', 'x'.repeat(101)])('%j is no name', async (name) => {
  await expect(writeRecord(at.directory, name, 1)).rejects.toThrow('is not a name for a record');
});

test.each(['.headgate', '.headgate/records'])('a link at %s does not lead out of the workspace', async (link) => {
  const outside = path.join(at.directory, 'outside');
  const workspace = path.join(at.directory, 'workspace');
  mkdirSync(outside);
  mkdirSync(path.dirname(path.join(workspace, link)), { recursive: true });
  symlinkSync(outside, path.join(workspace, link));
  await expect(writeRecord(workspace, 'one', 1)).rejects.toThrow(`'${link}' is not a directory`);
});
