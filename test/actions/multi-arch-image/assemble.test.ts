import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { imageTag } from '../../../lib/naming/image-tag.ts';
import { repositoryId } from '../../../lib/naming/repository.ts';
import { MEDIA_TYPES } from '../../../lib/registry/manifest.ts';
import { branch } from '../../lib/naming/branches.ts';
import { type MisbehavingRegistry, startMisbehavingRegistry } from '../../support/misbehaving-registry.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { requires } from '../../support/requires.ts';
import { pushTestImage } from '../../support/test-image.ts';
import {
  buildAndTest,
  COMMIT,
  digestAt,
  ON_MAIN,
  recordsOf,
  runAssemble,
  tagsOf,
  writeRecords,
} from './assemble-workplace.ts';

requires('docker-registry', 'images are assembled in a real registry');
const skopeo = requires('skopeo', 'another client reads what was assembled');

const MAIN = imageTag({ repository: repositoryId('github.com', 'acme/shop'), branch: branch('main') });
const PLATFORMS = ['linux/amd64', 'linux/arm64'];

let registry: TestRegistry;
let proxy: MisbehavingRegistry;
let workspace: string;
let image: string;
let count = 0;

beforeAll(async () => {
  registry = await startRegistry();
  proxy = await startMisbehavingRegistry(registry.host);
}, 30_000);

afterAll(async () => {
  await proxy?.close();
  await registry?.stop();
});

beforeEach(() => {
  workspace = mkdtempSync(path.join(os.tmpdir(), 'headgate-assemble-'));
  image = `${proxy.host}/acme/shop-${++count}`;
});

afterEach(() => rmSync(workspace, { recursive: true, force: true }));

/** The requests that may change something. */
const writes = () => proxy.requests.filter((line) => !/^(GET|HEAD) /.test(line));

const assemble = (inputs: Readonly<Record<string, string>> = {}, surroundings = ON_MAIN) =>
  runAssemble({ image, ...inputs }, { workspace, surroundings });

/** The index behind a tag, as the registry stores it. */
async function indexAt(reference: string) {
  const [host, name] = [image.slice(0, image.indexOf('/')), image.slice(image.indexOf('/') + 1)];
  const answer = await fetch(`http://${host}/v2/${name}/manifests/${reference}`, {
    headers: { accept: [MEDIA_TYPES.ociIndex, MEDIA_TYPES.dockerIndex].join(', ') },
  });
  return (await answer.json()) as {
    mediaType: string;
    manifests: { digest: string; size: number; platform: object }[];
    annotations?: Record<string, string>;
  };
}

