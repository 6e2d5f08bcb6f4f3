import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BRANCH_ANNOTATION } from '../../../actions/multi-arch-image/assemble/annotations.ts';
import { cleanRepositories } from '../../../actions/multi-arch-image/clean/apply.ts';
import { attachedTag } from '../../../actions/multi-arch-image/clean/graph.ts';
import { openOciStore } from '../../../actions/multi-arch-image/clean/store-oci.ts';
import { surveyAll } from '../../../actions/multi-arch-image/clean/survey.ts';
import type { CleanContext } from '../../../actions/multi-arch-image/clean.ts';
import { repositoryIdOf } from '../../../lib/naming/repository.ts';
import { type Digest, digestOf, isDigest } from '../../../lib/registry/digest.ts';
import { RegistryError } from '../../../lib/registry/error.ts';
import { type Descriptor, MEDIA_TYPES, parseManifest, type StoredManifest } from '../../../lib/registry/manifest.ts';
import { formatReference, parseRepository, type Tag } from '../../../lib/registry/reference.ts';
import type { Registry } from '../../../lib/registry/registry.ts';
import { jumpingClock } from '../../support/test-clock.ts';
import { SOURCE, tagOf } from './clean-workplace.ts';

// A registry in memory, so that hundreds of repositories of every shape can be cleaned. It keeps the contract of
// `Registry` and nothing more: in particular it lists no manifests without a tag.

const IMAGE = parseRepository('127.0.0.1:1/acme/shop');

class Killed extends Error {}

class MemoryRegistry {
  readonly tags = new Map<string, Digest>();
  readonly manifests = new Map<Digest, StoredManifest>();
  /** Writes that are still let through. */
  writesLeft = Number.POSITIVE_INFINITY;

  private write(): void {
    if (this.writesLeft <= 0) throw new Killed();
    this.writesLeft--;
  }

  private read(): void {
    if (this.writesLeft <= 0) throw new Killed();
  }

  client(): Registry {
    const find = (reference: string) => {
      this.read();
      const digest = isDigest(reference) ? reference : this.tags.get(reference);
      return digest === undefined ? undefined : this.manifests.get(digest);
    };
    const listTags = () => {
      this.read();
      return [...this.tags.keys()];
    };
    const deleteManifest = (digest: Digest) => {
      this.write();
      this.manifests.delete(digest);
      for (const [tag, at] of this.tags) if (at === digest) this.tags.delete(tag);
    };
    const put = (stored: StoredManifest, tag?: Tag) => {
      this.write();
      this.manifests.set(stored.digest, stored);
      if (tag !== undefined) this.tags.set(tag, stored.digest);
    };
    return {
      manifest: async (_: unknown, reference: string) => find(reference),
      resolve: async (_: unknown, reference: string) => find(reference)?.digest,
      referrers: async (_: unknown, digest: Digest): Promise<Descriptor[]> => {
        this.read();
        return [...this.manifests.values()]
          .filter(({ manifest }) => manifest.subject?.digest === digest)
          .map(descriptorOf);
      },
      uploadBlob: async () => 'present',
      putManifest: async (_: unknown, stored: StoredManifest, tag?: Tag) => put(stored, tag),
      deleteManifest: async (_: unknown, digest: Digest) => deleteManifest(digest),
      deleteTag: async (_: unknown, tag: Tag) => {
        this.write();
        this.tags.delete(tag);
      },
      tags: async function* () {
        yield* listTags();
      },
    } as unknown as Registry;
  }
}

function descriptorOf({ mediaType, digest, bytes }: StoredManifest): Descriptor {
  return { mediaType, digest, size: bytes.length };
}

const BRANCHES = ['main', 'alive', 'a', 'b/c'];

interface Sketch {
  readonly nodes: readonly { isIndex: boolean; to: number[]; about: number | undefined; branch: string | undefined }[];
  readonly tags: readonly { kind: 'branch' | 'hand' | 'fallback'; at: number }[];
}

const sketches: fc.Arbitrary<Sketch> = fc.record({
  nodes: fc.array(
    fc.record({
      isIndex: fc.boolean(),
      to: fc.array(fc.nat(9), { maxLength: 3 }),
      about: fc.option(fc.nat(9), { nil: undefined, freq: 2 }),
      branch: fc.option(fc.constantFrom(...BRANCHES), { nil: undefined, freq: 2 }),
    }),
    { minLength: 2, maxLength: 10 },
  ),
  tags: fc.array(fc.record({ kind: fc.constantFrom('branch', 'branch', 'hand', 'fallback'), at: fc.nat(9) }), {
    maxLength: 8,
  }),
});

