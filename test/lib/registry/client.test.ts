import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import type { Credentials } from '../../../lib/registry/credentials/credentials.ts';
import { digestOf } from '../../../lib/registry/digest.ts';
import { buildIndex, MEDIA_TYPES } from '../../../lib/registry/manifest.ts';
import type { Registry } from '../../../lib/registry/registry.ts';
import { REGISTRY_PROGRAMS, type RegistryOptions, startRegistry, type TestRegistry } from '../../support/registry.ts';
import { requires } from '../../support/requires.ts';
import { drain, listed, pushImage, tag, testClient, uploadContent } from './client-context.ts';

const LOGIN = { username: 'robot', password: 'pass:word' };
const BASIC: Credentials = { kind: 'basic', ...LOGIN };

const distribution = requires(REGISTRY_PROGRAMS.distribution, 'the client is proven against a real registry');
const go = requires(REGISTRY_PROGRAMS.go, 'the client is proven against a registry with the referrers API');

interface Kind {
  readonly kind: string;
  readonly options: RegistryOptions;
  readonly credentials: Credentials;
  readonly test: typeof distribution.test;
  readonly mounts: boolean;
}

const KINDS: readonly Kind[] = [
  { kind: 'Distribution', options: {}, credentials: { kind: 'anonymous' }, test: distribution.test, mounts: true },
  {
    kind: 'Distribution with a password',
    options: { auth: LOGIN },
    credentials: BASIC,
    test: distribution.test,
    mounts: true,
  },
  {
    kind: 'Distribution with a token service',
    options: { auth: { ...LOGIN, scheme: 'token' } },
    credentials: BASIC,
    test: distribution.test,
    mounts: true,
  },
  {
    kind: 'Distribution with an identity token',
    options: { auth: { ...LOGIN, scheme: 'token' } },
    credentials: { kind: 'identity-token', token: LOGIN.password },
    test: distribution.test,
    mounts: true,
  },
  {
    kind: 'go-containerregistry with a password',
    options: { kind: 'go', auth: LOGIN },
    credentials: BASIC,
    test: go.test,
    mounts: false,
  },
];

