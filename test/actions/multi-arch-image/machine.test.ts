import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { execution, isNative, runs } from '../../../actions/multi-arch-image/machine.ts';
import { parsePlatform } from '../../../lib/registry/platform.ts';

const empty = mkdtempSync(path.join(os.tmpdir(), 'headgate-binfmt-'));
const registered = mkdtempSync(path.join(os.tmpdir(), 'headgate-binfmt-'));
afterAll(() => {
  for (const directory of [empty, registered]) rmSync(directory, { recursive: true, force: true });
});

/** As the kernel shows the entry that Debian's qemu-user-static makes, and one for s390x. */
const AARCH64 = `enabled
interpreter /usr/libexec/qemu-binfmt/aarch64-binfmt-P
flags: POF
offset 0
magic 7f454c460201010000000000000000000200b700
mask ffffffffffffff00fffffffffffffffffeffffff
`;
const S390X = AARCH64.replace(/magic .*/, 'magic 7f454c4602020100000000000000000000020016');
writeFileSync(path.join(registered, 'status'), 'enabled\n');
writeFileSync(path.join(registered, 'register'), '');
writeFileSync(path.join(registered, 'any-name'), AARCH64);

const platform = (text: string) => parsePlatform(text)!;

test.each([
  ['amd64', 'linux/amd64', true],
  ['amd64', 'linux/386', true],
  ['arm64', 'linux/arm/v7', true],
  ['amd64', 'linux/arm64', false],
  ['arm64', 'linux/amd64', false],
  ['amd64', 'windows/amd64', false],
])('%s runs %s by itself: %s', (machine, text, expected) => {
  expect(isNative(machine, platform(text))).toBe(expected);
});

test.each([
  ['amd64', 'linux/amd64', 'native'],
  ['amd64', 'linux/arm64', 'emulated'],
  ['amd64', 'linux/s390x', 'never'],
  ['amd64', 'linux/somethingelse', 'never'],
])('on %s, %s is %s where arm64 is registered', async (machine, text, expected) => {
  expect(await execution(machine, platform(text), registered)).toBe(expected);
});

test('what cannot be seen is not denied: in a container the file system is not mounted', async () => {
  expect(await execution('amd64', platform('linux/arm64'), empty)).toBe('unknown');
  expect(await execution('amd64', platform('linux/arm64'), path.join(empty, 'none'))).toBe('unknown');
});

describe('an entry of binfmt_misc', () => {
  test('is for the architecture of its magic, in the order of its bytes', () => {
    expect(['arm64', 'arm', 'amd64', 's390x'].filter((name) => runs(AARCH64, name))).toEqual(['arm64']);
    expect(['arm64', 's390x', 'ppc64le'].filter((name) => runs(S390X, name))).toEqual(['s390x']);
  });

  test.each([
    ['is switched off', AARCH64.replace('enabled', 'disabled')],
    ['is not held open by the kernel', AARCH64.replace('POF', 'OC')],
    ['goes by an extension', 'enabled\ninterpreter /usr/bin/wine\nflags: F\nextension .exe\n'],
    ['is for another kind of file', AARCH64.replace('7f454c46', 'cafebabe')],
    ['is empty', ''],
  ])('helps nothing when it %s', (_, entry) => {
    expect(runs(entry, 'arm64')).toBe(false);
  });
});
