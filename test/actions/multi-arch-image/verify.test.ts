import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Descriptor } from '../../../lib/registry/manifest.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import {
  makeTestAttestation,
  makeTestImage,
  makeTestIndex,
  noise,
  pushMadeImage,
  pushTestImage,
  pushTestIndex,
  pushTestManifest,
  type TestImage,
  type TestImageOptions,
} from '../../support/test-image.ts';
import { testProgram } from '../../support/test-program.ts';
import { recordsOf, writeRecords } from './assemble-workplace.ts';
import { makeWorkspace, runVerify, startMeter } from './verify-workplace.ts';

let registry: TestRegistry;
let count = 0;

beforeAll(async () => {
  registry = await startRegistry();
}, 30_000);

afterAll(async () => {
  await registry?.stop();
});

/** A repository that no other test uses. */
function repository() {
  const target = { registry: registry.host, path: `acme/shop-${++count}` };
  return { target, image: `${target.registry}/${target.path}` };
}

const AMD64: TestImageOptions = { platform: 'linux/amd64' };
const ARM64: TestImageOptions = { platform: 'linux/arm64' };

/** Pushes an index of these images under the tag 1.0. */
async function pushed(
  options: readonly TestImageOptions[],
  change: (entries: readonly Descriptor[]) => readonly Descriptor[] = (entries) => entries,
) {
  const { target, image } = repository();
  const images = await Promise.all(options.map((one) => makeTestImage(one)));
  const index = makeTestIndex(change(images.map(({ descriptor }) => descriptor)));
  await pushTestIndex(target, images, { index, tag: '1.0' });
  return { target, image, images, index };
}

