import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Digest } from '../../../lib/registry/digest.ts';
import { parseRepository } from '../../../lib/registry/reference.ts';
import { registryIsPresent, startRegistry, type TestRegistry } from '../../support/registry.ts';
import { requires } from '../../support/requires.ts';
import { makeTestImage, makeTestIndex, pushMadeImage, pushTestManifest } from '../../support/test-image.ts';
import { buildAndTest, digestAt, ON_MAIN, runAssemble, tagsOf } from './assemble-workplace.ts';
import {
  type Assembled,
  assembled,
  type Doorway,
  digestsOf,
  existing,
  type Fate,
  openDoorway,
  push,
  runClean,
  SOURCE,
  tagOf,
} from './clean-workplace.ts';

const { test: testWithGo } = requires('go-registry', 'referrers are found by their API');
const { test: testWithRegistry } = requires('docker-registry', 'images are removed from a real registry');

let registry: TestRegistry;
let proxy: Doorway;
let workspace: string;
let number = 0;
/** A repository of its own for each test; by the proxy, and past it. */
let image: string;
let direct: string;

beforeAll(async () => {
  workspace = mkdtempSync(path.join(os.tmpdir(), 'headgate-clean-'));
  if (!registryIsPresent('distribution')) return;
  registry = await startRegistry();
});
afterAll(async () => {
  await registry?.stop();
  rmSync(workspace, { recursive: true, force: true });
});
beforeEach(async () => {
  if (registry === undefined) return;
  number++;
  proxy = await openDoorway(registry.host);
  image = `${proxy.host}/acme/shop-${number}`;
  direct = `${registry.host}/acme/shop-${number}`;
});
afterEach(async () => await proxy?.close());

async function shop(): Promise<{ main: Assembled; gone: Assembled }> {
  const main = await push(direct, await assembled('main'));
  const [amd64] = main.images;
  return { main, gone: await push(direct, await assembled('feature/gone', [amd64!])) };
}

