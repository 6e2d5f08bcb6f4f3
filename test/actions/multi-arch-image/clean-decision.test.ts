import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type CleanDecision,
  decideManifests,
  decideTags,
  type ManifestPolicy,
  type TagPolicy,
} from '../../../actions/multi-arch-image/clean/decision.ts';
import {
  attachedTag,
  type ImageGraph,
  type ManifestNode,
  removalWaves,
} from '../../../actions/multi-arch-image/clean/graph.ts';
import { journalTag } from '../../../actions/multi-arch-image/clean/journal.ts';
import { imageTag } from '../../../lib/naming/image-tag.ts';
import type { Branch } from '../../../lib/naming/ref.ts';
import { repositoryIdOf } from '../../../lib/naming/repository.ts';
import { type Digest, digestOf } from '../../../lib/registry/digest.ts';
import type { Tag } from '../../../lib/registry/reference.ts';

const SHOP = repositoryIdOf('github.com/octo-org/shop');
const NOW = Date.parse('2026-11-22T20:00:00Z');
const DAY = 86_400_000;

const branchTag = (branch: string, repository = SHOP) => imageTag({ repository, branch: branch as Branch }) as Tag;
const digestN = (n: number) => digestOf(`manifest ${n}`);

const TAG_POLICY: TagPolicy = {
  repository: SHOP,
  only: undefined,
  branches: { alive: new Set(['main', 'alive']), defaultBranch: 'main', isProtected: (branch) => branch === 'kept' },
  journals: true,
  isKept: () => false,
};
const MANIFEST_POLICY: ManifestPolicy = {
  candidates: 'all',
  pushedBefore: NOW - 7 * DAY,
  lastTagRemoves: false,
  isKept: () => false,
};

function decide(graph: ImageGraph, tags: Partial<TagPolicy> = {}, manifests: Partial<ManifestPolicy> = {}) {
  return decideManifests(graph, decideTags(graph, { ...TAG_POLICY, ...tags }), { ...MANIFEST_POLICY, ...manifests });
}

type Sketch = Readonly<
  Record<number, Partial<Omit<ManifestNode, 'children' | 'subject'>> & { to?: number[]; about?: number }>
>;

function graphOf(sketch: Sketch, tags: Readonly<Record<string, number>>, present: readonly number[] = []): ImageGraph {
  return {
    tags: new Map(Object.entries(tags).map(([tag, n]) => [tag as Tag, digestN(n)])),
    manifests: new Map(
      Object.entries(sketch).map(([n, { to, about, ...rest }]): [Digest, ManifestNode] => [
        digestN(Number(n)),
        {
          children: (to ?? []).map(digestN),
          ...(about === undefined ? {} : { subject: digestN(about) }),
          ...rest,
        },
      ]),
    ),
    present: new Set(present.map(digestN)),
  };
}

/** Names and numbers that go, sorted. */
function going({ tags, manifests }: CleanDecision, sketch: Sketch): { tags: string[]; manifests: number[] } {
  const numbers = new Map(Object.keys(sketch).map((n) => [digestN(Number(n)), Number(n)]));
  return {
    tags: tags.map(({ tag }): string => tag).sort(),
    manifests: manifests.map(({ digest }) => numbers.get(digest) ?? -1).sort((one, other) => one - other),
  };
}

describe('a tag', () => {
  const node = (branch?: string) => ({ 1: { to: [], ...(branch === undefined ? {} : { branch }) } });
  test.each<[string, string, string | undefined, Partial<TagPolicy>, boolean]>([
    ['of a branch that is gone goes', branchTag('feature/a'), 'feature/a', {}, true],
    ['of a branch that exists stays', branchTag('alive'), 'alive', {}, false],
    ['of the default branch stays', branchTag('main'), 'main', {}, false],
    ['of a protected branch stays', branchTag('kept'), 'kept', {}, false],
    [
      'that keep names stays',
      branchTag('feature/a'),
      'feature/a',
      { isKept: (tag) => tag.startsWith('feature') },
      false,
    ],
    [
      'of a branch of another repository stays',
      branchTag('a', repositoryIdOf('github.com/octo-org/web')),
      'a',
      {},
      false,
    ],
    ['that only looks like one stays: no annotation', branchTag('feature/a'), undefined, {}, false],
    [
      'that only looks like one stays: another branch in the annotation',
      branchTag('feature/a'),
      'feature/b',
      {},
      false,
    ],
    ['made by hand stays, although its index is of a branch', 'release-candidate', 'feature/a', {}, false],
    ['with an annotation that is no branch name stays', branchTag('a..b'), 'a..b', {}, false],
    [
      'of another branch stays when one is asked for',
      branchTag('feature/a'),
      'feature/a',
      { only: 'feature/b' },
      false,
    ],
    ['of the branch that is asked for goes', branchTag('feature/a'), 'feature/a', { only: 'feature/a' }, true],
    ['stays when no branches are looked at', branchTag('feature/a'), 'feature/a', { branches: undefined }, false],
    [
      'stays when the repository does not matter',
      branchTag('feature/a'),
      'feature/a',
      { repository: undefined },
      false,
    ],
  ])('%s', (_, tag, branch, policy, goes) => {
    const sketch = node(branch);
    expect(going(decide(graphOf(sketch, { [tag]: 1 }), policy), sketch).tags).toEqual(goes ? [tag] : []);
  });
});