describe('an image that is as it should be', () => {
  test('passes, and everything that was looked at is told', async () => {
    const { image, images, index } = await pushed([AMD64, ARM64]);
    const workspace = makeWorkspace();
    writeRecords(
      workspace.folder,
      images.flatMap((built) => recordsOf(image, built)),
    );
    const { exitCode, outputs, rows, report, bytesRead, summary } = await runVerify(
      { image, 'expected-digest': index.digest },
      { workspace: workspace.folder },
    );
    workspace.remove();
    expect(exitCode).toBe(0);
    expect(outputs).toMatchObject({
      digest: index.digest,
      image: `${image}@${index.digest}`,
      platforms: 'linux/amd64 linux/arm64',
      status: 'verified',
    });
    expect(rows.map(({ subject, check, status }) => `${subject} ${check} ${status}`)).toEqual([
      `${image}:1.0 tag ok`,
      'index platforms ok',
      'linux/amd64 manifest ok',
      'linux/amd64 config ok',
      'linux/amd64 program ok',
      'linux/arm64 manifest ok',
      'linux/arm64 config ok',
      'linux/arm64 program ok',
      'linux/amd64 tested ok',
      'linux/arm64 tested ok',
      `${image} content ok`,
      'index referrers ok',
    ]);
    expect(rows.filter(({ check }) => check === 'program').map(({ found }) => found)).toEqual([
      '/app (amd64)',
      '/app (arm64)',
    ]);
    expect(report).toMatch(/\| ✅ ok \| `linux\/arm64` \| program \| .*\/app .*arm64.* \|/);
    expect(report).toContain(`${bytesRead} bytes of layers were read.`);
    expect(bytesRead).toBe(images.reduce((sum, { layers }) => sum + layers[0]!.size, 0));
    expect(summary).toBe(`${image}@${index.digest} is as it should be, for linux/amd64, linux/arm64.`);
  });

  test.each(['oci', 'docker'] as const)('of %s manifests, with layers of every packing', async (format) => {
    const compressions = format === 'oci' ? (['gzip', 'zstd', 'none'] as const) : (['gzip', 'none'] as const);
    const { target, image } = repository();
    const images = await Promise.all(
      [AMD64, ARM64].map((options) =>
        makeTestImage({
          ...options,
          format,
          moreLayers: compressions.map((compression) => ({ files: [{ path: compression }], compression })),
        }),
      ),
    );
    const index = makeTestIndex(
      images.map(({ descriptor }) => descriptor),
      { format },
    );
    await pushTestIndex(target, images, { index, tag: '1.0' });
    const { exitCode, rows } = await runVerify({ image });
    expect(exitCode).toBe(0);
    expect(rows.map(({ status }) => status)).not.toContain('warning');
  });

  test('that was copied passes where the copies are whole', async () => {
    const { image, images, index } = await pushed([AMD64, ARM64]);
    const copy = repository();
    await pushTestIndex(copy.target, images, { index, tag: '1.0' });
    const { exitCode, rows } = await runVerify({ image, 'copy-to': copy.image });
    expect(exitCode).toBe(0);
    expect(rows).toContainEqual({ subject: `${copy.image}:1.0`, check: 'tag', status: 'ok', found: expect.anything() });
    expect(rows).toContainEqual({
      subject: copy.image,
      check: 'content',
      status: 'ok',
      found: 'All 6 parts are there',
    });
  });

  test('with attestations and referrers, which are listed', async () => {
    const { target, image } = repository();
    const images = await Promise.all([AMD64, ARM64].map((options) => makeTestImage(options)));
    const attestation = await makeTestAttestation(images[1]!.digest);
    await pushTestIndex(target, [...images, attestation], { tag: '1.0' });
    const signature = await makeTestImage({
      subject: images[0]!.descriptor,
      changeManifest: (manifest) => ({ ...manifest, artifactType: 'application/vnd.example.signature' }),
    });
    await pushMadeImage(target, signature);
    // Without the referrers API the client of the signer keeps the list. Source: distribution-spec, "Referrers Tag Schema".
    const { digest, mediaType, size } = signature.descriptor;
    const list = makeTestIndex([{ digest, mediaType, size, artifactType: 'application/vnd.example.signature' }]);
    await pushTestManifest(target, list, images[0]!.digest.replace(':', '-'));
    const { exitCode, rows, referrers } = await runVerify({ image });
    expect(exitCode).toBe(0);
    expect(rows.find(({ check }) => check === 'attestation')?.found).toBe('It is about linux/arm64');
    expect(referrers).toEqual([{ of: 'linux/amd64', digest, type: 'application/vnd.example.signature' }]);
  });

  test('without records passes, and says that it does not know of tests', async () => {
    const { image } = await pushed([AMD64, ARM64]);
    const { exitCode, rows } = await runVerify({ image });
    expect(exitCode).toBe(0);
    expect(rows.find(({ check }) => check === 'tested')).toMatchObject({ status: 'skipped' });
  });

  test('by its digest alone, without a tag', async () => {
    const { target, image } = repository();
    const index = await pushTestIndex(target, await Promise.all([AMD64, ARM64].map((one) => makeTestImage(one))));
    const { exitCode, outputs } = await runVerify({ image, tags: '{version}', 'expected-digest': index.digest });
    expect(exitCode).toBe(0);
    expect(outputs.digest).toBe(index.digest);
  });

  test('with more platforms, when that is allowed', async () => {
    const { image } = await pushed([AMD64, ARM64, { platform: 'linux/s390x' }]);
    const { exitCode, outputs } = await runVerify({ image, 'allow-more': 'true' });
    expect(exitCode).toBe(0);
    expect(outputs.platforms).toBe('linux/amd64 linux/arm64 linux/s390x');
  });

  test.each(['386', 'arm/v7', 'arm/v6', 'ppc64le', 'riscv64', 's390x', 'loong64'])('of linux/%s', async (name) => {
    const { image } = await pushed([{ platform: `linux/${name}` }]);
    const { exitCode, rows } = await runVerify({ image, platforms: `linux/${name}` });
    expect(exitCode).toBe(0);
    expect(rows).toContainEqual({
      subject: `linux/${name}`,
      check: 'program',
      status: 'ok',
      found: `/app (${name.split('/')[0]})`,
    });
  });
});

