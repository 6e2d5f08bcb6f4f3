import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHost } from '../../../lib/hosts/detect.ts';
import type { Host } from '../../../lib/hosts/host.ts';
import { type Fixture, fixture } from './host-fixture.ts';

let at: Fixture;
beforeEach(() => {
  at = fixture();
});
afterEach(() => at.remove());

function github(environment: NodeJS.ProcessEnv = {}): Promise<Host> {
  const file = path.join(at.directory, 'event.json');
  writeFileSync(file, '{"repository":{"default_branch":"main"}}');
  return createHost(
    at.options({
      GITHUB_ACTIONS: 'true',
      GITHUB_EVENT_NAME: 'schedule',
      GITHUB_EVENT_PATH: file,
      GITHUB_REF: 'refs/heads/main',
      GITHUB_SHA: 'a'.repeat(40),
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'Octo-Org/Shop',
      GITHUB_ACTOR: 'octocat',
      ...environment,
    }),
  );
}

const gitlab = (environment: NodeJS.ProcessEnv): Promise<Host> =>
  createHost(at.options({ GITLAB_CI: 'true', CI_PROJECT_DIR: at.directory, CI_JOB_ID: '1', ...environment }));

describe('GitHub', () => {
  test("signs in to ghcr.io with the job's token, from the input or the environment", async () => {
    const withInput = await github({ 'INPUT_GITHUB-TOKEN': 'given', GITHUB_TOKEN: 'other' });
    expect(await withInput.registryLogin('ghcr.io')).toEqual({ username: 'octocat', password: 'given' });
    const withVariable = await github({ GITHUB_TOKEN: 'other', GITHUB_ACTOR: '' });
    expect(await withVariable.registryLogin('ghcr.io')).toEqual({ username: 'github', password: 'other' });
  });

  test('gives its token to no other registry, and none without a token', async () => {
    const host = await github({ GITHUB_TOKEN: 'secret' });
    for (const registry of ['docker.io', 'ghcr.io:8443', 'ghcr.io.example.com', '127.0.0.1:5000']) {
      expect(await host.registryLogin(registry)).toBeUndefined();
    }
    expect(await (await github()).registryLogin('ghcr.io')).toBeUndefined();
  });

  test('keeps the token of a self-managed server from ghcr.io, and has no registry there', async () => {
    const host = await github({ GITHUB_TOKEN: 'secret', GITHUB_SERVER_URL: 'https://git.example.com' });
    expect(await host.registryLogin('ghcr.io')).toBeUndefined();
    expect((await host.surroundings()).imageRepository).toBeUndefined();
  });

  test("names the repository's image in lower case", async () => {
    expect((await (await github()).surroundings()).imageRepository).toBe('ghcr.io/octo-org/shop');
  });
});

describe('GitLab', () => {
  const REGISTRY = { CI_REGISTRY: 'registry.example.com:5050', CI_REGISTRY_USER: 'job', CI_REGISTRY_PASSWORD: 'word' };
  const PROXY = {
    CI_DEPENDENCY_PROXY_SERVER: 'gitlab.example.com:443',
    CI_DEPENDENCY_PROXY_USER: 'proxy',
    CI_DEPENDENCY_PROXY_PASSWORD: 'pass',
  };

  test('signs in to its container registry and its dependency proxy', async () => {
    const host = await gitlab({ ...REGISTRY, ...PROXY });
    expect(await host.registryLogin('registry.example.com:5050')).toEqual({ username: 'job', password: 'word' });
    for (const server of ['gitlab.example.com', 'gitlab.example.com:443']) {
      expect(await host.registryLogin(server)).toEqual({ username: 'proxy', password: 'pass' });
    }
  });

  test('signs in to nothing else', async () => {
    const host = await gitlab({ ...REGISTRY, ...PROXY });
    for (const registry of ['registry.example.com', 'gitlab.example.com:8443', 'ghcr.io']) {
      expect(await host.registryLogin(registry)).toBeUndefined();
    }
    expect(await (await gitlab({ CI_REGISTRY: 'r.example.com' })).registryLogin('r.example.com')).toBeUndefined();
    expect(await (await gitlab({})).registryLogin('')).toBeUndefined();
  });

  test("names the project's image, where the project has a registry", async () => {
    const host = await gitlab({ CI_REGISTRY_IMAGE: 'registry.example.com:5050/Group/shop' });
    expect((await host.surroundings()).imageRepository).toBe('registry.example.com:5050/group/shop');
    expect((await (await gitlab({})).surroundings()).imageRepository).toBeUndefined();
  });
});

test('the terminal has neither', async () => {
  const host = await createHost(at.options({ GITHUB_TOKEN: 'secret', CI_REGISTRY: 'r.example.com' }));
  expect(await host.registryLogin('ghcr.io')).toBeUndefined();
  expect((await host.surroundings()).imageRepository).toBeUndefined();
});