describe('what goes with a tag', () => {
  const A = branchTag('a');
  const fallback = (n: number, ending = '') => `${digestN(n).replace(':', '-')}${ending}`;
  test.each<[string, Sketch, Record<string, number>, Partial<ManifestPolicy>, string[], number[]]>([
    ['its index and the entries', { 1: { to: [2, 3], branch: 'a' }, 2: {}, 3: {} }, { [A]: 1 }, {}, [A], [1, 2, 3]],
    [
      'no entry that another index has',
      { 1: { to: [2, 3], branch: 'a' }, 2: {}, 3: {}, 4: { to: [3] } },
      { [A]: 1, latest: 4 },
      {},
      [A],
      [1, 2],
    ],
    ['no index that another tag has', { 1: { to: [2], branch: 'a' }, 2: {} }, { [A]: 1, latest: 1 }, {}, [A], []],
    [
      'no index that an index of another tag has',
      { 1: { to: [2], branch: 'a' }, 2: {}, 3: { to: [1] } },
      { [A]: 1, all: 3 },
      {},
      [A],
      [],
    ],
    [
      'what is about it, and what is about that',
      { 1: { to: [2], branch: 'a' }, 2: {}, 3: { about: 2 }, 4: { about: 3 } },
      { [A]: 1 },
      {},
      [A],
      [1, 2, 3, 4],
    ],
    [
      'nothing that a tagged manifest is about',
      { 1: { to: [2], branch: 'a' }, 2: {}, 3: { about: 2 } },
      { [A]: 1, sbom: 3 },
      {},
      [A],
      [1],
    ],
    [
      'its fallback tag with what that lists',
      { 1: { to: [], branch: 'a' }, 2: { to: [3] }, 3: { about: 1 } },
      { [A]: 1, [fallback(1)]: 2 },
      {},
      [A, fallback(1)].sort(),
      [1, 2, 3],
    ],
    [
      'no fallback tag of an image that stays',
      { 1: { to: [] }, 2: { to: [3] }, 3: { about: 1 } },
      { latest: 1, [fallback(1)]: 2 },
      {},
      [],
      [],
    ],
    [
      'the fallback tag of an image that is gone',
      { 2: { to: [3] }, 3: { about: 1 } },
      { [fallback(1)]: 2 },
      {},
      [fallback(1)],
      [2, 3],
    ],
    [
      'no fallback tag of an entry that stays and was not read',
      { 1: { to: [5] }, 2: { to: [] } },
      { latest: 1, [fallback(5)]: 2 },
      {},
      [],
      [],
    ],
    [
      'the signature of its image',
      { 1: { to: [], branch: 'a' }, 2: {} },
      { [A]: 1, [fallback(1, '.sig')]: 2 },
      {},
      [A, fallback(1, '.sig')].sort(),
      [1, 2],
    ],
    ['no signature of an image that may be elsewhere', { 2: {} }, { [fallback(1, '.sig')]: 2 }, {}, [], []],
    [
      'no image at all when only tags are asked for',
      { 1: { to: [2], branch: 'a' }, 2: {}, 3: {} },
      { [A]: 1 },
      { candidates: 'none' },
      [A],
      [],
    ],
    [
      'nothing else when only some may go',
      { 1: { to: [2], branch: 'a' }, 2: {}, 3: {} },
      { [A]: 1 },
      { candidates: new Set([1, 2].map(digestN)) },
      [A],
      [1, 2],
    ],
    ['what was left without a tag', { 1: {}, 2: { to: [1] } }, {}, {}, [], [1, 2]],
    [
      'nothing that is young, and nothing that it has',
      { 1: { pushedAt: NOW - 30 * DAY }, 2: { to: [1], pushedAt: NOW - DAY }, 3: { pushedAt: NOW - 30 * DAY } },
      {},
      {},
      [],
      [3],
    ],
    [
      'the young index of a branch that is gone, on ECR; its young entry waits',
      { 1: { to: [2], branch: 'a', pushedAt: NOW - DAY }, 2: { pushedAt: NOW - DAY } },
      { [A]: 1 },
      { lastTagRemoves: true },
      [A],
      [1],
    ],
    [
      'not the last tag of an image that is needed, where the image would go with it',
      { 1: { to: [], branch: 'a' }, 2: { to: [1] } },
      { [A]: 1, all: 2 },
      { lastTagRemoves: true },
      [],
      [],
    ],
    [
      'no tag of an image that has another one, where all go with it',
      { 1: { to: [2], branch: 'a' }, 2: {} },
      { [A]: 1, latest: 1 },
      { lastTagRemoves: true, tagsGoTogether: true },
      [],
      [],
    ],
    [
      'what a list of an ended run names, unless it is needed again',
      { 1: { to: [2, 3], own: 'journal' }, 2: {}, 3: {}, 4: { to: [3] } },
      { [journalTag(digestN(1))]: 1, latest: 4 },
      {},
      [journalTag(digestN(1))],
      [1, 2],
    ],
    [
      'nothing for a tag that is only named like such a list',
      { 1: { to: [2] }, 2: {} },
      { [journalTag(digestN(1))]: 1 },
      {},
      [],
      [],
    ],
  ])('%s', (_, sketch, tags, policy, goneTags, goneManifests) => {
    const decision = decide(graphOf(sketch, tags), {}, policy);
    expect(going(decision, sketch)).toEqual({ tags: goneTags, manifests: goneManifests });
    expect(decision.tags.length + decision.keptTags.length).toBe(Object.keys(tags).length);
  });

  test('what exists and cannot be read keeps what is about it', () => {
    const sketch: Sketch = { 2: { to: [3] }, 3: { about: 1 }, 4: { about: 1 } };
    expect(going(decide(graphOf(sketch, { [fallback(1)]: 2 }, [1])), sketch)).toEqual({ tags: [], manifests: [] });
  });

  test('says how many images only wait', () => {
    const sketch: Sketch = { 1: { to: [2] }, 2: { pushedAt: NOW }, 3: { pushedAt: NOW } };
    expect(decide(graphOf(sketch, { latest: 1 })).young).toBe(1);
  });
});

