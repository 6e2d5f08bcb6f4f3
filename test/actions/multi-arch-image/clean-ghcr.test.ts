import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openGhcrStore } from '../../../actions/multi-arch-image/clean/store-ghcr.ts';
import type { ImagePackage, PackageVersion } from '../../../lib/hosts/host.ts';
import type { Digest } from '../../../lib/registry/digest.ts';
import { parseRepository, type Tag } from '../../../lib/registry/reference.ts';
import type { Registry } from '../../../lib/registry/registry.ts';
import { type Ghcr, startGhcr } from '../../support/ghcr.ts';
import type { FakePackage } from '../../support/github-packages-api.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { requires } from '../../support/requires.ts';
import { makeTestImage, makeTestIndex, pushMadeImage, pushTestManifest } from '../../support/test-image.ts';
import { tagsOf } from './assemble-workplace.ts';
import {
  type Assembled,
  assembled,
  digestsOf,
  existing,
  push,
  type Ran,
  type RunOptions,
  runClean,
} from './clean-workplace.ts';

requires('docker-registry', 'images are removed through GitHub from a registry that removes nothing');

let registry: TestRegistry;
let ghcr: Ghcr;
let images: ImagePackage;
let of: FakePackage;
let name: string;
let image: string;
let count = 0;

beforeAll(async () => {
  registry = await startRegistry();
}, 30_000);
afterAll(async () => await registry?.stop());
beforeEach(async () => {
  ghcr = await startGhcr(registry.host);
  name = `octo-org/shop/web-${++count}`;
  image = `${ghcr.host}/${name}`;
  images = await ghcr.images(name);
  of = ghcr.packageOf(name);
});
afterEach(async () => await ghcr?.close());

const YOUNG = '2026-11-03T00:00:00Z';
const OLD = '2026-12-01T00:00:00Z';

const clean = (
  options: RunOptions & { readonly inputs?: Readonly<Record<string, string>>; images?: ImagePackage } = {},
): Promise<Ran> =>
  runClean(
    { image, ...options.inputs },
    { now: OLD, ...options, imagePackages: { [image]: options.images ?? images } },
  );

/** The digests that are left, of all that GitHub lists and the registry has. */
const left = () => of.versions.map(({ digest }) => digest).sort();
const all = (...made: readonly Assembled[]) => [...new Set(made.flatMap(digestsOf))].sort();

async function leftover(salt = 'never assembled'): Promise<Digest> {
  const made = await makeTestImage({ salt });
  await pushMadeImage(parseRepository(image), made);
  return made.digest;
}

describe('a run', () => {
  test('removes tags of branches that are gone, and images that nothing needs once they are old', async () => {
    const main = await push(image, await assembled('main'));
    await push(image, main, 'latest');
    const gone = await push(image, await assembled('feature/gone', [main.images[0]!]));
    const unused = await leftover();

    const young = await clean({ now: YOUNG });
    expect([young.message, young.exitCode]).toEqual(['', 0]);
    // The index goes with its tag, whatever its age.
    expect(young.outputs).toMatchObject({
      'deleted-tags': '1',
      'deleted-manifests': '1',
      kept: '2',
      status: 'cleaned',
    });
    expect(left()).toEqual([...all(main), gone.images[1]!.digest, unused].sort());
    expect(young.lines).toContain(
      `info:   note: ${image}: 2 images without a tag are younger than 'older-than' and stay`,
    );

    const old = await clean();
    expect(old).toMatchObject({ exitCode: 0, outputs: { 'deleted-tags': '0', 'deleted-manifests': '2' } });
    expect(left()).toEqual(all(main));
    expect(await tagsOf(image)).toEqual([main.tag, 'latest'].sort());
    expect(await existing(image, digestsOf(main))).toEqual(digestsOf(main));
    expect(await clean()).toMatchObject({ exitCode: 0, outputs: { status: 'nothing' } });
    expect(ghcr.removals()).toHaveLength(3);
  });

  test('that is dry removes nothing', async () => {
    await push(image, await assembled('main'));
    const gone = await push(image, await assembled('feature/gone'));
    const ran = await clean({ inputs: { 'dry-run': 'offline' } });
    expect(ran).toMatchObject({
      exitCode: 0,
      outputs: { status: 'planned', 'deleted-tags': '1', 'deleted-manifests': '3' },
    });
    expect(ran.lines).toContain(`info:   delete tag ${image}:${gone.tag} (branch 'feature/gone' is gone)`);
    expect(ghcr.removals()).toEqual([]);
  });

  test('finds what is on later pages', async () => {
    await push(image, await assembled('main'));
    const gone = await push(image, await assembled('feature/gone'));
    for (let n = 0; n < 120; n++) {
      await pushTestManifest(parseRepository(image), makeTestIndex([], { annotations: { n: String(n) } }));
    }
    const ran = await clean({ inputs: { untagged: 'false' } });
    expect(ran).toMatchObject({ exitCode: 0, outputs: { 'deleted-tags': '1', 'deleted-manifests': '1' } });
    expect(left()).not.toContain(gone.index.digest);
    expect(left()).toHaveLength(125);
  });

  test('for one branch removes what belongs to it, and no other leftover', async () => {
    const main = await push(image, await assembled('main'));
    await push(image, await assembled('feature/gone'));
    const unused = await leftover();
    const ran = await clean({ event: { kind: 'branch-deleted', branch: 'feature/gone' } });
    expect(ran).toMatchObject({ exitCode: 0, outputs: { 'deleted-tags': '1', 'deleted-manifests': '3' } });
    expect(left()).toEqual([...all(main), unused].sort());
  });

  test('removes what is about an image with it', async () => {
    const main = await push(image, await assembled('main'));
    const gone = await push(image, await assembled('feature/gone'));
    const target = parseRepository(image);
    const kept: Digest[] = [];
    for (const what of [main, gone]) {
      const about = await makeTestImage({
        salt: `about ${what.tag}`,
        subject: { ...what.index, size: what.index.bytes.length },
      });
      await pushMadeImage(target, about);
      const fallback = makeTestIndex([about.descriptor]);
      await pushTestManifest(target, fallback, what.index.digest.replace(':', '-'));
      if (what === main) kept.push(about.digest, fallback.digest);
    }
    const ran = await clean();
    expect(ran).toMatchObject({ exitCode: 0, outputs: { 'deleted-tags': '2', 'deleted-manifests': '5' } });
    expect(left()).toEqual([...all(main), ...kept].sort());
  });

  test('has nothing to do in a package that does not exist', async () => {
    ghcr.api.packages.length = 0;
    expect(await clean()).toMatchObject({ exitCode: 0, outputs: { status: 'nothing' } });
  });
});

