import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { execa } from 'execa';
import { requires } from '../../support/requires.ts';
import { pushTestImage } from '../../support/test-image.ts';
import { testProgram } from '../../support/test-program.ts';
import {
  configOf,
  FOREIGN,
  NATIVE,
  openWorkplace,
  processesWith,
  read,
  succeeded,
  type Workplace,
  writeShell,
} from './build-workplace.ts';

const { test } = requires('buildah', 'images are really built');

let work: Workplace;
/** An image of the other platform. */
let base: string;
beforeAll(async () => {
  work = await openWorkplace();
  work.write({
    'app/app-amd64': testProgram('amd64'),
    'app/app-arm64': testProgram('arm64'),
    'app/Containerfile': 'FROM scratch\nARG TARGETARCH\nCOPY app-$TARGETARCH /app\nENTRYPOINT ["/app"]\n',
    'fails/Containerfile': 'FROM scratch\nCOPY there-is-no-such-file /\n',
  });
  writeShell(work, 'shell/root');
  const target = { registry: work.registry.host, path: 'acme/base' };
  base = `${target.registry}/acme/base@${(await pushTestImage(target, { platform: `linux/${FOREIGN}` })).digest}`;
});
afterAll(async () => {
  await work.stop();
});

/** What the registry has, as text: every blob, unpacked. */
async function everything(): Promise<string> {
  const { manifest } = await configOf(work.image, String(work.record(`image-build-acme-app-linux-${NATIVE}`)?.digest));
  const blobs = [manifest.config.digest, ...manifest.layers.map(({ digest }) => digest)];
  const contents = await Promise.all(
    blobs.map(async (digest) => Buffer.from(await (await read(work.image, 'blobs', digest)).arrayBuffer())),
  );
  return [JSON.stringify(manifest), ...contents.map((bytes) => (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes))].join();
}

async function repositories(): Promise<string[]> {
  const answer = await fetch(`http://${work.registry.host}/v2/_catalog`);
  return ((await answer.json()) as { repositories: string[] }).repositories;
}