describe('the platform', () => {
  test('an arm64 entry with a program for amd64', async () => {
    const { image, index } = await pushed([AMD64, { ...ARM64, programFor: 'amd64' }]);
    const { exitCode, problems, message, report, outputs } = await runVerify({ image });
    expect(exitCode).toBe(1);
    expect(problems).toEqual([
      'linux/arm64: /app is a program for amd64 (machine 62, 64 bits, little endian), but the image is for linux/arm64',
    ]);
    expect(message).toContain(
      `${image}@${index.digest} is not as it should be: linux/arm64: /app is a program for amd64`,
    );
    expect(message).toContain('Next: Do not roll this image out.');
    expect(report).toContain('| ❌ problem | `linux/arm64` | program |');
    expect(outputs).toEqual({});
  });

  test.each([
    ['another architecture', { ...ARM64, configPlatform: 'linux/amd64' }, 'linux/arm64', 'linux/amd64'],
    ['another system', { ...ARM64, configPlatform: 'windows/arm64' }, 'linux/arm64', 'windows/arm64'],
    ['another variant', { platform: 'linux/arm/v7', configPlatform: 'linux/arm/v6' }, 'linux/arm/v7', 'linux/arm/v6'],
  ])('a configuration that says %s than the index', async (_, options, listed, says) => {
    const { image } = await pushed([options]);
    const { exitCode, problems } = await runVerify({ image, platforms: listed });
    expect(exitCode).toBe(1);
    expect(problems[0]).toBe(`${listed}: The index lists it as ${listed}, but its configuration says ${says}`);
  });

  test.each([
    ['is not JSON', () => '"', 'It has a configuration'],
    [
      'says no architecture',
      ({ architecture, ...rest }: Record<string, unknown>) => rest,
      'does not say in its configuration',
    ],
    [
      'cannot be started',
      (config: Record<string, unknown>) => ({ ...config, config: { Entrypoint: '/app' } }),
      'The configuration cannot be started',
    ],
  ])('a configuration that %s', async (_, changeConfig, expected) => {
    const { image } = await pushed([AMD64, { ...ARM64, changeConfig }]);
    const { problems } = await runVerify({ image });
    expect(problems).toEqual([expect.stringContaining(expected)]);
  });

  test('a platform that is missing, one too many, and one twice', async () => {
    const { image } = await pushed([AMD64, { ...AMD64, salt: 'other' }, { platform: 'linux/s390x' }]);
    const { exitCode, problems, message } = await runVerify({ image });
    expect(exitCode).toBe(1);
    expect(problems).toEqual([
      'linux/amd64: The index has this platform twice',
      'linux/arm64: The index does not have it',
      "linux/s390x: The index has it, but 'platforms' does not name it",
    ]);
    for (const problem of problems) expect(message).toContain(`- ${problem}`);
  });

  test('one image for two platforms', async () => {
    const { image } = await pushed([AMD64], ([entry]) => [
      entry!,
      { ...entry!, platform: { os: 'linux', architecture: 'arm64' } },
    ]);
    const { problems } = await runVerify({ image });
    expect(problems).toEqual([
      expect.stringMatching(/^linux\/arm64: The index has the image sha256:\w{12}… twice$/),
      'linux/arm64: The index lists it as linux/arm64, but its configuration says linux/amd64',
      expect.stringMatching(/^linux\/arm64: \/app is a program for amd64/),
    ]);
  });

  test('an entry without a platform', async () => {
    const { image } = await pushed([AMD64, ARM64], ([one, { platform: _, ...other } = one!]) => [one!, other]);
    const { problems } = await runVerify({ image });
    expect(problems).toEqual([
      'linux/arm64: The index does not have it',
      expect.stringMatching(/^sha256:\w{12}…: The index lists it without a platform$/),
      expect.stringMatching(/: The index lists it without a platform; its configuration says linux\/arm64$/),
    ]);
  });
});

