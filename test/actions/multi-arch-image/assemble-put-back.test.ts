import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type Fault,
  type MisbehavingRegistry,
  refusal,
  reset,
  startMisbehavingRegistry,
} from '../../support/misbehaving-registry.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { requires } from '../../support/requires.ts';
import { pushTestImage, type TestImage } from '../../support/test-image.ts';
import { buildAndTest, digestAt, runAssemble, tagsOf } from './assemble-workplace.ts';

requires('docker-registry', 'tags are moved in three real registries');

// Three registries. The tag `latest` exists in all of them, the tag `new` in none.

let registries: TestRegistry[];
let servers: MisbehavingRegistry[];
let workspace: string;
let name: string;
let old: TestImage;
let count = 0;

beforeAll(async () => {
  registries = await Promise.all([startRegistry(), startRegistry(), startRegistry()]);
}, 30_000);

afterAll(() => Promise.all((registries ?? []).map((registry) => registry.stop())));

beforeEach(async () => {
  workspace = mkdtempSync(path.join(os.tmpdir(), 'headgate-put-back-'));
  servers = await Promise.all(registries.map(({ host }) => startMisbehavingRegistry(host)));
  name = `acme/shop-${++count}`;
  for (const { host } of registries) {
    old = await pushTestImage({ registry: host, path: name }, { salt: 'old', tag: 'latest' });
  }
  await buildAndTest(workspace, repository(0));
});

afterEach(async () => {
  await Promise.all((servers ?? []).map((server) => server.close()));
  rmSync(workspace, { recursive: true, force: true });
});

const repository = (n: number) => `${servers[n]?.host}/${name}`;
const direct = (n: number) => `${registries[n]?.host}/${name}`;
const put = (tag: string) => new RegExp(`^PUT /v2/${name}/manifests/${tag}$`);
const assemble = (signal?: AbortSignal, inputs: Readonly<Record<string, string>> = {}) =>
  runAssemble(
    { image: repository(0), 'copy-to': `${repository(1)}\n${repository(2)}`, tags: 'latest\nnew', ...inputs },
    { workspace, ...(signal === undefined ? {} : { signal }) },
  );

/** Every tag of the three registries, with what it points at. */
async function standing(): Promise<Readonly<Record<string, string | undefined>>> {
  const all: Record<string, string | undefined> = {};
  for (const [n, _] of registries.entries()) {
    for (const tag of await tagsOf(direct(n))) all[`${n}:${tag}`] = await digestAt(direct(n), tag);
  }
  return all;
}

const asBefore = () => ({ '0:latest': old.digest, '1:latest': old.digest, '2:latest': old.digest });

async function expectCompletes(): Promise<void> {
  const ran = await assemble();
  expect(ran).toMatchObject({ exitCode: 0 });
  const { digest } = ran.outputs;
  for (const n of [0, 1, 2]) {
    expect([await digestAt(direct(n), 'latest'), await digestAt(direct(n), 'new')]).toEqual([digest, digest]);
  }
}

test('all registries get the images, the same index and the tags', async () => {
  await expectCompletes();
  const again = await assemble();
  expect(again.outputs.status).toBe('unchanged');
  const { result } = JSON.parse(
    readFileSync(path.join(workspace, '.headgate', 'results', 'multi-arch-image-assemble.json'), 'utf8'),
  ) as { result: { targets: { repository: string }[] } };
  expect(result.targets.map((target) => target.repository)).toEqual([repository(0), repository(1), repository(2)]);
});

test('another repository of the same registry gets them too', async () => {
  const ran = await assemble(undefined, { 'copy-to': `${repository(0)}-copy`, tags: 'new' });
  expect(ran.exitCode).toBe(0);
  expect(await digestAt(`${direct(0)}-copy`, 'new')).toBe(ran.outputs.digest);
});

