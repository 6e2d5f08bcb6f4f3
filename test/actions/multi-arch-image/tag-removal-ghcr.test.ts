import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type Ghcr, startGhcr } from '../../support/ghcr.ts';
import { type MisbehavingRegistry, refusal, startMisbehavingRegistry } from '../../support/misbehaving-registry.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { requires } from '../../support/requires.ts';
import { pushTestImage } from '../../support/test-image.ts';
import { buildAndTest, digestAt, runAssemble, tagsOf } from './assemble-workplace.ts';

requires('docker-registry', 'a tag is taken back from a registry that removes nothing');

// The tags move in a registry as ghcr.io first, and then in another one, which refuses.

let registry: TestRegistry;
let ghcr: Ghcr;
let second: MisbehavingRegistry;
let workspace: string;
let name: string;
let count = 0;

beforeAll(async () => {
  registry = await startRegistry();
}, 30_000);
afterAll(async () => await registry?.stop());
beforeEach(async () => {
  workspace = mkdtempSync(path.join(os.tmpdir(), 'headgate-ghcr-'));
  ghcr = await startGhcr(registry.host);
  second = await startMisbehavingRegistry(registry.host);
  second.fault(/^PUT .*\/manifests\/also-new$/, refusal(403, 'DENIED'), 100);
  name = `octo-org/shop-${++count}`;
  await buildAndTest(workspace, `${ghcr.host}/${name}`);
});
afterEach(async () => {
  await Promise.all([ghcr?.close(), second?.close()]);
  rmSync(workspace, { recursive: true, force: true });
});

async function assemble() {
  const image = `${ghcr.host}/${name}`;
  return await runAssemble(
    { image, 'copy-to': `${second.host}/${name}-copy`, tags: 'new\nalso-new' },
    { workspace, imagePackages: { [image]: await ghcr.images(name) } },
  );
}

test('a new tag is taken back there, too, and the images and other tags stay', async () => {
  const { digest } = await pushTestImage({ registry: ghcr.host, path: name }, { salt: 'old', tag: 'latest' });
  const before = ghcr.packageOf(name).versions.map((version) => version.digest);
  const ran = await assemble();
  expect(ran).toMatchObject({ exitCode: 1, message: expect.stringContaining('no tag is moved') });
  expect(await tagsOf(`${ghcr.host}/${name}`)).toEqual(['latest']);
  expect(await digestAt(`${ghcr.host}/${name}`, 'latest')).toBe(digest);
  // Of what was there nothing is gone, and the index has no tag; what carried the tags away is removed.
  const { versions } = ghcr.packageOf(name);
  expect(versions.map((version) => version.digest)).toEqual(expect.arrayContaining(before));
  expect(versions).toHaveLength(before.length + 1);
});

test('what GitHub refuses is said, and the tag is where it was moved', async () => {
  await pushTestImage({ registry: ghcr.host, path: name }, { salt: 'old', tag: 'latest' });
  ghcr.packageOf(name).access = 'read';
  const ran = await assemble();
  expect(ran).toMatchObject({ exitCode: 1, message: expect.stringContaining('these could not be put back') });
  expect(ran.report).toMatch(/could not be put back: An image of .* cannot be removed: GitHub answered 404/);
  expect(await tagsOf(`${ghcr.host}/${name}`)).toEqual(['also-new', 'latest', 'new']);
  expect(await digestAt(`${ghcr.host}/${name}`, 'new')).toBe(await digestAt(`${ghcr.host}/${name}`, 'also-new'));
});