describe('what stays', () => {
  test('is an image with a tag that stays: it keeps all its tags, and the report says why', async () => {
    const gone = await push(image, await assembled('feature/gone'));
    await push(image, gone, '1.0.0');
    const ran = await clean();
    expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'nothing', kept: '2' } });
    expect(ran.report).toContain('GitHub removes no tag without its image, which is still needed');
    expect(of.versions.find(({ digest }) => digest === gone.index.digest)?.tags).toEqual([gone.tag, '1.0.0']);
  });

  test('is an index that another index has, with its tag', async () => {
    const gone = await push(image, await assembled('feature/gone'));
    const outer = makeTestIndex([
      { mediaType: gone.index.mediaType, digest: gone.index.digest, size: gone.index.bytes.length },
    ]);
    await pushTestManifest(parseRepository(image), outer, 'all');
    expect(await clean()).toMatchObject({ exitCode: 0, outputs: { status: 'nothing', kept: '2' } });
  });

  test('is what was tagged or pushed again not long ago, though it was made long ago', async () => {
    await push(image, await assembled('main'));
    const unused = await leftover();
    ghcr.now = '2026-11-30T00:00:00Z';
    await leftover();
    expect(await clean()).toMatchObject({ outputs: { status: 'nothing' } });
    expect(left()).toContain(unused);
  });

  test('is the last version with a tag, which GitHub does not remove, with all that it needs; the run does not fail', async () => {
    const gone = await push(image, await assembled('feature/gone'));
    const ran = await clean();
    expect(ran).toMatchObject({ exitCode: 0, outputs: { 'deleted-tags': '0', 'deleted-manifests': '0', kept: '1' } });
    expect(ran.report).toContain('You cannot delete the last tagged version of a package');
    expect(left()).toEqual(all(gone));
  });

  test('is a public index without a tag that was downloaded too often, with its entries', async () => {
    const main = await push(image, await assembled('main'));
    of.isPublic = true;
    const old = await assembled('was main');
    for (const one of old.images) await pushMadeImage(parseRepository(image), one);
    await pushTestManifest(parseRepository(image), old.index);
    of.versions.find(({ digest }) => digest === old.index.digest)!.downloads = 5001;
    const ran = await clean();
    expect(ran).toMatchObject({ exitCode: 0, outputs: { 'deleted-manifests': '0' } });
    expect(ran.report).toContain('more than 5000 downloads');
    expect(left()).toEqual(all(main, old));
  });

  test('is what an index needs that GitHub does not list', async () => {
    const inner = await assembled('inner');
    for (const one of inner.images) await pushMadeImage(parseRepository(image), one);
    await pushTestManifest(parseRepository(image), inner.index);
    const outer = makeTestIndex([
      { mediaType: inner.index.mediaType, digest: inner.index.digest, size: inner.index.bytes.length },
    ]);
    await pushTestManifest(parseRepository(image), outer, 'outer');
    // A version that is removed while pages are read moves another one out of sight: here of a tag, there of an index.
    const hide = (...hidden: readonly Digest[]): ImagePackage => ({
      ...images,
      versions: async function* () {
        for await (const version of images.versions()) if (!hidden.includes(version.digest as Digest)) yield version;
      },
    });
    const both = [outer.digest, inner.index.digest];
    for (const hidden of [[outer.digest], [inner.index.digest], both]) {
      const ran = await clean({ images: hide(...hidden) });
      expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'nothing' } });
    }
    expect(left()).toEqual([...all(inner), outer.digest].sort());
    // Nor is anything removed that is due and not listed: the next run does it.
    const gone = await push(image, await assembled('feature/gone'));
    expect(await clean({ images: hide(gone.index.digest) })).toMatchObject({ outputs: { status: 'nothing' } });
    expect(await clean()).toMatchObject({ outputs: { 'deleted-tags': '1', 'deleted-manifests': '3' } });
  });
});