describe('assembling', () => {
  test('makes an index of the tested images, in the order of the platforms, and moves all tags to it', async () => {
    const [amd64, arm64] = await buildAndTest(workspace, image);
    const ran = await assemble({ tags: '{branch}\n{commit}\nlatest\n{version}', platforms: 'arm64\namd64' });

    expect(ran).toMatchObject({ exitCode: 0, message: '' });
    expect(await tagsOf(image)).toEqual([COMMIT.slice(0, 12), 'latest', MAIN].sort());
    for (const tag of await tagsOf(image)) expect(await digestAt(image, tag)).toBe(ran.outputs.digest);
    expect(ran.outputs).toMatchObject({
      status: 'moved',
      image: `${image}@${ran.outputs.digest}`,
      tags: `${MAIN} ${COMMIT.slice(0, 12)} latest`,
      platforms: 'linux/arm64 linux/amd64',
    });
    expect(await indexAt('latest')).toEqual({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociIndex,
      manifests: [
        {
          mediaType: MEDIA_TYPES.ociManifest,
          digest: arm64?.digest,
          size: arm64?.stored.bytes.length,
          platform: { os: 'linux', architecture: 'arm64' },
        },
        {
          mediaType: MEDIA_TYPES.ociManifest,
          digest: amd64?.digest,
          size: amd64?.stored.bytes.length,
          platform: { os: 'linux', architecture: 'amd64' },
        },
      ],
      annotations: {
        'dev.headgate.branch': 'main',
        'org.opencontainers.image.revision': COMMIT,
        'org.opencontainers.image.source': 'https://github.com/acme/shop',
      },
    });
    expect(ran.report).toContain(`| \`${image}\` | \`latest\` | new |`);
    expect(ran.report).toContain('is left out: the run is not about a git tag');
  });

  test('moves a tag that pointed elsewhere', async () => {
    const [host, name] = [proxy.host, image.slice(proxy.host.length + 1)];
    const old = await pushTestImage({ registry: host, path: name }, { salt: 'old', tag: 'latest' });
    await buildAndTest(workspace, image);
    const ran = await assemble({ tags: 'latest' });
    expect(ran.outputs.status).toBe('moved');
    expect(await digestAt(image, 'latest')).toBe(ran.outputs.digest);
    expect(ran.report).toContain(old.digest);
  });

  test('a second run with the same images writes nothing and says so', async () => {
    await buildAndTest(workspace, image);
    const first = await assemble({ tags: 'a\nb' });
    const before = writes().length;
    const second = await assemble({ tags: 'a\nb' });
    expect(second.outputs).toEqual({ ...first.outputs, status: 'unchanged' });
    expect(writes().length).toBe(before);
  });

  test('a dry run writes nothing, and its plan can be carried out', async () => {
    await buildAndTest(workspace, image);
    const before = writes().length;
    const planned = await assemble({ 'dry-run': 'offline', 'plan-file': 'plan.json' });
    expect(planned).toMatchObject({ exitCode: 0, outputs: { status: 'planned' } });
    expect(writes().length).toBe(before);
    const plan = JSON.parse(readFileSync(path.join(workspace, 'plan.json'), 'utf8')) as { plan: { actions: object[] } };
    expect(plan.plan.actions).toEqual([
      expect.objectContaining({ verb: 'create', what: 'index' }),
      { verb: 'tag', what: 'index', name: `${image}:${MAIN}`, detail: 'a new tag' },
    ]);
    expect(await assemble({ 'apply-plan': 'plan.json' })).toMatchObject({
      exitCode: 0,
      outputs: { status: 'moved', digest: planned.outputs.digest },
    });
  });

  test('a saved plan is refused when a tag has moved since', async () => {
    await buildAndTest(workspace, image);
    await assemble({ 'dry-run': 'offline', 'plan-file': 'plan.json', tags: 'latest' });
    const other = await pushTestImage(
      { registry: registry.host, path: image.slice(proxy.host.length + 1) },
      { salt: 'other', tag: 'latest' },
    );
    const ran = await assemble({ 'apply-plan': 'plan.json', tags: 'latest' });
    expect(ran).toMatchObject({ exitCode: 1, message: expect.stringContaining('The plan no longer fits') });
    expect(await digestAt(image, 'latest')).toBe(other.digest);
  });

  test('downloads no layer and asks for nothing twice', async () => {
    const built = await buildAndTest(workspace, image);
    const before = proxy.requests.length;
    await assemble({ tags: 'latest' });
    const requests = proxy.requests.slice(before);
    const layers = built.flatMap(({ layers: of }) => of.map(({ digest }) => digest));
    expect(requests.filter((line) => layers.some((digest) => line.endsWith(digest)))).toEqual([]);
    const manifests = requests.filter((line) => line.includes('/manifests/')).map((line) => line.split(' ')[0]);
    // One GET for each image; HEAD of the tag for the plan, right before the move and after it; one PUT.
    expect(manifests.sort()).toEqual(['GET', 'GET', 'HEAD', 'HEAD', 'HEAD', 'PUT']);
  });

  test('images of Docker’s format make a list of that format, without annotations', async () => {
    await buildAndTest(workspace, image, PLATFORMS, { format: 'docker' });
    const ran = await assemble({ tags: '{branch}' });
    expect(ran.exitCode).toBe(0);
    expect(await indexAt(MAIN)).toMatchObject({ mediaType: MEDIA_TYPES.dockerIndex });
    expect(ran.report).toContain('does not know the branch');
  });

  skopeo.test('another client finds each platform in the index, and copies all of it', async () => {
    const built = await buildAndTest(workspace, image);
    await assemble({ tags: 'latest' });
    const reference = `docker://${image}:latest`;
    for (const { platform } of built) {
      const { stdout } = await execa(skopeo.path, [
        ...['inspect', '--tls-verify=false', `--override-arch=${platform.architecture}`],
        ...['--format={{.Architecture}}', reference],
      ]);
      expect(stdout).toBe(platform.architecture);
    }
    const layout = path.join(workspace, 'copy');
    await execa(skopeo.path, ['copy', '--all', '--src-tls-verify=false', reference, `oci:${layout}`]);
    const { manifests } = JSON.parse(readFileSync(path.join(layout, 'index.json'), 'utf8'));
    expect(manifests[0].digest).toBe(await digestAt(image, 'latest'));
  });

  test('given annotations stand beside and before our own', async () => {
    await buildAndTest(workspace, image);
    await assemble({
      tags: 'latest',
      annotations: 'org.opencontainers.image.title: "Shop; $(x)"\norg.opencontainers.image.source: https://example.com',
    });
    expect((await indexAt('latest')).annotations).toEqual({
      'org.opencontainers.image.title': 'Shop; $(x)',
      'org.opencontainers.image.source': 'https://example.com',
      'org.opencontainers.image.revision': COMMIT,
    });
  });
});