describe.each(KINDS)('$kind', ({ options, credentials, test, mounts }) => {
  let server: TestRegistry | undefined;
  let registry: Registry;
  const repository = (path: string) => ({ registry: server?.host ?? '', path });

  beforeAll(async () => {
    const path = options.kind === 'go' ? go.path : distribution.path;
    if (path !== '') server = await startRegistry(options);
    registry = testClient({ credentials });
  });
  afterAll(async () => {
    registry.close();
    await server?.stop();
  });

  test('gives back a manifest as it was written, by tag and by digest', async () => {
    const shop = repository('acme/manifests');
    const { stored } = await pushImage(registry, shop);
    await registry.putManifest(shop, stored, tag('1.0'));
    expect(await registry.manifest(shop, tag('1.0'))).toEqual(stored);
    expect(await registry.manifest(shop, stored.digest)).toEqual(stored);
    expect(await registry.resolve(shop, tag('1.0'))).toBe(stored.digest);
    expect(await registry.resolve(shop, stored.digest)).toBe(stored.digest);
  });

  test('takes images and indexes of both families of media types', async () => {
    const shop = repository('acme/types');
    for (const type of ['oci', 'docker'] as const) {
      const { stored } = await pushImage(registry, shop, { type });
      const { mediaType, digest, bytes } = stored;
      const platform = { os: 'linux', architecture: 'amd64' };
      const index = buildIndex([{ mediaType, digest, size: bytes.length, platform }]);
      await registry.putManifest(shop, index, tag(type));
      expect(await registry.manifest(shop, tag(type))).toEqual(index);
      expect(index.mediaType).toBe(type === 'oci' ? MEDIA_TYPES.ociIndex : MEDIA_TYPES.dockerIndex);
    }
  });

  test('says of what is not there that it is not there', async () => {
    const shop = repository('acme/manifests');
    const nowhere = repository('acme/nowhere');
    const digest = digestOf('nothing');
    for (const place of [shop, nowhere]) {
      expect(await registry.manifest(place, tag('none'))).toBeUndefined();
      expect(await registry.manifest(place, digest)).toBeUndefined();
      expect(await registry.resolve(place, tag('none'))).toBeUndefined();
      expect(await registry.resolve(place, digest)).toBeUndefined();
      expect(await registry.hasBlob(place, digest)).toBe(false);
    }
    expect(await listed(registry.tags(nowhere))).toEqual([]);
    expect(await registry.referrers(nowhere, digest)).toEqual([]);
    await registry.deleteManifest(nowhere, digest);
    await registry.deleteTag(nowhere, tag('none'));
  });

  test('uploads blobs of every size once', async () => {
    const shop = repository('acme/blobs');
    for (const size of [0, 1, 1024 * 1024, 1024 * 1024 + 1, 5_000_000]) {
      const content = randomBytes(size);
      const descriptor = await uploadContent(registry, shop, content);
      expect(await registry.hasBlob(shop, descriptor.digest)).toBe(true);
      expect(await drain(await registry.openBlob(shop, descriptor))).toEqual({ size, digest: descriptor.digest });
      expect(
        await registry.uploadBlob(shop, descriptor, () => {
          throw new Error('what is there is not read again');
        }),
      ).toBe('present');
    }
  });

  test('reads a blob as a whole, and from a byte on', async () => {
    const shop = repository('acme/blobs');
    const content = randomBytes(300_000);
    const descriptor = await uploadContent(registry, shop, content);
    expect(content.equals(await registry.blob(shop, descriptor))).toBe(true);
    const rest = await (await registry.openBlob(shop, descriptor, { from: 299_990 })).toArray();
    expect(content.subarray(299_990).equals(Buffer.concat(rest))).toBe(true);
    expect(await (await registry.openBlob(shop, descriptor, { from: content.length })).toArray()).toEqual([]);
  });

  test('leaves a stream that is not read to its end', async () => {
    const shop = repository('acme/blobs');
    const descriptor = await uploadContent(registry, shop, randomBytes(3_000_000));
    const stream = await registry.openBlob(shop, descriptor);
    stream.destroy();
    for await (const chunk of await registry.openBlob(shop, descriptor)) {
      expect((chunk as Buffer).length).toBeGreaterThan(0);
      break;
    }
    expect(await registry.hasBlob(shop, descriptor.digest)).toBe(true);
  });

  test('takes a blob over from another repository, where the registry does that', async () => {
    const descriptor = await uploadContent(registry, repository('acme/from'), randomBytes(1000));
    expect(await registry.mountBlob(repository('acme/to'), descriptor.digest, repository('acme/from'))).toBe(mounts);
    const elsewhere = { registry: '127.0.0.1:1', path: 'acme/from' };
    expect(await registry.mountBlob(repository('acme/to'), descriptor.digest, elsewhere)).toBe(false);
  });

  test('does not take over what the other repository does not have', async () => {
    const digest = digestOf('nothing');
    expect(await registry.mountBlob(repository('acme/to'), digest, repository('acme/from'))).toBe(false);
  });

  test('lists all tags', async () => {
    const shop = repository('acme/tags');
    const { stored } = await pushImage(registry, shop);
    const names = ['1.0', '1.1', 'latest', 'feature_login'];
    for (const name of names) await registry.putManifest(shop, stored, tag(name));
    expect(await listed(registry.tags(shop))).toEqual([...names].sort());
  });

  test('lists what refers to an image', async () => {
    const shop = repository('acme/referrers');
    const { stored: image, config } = await pushImage(registry, shop);
    expect(await registry.referrers(shop, image.digest)).toEqual([]);
    const { mediaType, digest, bytes } = image;
    const subject = { mediaType, digest, size: bytes.length };
    const wanted: string[] = [];
    for (const note of ['first', 'second']) {
      const members = { subject, artifactType: config.mediaType, annotations: { note }, layers: [] };
      const { stored } = await pushImage(registry, shop, { members });
      // A second push must not list it twice.
      await registry.putManifest(shop, stored);
      wanted.push(stored.digest);
    }
    const found = await registry.referrers(shop, image.digest);
    expect(found.map(({ digest }) => digest).sort()).toEqual([...wanted].sort());
    expect(found.map(({ annotations }) => annotations?.note).sort()).toEqual(['first', 'second']);
    expect(found[0]).toMatchObject({ artifactType: config.mediaType, mediaType: MEDIA_TYPES.ociManifest });
  });

  test('removes a tag and leaves its image and its other tags', async () => {
    const shop = repository('acme/removal');
    const { stored } = await pushImage(registry, shop);
    for (const name of ['keep', 'drop', 'drop2']) await registry.putManifest(shop, stored, tag(name));
    await registry.deleteTag(shop, tag('drop'));
    await registry.deleteTag(shop, tag('drop'));
    await registry.deleteTag(shop, tag('drop2'));
    expect(await listed(registry.tags(shop))).toEqual(['keep']);
    expect(await registry.resolve(shop, tag('keep'))).toBe(stored.digest);
  });

  test('removes a manifest', async () => {
    const shop = repository('acme/removal2');
    const { stored } = await pushImage(registry, shop);
    await registry.deleteManifest(shop, stored.digest);
    expect(await registry.manifest(shop, stored.digest)).toBeUndefined();
    await registry.deleteManifest(shop, stored.digest);
  });

  test('uploads in parts where it is told to', async () => {
    const parts = testClient({ credentials, partBytes: 1_500_000 });
    const content = randomBytes(5_000_001);
    const descriptor = await uploadContent(parts, repository('acme/parts'), content);
    expect(await drain(await registry.openBlob(repository('acme/parts'), descriptor))).toMatchObject({
      digest: descriptor.digest,
    });
    parts.close();
  });
});