describe('the second of three registries', () => {
  test('is down before it begins: nothing is written anywhere', async () => {
    servers[1]?.fault(/./, reset, 1000);
    const before = servers[0]?.requests.length;
    const ran = await assemble();
    expect(ran).toMatchObject({ exitCode: 1, message: expect.stringContaining('Cannot find') });
    expect(servers[0]?.requests.slice(before).filter((line) => !/^(GET|HEAD) /.test(line))).toEqual([]);
    expect(await standing()).toEqual(asBefore());
  });

  test.each([
    ['while blobs are copied', /^POST /],
    ['while images are written', /^PUT .*\/manifests\/sha256:/],
  ])('goes down %s: no tag was moved', async (_, from) => {
    servers[1]?.fault(from, goDown(1), 1);
    const ran = await assemble();
    expect(ran.exitCode).toBe(1);
    expect(await standing()).toEqual(asBefore());
  });

  test.each(['latest', 'new'])(
    'goes down when its tag %s is moved: the tags of the first are put back',
    async (tag) => {
      // Its tag `latest` is put back as well, before the registry is away for good.
      servers[1]?.fault(put(tag), reset, 1000);
      const ran = await assemble();
      expect(ran.exitCode).toBe(1);
      expect(ran.message).toMatch(/Cannot write .*; no tag is moved: those that had been are put back/);
      expect(await standing()).toEqual(asBefore());
      expect(ran.report).toContain('Failed: not all tags could be moved');
      expect(ran.report).toContain('not there, as before');
    },
  );

  test('does not answer any more: the report says what is not known, and the first is put back', async () => {
    servers[1]?.fault(put('new'), goDown(1), 1);
    const ran = await assemble();
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toContain(`these could not be put back: ${repository(1)}:latest, ${repository(1)}:new`);
    const { '1:latest': astray, ...others } = await standing();
    expect(astray).not.toBe(old.digest);
    expect(others).toEqual({ '0:latest': old.digest, '2:latest': old.digest });
    expect(ran.report).toMatch(/not known: Cannot find/);
  });

  test('answers with an error although it moved the tag: it is put back, too', async () => {
    servers[1]?.fault(put('latest'), movedAll(500), 100);
    const ran = await assemble();
    expect(ran.exitCode).toBe(1);
    expect(await standing()).toEqual(asBefore());
  });

  test.each<[string, Fault, RegExp]>([
    ['401', refusal(401, 'UNAUTHORIZED'), /answered 401/],
    ['403', refusal(403, 'DENIED'), /answered 403/],
    ['404', refusal(404, 'NAME_UNKNOWN'), /answered 404/],
    ['429', refusal(429, 'TOOMANYREQUESTS'), /answered 429/],
    ['503', refusal(503, 'UNAVAILABLE'), /answered 503/],
    [
      'that the tag is immutable',
      refusal(
        400,
        'TAG_INVALID',
        "The image tag 'latest' already exists and cannot be overwritten because the tag is immutable.",
      ),
      /immutable/,
    ],
  ])('answers %s when its tag is moved: the tags of the first are put back', async (_, fault, message) => {
    servers[1]?.fault(put('latest'), fault, 100);
    const ran = await assemble();
    expect(ran.exitCode).toBe(1);
    expect(ran.message).toMatch(message);
    expect(await standing()).toEqual(asBefore());
  });

  test('works again: the next run completes', async () => {
    let isDown = true;
    servers[1]?.fault(put('new'), (...request) => (isDown ? reset : passing)(...request), 1000);
    expect(await assemble()).toMatchObject({ exitCode: 1 });
    isDown = false;
    await expectCompletes();
  });
});

test('a registry that removes no tag: the report says honestly which one could not be taken back', async () => {
  servers[0]?.fault(/^DELETE /, refusal(405, 'UNSUPPORTED'), 100);
  servers[1]?.fault(put('latest'), reset, 100);
  const ran = await assemble();
  expect(ran.message).toContain(`these could not be put back: ${repository(0)}:new`);
  const { '0:new': astray, ...others } = await standing();
  expect(astray).toMatch(/^sha256:/);
  expect(others).toEqual(asBefore());
  expect(ran.report).toContain('at the new index, because it could not be put back');
});

describe('another run', () => {
  test('that moves a tag between plan and move stops this one, and its tag is left alone', async () => {
    const other = await pushTestImage({ registry: registries[1]?.host ?? '', path: name }, { salt: 'other' });
    // At the moment at which the first registry gets its tag, the other run moves the one of the second.
    servers[0]?.fault(put('latest'), async (incoming, response, onward) => {
      await pushTestImage({ registry: registries[1]?.host ?? '', path: name }, { salt: 'other', tag: 'latest' });
      await passing(incoming, response, onward);
    });
    const ran = await assemble();
    expect(ran.message).toContain('another run moved it at the same time');
    expect(await standing()).toEqual({ ...asBefore(), '1:latest': other.digest });
    expect(ran.report).toContain('where another run moved it meanwhile');
  });
});

describe('a run that is cancelled', () => {
  test('while tags are moved puts them back', async () => {
    const controller = new AbortController();
    servers[1]?.fault(put('latest'), async (incoming, response, onward) => {
      controller.abort();
      await passing(incoming, response, onward);
    });
    const ran = await assemble(controller.signal);
    expect(ran.exitCode).toBe(130);
    expect(ran.message).toContain('The run was cancelled while tags were moved; no tag is moved');
    expect(await standing()).toEqual(asBefore());
  });

  test('before tags are moved moves none', async () => {
    const controller = new AbortController();
    servers[1]?.fault(/^POST /, (incoming) => {
      controller.abort();
      incoming.socket.destroy();
    });
    expect(await assemble(controller.signal)).toMatchObject({ exitCode: 130 });
    expect(await standing()).toEqual(asBefore());
  });
});

/** From this request on the n-th registry answers nothing. */
function goDown(n: number): Fault {
  return (incoming) => {
    servers[n]?.fault(/./, reset, 1000);
    incoming.socket.destroy();
  };
}

const passing: Fault = async (_incoming, response, onward) => {
  const answer = await onward();
  response.writeHead(answer.statusCode ?? 500, answer.headers);
  answer.pipe(response);
};

/** The registry does what it is asked to, and then says that it did not. */
function movedAll(status: number): Fault {
  return async (_incoming, response, onward) => {
    (await onward()).resume();
    response.writeHead(status).end();
  };
}
