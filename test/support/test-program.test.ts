import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { testProgram } from './test-program.ts';

const OWN = { x64: 'amd64', arm64: 'arm64' }[process.arch as 'x64' | 'arm64'] as 'amd64' | 'arm64';

test('a program of the own architecture prints its text and ends with its code', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'headgate-program-'));
  const program = path.join(folder, 'program');
  writeFileSync(program, testProgram(OWN, { output: 'Hello.\n', exitCode: 7 }), { mode: 0o755 });
  const { stdout, status } = spawnSync(program, { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  expect({ stdout, status }).toEqual({ stdout: 'Hello.\n', status: 7 });
});
