import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ImageRecord } from '../../../actions/multi-arch-image/records.ts';
import { digestOf } from '../../../lib/registry/digest.ts';
import { parsePlatform } from '../../../lib/registry/platform.ts';
import {
  altered,
  answer,
  cutAfter,
  type Fault,
  type MisbehavingRegistry,
  refusal,
  reset,
  startMisbehavingRegistry,
} from '../../support/misbehaving-registry.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { requires } from '../../support/requires.ts';
import {
  makeTestAttestation,
  pushMadeImage,
  pushTestImage,
  pushTestIndex,
  type TestImage,
  type TestImageOptions,
} from '../../support/test-image.ts';
import { digestAt, recordsOf, runAssemble, tagsOf, writeRecords } from './assemble-workplace.ts';

requires('docker-registry', 'faults are put before a real registry');

let registry: TestRegistry;
let server: MisbehavingRegistry;
let workspace: string;
let image: string;
let old: TestImage;
let count = 0;

beforeAll(async () => {
  registry = await startRegistry();
}, 30_000);

afterAll(() => registry?.stop());

beforeEach(async () => {
  workspace = mkdtempSync(path.join(os.tmpdir(), 'headgate-refusals-'));
  server = await startMisbehavingRegistry(registry.host);
  image = `${server.host}/acme/shop-${++count}`;
  old = await push({ salt: 'old', tag: 'latest' });
});

afterEach(async () => {
  await server?.close();
  rmSync(workspace, { recursive: true, force: true });
});

const at = () => ({ registry: registry.host, path: image.slice(server.host.length + 1) });
const push = (options: TestImageOptions & { readonly tag?: string } = {}) => pushTestImage(at(), options);
const assemble = (inputs: Readonly<Record<string, string>> = {}) =>
  runAssemble({ image, tags: 'latest\nnew', ...inputs }, { workspace });

/** Runs it and makes sure that it failed without a write: the tags stand as before. */
async function refused(inputs: Readonly<Record<string, string>> = {}): Promise<string> {
  const ran = await assemble(inputs);
  expect(ran.exitCode).toBe(1);
  expect(server.requests.filter((line) => !/^(GET|HEAD) /.test(line))).toEqual([]);
  const direct = `${registry.host}/${at().path}`;
  expect(await tagsOf(direct)).toEqual(['latest']);
  expect(await digestAt(direct, 'latest')).toBe(old.digest);
  return ran.message;
}

/** Leaves the records of two good images, with the last word on the second one's. */
async function records(change: (arm64: TestImage) => readonly ImageRecord[]): Promise<readonly TestImage[]> {
  const amd64 = await push({ platform: 'linux/amd64' });
  const arm64 = await push({ platform: 'linux/arm64' });
  writeRecords(workspace, [...recordsOf(image, amd64), ...change(arm64)]);
  return [amd64, arm64];
}

/** Leaves records which say that these images are amd64 and arm64, whatever they are. */
async function recorded(second: TestImage): Promise<void> {
  const platform = parsePlatform('linux/arm64');
  await records(() => recordsOf(image, second, { build: { platform }, test: { platform } }));
}

describe('records', () => {
  test('a missing platform', async () => {
    await records(() => []);
    expect(await refused()).toContain('linux/arm64 is missing: no record says that it was built');
  });

  test('an untested image', async () => {
    const [, arm64] = await records((built) => recordsOf(image, built).slice(0, 1));
    expect(await refused()).toContain(`linux/arm64 (${arm64?.digest}) was not tested: no test record names it`);
  });

  test('a failed test', async () => {
    await records((built) => recordsOf(image, built, { test: { exitCode: 3 } }));
    expect(await refused({ 'allow-untested': 'true' })).toContain('failed with exit code 3');
  });

  test('a test of another image', async () => {
    await records((built) => recordsOf(image, built, { test: { digest: digestOf('another') } }));
    expect(await refused()).toContain(`ran on another image, ${digestOf('another')}`);
  });

  test('images of different commits', async () => {
    await records((built) => recordsOf(image, built, { build: { commit: 'f'.repeat(40) } }));
    expect(await refused()).toContain('the images were built of different commits');
  });

  test('a surplus platform, and everything else that is wrong beside it', async () => {
    await records((built) => recordsOf(image, built, { test: { exitCode: 1 } }));
    const message = await refused({ platforms: 'linux/amd64\nlinux/s390x' });
    expect(message).toContain('- linux/s390x is missing');
    expect(message).toContain("- linux/arm64 was built, but 'platforms' does not name it");
  });
});