/** Makes manifests that lead only to those before them. */
function registryOf({ nodes, tags }: Sketch): MemoryRegistry {
  const registry = new MemoryRegistry();
  const made: StoredManifest[] = [];
  const empty = { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf('{}'), size: 2 };
  const named = new Map<string, number>();
  for (const { kind, at } of tags) {
    const { branch } = nodes[at] ?? {};
    named.set(
      kind === 'branch' && branch !== undefined ? tagOf(branch) : kind === 'fallback' ? `${kind} ${at}` : `v${at}`,
      at,
    );
  }
  const tagged = new Set(named.values());
  const isList = (n: number | undefined) => n !== undefined && nodes[n]?.isIndex === true;
  for (const [n, { isIndex, to, about, branch }] of nodes.entries()) {
    // Mostly none of the needs that `openOciStore` does not see, so that few repositories are thrown away.
    const isSeen = tagged.has(n) || !isList(about);
    const subject = about === undefined || !isSeen ? undefined : made[about];
    const mediaType = isIndex ? MEDIA_TYPES.ociIndex : MEDIA_TYPES.ociManifest;
    const entries =
      subject !== undefined && !tagged.has(n) ? [] : to.flatMap((child) => made[child] ?? []).map(descriptorOf);
    const document = {
      schemaVersion: 2,
      mediaType,
      ...(isIndex ? { manifests: entries } : { config: empty, layers: [] }),
      ...(subject === undefined ? {} : { subject: descriptorOf(subject) }),
      annotations: { n: `${n}`, ...(branch === undefined ? {} : { [BRANCH_ANNOTATION]: branch }) },
    };
    const stored = parseManifest(Buffer.from(JSON.stringify(document)), mediaType);
    made.push(stored);
    registry.manifests.set(stored.digest, stored);
  }
  for (const [name, at] of named) {
    const stored = made[at];
    if (stored === undefined) continue;
    const subject = stored.manifest.subject?.digest ?? made[0]!.digest;
    registry.tags.set(name.startsWith('fallback') ? subject.replace(':', '-') : name, stored.digest);
  }
  return registry;
}

/** Whether there is one of the two needs that `openOciStore` says it does not see. */
function hidesNeeds({ tags, manifests }: MemoryRegistry): boolean {
  const tagged = new Set(tags.values());
  const hasEntries = (digest: Digest) => {
    const manifest = manifests.get(digest)?.manifest;
    return manifest?.kind === 'index' && manifest.manifests.length > 0;
  };
  return [...manifests.values()].some(({ digest, manifest: { subject } }) => {
    return !tagged.has(digest) && subject !== undefined && (hasEntries(digest) || hasEntries(subject.digest));
  });
}

/** All that these manifests need, of those that exist. */
function needs(registry: MemoryRegistry, roots: Iterable<Digest>): Set<Digest> {
  const needed = new Set(roots);
  for (const digest of needed) {
    const manifest = registry.manifests.get(digest)?.manifest;
    if (manifest?.kind === 'index') for (const child of manifest.manifests) needed.add(child.digest);
    if (manifest?.subject !== undefined) needed.add(manifest.subject.digest);
    for (const other of registry.manifests.values()) {
      if (other.manifest.subject?.digest === digest) needed.add(other.digest);
    }
    for (const [tag, at] of registry.tags) if (attachedTag(tag)?.subject === digest) needed.add(at);
  }
  return new Set([...needed].filter((digest) => registry.manifests.has(digest)));
}

async function clean(registry: MemoryRegistry): Promise<void> {
  const signal = new AbortController().signal;
  const store = openOciStore(IMAGE, { registry: registry.client(), signal, parallel: 2 });
  const log = { info: () => {} };
  const inputs = { untagged: true, 'older-than': 1, keep: [] };
  const context = { inputs, clock: jumpingClock(), log, signal } as unknown as CleanContext;
  const branches = { alive: new Set(['main', 'alive']), defaultBranch: 'main', isProtected: () => false };
  const scope = { kind: 'all', repository: repositoryIdOf(SOURCE) } as const;
  const plans = await surveyAll(context, [store], scope, async () => branches, new Date());
  const cleaned = await cleanRepositories(context, plans, new Map([[formatReference(IMAGE), store]]));
  for (const { error, items } of cleaned) {
    if (error !== undefined) throw error;
    for (const { removal } of items) if (removal.outcome === 'failed') throw removal.error;
  }
}

function stateOf(registry: MemoryRegistry): { tags: string[]; manifests: string[] } {
  return { tags: [...registry.tags.keys()].sort(), manifests: [...registry.manifests.keys()].sort() };
}