describe('a run fails', () => {
  test('without the role of an administrator, and says where to give it; GitHub is asked once', async () => {
    const main = await push(image, await assembled('main'));
    const gone = [await push(image, await assembled('gone-one')), await push(image, await assembled('gone-two'))];
    of.access = 'read';
    const ran = await clean();
    expect(ran).toMatchObject({ exitCode: 1, outputs: {} });
    expect(ran.message).toMatch(
      /cannot be removed: GitHub answered 404.*packages: write.*'Admin'.*'Manage Actions access'/s,
    );
    expect(ghcr.removals()).toHaveLength(1);
    expect(left()).toEqual(all(main, ...gone));
  });

  test('where GitHub shows no package and the registry has tags', async () => {
    await push(image, await assembled('main'));
    of.access = 'none';
    const ran = await clean();
    expect(ran).toMatchObject({ exitCode: 1, message: expect.stringMatching(/cannot be listed.*'Admin'/s) });
  });

  test('where an image that is listed cannot be read: nobody knows what it needs', async () => {
    const main = await push(image, await assembled('main'));
    of.versions.unshift({ ...of.versions[0]!, id: 7, digest: `sha256:${'0'.repeat(64)}`, tags: [] });
    const ran = await clean();
    expect(ran).toMatchObject({
      exitCode: 1,
      message: expect.stringMatching(/^Nothing is removed from .*no such manifest/s),
    });
    expect(await existing(image, digestsOf(main))).toEqual(digestsOf(main));
  });

  test('where the requests are used up, and says when to go on', async () => {
    await push(image, await assembled('main'));
    ghcr.api.refuse = { status: 403, message: 'API rate limit exceeded', headers: { 'x-ratelimit-remaining': '0' } };
    const ran = await clean();
    expect(ran).toMatchObject({ exitCode: 1, message: expect.stringContaining('Run again in an hour') });
  });
});

describe('right before a removal', () => {
  const D = `sha256:${'d'.repeat(64)}` as Digest;
  const E = `sha256:${'e'.repeat(64)}` as Digest;
  const version = (id: number, digest: Digest, tags: string[]): PackageVersion => ({
    id,
    digest,
    tags,
    changedAt: new Date(0),
  });

  /** A store whose package is listed in one way, and is in another by the time of the removal. */
  function storeOf(
    listed: readonly PackageVersion[],
    now: readonly PackageVersion[],
    resolved: Record<string, Digest> = {},
  ) {
    const removed: number[] = [];
    const store = openGhcrStore(
      { registry: 'ghcr.io', path: 'acme/shop' },
      {
        versions: async function* () {
          yield* listed;
        },
        version: async (id) => now.find((one) => one.id === id),
        remove: async (id) => {
          removed.push(id);
          return { removed: true };
        },
      },
      {
        registry: { resolve: async (_: unknown, tag: string) => resolved[tag] } as unknown as Registry,
        signal: new AbortController().signal,
        parallel: 1,
      },
    );
    return { store, removed };
  }
  const target = (tag: string, digest = D) => ({ tag: tag as Tag, digest });

  test.each<[string, PackageVersion[], Record<string, Digest>, object[], number[]]>([
    [
      'has its tags still: it goes once, with both',
      [version(1, D, ['a', 'b'])],
      {},
      [{ outcome: 'removed' }, { outcome: 'removed' }],
      [1],
    ],
    [
      'has another tag by now: it stays',
      [version(1, D, ['a', 'b', 'latest'])],
      {},
      Array(2).fill({ outcome: 'kept', why: expect.stringContaining("'latest'") }),
      [],
    ],
    [
      'has lost a tag to another image: only the other tag goes',
      [version(1, D, ['a']), version(2, E, ['b'])],
      { b: E },
      [{ outcome: 'removed' }, { outcome: 'kept', why: 'it was pushed again in the meantime' }],
      [1],
    ],
    [
      'has no tag any more: it stays for now',
      [version(1, D, [])],
      {},
      [{ outcome: 'removed' }, { outcome: 'removed' }],
      [],
    ],
    ['is gone: so are its tags', [], {}, [{ outcome: 'removed' }, { outcome: 'removed' }], []],
  ])('a version %s', async (_, now, resolved, outcomes, removals) => {
    const { store, removed } = storeOf([version(1, D, ['a', 'b'])], now, resolved);
    expect(await store.removeTags([target('a'), target('b')])).toEqual(outcomes);
    expect(removed).toEqual(removals);
  });

  test('an image without a tag that got one stays', async () => {
    const { store, removed } = storeOf([version(1, D, ['latest']), version(2, E, [])], []);
    expect(await store.removeManifests([D, E])).toEqual([
      { outcome: 'kept', why: expect.stringContaining("'latest'") },
      { outcome: 'removed' },
    ]);
    expect(removed).toEqual([2]);
  });
});