describe('a run', () => {
  testWithRegistry(
    'removes the tag of a branch that is gone with its images, and nothing that another tag has',
    async () => {
      const { main, gone } = await shop();
      const alive = await push(direct, await assembled('alive'));
      await push(direct, main, 'latest');
      await push(direct, await assembled('by hand'), '1.0.0');
      const foreign = await assembled('gone too');
      await push(direct, foreign, tagOf('gone too', 'github.com/acme/other'));

      const ran = await runClean({ image }, { branches: ['main', 'alive'] });
      expect([ran.message, ran.exitCode]).toEqual(['', 0]);
      expect(ran.outputs).toMatchObject({
        'deleted-tags': '1',
        'deleted-manifests': '2',
        kept: '5',
        status: 'cleaned',
      });
      expect(await tagsOf(direct)).toEqual(
        [main.tag, alive.tag, 'latest', '1.0.0', tagOf('gone too', 'github.com/acme/other')].sort(),
      );
      expect(await existing(direct, digestsOf(gone))).toEqual([gone.images[0]!.digest]);
      for (const stays of [main, alive, foreign]) {
        expect(await existing(direct, digestsOf(stays))).toEqual(digestsOf(stays));
      }
      expect(ran.report).toContain(gone.tag);

      const second = await runClean({ image }, { branches: ['main', 'alive'] });
      expect(second).toMatchObject({ exitCode: 0, outputs: { status: 'nothing', 'deleted-tags': '0', kept: '5' } });
    },
  );

  testWithRegistry("removes what 'assemble' made for a branch, when that is gone", async () => {
    const made: Digest[][] = [];
    for (const branch of ['main', 'feature/ä']) {
      const records = mkdtempSync(path.join(workspace, 'assemble-'));
      const images = await buildAndTest(records, direct, undefined, { salt: branch });
      const surroundings = { ...ON_MAIN, event: { kind: 'branch-pushed', branch } as const };
      const ran = await runAssemble({ image: direct, tags: '{branch}' }, { workspace: records, surroundings });
      expect([ran.message, ran.exitCode]).toEqual(['', 0]);
      made.push([ran.outputs.digest as Digest, ...images.map(({ digest }) => digest)]);
    }
    const [ofMain = [], ofBranch = []] = made;
    expect(await runClean({ image }, { branches: ['main', 'feature/ä'] })).toMatchObject({
      outputs: { status: 'nothing' },
    });
    const ran = await runClean({ image });
    expect(ran).toMatchObject({ exitCode: 0, outputs: { 'deleted-tags': '1', 'deleted-manifests': '3', kept: '1' } });
    expect(await existing(direct, [...ofMain, ...ofBranch])).toEqual(ofMain);
    expect(await tagsOf(direct)).toEqual([tagOf('main')]);
  });

  testWithRegistry('that is dry says what it would remove, with the reasons, and writes nothing', async () => {
    const { main, gone } = await shop();
    const ran = await runClean({ image, 'dry-run': 'offline' });
    expect(ran).toMatchObject({
      exitCode: 0,
      outputs: { status: 'planned', 'deleted-tags': '1', 'deleted-manifests': '2', kept: '1' },
    });
    expect(ran.lines).toContain(`info:   delete tag ${image}:${gone.tag} (branch 'feature/gone' is gone)`);
    expect(ran.report).toContain('of a protected branch');
    expect(proxy.writes()).toEqual([]);
    expect(await tagsOf(direct)).toEqual([main.tag, gone.tag].sort());
  });

  testWithRegistry('removes only tags where images are not asked for', async () => {
    const { main, gone } = await shop();
    const ran = await runClean({ image, untagged: 'false' });
    expect(ran).toMatchObject({ exitCode: 0, outputs: { 'deleted-tags': '1', 'deleted-manifests': '0' } });
    expect(await tagsOf(direct)).toEqual([main.tag]);
    expect(await existing(direct, digestsOf(gone))).toEqual(digestsOf(gone));
  });

  testWithRegistry(
    'removes what is about an image with it: referrers, their fallback tag, and signatures',
    async () => {
      const { main, gone } = await shop();
      const target = parseRepository(direct);
      const about = async (what: Assembled) => {
        const made = await makeTestImage({
          salt: `about ${what.tag}`,
          subject: { ...what.index, size: what.index.bytes.length },
        });
        await pushMadeImage(target, made);
        const fallback = what.index.digest.replace(':', '-');
        await pushTestManifest(target, makeTestIndex([made.descriptor]), fallback);
        const signature = await makeTestImage({ salt: `signature ${what.tag}` });
        await pushMadeImage(target, signature, `${fallback}.sig`);
        return { digests: [made.digest, signature.digest], tags: [fallback, `${fallback}.sig`] };
      };
      const ofMain = await about(main);
      const ofGone = await about(gone);

      const ran = await runClean({ image });
      expect([ran.message, ran.exitCode]).toEqual(['', 0]);
      expect(await tagsOf(direct)).toEqual([main.tag, ...ofMain.tags].sort());
      expect(await existing(direct, [...ofMain.digests, ...ofGone.digests])).toEqual(ofMain.digests);
      expect(await runClean({ image })).toMatchObject({ outputs: { status: 'nothing' } });
    },
  );

  testWithRegistry('works in the repositories of copy-to, too', async () => {
    const { gone } = await shop();
    const copy = `${direct}-copy`;
    await push(copy, gone);
    await push(copy, await assembled('main'));
    const ran = await runClean({ image, 'copy-to': copy });
    expect(ran).toMatchObject({ exitCode: 0, outputs: { 'deleted-tags': '2', 'deleted-manifests': '4' } });
    expect(await existing(copy, digestsOf(gone))).toEqual([gone.images[0]!.digest]);
  });

  testWithRegistry('keeps what a pattern of keep names', async () => {
    const { main, gone } = await shop();
    expect(await runClean({ image, keep: 'feature-*' })).toMatchObject({ exitCode: 0, outputs: { status: 'nothing' } });
    expect(await tagsOf(direct)).toEqual([main.tag, gone.tag].sort());
  });

  testWithRegistry('of a repository without images has nothing to do', async () => {
    expect(await runClean({ image })).toMatchObject({ exitCode: 0, outputs: { status: 'nothing', kept: '0' } });
  });
});