// Manifests lead only to those with a lower number, as digests do; tags of every kind point anywhere.
const SIZE = 9;
const anyGraph = fc
  .record({
    nodes: fc.array(
      fc.record({
        to: fc.array(fc.nat(SIZE), { maxLength: 3 }),
        about: fc.option(fc.nat(SIZE), { nil: undefined, freq: 3 }),
        branch: fc.option(fc.constantFrom('main', 'alive', 'kept', 'a', 'b', 'c/d'), { nil: undefined }),
        pushedAt: fc.constantFrom(undefined, NOW - 30 * DAY, NOW - DAY),
        exists: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
        own: fc.constantFrom(...Array(9).fill(undefined), 'journal' as const, 'removed-tag' as const),
      }),
      { minLength: 1, maxLength: SIZE },
    ),
    tags: fc.array(
      fc.record({
        kind: fc.constantFrom('branch', 'hand', 'fallback', 'signature', 'journal'),
        at: fc.nat(SIZE),
        n: fc.nat(SIZE),
      }),
      { maxLength: 10 },
    ),
  })
  .map(({ nodes, tags }): ImageGraph => {
    const manifests = new Map<Digest, ManifestNode>();
    for (const [n, { to, about, branch, pushedAt, exists, own }] of nodes.entries()) {
      if (!exists) continue;
      manifests.set(digestN(n), {
        children: to.filter((child) => child < n).map(digestN),
        ...(about !== undefined && about < n ? { subject: digestN(about) } : {}),
        ...(branch === undefined ? {} : { branch }),
        ...(pushedAt === undefined ? {} : { pushedAt }),
        ...(own === undefined ? {} : { own }),
      });
    }
    const named = new Map<Tag, Digest>();
    for (const { kind, at, n } of tags) {
      const digest = digestN(at);
      const branch = manifests.get(digest)?.branch;
      if (!manifests.has(digest)) continue;
      const name = {
        branch: branch === undefined ? 'none' : branchTag(branch),
        hand: `v${n}`,
        fallback: digestN(n).replace(':', '-'),
        signature: `${digestN(n).replace(':', '-')}.sig`,
        journal: journalTag(digest),
      }[kind];
      named.set(name as Tag, digest);
    }
    return { tags: named, manifests, present: new Set() };
  });

