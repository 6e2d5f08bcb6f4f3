import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { lockRun } from '../../../../actions/warehouse-benchmark/run/lock.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'lock-test-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const file = () => path.join(directory, 'running');

test('a process that is alive keeps others out', () => {
  writeFileSync(file(), String(process.ppid));
  expect(() => lockRun(directory, 'r')).toThrow(`The run 'r' is going on in process ${process.ppid}`);
  expect(existsSync(file())).toBe(true);
});

test.each(['', 'rubbish'])('what a killed process left is taken over: %j', (content) => {
  writeFileSync(file(), content);
  lockRun(directory, 'r')();
  expect(existsSync(file())).toBe(false);
});

test('the lock of a process that has ended is taken over', () => {
  const { pid } = spawnSync(process.execPath, ['-e', '0']);
  writeFileSync(file(), String(pid));
  const unlock = lockRun(directory, 'r');
  expect(existsSync(file())).toBe(true);
  unlock();
  expect(existsSync(file())).toBe(false);
});