describe('the index', () => {
  test('an index in the index', async () => {
    const { target, image } = repository();
    const [amd64, arm64] = await Promise.all([AMD64, ARM64].map((options) => pushTestImage(target, options)));
    const inner = makeTestIndex([arm64!.descriptor]);
    await pushTestManifest(target, inner);
    const nested = {
      mediaType: inner.mediaType,
      digest: inner.digest,
      size: inner.bytes.length,
      platform: arm64!.platform,
    };
    await pushTestManifest(target, makeTestIndex([amd64!.descriptor, nested]), '1.0');
    const { problems } = await runVerify({ image });
    expect(problems).toEqual([
      'linux/arm64: It is itself an index, and an index in an index is not understood by every client',
      'linux/arm64: The index does not have it',
    ]);
  });

  test('an index that is listed as an image', async () => {
    const { target, image } = repository();
    const [amd64, arm64] = await Promise.all([AMD64, ARM64].map((options) => pushTestImage(target, options)));
    const inner = makeTestIndex([arm64!.descriptor]);
    await pushTestManifest(target, inner);
    const disguised = { ...arm64!.descriptor, digest: inner.digest };
    await pushTestManifest(target, makeTestIndex([amd64!.descriptor, disguised]), '1.0');
    const { problems } = await runVerify({ image });
    expect(problems).toEqual([
      'linux/arm64: It is itself an index, and an index in an index is not understood by every client',
    ]);
  });

  test('one image and no index', async () => {
    const { target, image } = repository();
    await pushTestImage(target, { tag: '1.0' });
    const { exitCode, problems } = await runVerify({ image });
    expect(exitCode).toBe(1);
    expect(problems).toEqual(['index: It is one image (application/vnd.oci.image.manifest.v1+json) and no index']);
  });

  test('an entry with another size and another type than its manifest has', async () => {
    const { image } = await pushed([AMD64, ARM64], ([one, other]) => [
      { ...one!, size: one!.size + 1 },
      { ...other!, mediaType: 'application/vnd.docker.distribution.manifest.v2+json' },
    ]);
    const { problems, warnings } = await runVerify({ image });
    expect(problems).toEqual([
      expect.stringMatching(/^linux\/amd64: The index lists it with \d+ bytes, but it has \d+$/),
      'linux/arm64: The index lists it as application/vnd.docker.distribution.manifest.v2+json, but it is application/vnd.oci.image.manifest.v1+json',
    ]);
    expect(warnings).toHaveLength(1);
  });

  test("Docker's and OCI's media types in one image are a problem, in one index a warning", async () => {
    const layer = { files: [{ path: 'more' }], mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip' };
    const { image } = await pushed([
      { ...AMD64, format: 'docker' },
      { ...ARM64, moreLayers: [layer] },
    ]);
    const { problems, warnings } = await runVerify({ image });
    expect(problems).toEqual([
      'linux/arm64: It mixes media types of Docker and OCI: the manifest is application/vnd.oci.image.manifest.v1+json, and in it is application/vnd.docker.image.rootfs.diff.tar.gzip',
    ]);
    expect(warnings).toEqual([
      'The index is application/vnd.oci.image.index.v1+json, but it lists linux/amd64 as application/vnd.docker.distribution.manifest.v2+json',
    ]);
  });

  test('an attestation that is about no entry of the index', async () => {
    const { target, image } = repository();
    const images = await Promise.all([AMD64, ARM64].map((options) => makeTestImage(options)));
    const away = `sha256:${'0'.repeat(64)}`;
    await pushTestIndex(target, [...images, await makeTestAttestation(away)], { tag: '1.0' });
    const { problems } = await runVerify({ image });
    expect(problems).toEqual([
      expect.stringMatching(/^attestation sha256:\w{12}…: It is about sha256:0+, which the index does not have$/),
    ]);
  });
});

describe('tags', () => {
  test('one that is missing and one that points elsewhere', async () => {
    const { target, image, images, index } = await pushed([AMD64, ARM64]);
    const other = makeTestIndex(
      images.map(({ descriptor }) => descriptor),
      { annotations: { other: 'yes' } },
    );
    await pushTestManifest(target, other, 'old');
    const { exitCode, problems } = await runVerify({ image, tags: '1.0\nnone\nold' });
    expect(exitCode).toBe(1);
    expect(problems).toEqual([
      `${image}:none: There is no such tag`,
      `${image}:old: It points at ${other.digest}, but ${image}:1.0 points at ${index.digest}`,
    ]);
  });

  test('all of them elsewhere than expected; what is expected is looked at', async () => {
    const { image, images, index, target } = await pushed([AMD64, ARM64]);
    const expected = makeTestIndex([images[0]!.descriptor]);
    await pushTestManifest(target, expected);
    const { problems } = await runVerify({ image, 'expected-digest': expected.digest });
    expect(problems).toEqual([
      `${image}:1.0: It points at ${index.digest} and not at ${expected.digest}`,
      'linux/arm64: The index does not have it',
    ]);
  });

  test('none at all', async () => {
    const { image } = repository();
    const { exitCode, problems, message } = await runVerify({ image });
    expect(exitCode).toBe(1);
    expect(problems).toEqual([`${image}:1.0: There is no such tag`]);
    expect(message).toContain(`${image} is not as it should be: ${image}:1.0: There is no such tag`);
  });

  test('an expected index that is not there', async () => {
    const { image } = await pushed([AMD64, ARM64]);
    const away = `sha256:${'1'.repeat(64)}`;
    const { problems } = await runVerify({ image, 'expected-digest': away, tags: '{version}' });
    expect(problems).toEqual([`index: There is no ${away}`]);
  });

  test('a copy whose tag was not moved, and a copy that lacks a layer', async () => {
    const { image, images, index } = await pushed([AMD64, ARM64]);
    const [stale, cut] = [repository(), repository()];
    const layer = images[1]!.layers[0]!.digest;
    await pushTestIndex(cut.target, images, { index, tag: '1.0' });
    await fetch(`http://${cut.target.registry}/v2/${cut.target.path}/blobs/${layer}`, { method: 'DELETE' });
    const { problems } = await runVerify({ image, 'copy-to': `${stale.image}\n${cut.image}` });
    expect(problems).toEqual([
      `${stale.image}:1.0: There is no such tag`,
      `${stale.image}: The manifest ${images[0]!.digest} of linux/amd64 is not there`,
      ...[images[0]!.config, ...images[0]!.layers].map(
        ({ digest }, n) =>
          `${stale.image}: The ${n === 0 ? 'configuration' : 'layer'} ${digest} of linux/amd64 is not there`,
      ),
      `${stale.image}: The manifest ${images[1]!.digest} of linux/arm64 is not there`,
      ...[images[1]!.config, ...images[1]!.layers].map(
        ({ digest }, n) =>
          `${stale.image}: The ${n === 0 ? 'configuration' : 'layer'} ${digest} of linux/arm64 is not there`,
      ),
      `${cut.image}: The layer ${layer} of linux/arm64 is not there`,
    ]);
  });
});

describe('tests', () => {
  async function withRecords(
    change: (image: string, images: readonly TestImage[]) => Parameters<typeof writeRecords>[1],
  ) {
    const { image, images } = await pushed([AMD64, ARM64]);
    const workspace = makeWorkspace();
    writeRecords(workspace.folder, change(image, images));
    return { image, images, workspace };
  }

  test('an image that no test record names', async () => {
    const { image, images, workspace } = await withRecords((name, [one, other]) => [
      ...recordsOf(name, one!),
      ...recordsOf(name, other!).filter(({ kind }) => kind === 'build'),
    ]);
    const { problems } = await runVerify({ image }, { workspace: workspace.folder });
    const allowed = await runVerify({ image, 'allow-untested': 'true' }, { workspace: workspace.folder });
    workspace.remove();
    expect(problems).toEqual([`linux/arm64: No test record names ${images[1]!.digest}`]);
    expect(allowed).toMatchObject({ exitCode: 0, warnings: [`No test record names ${images[1]!.digest}`] });
  });

  test('a test that failed, and one of another platform', async () => {
    const { image, workspace } = await withRecords((name, [one, other]) => [
      ...recordsOf(name, one!, { test: { exitCode: 3 } }),
      ...recordsOf(name, other!, { test: { platform: { os: 'linux', architecture: 's390x' } } }),
    ]);
    const { problems } = await runVerify({ image, 'allow-untested': 'false' }, { workspace: workspace.folder });
    workspace.remove();
    expect(problems).toEqual([
      'linux/amd64: Its test ended with 3',
      'linux/arm64: It was tested, but as another platform',
    ]);
  });

  test('a folder that was named and is not there', async () => {
    const { image } = repository();
    const { exitCode, message } = await runVerify({ image, records: 'handed-over' });
    expect(exitCode).toBe(1);
    expect(message).toContain('There are no records');
  });
});

describe('what is asked', () => {
  test('a digest, a tag and a platform that are none', async () => {
    const { image } = repository();
    const digest = await runVerify({ image, 'expected-digest': 'sha256:1' });
    expect(digest).toMatchObject({ exitCode: 2, message: expect.stringContaining("'sha256:1' is not a digest") });
    const tag = await runVerify({ image, tags: 'a b' });
    expect(tag).toMatchObject({ exitCode: 2, message: expect.stringContaining('which is not a tag') });
    const platform = await runVerify({ image, platforms: 'linux' + '/a/b/c' });
    expect(platform).toMatchObject({ exitCode: 2, message: expect.stringContaining('is not a platform') });
  });

  test('only tags that have no value in this run', async () => {
    const { image } = repository();
    const { exitCode, message } = await runVerify({ image, tags: '{version}' });
    expect(exitCode).toBe(2);
    expect(message).toContain("input 'tags': gives no tag in this run ('{version}': the run is not about a git tag)");
  });

  test('a pull request from a fork is skipped', async () => {
    const event = { kind: 'pull-request', action: 'opened', number: 7, branch: 'x', sameRepository: false } as const;
    const { exitCode, outputs } = await runVerify({ image: repository().image }, { surroundings: { event } });
    expect(exitCode).toBe(0);
    expect(outputs).toMatchObject({ status: 'skipped' });
  });
});

describe('programs', () => {
  const shell = testProgram('arm64');

  async function verifyStart(options: TestImageOptions) {
    const { image } = await pushed([{ ...ARM64, ...options }]);
    const { problems, rows, images } = await runVerify({ image, platforms: 'arm64' });
    return { problems, found: rows.find(({ check }) => check === 'program'), program: images[0]?.program };
  }

  test.each<[string, TestImageOptions, string]>([
    ['a name that is in PATH', { entrypoint: ['app'], env: ['PATH=/bin:/'] }, '/app (arm64)'],
    ['a path from the working directory', { entrypoint: ['./app'], workingDir: '/' }, '/app (arm64)'],
    ['Cmd alone', { entrypoint: null, cmd: ['/app', '--serve'] }, '/app (arm64)'],
    [
      'a shell behind links of directories and files',
      {
        entrypoint: null,
        cmd: ['/bin/sh', '-c', 'exec app'],
        layers: [
          {
            files: [
              { path: 'bin', target: 'usr/bin' },
              { path: 'usr/bin/busybox', content: shell },
            ],
          },
          { files: [{ path: 'usr/bin/sh', target: '/bin/busybox' }] },
        ],
      },
      '/usr/bin/busybox (arm64)',
    ],
    [
      'a script, its interpreter by way of env, and the command that it is given',
      {
        entrypoint: ['/docker-entrypoint.sh'],
        cmd: ['server', '--port=80'],
        layers: [
          {
            files: [
              { path: 'docker-entrypoint.sh', content: '#!/usr/bin/env -S LANG=C bash\nexec "$@"\n' },
              { path: 'usr/bin/env', content: shell },
              { path: 'bin/bash', content: shell },
              { path: 'usr/sbin/server', content: shell },
            ],
          },
        ],
      },
      '/docker-entrypoint.sh (script), /usr/bin/env (arm64), /bin/bash (arm64), /usr/sbin/server (arm64)',
    ],
    [
      'a script whose command is a mere argument',
      {
        entrypoint: ['/start'],
        cmd: ['serve'],
        layers: [
          {
            files: [
              { path: 'start', content: '#! /bin/sh -e\n' },
              { path: 'bin/sh', content: shell },
            ],
          },
        ],
      },
      '/start (script), /bin/sh (arm64)',
    ],
  ])('%s', async (_, options, found) => {
    expect(await verifyStart(options)).toMatchObject({ problems: [], found: { status: 'ok', found } });
  });

  test('an image that starts nothing', async () => {
    expect(await verifyStart({ entrypoint: null })).toEqual({
      problems: [],
      found: {
        subject: 'linux/arm64',
        check: 'program',
        status: 'skipped',
        found: 'The image names no program that starts',
      },
      program: null,
    });
  });

  const script = (content: string, ...more: { path: string; content: string | Buffer; mode?: number }[]) => ({
    layers: [{ files: [{ path: 'app', content }, ...more] }],
  });

  test.each<[string, TestImageOptions, string | RegExp]>([
    ['a program that is not there', { entrypoint: ['/none'] }, '/none is not in the image'],
    ['a name that PATH does not have', { entrypoint: ['none'] }, 'none is not in the image, in no directory of PATH'],
    ['a directory', { entrypoint: ['/etc'], layers: [{ files: [{ path: 'etc/x' }] }] }, '/etc is no file'],
    [
      'a file that may not be executed',
      { layers: [{ files: [{ path: 'app', content: shell, mode: 0o644 }] }] },
      '/app may not be executed (mode 0644)',
    ],
    ['text without an interpreter', script('echo hello\n'), /^\/app is no program that Linux knows/],
    ['an empty file', script(''), '/app is an empty file'],
    ['a Windows program', script('MZ\u0090'), '/app is a Windows program'],
    [
      'a cut ELF file',
      { layers: [{ files: [{ path: 'app', content: shell.subarray(0, 20) }] }] },
      '/app is a broken ELF file',
    ],
    ['a script without its interpreter', script('#!/bin/bash\n'), '/bin/bash is not in the image'],
    [
      'a script whose interpreter is for another architecture',
      script('#!/bin/bash\n', { path: 'bin/bash', content: testProgram('amd64') }),
      /^\/bin\/bash is a program for amd64/,
    ],
    [
      'a script whose command is for another architecture',
      {
        ...script('#!/sh\n', { path: 'sh', content: shell }, { path: 'bin/server', content: testProgram('s390x') }),
        cmd: ['server'],
      },
      /^\/bin\/server is a program for s390x \(machine 22, 64 bits, big endian\)/,
    ],
    [
      'a script that starts itself',
      script('#!/app\n'),
      '/app leads through more than 4 scripts, which Linux does not follow',
    ],
    [
      'a link that leads in a circle',
      { layers: [{ files: [{ path: 'app', target: 'app' }] }] },
      '/app leads through more than 40 symbolic links',
    ],
    [
      'a layer that is no archive',
      { layers: [{ bytes: Buffer.from('<html>'.repeat(200)) }] },
      /^The layer sha256:\w{64} is not a whole archive/,
    ],
  ])('%s', async (_, options, expected) => {
    const { problems } = await verifyStart(options);
    expect(problems).toEqual([
      typeof expected === 'string'
        ? `linux/arm64: ${expected}`
        : expect.stringMatching(new RegExp(`^linux/arm64: ${expected.source.slice(1)}`)),
    ]);
  });

  test.each<[string, TestImageOptions, string]>([
    ['of Windows', { platform: 'windows/amd64', programFor: 'amd64' }, 'Programs of windows are not looked at'],
    [
      'of an unknown architecture',
      { platform: 'linux/wasm', programFor: 'amd64' },
      'How programs for wasm look is not known',
    ],
    [
      'with encrypted layers',
      { moreLayers: [{ files: [], mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip+encrypted' }] },
      'Its layers are encrypted, so that the program cannot be read',
    ],
    [
      'with layers of another kind',
      { moreLayers: [{ files: [], mediaType: 'application/vnd.wasm.content.layer.v1+wasm' }] },
      'It has a layer of application/vnd.wasm.content.layer.v1+wasm, which is no file system',
    ],
  ])('an image %s is not looked into, which is said', async (_, options, expected) => {
    const { image } = await pushed([options]);
    const { exitCode, rows } = await runVerify({ image, platforms: options.platform ?? 'linux/amd64' });
    expect(exitCode).toBe(0);
    expect(rows.find(({ check }) => check === 'program')).toMatchObject({ status: 'skipped', found: expected });
  });
});

describe('bytes that are read of an image with 200 MB', () => {
  const SIZE = 200_000_000;
  const program = { path: 'app', content: testProgram('amd64') };

  async function readOf(target: ReturnType<typeof repository>['target'], image: TestImage) {
    await pushTestIndex(target, [image], { tag: '1.0' });
    const meter = await startMeter(target.registry);
    const { exitCode, bytesRead } = await runVerify({ image: `${meter.host}/${target.path}`, platforms: 'amd64' });
    await meter.stop();
    expect(exitCode).toBe(0);
    return { bytesRead, overTheWire: meter.bytes() };
  }

  test('few, with the program at the front of the large layer or in a small one above', async () => {
    const { target } = repository();
    const data = { path: 'data', content: Buffer.concat([noise(1_000_000), Buffer.alloc(SIZE)]) };
    const atFront = await makeTestImage({ layers: [{ files: [program, data], compression: 'none' }] });
    const front = await readOf(target, atFront);
    expect(front.bytesRead).toBeLessThan(1_000_000);
    // What was under way when the answer was known: buffers of the client and of the system.
    expect(front.overTheWire).toBeLessThan(20_000_000);

    const bytes = atFront.blobs.get(atFront.layers[0]!.digest)!;
    const inLayerAbove = await makeTestImage({ layers: [{ bytes, compression: 'none' }, { files: [program] }] });
    const above = await readOf(target, inLayerAbove);
    expect(above.bytesRead).toBe(inLayerAbove.layers[1]!.size);
    expect(above.overTheWire).toBeLessThan(1_000_000);
  }, 60_000);
});