describe('the deletion of a branch', () => {
  testWithRegistry('removes what belongs to this branch and nothing else', async () => {
    const { main, gone } = await shop();
    const other = await push(direct, await assembled('other'));
    const ran = await runClean({ image }, { event: { kind: 'branch-deleted', branch: 'feature/gone' } });
    expect(ran).toMatchObject({ exitCode: 0, outputs: { 'deleted-tags': '1', 'deleted-manifests': '2' } });
    expect(await tagsOf(direct)).toEqual([main.tag, other.tag].sort());
    expect(await existing(direct, digestsOf(gone))).toEqual([gone.images[0]!.digest]);
  });

  testWithRegistry('removes nothing when the branch is there again', async () => {
    const { main, gone } = await shop();
    const ran = await runClean(
      { image },
      { event: { kind: 'branch-deleted', branch: 'feature/gone' }, branches: ['main', 'feature/gone'] },
    );
    expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'nothing' } });
    expect(await tagsOf(direct)).toEqual([main.tag, gone.tag].sort());
  });

  testWithRegistry('that a person names needs no list of branches', async () => {
    const { main } = await shop();
    const ran = await runClean({ image, branch: 'feature/gone' }, { branches: [] });
    expect(ran).toMatchObject({ exitCode: 0, outputs: { 'deleted-tags': '1' } });
    expect(await tagsOf(direct)).toEqual([main.tag]);
  });
});

describe('nothing is removed', () => {
  testWithRegistry('when the list of branches is empty or lacks the default branch', async () => {
    const { main, gone } = await shop();
    for (const branches of [[], ['feature/a']]) {
      const ran = await runClean({ image }, { branches });
      expect(ran).toMatchObject({
        exitCode: 1,
        message: expect.stringMatching(/^Nothing is removed, because the list/),
      });
    }
    expect(proxy.writes()).toEqual([]);
    expect(await tagsOf(direct)).toEqual([main.tag, gone.tag].sort());
  });

  testWithRegistry('when a manifest cannot be read, because nobody knows what it needs', async () => {
    const { main, gone } = await shop();
    for (const status of [403, 404, 500]) {
      proxy.decide = ({ path }) => (path.endsWith(`/manifests/${main.tag}`) ? status : 'pass');
      const ran = await runClean({ image });
      expect(ran).toMatchObject({
        exitCode: 1,
        message: expect.stringContaining(
          `Nothing is removed from ${image}, because the tag '${main.tag}' cannot be read`,
        ),
      });
    }
    expect(proxy.writes()).toEqual([]);
    expect(await tagsOf(direct)).toEqual([main.tag, gone.tag].sort());
  });

  testWithRegistry('when more is due than max-deletions; the report lists it', async () => {
    const { gone } = await shop();
    const ran = await runClean({ image, 'max-deletions': '2' });
    expect(ran).toMatchObject({
      exitCode: 1,
      message: expect.stringContaining('1 tags and 2 images and indexes are due'),
    });
    expect(ran.report).toContain(gone.index.digest);
    expect(proxy.writes()).toEqual([]);
  });

  testWithRegistry('anywhere, when one of the registries removes nothing', async () => {
    const { gone } = await shop();
    const fixed = await startRegistry({ deletes: false });
    try {
      const copy = `${fixed.host}/acme/shop`;
      await push(copy, gone);
      const ran = await runClean({ image, 'copy-to': copy });
      expect(ran).toMatchObject({ exitCode: 1, message: expect.stringContaining('storage.delete.enabled') });
      expect(proxy.writes().filter((line) => !line.startsWith('DELETE '))).toEqual([]);
      expect(await existing(direct, digestsOf(gone))).toEqual(digestsOf(gone));
      expect(await tagsOf(copy)).toEqual([gone.tag]);
      expect(await existing(copy, digestsOf(gone))).toEqual(digestsOf(gone));
    } finally {
      await fixed.stop();
    }
  });

  test.each<[string, Record<string, string>, Parameters<typeof runClean>[1], number, string]>([
    ['of the default branch', { branch: 'main' }, {}, 1, "Branch 'main' is the default branch"],
    [
      'of a protected branch',
      { branch: 'release/1', protected: 'release/*' },
      {},
      1,
      "Branch 'release/1' is named by 'protected'",
    ],
    [
      'of a protected branch by an event',
      {},
      { event: { kind: 'branch-deleted', branch: 'master' } },
      1,
      "named by 'protected'",
    ],
    [
      'when inputs contradict each other',
      { branches: 'false', branch: 'a' },
      {},
      2,
      "input 'branches': is 'false', but",
    ],
    ['when a repository is named twice', { 'copy-to': '127.0.0.1:1/acme/shop' }, {}, 2, 'is named twice'],
    ['when the name of the branch is none', { branch: 'a..b' }, {}, 2, 'is not a branch name'],
  ])('%s', async (_, inputs, options, exitCode, message) => {
    const ran = await runClean({ image: '127.0.0.1:1/acme/shop', ...inputs }, options);
    expect(ran).toMatchObject({ exitCode, message: expect.stringContaining(message) });
  });

  test('by the pull request of a fork', async () => {
    const event = { kind: 'pull-request', action: 'closed', number: 7, branch: 'a', sameRepository: false } as const;
    const ran = await runClean({ image: '127.0.0.1:1/acme/shop' }, { event });
    expect(ran).toMatchObject({ exitCode: 0, outputs: { status: 'skipped' } });
  });
});

