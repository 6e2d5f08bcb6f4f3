import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { appendFile, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from '@jest/globals';
import { digestOf } from '../../../lib/registry/digest.ts';
import { pullLayout, pushLayout } from '../../../lib/registry/layout.ts';
import { buildIndex } from '../../../lib/registry/manifest.ts';
import type { Registry } from '../../../lib/registry/registry.ts';
import { altered, type MisbehavingRegistry, startMisbehavingRegistry } from '../../support/misbehaving-registry.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { requires } from '../../support/requires.ts';
import { pushImage, type TestImage, tag, testClient } from './client-context.ts';

const distribution = requires('docker-registry', 'layouts are pushed to a real registry');
const { test } = distribution;
const skopeo = requires('skopeo', 'another client writes and reads layouts');
const withSkopeo = distribution.path === '' ? test : skopeo.test;
const run = promisify(execFile);

describe('an image layout', () => {
  let server: TestRegistry;
  let bad: MisbehavingRegistry;
  let registry: Registry;
  let directory = '';
  let layout = '';
  let image: TestImage;
  const from = () => ({ registry: server.host, path: 'acme/shop' });
  const to = () => ({ registry: server.host, path: 'acme/pushed' });
  const blob = (digest: string) => path.join(layout, 'blobs', 'sha256', digest.slice(7));

  beforeAll(async () => {
    if (distribution.path === '') return;
    server = await startRegistry();
    bad = await startMisbehavingRegistry(server.host);
    registry = testClient();
  });
  afterAll(async () => {
    registry?.close();
    await bad?.close();
    await server?.stop();
  });
  beforeEach(async () => {
    directory = mkdtempSync(path.join(os.tmpdir(), 'headgate-layout-'));
    layout = path.join(directory, 'layout');
    if (distribution.path !== '') image = await pushImage(registry, from(), { file: randomBytes(2_000_000) });
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  test('that was pulled holds the image and nothing else', async () => {
    const { stored, config, layer } = image;
    expect(await pullLayout(registry, from(), stored.digest, layout)).toEqual(stored);
    const names = await readdir(path.join(layout, 'blobs', 'sha256'));
    expect(names.map((name) => `sha256:${name}`).sort()).toEqual([stored.digest, config.digest, layer.digest].sort());
    for (const name of names) {
      expect(digestOf(await readFile(path.join(layout, 'blobs', 'sha256', name)))).toBe(`sha256:${name}`);
    }
    expect(JSON.parse(await readFile(path.join(layout, 'oci-layout'), 'utf8'))).toEqual({
      imageLayoutVersion: '1.0.0',
    });
  });

  test('that was pulled can be pushed, and is the same image', async () => {
    const { stored } = image;
    await pullLayout(registry, from(), stored.digest, layout);
    expect(await pushLayout(registry, layout, to())).toEqual(stored);
    expect(await registry.manifest(to(), stored.digest)).toEqual(stored);
    expect(await pushLayout(registry, layout, to())).toEqual(stored);
  });

  test('is not written of an index, and not of what is not there', async () => {
    const { mediaType, digest, bytes } = image.stored;
    const index = buildIndex([{ mediaType, digest, size: bytes.length }]);
    await registry.putManifest(from(), index);
    await expect(pullLayout(registry, from(), index.digest, layout)).rejects.toThrow(/it is an index/);
    await expect(pullLayout(registry, from(), digestOf('nothing'), layout)).rejects.toThrow(/it is not there/);
  });

  test('has no image when a blob could not be pulled', async () => {
    const { stored, layer } = image;
    bad.fault(`GET /v2/acme/shop/blobs/${layer.digest}`, altered({ body: (body) => body.fill(0, 0, 10) }));
    const place = { ...from(), registry: bad.host };
    await expect(pullLayout(registry, place, stored.digest, layout)).rejects.toMatchObject({ kind: 'invalid' });
    expect(await readdir(layout)).toEqual(['blobs']);
    expect(await readdir(path.join(layout, 'blobs', 'sha256'))).not.toContain(layer.digest.slice(7));
  });

  test('that is broken is refused, and no manifest is written', async () => {
    const { stored, config, layer } = image;
    const entry = { mediaType: stored.mediaType, digest: stored.digest, size: stored.bytes.length };
    const index = (entries: object[]) =>
      writeFile(path.join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: entries }));
    const breaks: readonly (readonly [RegExp, () => Promise<void>])[] = [
      [/has no index\.json/, () => rm(path.join(layout, 'index.json'))],
      [/a manifest is not JSON/, () => writeFile(path.join(layout, 'index.json'), '{')],
      [/holds 0 images/, () => index([])],
      [/holds 2 images/, () => index([entry, entry])],
      [
        /its manifest does not fit its digest/,
        () => writeFile(blob(stored.digest), stored.bytes.toString().replace('.config.', '.c0nfig.')),
      ],
      [/the blob .* has \d+ bytes in place of/, () => appendFile(blob(config.digest), ' ')],
      [/the blob .* has \d+ bytes in place of/, () => truncate(blob(layer.digest), 10)],
      [/the blob .* is missing/, () => rm(blob(layer.digest))],
      [
        /the blob .* is missing/,
        async () => {
          await rm(blob(config.digest));
          await symlink('/etc/hostname', blob(config.digest));
        },
      ],
      [/the content has the digest/, () => writeFile(blob(layer.digest), Buffer.alloc(layer.size))],
    ];
    for (const [n, [why, spoil]] of breaks.entries()) {
      // What is there already would not be read.
      const place = { ...to(), path: `acme/broken${n}` };
      rmSync(layout, { recursive: true, force: true });
      await pullLayout(registry, from(), stored.digest, layout);
      await spoil();
      await expect(pushLayout(registry, layout, place)).rejects.toThrow(why);
      expect(await registry.resolve(place, stored.digest)).toBeUndefined();
    }
  });

  withSkopeo('that was pulled is one that skopeo reads, of both families of media types', async () => {
    for (const type of ['oci', 'docker'] as const) {
      const { stored } = await pushImage(registry, from(), { type });
      const place = path.join(directory, type);
      await pullLayout(registry, from(), stored.digest, place);
      const { stdout } = await run(skopeo.path, ['inspect', '--raw', `oci:${place}`]);
      expect(stdout).toBe(stored.bytes.toString('utf8'));
      await run(skopeo.path, [
        'copy',
        '--insecure-policy',
        `oci:${place}`,
        `dir:${path.join(directory, `${type}-dir`)}`,
      ]);
    }
  });

  withSkopeo('that skopeo wrote can be pushed, and skopeo reads it back', async () => {
    const { stored } = image;
    await registry.putManifest(from(), stored, tag('1.0'));
    const image_ = `docker://${server.host}/acme/shop:1.0`;
    await run(skopeo.path, ['copy', '--insecure-policy', '--src-tls-verify=false', image_, `oci:${layout}:any`]);
    const pushed = await pushLayout(registry, layout, { ...to(), path: 'acme/from-skopeo' });
    const reading = [
      'inspect',
      '--no-tags',
      '--tls-verify=false',
      `docker://${server.host}/acme/from-skopeo@${pushed.digest}`,
    ];
    const { stdout } = await run(skopeo.path, reading);
    expect(JSON.parse(stdout)).toMatchObject({ Digest: pushed.digest, Architecture: 'amd64', Os: 'linux' });
  });
});
