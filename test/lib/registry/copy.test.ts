import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { copyManifest } from '../../../lib/registry/copy.ts';
import { digestOf } from '../../../lib/registry/digest.ts';
import { buildIndex, type Descriptor } from '../../../lib/registry/manifest.ts';
import type { Registry } from '../../../lib/registry/registry.ts';
import {
  altered,
  type MisbehavingRegistry,
  refusal,
  reset,
  startMisbehavingRegistry,
} from '../../support/misbehaving-registry.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { requires } from '../../support/requires.ts';
import { pushImage, tag, testClient, uploadContent } from './client-context.ts';

const distribution = requires('docker-registry', 'images are copied between real registries');
const { test } = distribution;
const skopeo = requires('skopeo', 'another client reads what was copied');
const crane = requires('crane', 'another client judges what was copied');
const run = promisify(execFile);

describe('a copy', () => {
  let one: TestRegistry;
  let two: TestRegistry;
  let bad: MisbehavingRegistry;
  let registry: Registry;
  let number = 0;
  /** A repository that nothing was written to. */
  const fresh = (host: string) => {
    number += 1;
    return { registry: host, path: `acme/shop${number}` };
  };

  beforeAll(async () => {
    if (distribution.path === '') return;
    one = await startRegistry();
    two = await startRegistry();
    bad = await startMisbehavingRegistry(two.host);
    registry = testClient();
  });
  afterAll(async () => {
    registry?.close();
    await bad?.close();
    await one?.stop();
    await two?.stop();
  });

  async function pushIndex(repository: { registry: string; path: string }) {
    const shared = randomBytes(100_000);
    const entries: Descriptor[] = [];
    for (const architecture of ['amd64', 'arm64']) {
      const { stored } = await pushImage(registry, repository, { architecture, file: shared });
      const { mediaType, digest, bytes } = stored;
      entries.push({ mediaType, digest, size: bytes.length, platform: { os: 'linux', architecture } });
    }
    const index = buildIndex(entries, { note: 'kept' });
    await registry.putManifest(repository, index);
    return { index, entries };
  }

  test('to another registry brings an index with all that it lists, each blob once', async () => {
    const from = fresh(one.host);
    const to = fresh(two.host);
    const { index, entries } = await pushIndex(from);
    const copied = await copyManifest(registry, from, to, index.digest);
    expect(copied).toMatchObject({ manifests: 3, copied: 3, mounted: 0, present: 0 });
    expect(copied.bytes).toBeGreaterThan(100_000);
    expect(await registry.manifest(to, index.digest)).toEqual(index);
    for (const { digest } of entries) expect(await registry.resolve(to, digest)).toBe(digest);
  });

  test('that is made again does nothing', async () => {
    const from = fresh(one.host);
    const to = fresh(two.host);
    const { index } = await pushIndex(from);
    await copyManifest(registry, from, to, index.digest);
    const nothing = { manifests: 0, copied: 0, mounted: 0, present: 0, bytes: 0 };
    expect(await copyManifest(registry, from, to, index.digest)).toEqual(nothing);
    expect(await copyManifest(registry, from, from, index.digest)).toEqual(nothing);
  });

  test('within a registry moves no bytes', async () => {
    const from = fresh(one.host);
    const to = fresh(one.host);
    const { index } = await pushIndex(from);
    expect(await copyManifest(registry, from, to, index.digest)).toEqual({
      manifests: 3,
      copied: 0,
      mounted: 3,
      present: 0,
      bytes: 0,
    });
    expect(await registry.manifest(to, index.digest)).toEqual(index);
  });

  test('of many layers at once within a registry that mounts none comes to an end', async () => {
    const from = fresh(one.host);
    const { config } = await pushImage(registry, from);
    const layers: Descriptor[] = [];
    for (let n = 0; n < 24; n++) layers.push(await uploadContent(registry, from, randomBytes(1_100_000)));
    const { stored } = await pushImage(registry, from, { members: { config, layers } });
    const mountless: Registry = { ...registry, mountBlob: async () => false };
    const copied = await copyManifest(mountless, from, fresh(one.host), stored.digest, { parallel: 24 });
    expect(copied).toMatchObject({ manifests: 1, copied: 25, mounted: 0 });
  });

  test('that was broken off leaves out what is there already', async () => {
    const from = fresh(one.host);
    const to = { registry: bad.host, path: fresh(two.host).path };
    const { stored } = await pushImage(registry, from);
    bad.fault(/^PUT .*manifests/, refusal(403, 'DENIED'));
    await expect(copyManifest(registry, from, to, stored.digest)).rejects.toMatchObject({ kind: 'denied' });
    expect(await registry.resolve(to, stored.digest)).toBeUndefined();
    expect(await copyManifest(registry, from, to, stored.digest)).toMatchObject({
      manifests: 1,
      copied: 0,
      present: 2,
    });
  });

  test('goes on when a connection breaks on either side', async () => {
    const source = await startMisbehavingRegistry(one.host);
    const from = { registry: source.host, path: fresh(one.host).path };
    const to = { registry: bad.host, path: fresh(two.host).path };
    const { stored, layer } = await pushImage(registry, from, { file: randomBytes(3_000_000) });
    source.fault(`GET /v2/${from.path}/blobs/${layer.digest}`, reset);
    bad.fault(`PATCH /v2/${to.path}/`, reset);
    expect(await copyManifest(registry, from, to, stored.digest)).toMatchObject({ manifests: 1, copied: 2 });
    await source.close();
  });

  test('ends with the reason of the source, and writes no manifest', async () => {
    const from = fresh(one.host);
    const to = fresh(two.host);
    const lost = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: digestOf('lost'), size: 4 };
    const { stored, layer } = await pushImage(registry, from);
    const source: Registry = {
      ...registry,
      openBlob: (repository, blob, at) =>
        blob.digest === layer.digest
          ? registry.openBlob(repository, { ...blob, digest: lost.digest }, at)
          : registry.openBlob(repository, blob, at),
    };
    await expect(copyManifest(source, from, to, stored.digest)).rejects.toMatchObject({ kind: 'missing', status: 404 });
    expect(await registry.resolve(to, stored.digest)).toBeUndefined();
    await expect(copyManifest(registry, from, to, lost.digest)).rejects.toThrow(/it is not there/);
  });

  test('of content that does not fit its digest is refused, and named after its source', async () => {
    const source = await startMisbehavingRegistry(one.host);
    const from = { registry: source.host, path: fresh(one.host).path };
    const to = fresh(two.host);
    for (const file of [randomBytes(2000), randomBytes(3_000_000)]) {
      const { stored, layer } = await pushImage(registry, from, { file });
      source.fault(`GET /v2/${from.path}/blobs/${layer.digest}`, altered({ body: (body) => body.fill(7, 100, 200) }));
      await expect(copyManifest(registry, from, to, stored.digest)).rejects.toMatchObject({
        kind: 'invalid',
        message: expect.stringContaining(`${source.host} sent what cannot be used`),
      });
      expect(await registry.hasBlob(to, layer.digest)).toBe(false);
    }
    await source.close();
  });

  test('leaves layers that may not be distributed where they are', async () => {
    const from = fresh(one.host);
    const to = fresh(two.host);
    const foreign = {
      mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
      digest: digestOf('windows'),
      size: 7,
      urls: ['https://layers.example.com/windows'],
    };
    const { config, layer } = await pushImage(registry, from);
    const { stored } = await pushImage(registry, from, { members: { config, layers: [foreign, layer] } });
    expect(await copyManifest(registry, from, to, stored.digest)).toMatchObject({ manifests: 1, copied: 2 });
    expect(await registry.hasBlob(to, foreign.digest)).toBe(false);
  });

  const both = distribution.path === '' ? test : skopeo.test;
  both('is one that skopeo reads, for each platform', async () => {
    const from = fresh(one.host);
    const to = fresh(two.host);
    const { index, entries } = await pushIndex(from);
    await copyManifest(registry, from, to, index.digest);
    await registry.putManifest(to, index, tag('1.0'));
    const image = `docker://${to.registry}/${to.path}:1.0`;
    for (const { platform } of entries) {
      const words = ['--override-arch', platform?.architecture ?? '', 'inspect', '--tls-verify=false', image];
      const { stdout } = await run(skopeo.path, words);
      expect(JSON.parse(stdout)).toMatchObject({ Digest: index.digest, Architecture: platform?.architecture });
    }
    const third = fresh(one.host);
    const copy = ['copy', '--all', '--preserve-digests', '--src-tls-verify=false', '--dest-tls-verify=false', image];
    await run(skopeo.path, [...copy, `docker://${third.registry}/${third.path}:1.0`]);
    expect(await registry.manifest(third, tag('1.0'))).toEqual(index);
  });

  const judged = distribution.path === '' ? test : crane.test;
  judged('is one that crane finds whole', async () => {
    const from = fresh(one.host);
    const to = fresh(two.host);
    const { index } = await pushIndex(from);
    await copyManifest(registry, from, to, index.digest);
    const image = `${to.registry}/${to.path}@${index.digest}`;
    const { stdout } = await run(crane.path, ['validate', '--remote', image]);
    expect(stdout).toMatch(/PASS/);
  });
});
