import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHost } from '../../../lib/hosts/detect.ts';
import type { Host, ImagePackage, PackageVersion } from '../../../lib/hosts/host.ts';
import { type GithubApi, startGithubApi, TOKEN } from '../../support/github-api.ts';
import { addVersion, type FakePackage, fakePackage } from '../../support/github-packages-api.ts';
import { type Fixture, fixture } from './host-fixture.ts';

let at: Fixture;
let api: GithubApi;
beforeEach(async () => {
  at = fixture();
  api = await startGithubApi();
});
afterEach(async () => {
  at.remove();
  await api.close();
});

const DIGEST = `sha256:${'a'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;
const PUSHED = '2026-11-01T10:00:00Z';

async function github(environment: NodeJS.ProcessEnv = {}): Promise<Host> {
  const file = path.join(at.directory, 'event.json');
  writeFileSync(file, '{"repository":{"default_branch":"main"}}');
  return await createHost(
    at.options({
      GITHUB_ACTIONS: 'true',
      GITHUB_EVENT_NAME: 'schedule',
      GITHUB_EVENT_PATH: file,
      GITHUB_API_URL: api.url,
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'octo-org/shop',
      'INPUT_GITHUB-TOKEN': TOKEN,
      ...environment,
    }),
  );
}

async function packageOf(image: string, environment: NodeJS.ProcessEnv = {}): Promise<ImagePackage> {
  const images = await (await github(environment)).imagePackage({ registry: 'ghcr.io', path: image });
  if (images === undefined) throw new Error('There is no package');
  return images;
}

function add(more: Partial<FakePackage> = {}): FakePackage {
  const made = fakePackage(more);
  api.packages.push(made);
  return made;
}

async function list(images: ImagePackage): Promise<PackageVersion[]> {
  const found: PackageVersion[] = [];
  for await (const version of images.versions()) found.push(version);
  return found;
}

describe('the versions of a package', () => {
  test.each(['Organization', 'User'] as const)(
    'of an owner of the type %s are listed, read and removed',
    async (ownerType) => {
      const made = add({ ownerType });
      const keeps = addVersion(made, DIGEST, ['latest', '1.0'], PUSHED);
      const goes = addVersion(made, OTHER, [], PUSHED);
      const images = await packageOf('octo-org/shop');
      const changedAt = new Date(PUSHED);
      expect(await list(images)).toEqual([
        { id: goes.id, digest: OTHER, tags: [], changedAt },
        { id: keeps.id, digest: DIGEST, tags: ['latest', '1.0'], changedAt },
      ]);
      expect(await images.version(keeps.id)).toMatchObject({ digest: DIGEST });
      expect(await images.remove(goes.id)).toEqual({ removed: true });
      expect(await images.version(goes.id)).toBeUndefined();
      expect(made.versions).toEqual([keeps]);
      // The owner is asked for once.
      expect(api.requests.filter((line) => line === 'GET /orgs/octo-org')).toHaveLength(1);
    },
  );

  test('are listed to the last page', async () => {
    const made = add();
    for (let n = 0; n < 250; n++) addVersion(made, `sha256:${String(n).padStart(64, '0')}`, [], PUSHED);
    const found = await list(await packageOf('octo-org/shop'));
    expect(found.map(({ id }) => id)).toEqual(made.versions.map(({ id }) => id));
    expect(api.requests.filter((line) => line.endsWith('/versions'))).toHaveLength(3);
  });

  test('of a name with slashes are found', async () => {
    addVersion(add({ name: 'shop/web/api' }), DIGEST, [], PUSHED);
    expect(await list(await packageOf('octo-org/shop/web/api'))).toHaveLength(1);
    expect(api.requests).toContain('GET /orgs/octo-org/packages/container/shop%2Fweb%2Fapi/versions');
  });

  test('have the time of the last change: one that was tagged or pushed again is not old', async () => {
    addVersion(add(), DIGEST, [], PUSHED).updated = '2026-11-20T10:00:00Z';
    expect(await list(await packageOf('octo-org/shop'))).toMatchObject([
      { changedAt: new Date('2026-11-20T10:00:00Z') },
    ]);
  });
});

describe('a removal', () => {
  test('of what is gone already is no error', async () => {
    addVersion(add(), DIGEST, [], PUSHED);
    expect(await (await packageOf('octo-org/shop')).remove(7)).toEqual({ removed: true });
  });

  test('that GitHub refuses to everybody says why', async () => {
    const made = add({ isPublic: true });
    const last = addVersion(made, DIGEST, ['latest'], PUSHED);
    const popular = addVersion(made, OTHER, [], PUSHED);
    popular.downloads = 5001;
    const images = await packageOf('octo-org/shop');
    expect(await images.remove(last.id)).toEqual({
      removed: false,
      why: expect.stringContaining('You cannot delete the last tagged version of a package'),
    });
    expect(await images.remove(popular.id)).toEqual({
      removed: false,
      why: expect.stringContaining('more than 5000 downloads'),
    });
    expect(made.versions).toHaveLength(2);
  });

  test('without the role is denied, although GitHub says 404, and says where to give it', async () => {
    const made = add({ access: 'read' });
    const { id } = addVersion(made, DIGEST, [], PUSHED);
    await expect((await packageOf('octo-org/shop')).remove(id)).rejects.toMatchObject({
      name: 'PackageError',
      kind: 'denied',
      message: expect.stringMatching(
        /ghcr\.io\/octo-org\/shop cannot be removed: GitHub answered 404.*packages: write.*'Admin'.*'Manage Actions access'/s,
      ),
    });
  });
});

describe('an answer', () => {
  test('that there is no such package is told from the others', async () => {
    add({ access: 'none' });
    await expect(list(await packageOf('octo-org/shop'))).rejects.toMatchObject({
      kind: 'missing',
      explanation: { next: expect.stringContaining("role 'Admin'") },
    });
  });

  test.each([
    [403, 'Resource not accessible by integration', {}, 'denied'],
    [401, 'Bad credentials', {}, 'denied'],
    [403, 'API rate limit exceeded', { 'x-ratelimit-remaining': '0' }, 'busy'],
    [403, 'You have exceeded a secondary rate limit', {}, 'busy'],
    [403, 'Slow down', { 'retry-after': '60' }, 'busy'],
    [429, 'Too many requests', {}, 'busy'],
    [503, 'Unavailable', {}, 'failed'],
  ])('of %i %s %j is %s', async (status, message, headers, kind) => {
    addVersion(add(), DIGEST, [], PUSHED);
    const images = await packageOf('octo-org/shop');
    api.refuse = { status, message, headers };
    await expect(list(images)).rejects.toMatchObject({
      name: 'PackageError',
      kind,
      message: expect.stringContaining(message),
    });
    // What failed is asked again.
    api.refuse = undefined;
    expect(await list(images)).toHaveLength(1);
    expect(at.stdout.text + at.stderr.text).not.toContain(TOKEN);
  });

  test('that never comes is no answer', async () => {
    const server = createServer((request) => request.socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const images = await packageOf('octo-org/shop', { GITHUB_API_URL: url });
      await expect(list(images)).rejects.toMatchObject({
        kind: 'failed',
        message: expect.stringContaining('no answer from GitHub'),
      });
    } finally {
      server.close();
    }
  });
});

describe('there is no package', () => {
  test('behind another registry, and none of ghcr.io on another server', async () => {
    const host = await github();
    for (const registry of ['docker.io', 'ghcr.io:8443', '127.0.0.1:5000']) {
      expect(await host.imagePackage({ registry, path: 'octo-org/shop' })).toBeUndefined();
    }
    const own = await github({ GITHUB_SERVER_URL: 'https://git.example.com' });
    expect(await own.imagePackage({ registry: 'ghcr.io', path: 'octo-org/shop' })).toBeUndefined();
    expect(api.requests).toEqual([]);
  });

  test.each([
    ['GitLab', { GITLAB_CI: 'true', CI_JOB_ID: '1' }],
    ['the terminal', {}],
  ])('on %s', async (_, environment) => {
    const host = await createHost(at.options(environment));
    expect(await host.imagePackage({ registry: 'ghcr.io', path: 'octo-org/shop' })).toBeUndefined();
  });

  test('without a token, which is said', async () => {
    await expect(packageOf('octo-org/shop', { 'INPUT_GITHUB-TOKEN': '' })).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringContaining('there is no token'),
    });
  });
});