/** What is left after the removal. */
function without(graph: ImageGraph, tags: readonly Tag[], digests: readonly Digest[]): ImageGraph {
  const goneTags = new Set(tags);
  const gone = new Set(digests);
  return {
    ...graph,
    tags: new Map([...graph.tags].filter(([tag]) => !goneTags.has(tag))),
    manifests: new Map([...graph.manifests].filter(([digest]) => !gone.has(digest))),
  };
}

/** Written another way than the planner: one step after the other until nothing is added. */
function neededBy(graph: ImageGraph, roots: readonly Digest[]): Set<Digest> {
  const needed = new Set(roots);
  for (let before = -1; before !== needed.size; ) {
    before = needed.size;
    for (const [digest, { children, subject }] of graph.manifests) {
      if (needed.has(digest)) {
        for (const child of children) needed.add(child);
        if (subject !== undefined) needed.add(subject);
      }
      if (subject !== undefined && needed.has(subject)) needed.add(digest);
    }
    for (const [tag, digest] of graph.tags) {
      const subject = attachedTag(tag)?.subject;
      if (subject !== undefined && needed.has(subject)) needed.add(digest);
    }
  }
  return needed;
}

const policies = fc
  .record({
    // Registries of the specification, Amazon ECR, ghcr.io.
    store: fc.constantFrom(
      { lastTagRemoves: false, tagsGoTogether: false },
      { lastTagRemoves: true, tagsGoTogether: false },
      { lastTagRemoves: true, tagsGoTogether: true },
    ),
    candidates: fc.constantFrom<'all' | 'none'>('all', 'all', 'none'),
  })
  .map(({ store, candidates }) => ({ ...store, candidates }));
const RUNS = { numRuns: 400 };