describe('a repository whose manifests are found through tags', () => {
  test('loses tags of branches that are gone and what only they led to, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(sketches, async (sketch) => {
        const before = registryOf(sketch);
        fc.pre(!hidesNeeds(before));
        const registry = registryOf(sketch);
        await clean(registry);

        const goneTags = [...before.tags.keys()].filter((tag) => !registry.tags.has(tag));
        const expected = ['a', 'b/c']
          .map((branch) => tagOf(branch))
          .filter((tag) => {
            const stored = before.manifests.get(before.tags.get(tag) ?? digestOf(''));
            return stored?.manifest.kind === 'index';
          });
        expect(goneTags.filter((tag) => attachedTag(tag) === undefined).sort()).toEqual(expected.sort());

        const needed = needs(before, registry.tags.values());
        expect([...needed].filter((digest) => !registry.manifests.has(digest))).toEqual([]);

        // Downwards from what had a tag that is gone: its entries, and what is about any of them.
        const led = new Set(goneTags.flatMap((tag) => before.tags.get(tag) ?? []));
        for (const digest of led) {
          const manifest = before.manifests.get(digest)?.manifest;
          if (manifest?.kind === 'index') for (const child of manifest.manifests) led.add(child.digest);
          if (needed.has(digest)) continue;
          for (const other of before.manifests.values()) {
            if (other.manifest.subject?.digest === digest) led.add(other.digest);
          }
        }
        // What nothing leads to cannot be found; it stays, and so does what it needs and what is about it.
        const hidden = [...before.manifests.keys()].filter((digest) => !led.has(digest));
        const neededAtAll = needs(before, [...needed, ...hidden]);
        const unneeded = [...led].filter((digest) => !neededAtAll.has(digest));
        expect(unneeded.filter((digest) => registry.manifests.has(digest))).toEqual([]);
        const lost = [...before.manifests.keys()].filter((digest) => !registry.manifests.has(digest));
        expect(lost.filter((digest) => !led.has(digest))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('is in the same state after a run that was killed at any write, and another one', async () => {
    await fc.assert(
      fc.asyncProperty(sketches, fc.nat(12), async (sketch, writes) => {
        const whole = registryOf(sketch);
        fc.pre(!hidesNeeds(whole));
        await clean(whole);

        const registry = registryOf(sketch);
        registry.writesLeft = writes;
        await clean(registry).catch((error: unknown) => {
          if (!(error instanceof Killed) && !(error instanceof Error && error.message.includes('cannot be read')))
            throw error;
        });
        registry.writesLeft = Number.POSITIVE_INFINITY;
        const untouched = registryOf(sketch);
        const broken = [...needs(untouched, registry.tags.values())].filter((digest) => {
          const isOurs = !untouched.manifests.has(digest);
          return !isOurs && !registry.manifests.has(digest);
        });
        const journals = [...registry.tags.keys()].filter((tag) => tag.startsWith('headgate-clean-'));
        if (journals.length === 0) expect(broken).toEqual([]);
        await clean(registry);
        expect(stateOf(registry)).toEqual(stateOf(whole));
      }),
      { numRuns: 300 },
    );
  });
});

test('ghcr.io is refused by name before it is asked anything', async () => {
  const signal = new AbortController().signal;
  const repository = parseRepository('ghcr.io/acme/shop');
  const store = openOciStore(repository, { registry: {} as Registry, signal, parallel: 1 });
  await expect(store.checkRemoves()).rejects.toMatchObject({
    kind: 'unsupported',
    message: expect.stringContaining('Nothing can be removed from ghcr.io/acme/shop'),
  });
});

test('what a registry keeps because an index has it is no failure: it collects it by itself', async () => {
  const signal = new AbortController().signal;
  const refusal = new RegistryError('invalid', { what: 'The registry answered 409' }, { status: 409 });
  const registry = { deleteManifest: async () => Promise.reject(refusal) } as unknown as Registry;
  const store = openOciStore(IMAGE, { registry, signal, parallel: 1 });
  expect(await store.removeManifests([digestOf('a')])).toEqual([{ outcome: 'kept', why: 'The registry answered 409' }]);
});

test('a registry that removes nothing is asked once', async () => {
  const signal = new AbortController().signal;
  let asked = 0;
  const deleteManifest = async () => {
    asked++;
    throw new RegistryError('denied', { what: 'The registry answered 403' });
  };
  const store = openOciStore(IMAGE, { registry: { deleteManifest } as unknown as Registry, signal, parallel: 1 });
  const removals = await store.removeManifests(['a', 'b', 'c'].map(digestOf));
  expect([asked, removals.map(({ outcome }) => outcome)]).toEqual([1, ['failed', 'failed', 'failed']]);
});

test('the journal goes also where a manifest with a tag is not removed', async () => {
  const memory = new MemoryRegistry();
  const client = memory.client();
  const deleteManifest = async (repository: typeof IMAGE, digest: Digest) => {
    if ([...memory.tags.values()].includes(digest)) throw new RegistryError('denied', { what: 'It has a tag' });
    await client.deleteManifest(repository, digest);
  };
  const signal = new AbortController().signal;
  const store = openOciStore(IMAGE, { registry: { ...client, deleteManifest }, signal, parallel: 1 });
  await store.leaveJournal([digestOf('a')]);
  expect([memory.tags.size, memory.manifests.size]).toEqual([1, 1]);
  await store.end();
  expect([memory.tags.size, memory.manifests.size]).toEqual([0, 0]);
});
