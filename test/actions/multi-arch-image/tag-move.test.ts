import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { moveTags, type TagMove, TagsNotMoved } from '../../../actions/multi-arch-image/tag-move.ts';
import { type Digest, digestOf } from '../../../lib/registry/digest.ts';
import type { StoredManifest } from '../../../lib/registry/manifest.ts';
import { parseRepository, type Repository, type Tag } from '../../../lib/registry/reference.ts';
import { memoryHost } from '../../support/memory-host.ts';
import { makeTestImage, makeTestIndex } from '../../support/test-image.ts';

// The registry is a map here, so that thousands of faults can be tried; assemble-put-back.test.ts has real ones.

const index = makeTestIndex([(await makeTestImage()).descriptor]);
const olds = await Promise.all(['a', 'b'].map(async (salt) => (await makeTestImage({ salt })).stored));
const manifests = new Map<Digest, StoredManifest>([index, ...olds].map((stored) => [stored.digest, stored]));
const foreign = digestOf('of another run');

/** What becomes of one call: it works, fails, fails after it was done, or another run comes before it. */
type Luck = 'works' | 'fails' | 'fails after' | 'other run';

const key = ({ registry, path }: Repository, tag: string) => `${registry}/${path}:${tag}`;

/** Registries in memory. After as many calls as there are kinds of luck, all work. */
function registriesIn(tags: Map<string, Digest>, luck: readonly Luck[]) {
  const left = [...luck];
  const call = (of: string, act: () => void = () => {}) => {
    const kind = left.shift() ?? 'works';
    if (kind === 'other run') tags.set(of, foreign);
    if (kind === 'fails') throw new Error('It is down');
    act();
    if (kind === 'fails after') throw new Error('No answer');
  };
  return {
    registry: {
      manifest: async (_: Repository, reference: Tag | Digest) => manifests.get(reference as Digest),
      resolve: async (repository: Repository, tag: Tag | Digest) => {
        call(key(repository, tag));
        return tags.get(key(repository, tag));
      },
      putManifest: async (repository: Repository, stored: StoredManifest, tag?: Tag) => {
        const name = key(repository, tag ?? '');
        call(name, () => tags.set(name, stored.digest));
      },
    },
    removeTag: async (repository: Repository, tag: Tag) => {
      const name = key(repository, tag);
      call(name, () => tags.delete(name));
    },
  };
}

const repositories = ['a.example/x', 'b.example/x', 'c.example/x'].map(parseRepository);
const moves = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...repositories), fc.constantFrom('latest', 'new', '1.0')), {
    selector: ([repository, tag]) => key(repository, tag),
    minLength: 1,
    maxLength: 6,
  })
  .chain((names) =>
    fc.tuple(
      ...names.map(([repository, tag]) =>
        fc
          .constantFrom(undefined, olds[0]?.digest, olds[1]?.digest, index.digest)
          .map((before): TagMove => ({ repository, tag: tag as Tag, before })),
      ),
    ),
  );

const standingOf = (of: readonly TagMove[]) =>
  new Map(of.flatMap(({ repository, tag, before }) => (before === undefined ? [] : [[key(repository, tag), before]])));

async function attempt(of: readonly TagMove[], luck: readonly Luck[], signal = new AbortController().signal) {
  const host = memoryHost();
  const tags = standingOf(of);
  const { registry, removeTag } = registriesIn(tags, luck);
  try {
    await moveTags({ registry, removeTag, index, moves: of, signal, log: host.log });
    return { tags };
  } catch (error) {
    if (!(error instanceof TagsNotMoved)) throw error;
    return { tags, standings: error.standings };
  } finally {
    host.remove();
  }
}

describe('moving tags', () => {
  test('moves all of them', async () => {
    await fc.assert(
      fc.asyncProperty(moves, async (of) => {
        const { tags, standings } = await attempt(of, []);
        expect(standings).toBeUndefined();
        expect([...tags.values()].every((digest) => digest === index.digest)).toBe(true);
        expect(tags.size).toBe(of.length);
      }),
    );
  });

  test('whichever call fails first, done or not, everything is as before', async () => {
    const failure = fc.constantFrom<Luck>('fails', 'fails after');
    await fc.assert(
      fc.asyncProperty(moves, fc.nat(12), failure, async (of, calls, kind) => {
        const { tags, standings } = await attempt(of, [...Array<Luck>(calls).fill('works'), kind]);
        if (standings === undefined) expect([...tags.values()].every((digest) => digest === index.digest)).toBe(true);
        else expect(tags).toEqual(standingOf(of));
      }),
      { numRuns: 300 },
    );
  });

  test('whatever fails, also while putting back, what is said of each tag is true', async () => {
    const luck = fc.constantFrom<Luck>('works', 'works', 'works', 'fails', 'fails after', 'other run');
    await fc.assert(
      fc.asyncProperty(moves, fc.array(luck, { maxLength: 30 }), async (of, kinds) => {
        const { tags, standings } = await attempt(of, kinds);
        if (standings === undefined) return;
        const pending = of.filter(({ before }) => before !== index.digest);
        expect(standings).toHaveLength(pending.length);
        for (const { repository, tag, before, state } of standings) {
          const now = tags.get(key(repository, tag));
          // Another run may come after the last look; what is said is what that look saw.
          if (now === foreign) continue;
          if (state === 'as before') expect(now).toBe(before);
          if (state === 'moved') expect([index.digest, before]).toContain(now);
          expect(state).not.toBe('foreign');
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a tag of another run is never overwritten once it was seen', async () => {
    await fc.assert(
      fc.asyncProperty(moves, fc.nat(5), async (of, calls) => {
        // A look is every second call: it sees what the other run did right before it.
        const kinds = [...Array<Luck>(calls * 2).fill('works'), 'other run' as const];
        const { tags, standings } = await attempt(of, kinds);
        const theirs = [...tags.values()].filter((digest) => digest === foreign).length;
        const seen = standings?.filter(({ state }) => state === 'foreign').length ?? 0;
        expect(theirs).toBe(seen);
      }),
    );
  });

  test('a cancelled run moves nothing', async () => {
    await fc.assert(
      fc.asyncProperty(moves, async (of) => {
        fc.pre(of.some(({ before }) => before !== index.digest));
        const { tags, standings } = await attempt(of, [], AbortSignal.abort());
        expect(tags).toEqual(standingOf(of));
        expect(standings?.every(({ state }) => state === 'as before')).toBe(true);
      }),
    );
  });

  test('a tag whose image is gone is refused before any tag moves: it could not be put back', async () => {
    const gone: TagMove = { repository: repositories[1] as Repository, tag: 'x' as Tag, before: digestOf('gone') };
    const first: TagMove = { repository: repositories[0] as Repository, tag: 'x' as Tag, before: undefined };
    await expect(attempt([first, gone], [])).rejects.toThrow(/which is not there any more.*No tag was moved/);
  });
});