describe('for every repository', () => {
  test('nothing goes that a tag that stays leads to', () => {
    fc.assert(
      fc.property(anyGraph, policies, (graph, policy) => {
        const decision = decide(graph, {}, policy);
        const going = new Set(decision.manifests.map(({ digest }) => digest));
        const goingTags = new Set(decision.tags.map(({ tag }) => tag));
        const staying = [...graph.tags].filter(([tag]) => !goingTags.has(tag)).map(([, digest]) => digest);
        expect([...neededBy(graph, staying)].filter((digest) => going.has(digest))).toEqual([]);
      }),
      RUNS,
    );
  });

  test('everything that is old and that nothing leads to is found', () => {
    fc.assert(
      fc.property(anyGraph, fc.boolean(), (graph, lastTagRemoves) => {
        const decision = decide(graph, {}, { lastTagRemoves });
        const going = new Set(decision.manifests.map(({ digest }) => digest));
        const goingTags = new Set(decision.tags.map(({ tag }) => tag));
        const staying = [...graph.tags].filter(([tag]) => !goingTags.has(tag)).map(([, digest]) => digest);
        const tagged = new Set(graph.tags.values());
        const young = [...graph.manifests].flatMap(([digest, { pushedAt = 0, own }]) =>
          own === undefined && !tagged.has(digest) && pushedAt >= MANIFEST_POLICY.pushedBefore ? [digest] : [],
        );
        const needed = neededBy(graph, [...staying, ...young]);
        expect([...graph.manifests.keys()].filter((digest) => !needed.has(digest) && !going.has(digest))).toEqual([]);
      }),
      RUNS,
    );
  });

  test('only tags of branches that are gone go, and tags that belong to no image', () => {
    fc.assert(
      fc.property(anyGraph, policies, (graph, policy) => {
        for (const { tag, digest } of decide(graph, {}, policy).tags) {
          const node = graph.manifests.get(digest);
          const ofGone = ['a', 'b', 'c/d'].some((branch) => node?.branch === branch && tag === branchTag(branch));
          const ofJournal = node?.own === 'removed-tag' || (node?.own === 'journal' && tag === journalTag(digest));
          expect(ofGone || ofJournal || attachedTag(tag) !== undefined).toBe(true);
        }
      }),
      RUNS,
    );
  });

  test('no image that stays loses its last tag where the image would go with it', () => {
    fc.assert(
      fc.property(anyGraph, policies, (graph, policy) => {
        const decision = decide(graph, {}, { ...policy, lastTagRemoves: true });
        const rest = without(
          graph,
          decision.tags.map(({ tag }) => tag),
          [],
        );
        const going = new Set(decision.manifests.map(({ digest }) => digest));
        const stillTagged = new Set(rest.tags.values());
        for (const { digest } of decision.tags) expect(going.has(digest) || stillTagged.has(digest)).toBe(true);
      }),
      RUNS,
    );
  });

  test('where tags go together, an image loses all of them and goes, or keeps all of them', () => {
    fc.assert(
      fc.property(anyGraph, policies, (graph, policy) => {
        const decision = decide(graph, {}, { ...policy, lastTagRemoves: true, tagsGoTogether: true });
        const going = new Set(decision.manifests.map(({ digest }) => digest));
        const goingTags = new Set(decision.tags.map(({ tag }) => tag));
        for (const { digest } of decision.tags) {
          const tags = [...graph.tags].flatMap(([tag, at]) => (at === digest ? [tag] : []));
          expect([
            tags.filter((tag) => !goingTags.has(tag)),
            !graph.manifests.has(digest) || going.has(digest),
          ]).toEqual([[], true]);
        }
      }),
      RUNS,
    );
  });

  test('a second run has nothing to do', () => {
    fc.assert(
      fc.property(anyGraph, policies, (graph, policy) => {
        const first = decide(graph, {}, policy);
        const rest = without(
          graph,
          first.tags.map(({ tag }) => tag),
          first.manifests.map(({ digest }) => digest),
        );
        const again = decide(rest, {}, policy);
        expect([again.tags, again.manifests]).toEqual([[], []]);
      }),
      RUNS,
    );
  });

  test('a run that ends anywhere leaves every tag whole, and the next one ends where it would have', () => {
    fc.assert(
      fc.property(anyGraph, fc.nat(30), (graph, steps) => {
        const policy = { ...MANIFEST_POLICY, pushedBefore: Number.POSITIVE_INFINITY };
        const tagsFirst = decideTags(graph, TAG_POLICY);
        const whole = decideManifests(graph, tagsFirst, policy);
        const waves = removalWaves(
          graph,
          whole.manifests.map(({ digest }) => digest),
        );
        const order = [...whole.tags.map(({ tag }) => tag), ...waves.flat()].slice(0, steps);
        const killed = without(
          graph,
          order.filter((name): name is Tag => graph.tags.has(name as Tag)),
          order.filter((name): name is Digest => graph.manifests.has(name as Digest)),
        );
        const missing = (rest: ImageGraph) =>
          [...neededBy(rest, [...rest.tags.values()])].filter(
            (digest) => graph.manifests.has(digest) && !rest.manifests.has(digest),
          );
        expect(missing(killed)).toEqual([]);
        const next = decideManifests(killed, decideTags(killed, TAG_POLICY), policy);
        const end = (rest: ImageGraph, { tags, manifests }: CleanDecision) => {
          const left = without(
            rest,
            tags.map(({ tag }) => tag),
            manifests.map(({ digest }) => digest),
          );
          return [[...left.tags.keys()].sort(), [...left.manifests.keys()].sort()];
        };
        expect(end(killed, next)).toEqual(end(graph, whole));
      }),
      RUNS,
    );
  });

  test('each goes once, and nothing goes before what leads to it', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const all = [...graph.manifests.keys()];
        const order = removalWaves(graph, all).flat();
        expect([...order].sort()).toEqual([...all].sort());
        const waves = removalWaves(graph, all);
        const waveOf = (digest: Digest) => waves.findIndex((wave) => wave.includes(digest));
        for (const [digest, { children, subject }] of graph.manifests) {
          for (const other of [...children, ...(subject === undefined ? [] : [subject])]) {
            if (graph.manifests.has(other)) expect(waveOf(digest)).toBeLessThan(waveOf(other));
          }
        }
      }),
      RUNS,
    );
  });
});
