import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { toolLogins } from '../../../actions/multi-arch-image/tool-logins.ts';
import type { CredentialContext } from '../../../lib/registry/credentials/credentials.ts';
import { memoryHost } from '../../support/memory-host.ts';
import { quickClock } from '../../support/test-clock.ts';

const root = mkdtempSync(path.join(os.tmpdir(), 'headgate-logins-'));
const host = memoryHost({ registryLogins: { 'registry.example.com': { username: 'job', password: 'word' } } });
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
  host.remove();
});

const docker = path.join(root, 'docker');
const auth = (login: string) => Buffer.from(login).toString('base64');
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(root, 'work-'));
  mkdirSync(path.join(docker, 'contexts'), { recursive: true });
  writeFileSync(
    path.join(docker, 'config.json'),
    JSON.stringify({
      currentContext: 'remote',
      auths: { 'ghcr.io': { auth: auth('me:secret') }, 'quay.io': { auth: auth('me:other') } },
    }),
  );
});

function logins(tool: 'buildah' | 'docker' | 'buildkit', registries: readonly string[]) {
  const environment = { DOCKER_CONFIG: docker };
  const context: CredentialContext = {
    aws: { isLocal: false } as CredentialContext['aws'],
    host,
    clock: quickClock,
    signal: new AbortController().signal,
    log: host.log,
    environment,
  };
  return toolLogins(context, tool, registries, directory, environment);
}

test('without registries the tool keeps its own configuration', async () => {
  expect(await logins('buildah', [])).toEqual({});
  expect(readdirSync(directory)).toEqual([]);
});

test('buildah gets the logins that are named, and no others, in a file that only its owner reads', async () => {
  const folder = path.join(directory, 'docker');
  const file = path.join(folder, 'config.json');
  expect(await logins('buildah', ['ghcr.io', 'registry.example.com', 'ghcr.io', 'open.example.com'])).toEqual({
    REGISTRY_AUTH_FILE: file,
    DOCKER_CONFIG: folder,
  });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    auths: { 'ghcr.io': { auth: auth('me:secret') }, 'registry.example.com': { auth: auth('job:word') } },
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test.each(['docker', 'buildkit'] as const)(
  '%s keeps its contexts, and gets the logins that are named',
  async (tool) => {
    const folder = path.join(directory, 'docker');
    expect(await logins(tool, ['ghcr.io'])).toEqual({ DOCKER_CONFIG: folder });
    expect(JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8'))).toEqual({
      currentContext: 'remote',
      auths: { 'ghcr.io': { auth: auth('me:secret') } },
    });
    expect(statSync(path.join(folder, 'config.json')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).sort()).toEqual(['config.json', 'contexts']);
  },
);