describe('sources that others built', () => {
  test('are taken by digest, also from another repository, when that is allowed', async () => {
    const other = `${image}-arm`;
    const at = (of: string) => ({ registry: proxy.host, path: of.slice(proxy.host.length + 1) });
    const amd64 = await pushTestImage(at(image), { platform: 'linux/amd64' });
    const arm64 = await pushTestImage(at(other), { platform: 'linux/arm64' });
    const sources = `${other}@${arm64.digest}\nlinux/amd64=${amd64.digest}`;

    const refused = await assemble({ sources, tags: 'latest' });
    expect(refused.message).toContain(`${arm64.digest} was not tested: no test record names it`);
    expect(await tagsOf(image)).toEqual([]);

    const ran = await assemble({ sources, tags: 'latest', 'allow-untested': 'true' });
    expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'moved' } });
    expect((await indexAt('latest')).manifests.map(({ digest }) => digest)).toEqual([amd64.digest, arm64.digest]);
    expect(await digestAt(image, arm64.digest)).toBe(arm64.digest);
    expect(ran.report).toContain('was not tested');
  });

  test('are taken without further ado when their tests passed', async () => {
    const [amd64, arm64] = await buildAndTest(workspace, image);
    const sources = `${amd64?.digest}\n${arm64?.digest}`;
    expect(await assemble({ sources, tags: 'latest' })).toMatchObject({ exitCode: 0 });
  });
});

describe('events', () => {
  const event = (of: (typeof ON_MAIN)['event']) => ({ ...ON_MAIN, event: of });

  test('a pull request from a fork moves no tag, whatever the inputs say', async () => {
    await buildAndTest(workspace, image);
    const fork = { kind: 'pull-request', action: 'opened', number: 3, branch: 'main', sameRepository: false } as const;
    const ran = await assemble({ tags: 'latest' }, event(fork));
    expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'skipped' } });
    expect(await tagsOf(image)).toEqual([]);
  });

  test('a git tag moves the tags of its version, and no tag of a branch', async () => {
    await buildAndTest(workspace, image);
    const ran = await assemble({}, event({ kind: 'tag', tag: 'v1.2.3', deleted: false }));
    expect(ran.outputs.tags).toBe('1.2.3');
    expect(await tagsOf(image)).toEqual(['1.2.3']);
    expect((await indexAt('1.2.3')).annotations).not.toHaveProperty(['dev.headgate.branch']);
  });

  test('an event that gives no tag at all is bad input that names the reasons', async () => {
    await buildAndTest(workspace, image);
    const ran = await assemble({}, event({ kind: 'tag', tag: 'nightly', deleted: false }));
    expect(ran.exitCode).toBe(2);
    expect(ran.message).toContain("'{branch}': the run is about a git tag");
    expect(ran.message).toContain("'nightly' is not a semantic version");
  });
});

