import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { packageRoot } from '../../../lib/package-root.ts';
import { type Fault, type MisbehavingRegistry, startMisbehavingRegistry } from '../../support/misbehaving-registry.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { requires } from '../../support/requires.ts';
import { pushTestImage, type TestImage } from '../../support/test-image.ts';
import { buildAndTest, digestAt, runAssemble } from './assemble-workplace.ts';

requires('docker-registry', 'tags are moved in two real registries');

let registries: readonly TestRegistry[];
let servers: readonly MisbehavingRegistry[];
let workspace: string;

beforeAll(async () => {
  registries = await Promise.all([startRegistry(), startRegistry()]);
}, 30_000);

afterAll(() => Promise.all((registries ?? []).map((registry) => registry.stop())));

beforeEach(async () => {
  workspace = mkdtempSync(path.join(os.tmpdir(), 'headgate-killed-'));
  servers = await Promise.all(registries.map(({ host }) => startMisbehavingRegistry(host)));
});

afterEach(async () => {
  await Promise.all((servers ?? []).map((server) => server.close()));
  rmSync(workspace, { recursive: true, force: true });
});

const TAGS = ['latest', 'new'];

/** One round: an image of its own name, of which the tag `latest` points at an older image in both registries. */
async function prepare(name: string) {
  const images = servers.map(({ host }) => `${host}/${name}`);
  const old = await Promise.all(
    registries.map(({ host }) => pushTestImage({ registry: host, path: name }, { salt: 'old', tag: 'latest' })),
  );
  const folder = path.join(workspace, name);
  const built = await buildAndTest(folder, images[0] ?? '');
  const inputs = { image: images[0] ?? '', 'copy-to': images[1] ?? '', tags: TAGS.join('\n') };
  return { name, folder, built, old: old[0]?.digest, inputs };
}

type Round = Awaited<ReturnType<typeof prepare>>;

/** Runs the program as a process of its own; `at` is told of it, so that it can be killed. */
async function runProcess({ folder, inputs }: Round, at: (kill: () => void) => void) {
  const main = path.join(packageRoot(), 'actions', 'main.ts');
  const flags = Object.entries(inputs).map(([name, value]) => `--${name}=${value}`);
  const { PATH = '' } = process.env;
  const running = execa(process.execPath, [main, 'multi-arch-image', 'assemble', ...flags], {
    cwd: folder,
    env: { PATH, HOME: folder },
    extendEnv: false,
    reject: false,
  });
  at(() => running.kill('SIGKILL'));
  return await running;
}

/** What the tags of both registries point at. */
async function tagsOf({ name }: Round): Promise<readonly (string | undefined)[]> {
  const images = registries.map(({ host }) => `${host}/${name}`);
  return await Promise.all(images.flatMap((image) => TAGS.map((tag) => digestAt(image, tag))));
}

/** Whether every platform of the index can be pulled where its tag stands. */
async function isWhole({ name }: Round, built: readonly TestImage[], registry: TestRegistry): Promise<boolean> {
  const image = `${registry.host}/${name}`;
  const found = await Promise.all(built.map(({ digest }) => digestAt(image, digest)));
  return found.every((digest) => digest !== undefined);
}

test('a run that is killed at any write leaves no broken tag, and the next one completes it', async () => {
  let kill = () => {};
  let strike: { n: number; moment: 'before' | 'after' } = { n: 0, moment: 'before' };
  let seen = 0;
  const count: Fault = async (_incoming, response, onward) => {
    seen += 1;
    const isNow = seen === strike.n;
    if (isNow && strike.moment === 'before') {
      kill();
      response.destroy();
      return;
    }
    const answer = await onward();
    if (isNow) kill();
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  };

  const whole = await prepare('acme/whole');
  for (const server of servers) server.fault(/^(POST|PUT|PATCH|DELETE) /, count, Number.POSITIVE_INFINITY);
  const first = await runProcess(whole, () => {});
  expect(first.exitCode).toBe(0);
  const writes = seen;
  const [index] = await tagsOf(whole);
  expect(await tagsOf(whole)).toEqual([index, index, index, index]);
  // Two blobs and a manifest of each image, the index in both registries, and four tags.
  expect(writes).toBeGreaterThanOrEqual(2 * 3 + 2 + TAGS.length * 2);

  const moved = new Set<number>();
  for (let n = 1; n <= writes; n++) {
    strike = { n: 0, moment: 'before' };
    const round = await prepare(`acme/round-${n}`);
    seen = 0;
    strike = { n, moment: n % 2 === 0 ? 'before' : 'after' };
    const killed = await runProcess(round, (stop) => {
      kill = stop;
    });
    expect(killed.signal).toBe('SIGKILL');
    const tags = await tagsOf(round);
    moved.add(tags.filter((digest) => digest === index).length);
    for (const [at, digest] of tags.entries()) {
      expect([index, at % TAGS.length === 0 ? round.old : undefined]).toContain(digest);
      const registry = registries[Math.floor(at / TAGS.length)];
      if (digest === index && registry !== undefined) expect(await isWhole(round, round.built, registry)).toBe(true);
    }

    const again = () =>
      runAssemble(round.inputs, { workspace: round.folder, surroundings: { event: { kind: 'manual' } } });
    expect(await again()).toMatchObject({ exitCode: 0, outputs: { digest: index } });
    expect(await tagsOf(round)).toEqual([index, index, index, index]);
    expect(await again()).toMatchObject({ exitCode: 0, outputs: { status: 'unchanged' } });
  }
  // Some were killed before the first tag moved, some in the middle.
  expect(moved.has(0)).toBe(true);
  expect([...moved].some((tags) => tags > 0 && tags < 2 * TAGS.length)).toBe(true);
}, 120_000);
