import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { authFiles, entryOf } from '../../../../lib/registry/credentials/auth-files.ts';
import type { Credentials } from '../../../../lib/registry/credentials/credentials.ts';
import { writeAuthFile } from '../../../../lib/registry/credentials/write-auth-file.ts';
import { requires } from '../../../support/requires.ts';

const skopeo = requires('skopeo', 'it reads the file as Podman and buildah do');

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'headgate-auth-file-'));
  file = path.join(directory, 'config.json');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** What a file says about a registry, read as Docker would. */
async function readBack(registry: string): Promise<unknown> {
  const empty = path.join(directory, 'none');
  const found = await authFiles({ DOCKER_CONFIG: directory, HOME: empty, XDG_RUNTIME_DIR: empty });
  return entryOf(found[0]!, registry);
}

test('only its owner can read it, also where a file for all was there', async () => {
  writeFileSync(file, 'old', { mode: 0o644 });
  await writeAuthFile(file, []);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ auths: {} });
  expect(readdirSync(directory)).toEqual(['config.json']);
});

test('a directory that is not there is an error', async () => {
  await expect(writeAuthFile(path.join(directory, 'none/config.json'), [])).rejects.toThrow('ENOENT');
});

test('without a login a registry is left out', async () => {
  await writeAuthFile(file, [{ registry: 'r.example.com', credentials: { kind: 'anonymous' } }]);
  expect(await readBack('r.example.com')).toBeUndefined();
});

test('every login is read back as it was', async () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((value) => !value.includes('\0'));
  const username = text.filter((value) => !value.includes(':'));
  const credentials: fc.Arbitrary<Credentials> = fc.oneof(
    fc.record({ kind: fc.constant('basic' as const), username, password: text }),
    fc.record({ kind: fc.constantFrom('identity-token' as const, 'registry-token' as const), token: text }),
  );
  const registry = fc.constantFrom('ghcr.io', 'docker.io', 'r.example.com:5000', '127.0.0.1:1');
  await fc.assert(
    fc.asyncProperty(registry, credentials, async (name, login) => {
      await writeAuthFile(file, [{ registry: name, credentials: login }]);
      expect(await readBack(name)).toEqual(login);
    }),
    { numRuns: 50 },
  );
});

skopeo.test('skopeo finds the logins in it', async () => {
  const credentials: Credentials = { kind: 'basic', username: 'me', password: 'pa:ss' };
  await writeAuthFile(file, [
    { registry: 'r.example.com:5000', credentials },
    { registry: 'docker.io', credentials },
  ]);
  for (const registry of ['r.example.com:5000', 'docker.io']) {
    const user = execFileSync(skopeo.path, ['login', '--get-login', '--authfile', file, registry], {
      encoding: 'utf8',
    });
    expect(user.trim()).toBe('me');
  }
});