describe('bad input', () => {
  test.each<[Record<string, string>, RegExp]>([
    [{ image: 'shop' }, /input 'image': 'shop' does not begin with a registry/],
    [{ platforms: 'linux/amd64\nx86_64' }, /input 'platforms': 'x86_64' is named twice/],
    [{ platforms: 'linux/amd64/v1/x' }, /is not a platform/],
    [{ tags: 'no spaces' }, /input 'tags': 'no spaces' gives 'no spaces', which is not a tag/],
    [{ tags: '{brunch}' }, /did you mean '\{branch\}'/],
    [{ 'copy-to': '127.0.0.1:1/a:tag' }, /input 'copy-to': .* names a tag/],
    [{ 'copy-to': '127.0.0.1:1/a\n127.0.0.1:1/a' }, /input 'copy-to': .* is named twice/],
    [{ annotations: 'dev.headgate.branch: x' }, /is set by this operation/],
    [{ sources: 'latest' }, /input 'sources': 'latest'/],
    [{ repository: 'shop' }, /input 'repository'/],
    [{ parallel: '0' }, /input 'parallel'/],
  ])('%j', async (inputs, message) => {
    await buildAndTest(workspace, image);
    const before = proxy.requests.length;
    const ran = await assemble(inputs);
    expect(ran.exitCode).toBe(2);
    expect(ran.message).toMatch(message);
    expect(proxy.requests.length).toBe(before);
  });

  test('all of it is told together', async () => {
    const ran = await assemble({
      platforms: 'x/y/z/a',
      'copy-to': 'shop',
      sources: 'x',
      tags: '-',
      annotations: 'dev.headgate.branch: x',
    });
    for (const input of ['platforms', 'copy-to', 'sources', 'tags', 'annotations']) {
      expect(ran.message).toContain(`input '${input}'`);
    }
  });

  test('a run that knows no image asks for it', async () => {
    const ran = await runAssemble({}, { workspace });
    expect(ran).toMatchObject({ exitCode: 2, message: expect.stringContaining("input 'image': is required") });
  });
});

describe('records', () => {
  test('of one image only count for that image', async () => {
    await buildAndTest(workspace, `${image}-other`);
    const ran = await assemble({ tags: 'latest' });
    expect(ran).toMatchObject({ exitCode: 1, message: expect.stringContaining('linux/amd64 is missing') });
  });

  test('that are not there at all are told, with what to do', async () => {
    const ran = await assemble({ tags: 'latest' });
    expect(ran).toMatchObject({ exitCode: 1, message: expect.stringContaining('There are no records') });
    expect(ran.message).toContain('Next: ');
  });

  test('of the same platform and two digests are refused', async () => {
    const built = await buildAndTest(workspace, image);
    const again = await pushTestImage(
      { registry: proxy.host, path: image.slice(proxy.host.length + 1) },
      { salt: 'again' },
    );
    const folder = path.join(workspace, '.headgate', 'records', 'second-job');
    writeRecords(folder, recordsOf(image, again));
    const ran = await assemble({ tags: 'latest' });
    expect(ran.message).toContain('linux/amd64 was built more than once');
    expect(ran.message).toContain(built[0]?.digest ?? 'nothing');
    expect(await tagsOf(image)).toEqual([]);
  });
});