describe('a build', () => {
  const LIES = {
    'a base image of another platform': () => `FROM --platform=linux/${FOREIGN} ${base}`,
    'a base image by the digest of one platform': () => `FROM ${base}`,
    // With a step on top, buildah's configuration claims the platform that was asked for.
    'a step on a base image of another platform': () => `FROM --platform=linux/${FOREIGN} ${base}\nENV A=b`,
    'a program of another platform': () => `FROM scratch\nCOPY app-${FOREIGN} /app\nENTRYPOINT ["/app"]`,
  };
  for (const [lie, text] of Object.entries(LIES)) {
    test(`from ${lie} is refused before anything is pushed`, async () => {
      work.write({ 'app/Containerfile.lie': `${text()}\n` });
      const { code, log } = await work.run('build', { context: 'app', file: 'app/Containerfile.lie' });
      expect(code).toBe(1);
      expect(log).toContain(`The build for linux/${NATIVE} made another image, and it was not pushed`);
      expect(log).toMatch(new RegExp(`/app is a program for ${FOREIGN}|its configuration says linux/${FOREIGN}`));
      expect(await repositories()).toEqual(['acme/base']);
      expect(work.record(`image-build-acme-app-linux-${NATIVE}`)).toBeUndefined();
      expect(work.leftovers()).toEqual([]);
    });
  }

  for (const platform of ['amd64', 'arm64'])
    test(`for ${platform} is pushed by digest, without a tag, and leaves a record`, async () => {
      const { code, outputs, log } = await work.run('build', { context: 'app', platform });
      succeeded({ code, log });
      const { digest = '' } = outputs;
      const { config } = await configOf(work.image, digest);
      expect(config).toMatchObject({ os: 'linux', architecture: platform });
      expect(outputs).toMatchObject({
        image: `${work.image}@${digest}`,
        platform: `linux/${platform}`,
        record: `.headgate/records/image-build-acme-app-linux-${platform}.json`,
      });
      const answer = await read(work.image, 'manifests', digest);
      expect(work.record(`image-build-acme-app-linux-${platform}`)).toEqual({
        format: 'headgate-image-1',
        kind: 'build',
        image: work.image,
        platform: `linux/${platform}`,
        digest,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        size: Buffer.from(await answer.arrayBuffer()).length,
        tool: expect.stringMatching(/^buildah \d+\.\d+/),
      });
      const tags = await fetch(`http://${work.registry.host}/v2/acme/app/tags/list`);
      expect(((await tags.json()) as { tags?: string[] | null }).tags ?? []).toEqual([]);
      expect(work.leftovers()).toEqual([]);
      expect(/ is emulated/.test(log)).toBe(platform === FOREIGN);
    });

  test('that fails shows the last lines of the tool, and leaves nothing on the machine', async () => {
    const { code, log } = await work.run('build', { context: 'fails' });
    expect(code).toBe(1);
    expect(log).toMatch(/'buildah build' ended with \d+. Its last lines:\n(.*\n)*.*there-is-no-such-file/);
    expect(work.leftovers()).toEqual([]);
  });

  test('with wrong inputs starts no tool, and tells all that is wrong', async () => {
    const inputs = { context: 'app', secrets: 'a=NOT_SET_HERE', annotations: '"": x', file: 'none' };
    const { code, log } = await work.run('build', inputs);
    expect(code).toBe(2);
    for (const name of ['file', 'secrets', 'annotations']) expect(log).toContain(`input '${name}'`);
    expect(log).not.toContain('STEP');
  });

  test('takes arguments, labels, annotations and a stage as they are written', async () => {
    work.write({
      'staged/Containerfile':
        'FROM scratch AS wanted\nARG WORD\nENV WORD=$WORD\nCOPY note /\nFROM wanted AS other\nENV OTHER=1\n',
      'staged/note': 'a note',
    });
    const word = 'a b; "c" $(d) \'e\' --f=g,h';
    const given = JSON.stringify({ WORD: word });
    const { code, outputs, log } = await work.run('build', {
      context: 'staged',
      target: 'wanted',
      'build-args': given,
      labels: JSON.stringify({ 'com.example.word': word }),
      annotations: JSON.stringify({ 'com.example.word': word }),
    });
    succeeded({ code, log });
    const { config, manifest } = await configOf(work.image, outputs.digest ?? '');
    expect(config.config.Env).toContain(`WORD=${word}`);
    expect(config.config.Env).not.toContain('OTHER=1');
    expect(config.config.Labels).toMatchObject({ 'com.example.word': word });
    expect(manifest.annotations).toMatchObject({ 'com.example.word': word });
  });

  test('of the same commit is the same image when it is to be reproducible', async () => {
    const git = (...words: readonly string[]) =>
      execa('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', '-c', 'commit.gpgsign=false', ...words], {
        cwd: work.directory,
        env: { GIT_COMMITTER_DATE: '2001-02-03T04:05:06Z' },
      });
    await git('init', '--quiet');
    await git('commit', '--quiet', '--allow-empty', '--message', 'one');
    await git('remote', 'add', 'origin', 'https://github.com/octo-org/shop.git');
    const { stdout: commit } = await git('rev-parse', 'HEAD');
    // What it leaves in the storage has other times, and must not get into the image.
    succeeded(await work.run('build', { context: 'app' }));
    const first = await work.run('build', { context: 'app', reproducible: 'true' });
    succeeded(first);
    // The same content, written at another time.
    for (const name of ['app-amd64', 'app-arm64'] as const) {
      writeFileSync(path.join(work.directory, 'app', name), testProgram(name === 'app-amd64' ? 'amd64' : 'arm64'));
    }
    const second = await work.run('build', { context: 'app', reproducible: 'true' });
    expect(second.outputs.digest).toBe(first.outputs.digest);
    await execa('buildah', ['rmi', '--all', '--force']);
    const onAnotherMachine = await work.run('build', { context: 'app', reproducible: 'true' });
    expect(onAnotherMachine.outputs.digest).toBe(first.outputs.digest);
    const { config, manifest } = await configOf(work.image, first.outputs.digest ?? '');
    expect(config.created).toBe('2001-02-03T04:05:06Z');
    expect(manifest.annotations).toMatchObject({
      'org.opencontainers.image.source': 'https://github.com/octo-org/shop',
      'org.opencontainers.image.revision': commit,
      'org.opencontainers.image.created': '2001-02-03T04:05:06Z',
    });
    expect(work.record(`image-build-acme-app-linux-${NATIVE}`)).toMatchObject({ commit });
  });
});