describe('what is pushed meanwhile', () => {
  /** Does something right before the first request that may change something. */
  function beforeTheFirstWrite(work: () => Promise<unknown>): void {
    let done: Promise<unknown> | undefined;
    proxy.decide = async ({ isWrite }): Promise<Fate> => {
      if (isWrite) {
        done ??= work();
        await done;
      }
      return 'pass';
    };
  }

  testWithRegistry('to the same tag stays whole, with the entries that it shares with the old one', async () => {
    const { gone } = await shop();
    const [, arm64] = gone.images;
    const renewed = { ...(await assembled('feature/new', [arm64!])), tag: gone.tag };
    beforeTheFirstWrite(() => push(direct, renewed));
    const ran = await runClean({ image });
    expect([ran.message, ran.exitCode]).toEqual(['', 0]);
    expect(ran.outputs).toMatchObject({ 'deleted-tags': '0', 'deleted-manifests': '1' });
    expect(ran.report).toContain('it was pushed again in the meantime');
    expect(await digestAt(direct, gone.tag)).toBe(renewed.index.digest);
    expect(await existing(direct, digestsOf(renewed))).toEqual(digestsOf(renewed));
    expect(await existing(direct, [gone.index.digest])).toEqual([]);
  });

  testWithRegistry('to another tag keeps what that needs', async () => {
    const { gone } = await shop();
    beforeTheFirstWrite(() => push(direct, gone, 'promoted'));
    const ran = await runClean({ image });
    expect(ran).toMatchObject({ exitCode: 0, outputs: { 'deleted-tags': '1', 'deleted-manifests': '0' } });
    expect(await digestAt(direct, 'promoted')).toBe(gone.index.digest);
    expect(await digestAt(direct, gone.tag)).toBeUndefined();
    expect(await existing(direct, digestsOf(gone))).toEqual(digestsOf(gone));
  });
});

