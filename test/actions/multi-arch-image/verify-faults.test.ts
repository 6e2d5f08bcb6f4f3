import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Descriptor } from '../../../lib/registry/manifest.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { makeTestImage, noise, pushTestIndex, type TestImage } from '../../support/test-image.ts';
import { type Answer, type LyingRegistry, runVerify, startLyingRegistry } from './verify-workplace.ts';

let registry: TestRegistry;
let lying: LyingRegistry;
let images: readonly TestImage[];
let index: Pick<Descriptor, 'digest'>;
let image: string;

beforeAll(async () => {
  registry = await startRegistry();
  lying = await startLyingRegistry(registry.host);
  const filler = (seed: string) => ({ files: [{ path: 'data', content: noise(300_000, seed) }] });
  images = await Promise.all(
    ['linux/amd64', 'linux/arm64'].map((platform) => makeTestImage({ platform, moreLayers: [filler(platform)] })),
  );
  index = await pushTestIndex({ registry: registry.host, path: 'acme/shop' }, images, { tag: '1.0' });
  image = `${lying.host}/acme/shop`;
}, 30_000);

afterAll(async () => {
  await lying?.stop();
  await registry?.stop();
});

/** Runs `verify` while the answers to requests for this path are changed. */
async function withAnswers(path: () => string, change: (answer: Answer) => void) {
  const wanted = path();
  lying.change = (request, answer) => {
    if (request.method === 'GET' && request.path.endsWith(wanted)) change(answer);
  };
  try {
    return await runVerify({ image, 'expected-digest': index.digest });
  } finally {
    lying.change = () => {};
  }
}

const manifestOfArm64 = () => `/manifests/${images[1]!.digest}`;
const configOfArm64 = () => `/blobs/${images[1]!.config.digest}`;
const topLayer = () => `/blobs/${images[1]!.layers[1]!.digest}`;
const programLayer = () => `/blobs/${images[1]!.layers[0]!.digest}`;

test('nothing is found where the registry does not lie', async () => {
  expect(await runVerify({ image })).toMatchObject({ exitCode: 0, problems: [] });
});

describe('a registry that refuses', () => {
  test.each([401, 403, 404, 429, 500, 503])('a manifest with %d', async (status) => {
    const answered = await withAnswers(manifestOfArm64, (answer) => {
      Object.assign(answer, { status, headers: {}, body: Buffer.from('{"errors":[{"code":"UNKNOWN"}]}') });
    });
    expect(answered.exitCode).toBe(1);
    expect(answered.problems).toEqual([expect.stringMatching(/^linux\/arm64: /)]);
    expect(answered.rows).toContainEqual(
      expect.objectContaining({ subject: 'linux/amd64', check: 'program', status: 'ok' }),
    );
  });

  test('everything, because nobody is there', async () => {
    const gone = await startLyingRegistry(registry.host);
    await gone.stop();
    const { exitCode, problems } = await runVerify({ image, 'copy-to': `${gone.host}/acme/shop` });
    expect(exitCode).toBe(1);
    expect(problems.length).toBeGreaterThan(1);
    for (const problem of problems) expect(problem).toMatch(new RegExp(`^${gone.host}/acme/shop`));
  });
});

describe('a registry that lies', () => {
  const flip = (answer: Answer) => {
    answer.body = Buffer.from(answer.body);
    answer.body[answer.body.length - 20]! ^= 1;
  };
  /** So soon that going on from there leads nowhere. */
  const cut = (answer: Answer) => {
    answer.cutAfter = 0;
  };

  test.each<[string, () => string, (answer: Answer) => void]>([
    ['gives another manifest', manifestOfArm64, flip],
    ['cuts a manifest', manifestOfArm64, cut],
    ['gives another configuration', configOfArm64, flip],
    ['cuts a configuration', configOfArm64, cut],
    ['cuts the layer with the program', programLayer, cut],
    ['changes a layer that is read to its end', topLayer, flip],
    [
      'gives a web page in place of a layer',
      topLayer,
      (answer) => {
        answer.body = Buffer.from('<html>Please sign in</html>');
        answer.headers['content-length'] = String(answer.body.length);
      },
    ],
  ])('and %s', async (_, path, change) => {
    const { exitCode, problems, rows } = await withAnswers(path, change);
    expect(exitCode).toBe(1);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^linux\/arm64: /);
    expect(rows).toContainEqual(expect.objectContaining({ subject: 'linux/amd64', check: 'program', status: 'ok' }));
  });

  test('about the index', async () => {
    const { exitCode, problems } = await withAnswers(() => `/manifests/${index.digest}`, flip);
    expect(exitCode).toBe(1);
    expect(problems).toEqual([expect.stringMatching(/^index: /)]);
  });

  test('and cannot list what refers to an image, which is a warning', async () => {
    const tag = images[1]!.digest.replace(':', '-');
    const { exitCode, warnings } = await withAnswers(
      () => `/manifests/${tag}`,
      (answer) => {
        Object.assign(answer, { status: 403, headers: {}, body: Buffer.from('{"errors":[{"code":"DENIED"}]}') });
      },
    );
    expect(exitCode).toBe(0);
    expect(warnings).toHaveLength(1);
  });
});

test('a connection that breaks in the middle of a layer is made again', async () => {
  let breaks = 0;
  const { exitCode, rows } = await withAnswers(programLayer, (answer) => {
    if (breaks++ < 3) answer.cutAfter = 20;
  });
  expect(exitCode).toBe(0);
  expect(breaks).toBe(4);
  expect(rows).toContainEqual(expect.objectContaining({ subject: 'linux/arm64', found: '/app (arm64)' }));
});

test('a run that is cancelled ends as cancelled', async () => {
  const controller = new AbortController();
  lying.change = ({ path }) => {
    if (path.endsWith(manifestOfArm64())) controller.abort(new Error('cancelled by the test'));
  };
  const { exitCode } = await runVerify({ image }, { signal: controller.signal });
  expect(exitCode).toBe(130);
});