describe('a secret of a build', () => {
  const SECRET = 'hunter2-of-the-variable';
  const IN_FILE = 'hunter3-of-the-file';

  test('is there for the step that asks for it, and nowhere else', async () => {
    work.write({
      'shell/Containerfile': [
        'FROM scratch',
        'COPY root /',
        'RUN --mount=type=secret,id=word read word </run/secrets/word; echo "read: $word"; [ ${#word} -eq 23 ]',
        'RUN --mount=type=secret,id=key read key </run/secrets/key; echo "read: $key"; [ ${#key} -eq 19 ]',
        'RUN [ ! -e /run/secrets/word ] && [ -z "$BUILD_WORD" ]',
      ].join('\n'),
      'key-outside': `${IN_FILE}\n`,
    });
    process.env.BUILD_WORD = SECRET;
    process.env.BUILD_KEY = path.join(work.directory, 'key-outside');
    try {
      const { code, log } = await work.run('build', {
        context: 'shell',
        secrets: 'word=BUILD_WORD\nkey=file:BUILD_KEY',
        isolation: 'chroot',
      });
      succeeded({ code, log });
      expect(log.match(/read: \*\*\*/g)).toHaveLength(2);
      const folder = path.join(work.directory, '.headgate');
      const written = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'));
      for (const text of [log, ...written, await everything()]) expect(text).not.toMatch(/hunter[23]/);
    } finally {
      delete process.env.BUILD_WORD;
      delete process.env.BUILD_KEY;
    }
  });
});

describe('a cache in a registry', () => {
  test('gives the second build its layers', async () => {
    work.write({ 'cached/Containerfile': 'FROM scratch\nCOPY root /\nRUN echo this-runs-once >/made\n' });
    writeShell(work, 'cached/root');
    const cache = `${work.registry.host}/acme/cache`;
    const inputs = { context: 'cached', 'cache-from': cache, 'cache-to': cache, isolation: 'chroot' };
    const first = await work.run('build', inputs);
    succeeded(first);
    expect(await repositories()).toContain('acme/cache');
    await execa('buildah', ['rmi', '--all', '--force']);
    const second = await work.run('build', inputs);
    succeeded(second);
    expect(second.log).toMatch(/Cache pulled from remote/);
  });
});

describe('a cancelled build', () => {
  test('ends the tool with everything that it started, and cleans up', async () => {
    work.write({ 'waits/Containerfile': 'FROM scratch\nCOPY root /\nRUN echo waiting-now; while :; do :; done\n' });
    writeShell(work, 'waits/root');
    const running = work.spawn('build', { context: 'waits', isolation: 'chroot' });
    await running.saw('\nwaiting-now');
    running.process.kill('SIGTERM');
    const { code, log } = await running.ended();
    expect(code).toBe(130);
    expect(log).toContain("'multi-arch-image build' was cancelled");
    expect(processesWith('waiting-now')).toEqual([]);
    expect(work.leftovers()).toEqual([]);
  });
});

describe('a build that is killed', () => {
  // Its tool may go on for a moment, and what it leaves must not trouble the next run.
  for (const moment of ['Building linux/', 'STEP 2', 'Push to ']) {
    test(`at '${moment.trim()}' is repeated with success`, async () => {
      const killed = work.spawn('build', { context: 'app' });
      await killed.saw(moment);
      killed.process.kill('SIGKILL');
      expect((await killed.ended()).code).toBeNull();
      const { code, log, outputs } = await work.run('build', { context: 'app' });
      succeeded({ code, log });
      expect((await read(work.image, 'manifests', outputs.digest ?? '')).status).toBe(200);
      expect(work.record(`image-build-acme-app-linux-${NATIVE}`)).toMatchObject({ digest: outputs.digest });
    });
  }
});