describe('a run that ends in between', () => {
  testWithRegistry(
    'leaves every tag that stays whole, and the next run ends where it would have',
    async () => {
      const ends: string[] = [];
      // As often as a whole run writes, with and without the answer to the last write getting lost.
      for (let stop = 1; ; stop++) {
        const name = `${registry.host}/acme/ended-${number}-${stop}`;
        const throughProxy = name.replace(registry.host, proxy.host);
        const main = await push(name, await assembled('main'));
        const gone = await push(name, await assembled('feature/gone', [main.images[0]!]));
        let writes = 0;
        proxy.decide = ({ method }) => {
          if (method !== 'GET' && method !== 'HEAD') writes++;
          if (writes < stop) return 'pass';
          return writes === stop && stop % 2 === 0 && method !== 'GET' && method !== 'HEAD'
            ? 'pass-then-reset'
            : 'reset';
        };
        const broken = await runClean({ image: throughProxy });
        proxy.decide = () => 'pass';
        expect(await existing(name, digestsOf(main))).toEqual(digestsOf(main));
        expect(await digestAt(name, main.tag)).toBe(main.index.digest);

        const next = await runClean({ image: throughProxy });
        expect([next.message, next.exitCode]).toEqual(['', 0]);
        expect(await tagsOf(name)).toEqual([main.tag]);
        expect(await existing(name, digestsOf(gone))).toEqual([main.images[0]!.digest]);
        expect(await runClean({ image: throughProxy })).toMatchObject({ exitCode: 0, outputs: { status: 'nothing' } });
        ends.push(`${broken.exitCode}`);
        if (broken.exitCode === 0) break;
      }
      expect(ends.length).toBeGreaterThan(6);
    },
    60_000,
  );

  testWithRegistry(
    'by SIGKILL is gone on with, too',
    async () => {
      const { main, gone } = await shop();
      for (const stop of [3, 5]) {
        const killed = cleanAsProcess(['--branch=feature/gone', `--image=${image}`]);
        let writes = 0;
        proxy.decide = ({ isWrite }) => {
          if (isWrite) writes++;
          if (writes < stop) return 'pass';
          killed.kill('SIGKILL');
          return 'reset';
        };
        expect(await ended(killed)).toMatchObject({ how: 'SIGKILL' });
        proxy.decide = () => 'pass';
        expect(await existing(direct, digestsOf(main))).toEqual(digestsOf(main));
      }
      const next = await ended(cleanAsProcess([`--branch=feature/gone`, `--image=${image}`]));
      expect(next.how === 0 ? '' : next.said).toBe('');
      expect(await tagsOf(direct)).toEqual([main.tag]);
      expect(await existing(direct, digestsOf(gone))).toEqual([main.images[0]!.digest]);
    },
    60_000,
  );
});

describe('a registry with the referrers API that removes tags itself', () => {
  testWithGo('loses the same, and what is about it', async () => {
    const other = await startRegistry({ kind: 'go' });
    try {
      const name = `${other.host}/acme/shop`;
      const main = await push(name, await assembled('main'));
      const gone = await push(name, await assembled('feature/gone', [main.images[0]!]));
      const about: Digest[] = [];
      for (const { index } of [main, gone]) {
        const subject = { mediaType: index.mediaType, digest: index.digest, size: index.bytes.length };
        const made = await makeTestImage({ salt: `about ${index.digest}`, subject });
        await pushMadeImage(parseRepository(name), made);
        about.push(made.digest);
      }
      const ran = await runClean({ image: name });
      expect([ran.message, ran.exitCode]).toEqual(['', 0]);
      expect(ran.outputs).toMatchObject({ 'deleted-tags': '1', 'deleted-manifests': '3', kept: '1' });
      expect(await tagsOf(name)).toEqual([main.tag]);
      expect(await existing(name, [...digestsOf(gone), ...about])).toEqual([main.images[0]!.digest, about[0]]);
      expect(await existing(name, digestsOf(main))).toEqual(digestsOf(main));
      expect(await runClean({ image: name })).toMatchObject({ exitCode: 0, outputs: { status: 'nothing' } });
    } finally {
      await other.stop();
    }
  });
});

/** The operation from the command line, in a process of its own. */
function cleanAsProcess(flags: readonly string[]): ChildProcess {
  const main = path.resolve(import.meta.dirname, '../../../actions/main.ts');
  const script = `import(${JSON.stringify(pathToFileURL(main).href)}).then(({ start }) => start())`;
  // The first word stands where Node has the name of a script.
  const words = ['headgate', 'multi-arch-image', 'clean', '--default-branch=main', `--repository=${SOURCE}`, ...flags];
  return spawn(process.execPath, ['--input-type=module', '--eval', script, '--', ...words], {
    cwd: workspace,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, HEADGATE_HOST: 'terminal' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** The exit code of a process or the signal that ended it, and what it said. */
async function ended(child: ChildProcess): Promise<{ how: number | string; said: string }> {
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { how: signal ?? code ?? -1, said };
}