describe('images', () => {
  test('one that is gone since it was built', async () => {
    await records((built) =>
      recordsOf(image, built, { build: { digest: digestOf('x') }, test: { digest: digestOf('x') } }),
    );
    expect(await refused()).toContain(`linux/arm64 (${digestOf('x')}) is not in ${image} any more`);
  });

  test('one that is not what the record says', async () => {
    await records((built) => recordsOf(image, built, { build: { size: 1 } }));
    expect(await refused()).toContain('is not what the record says');
  });

  test('configuration and record disagree', async () => {
    await recorded(await push({ platform: 'linux/amd64', salt: 'lie' }));
    expect(await refused()).toContain('says in its configuration that it is of linux/amd64');
  });

  test('an arm64 image that holds an amd64 program, where that is looked at', async () => {
    await recorded(await push({ platform: 'linux/arm64', programFor: 'amd64' }));
    expect(await refused({ 'check-binaries': 'true' })).toMatch(/linux\/arm64 \(.*\): .*amd64/);
  });

  test('a configuration without a platform, and one that is not of an image', async () => {
    await recorded(await push({ platform: 'linux/arm64', changeConfig: () => ({}) }));
    expect(await refused()).toContain("'os' or 'architecture' is missing");
  });

  test('an artefact', async () => {
    const mediaType = 'application/vnd.cncf.helm.config.v1+json';
    const artefact = await push({
      changeManifest: (manifest) => ({ ...manifest, config: { ...(manifest.config as object), mediaType } }),
    });
    await recorded(artefact);
    expect(await refused()).toContain(`is no image: its configuration is of ${mediaType}`);
  });

  test('an index in the index', async () => {
    const children = [await push({ platform: 'linux/arm64', salt: 'child' })];
    const nested = await pushTestIndex(at(), children);
    const [amd64] = await records(() => []);
    const sources = `linux/amd64=${amd64?.digest}\nlinux/arm64=${nested.digest}`;
    expect(await refused({ sources, 'allow-untested': 'true' })).toContain('is itself an index');
  });

  test('an attestation, which runs nowhere', async () => {
    const [amd64, arm64] = await records(() => []);
    const attestation = await makeTestAttestation(digestOf('nowhere'));
    await pushMadeImage(at(), attestation);
    const sources = [amd64, arm64, attestation].map((source) => source?.digest).join('\n');
    expect(await refused({ sources, 'allow-untested': 'true' })).toContain(attestation.digest);
  });

  test('two of one platform', async () => {
    const [amd64] = await records(() => []);
    const again = await push({ platform: 'linux/amd64', salt: 'again' });
    const message = await refused({ sources: `${amd64?.digest}\n${again.digest}`, 'allow-untested': 'true' });
    expect(message).toContain('linux/arm64 is missing');
    expect(message).toContain('linux/amd64 is there more than once');
  });

  test('Docker’s and OCI’s formats together', async () => {
    await recorded(await push({ platform: 'linux/arm64', format: 'docker' }));
    expect(await refused()).toContain("some images are of Docker's format and some of OCI's");
  });

  test('annotations for images of Docker’s format', async () => {
    const built = await Promise.all(
      ['linux/amd64', 'linux/arm64'].map((platform) => push({ platform, format: 'docker' })),
    );
    writeRecords(
      workspace,
      built.flatMap((each) => recordsOf(image, each)),
    );
    expect(await refused({ annotations: 'a: b' })).toContain("has no annotations, but 'annotations' is given");
  });
});

describe('a registry, while images and tags are read', () => {
  const longer = altered({ body: (body) => Buffer.concat([body, Buffer.from('\n')]) });
  const otherSystem = altered({ body: (body) => Buffer.from(body.toString().replace('linux', 'Linux')) });

  test.each<[string, Fault, RegExp]>([
    ['401', refusal(401, 'UNAUTHORIZED', 'authentication required'), /answered 401/],
    ['403', refusal(403, 'DENIED', 'requested access is denied'), /answered 403 \(DENIED/],
    ['404 for the repository', refusal(404, 'NAME_UNKNOWN', 'repository name not known'), /not in .* any more/],
    ['429', answer(429, '', { 'Retry-After': '1' }), /answered 429/],
    ['500', answer(500, 'oops'), /answered 500/],
    ['503', answer(503), /answered 503/],
    ['a cut body', cutAfter(20), /Cannot read/],
    ['another digest', longer, /a manifest whose digest is/],
    ['a broken connection', reset, /Cannot read/],
    ['a page for people', answer(200, '<html></html>', { 'Content-Type': 'text/html' }), /cannot be used/],
  ])('%s when an image is read', async (_, fault, message) => {
    const [, arm64] = await records((built) => recordsOf(image, built));
    server.fault(`GET /v2/${at().path}/manifests/${arm64?.digest}`, fault, 100);
    expect(await refused()).toMatch(message);
  });

  test.each<[string, Fault, RegExp]>([
    ['403', refusal(403, 'DENIED'), /Cannot find .*new/],
    ['500', answer(500), /Cannot find .*new/],
    ['a broken connection', reset, /Cannot find .*new/],
  ])('%s when a tag is looked at', async (_, fault, message) => {
    await records((built) => recordsOf(image, built));
    server.fault(`HEAD /v2/${at().path}/manifests/new`, fault, 100);
    expect(await refused()).toMatch(message);
  });

  test('a configuration with another digest', async () => {
    const [, arm64] = await records((built) => recordsOf(image, built));
    server.fault(`GET /v2/${at().path}/blobs/${arm64?.config.digest}`, otherSystem, 100);
    expect(await refused()).toMatch(/digest/);
  });
});
