import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
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

// Beside it are buildkitd, buildctl and runc. buildkitd runs as root.
const { path: program, test } = requires('buildctl-daemonless.sh', 'images are built and tested by BuildKit');

const PASSWORD = 'of-the-private-registry';
const LOGIN = Buffer.from(`ci:${PASSWORD}`).toString('base64');
let work: Workplace;
let closed: Workplace;
let flags: string | undefined;
let programs = '';

beforeAll(async () => {
  programs = process.env.PATH ?? '';
  // For this suite alone: with a runtime on PATH buildah would isolate its steps in another way.
  process.env.PATH = [path.dirname(program), programs].join(path.delimiter);
  closed = await openWorkplace({ auth: { username: 'ci', password: PASSWORD } });
  work = await openWorkplace();
  flags = process.env.BUILDKITD_FLAGS;
  const root = path.join(work.directory, '.buildkit');
  process.env.BUILDKITD_FLAGS = `--root ${root} --oci-worker-snapshotter=native --containerd-worker=false --oci-worker-net=host`;
  work.write({
    'app/app-amd64': testProgram('amd64'),
    'app/app-arm64': testProgram('arm64'),
    'app/Containerfile': 'FROM scratch\nARG TARGETARCH\nCOPY app-$TARGETARCH /app\nENTRYPOINT ["/app"]\n',
    'fixtures/word': 'of the checkout\n',
    'fixtures/.dockerignore': 'word\n',
  });
  writeShell(work, 'shell/root');
});
afterAll(async () => {
  if (flags === undefined) delete process.env.BUILDKITD_FLAGS;
  else process.env.BUILDKITD_FLAGS = flags;
  process.env.PATH = programs;
  await work.stop();
  await closed.stop();
});

const tool = 'buildkit';
const epoch = (seconds: string, run: () => Promise<void>) => {
  process.env.SOURCE_DATE_EPOCH = seconds;
  return run().finally(() => {
    delete process.env.SOURCE_DATE_EPOCH;
  });
};

for (const platform of [NATIVE, FOREIGN]) {
  test(`BuildKit builds one image for ${platform}, without attestations, and tests it`, async () => {
    const note = 'one, "two"';
    const annotations = JSON.stringify({ 'com.example.note': note });
    const built = await work.run('build', { tool, platform, context: 'app', annotations, labels: annotations });
    succeeded(built);
    const { manifest, config } = await configOf(work.image, built.outputs.digest ?? '');
    expect(config).toMatchObject({
      os: 'linux',
      architecture: platform,
      config: { Labels: { 'com.example.note': note } },
    });
    expect(manifest.annotations).toMatchObject({ 'com.example.note': note });
    const allow = String(platform === FOREIGN);
    const tested = await work.run('test', { tool, platform, command: '/app', 'allow-emulation': allow });
    succeeded(tested);
    expect(tested.outputs).toMatchObject({ digest: built.outputs.digest, emulated: allow });
    expect(work.record(`image-test-acme-app-linux-${platform}`)).toMatchObject({
      exitCode: 0,
      tool: expect.stringMatching(/^buildkit/),
    });
  }, 120_000);
}

test(
  'the same content at another time is the same image when it is to be reproducible',
  () =>
    epoch('1700000000', async () => {
      const inputs = { tool, context: 'app', reproducible: 'true' };
      const first = await work.run('build', inputs);
      succeeded(first);
      writeFileSync(path.join(work.directory, 'app', `app-${NATIVE}`), testProgram(NATIVE as 'amd64'));
      const second = await work.run('build', inputs);
      expect(second.outputs.digest).toBe(first.outputs.digest);
      expect((await configOf(work.image, first.outputs.digest ?? '')).config.created).toBe('2023-11-14T22:13:20Z');
    }),
  120_000,
);

test('a base image of another platform is refused before anything is pushed', async () => {
  const target = { registry: work.registry.host, path: 'acme/base' };
  const { digest } = await pushTestImage(target, { platform: `linux/${FOREIGN}` });
  work.write({
    'app/Containerfile.lie': `FROM --platform=linux/${FOREIGN} ${work.registry.host}/acme/base@${digest}\n`,
  });
  const { code, log } = await work.run('build', { tool, context: 'app', file: 'app/Containerfile.lie' });
  expect(code).toBe(1);
  expect(log).toContain(`/app is a program for ${FOREIGN}`);
}, 120_000);

test('secrets reach their step alone, and a cache in a registry is written and read', async () => {
  const secret = 'hunter2-of-the-variable';
  work.write({
    'shell/Containerfile': [
      'FROM scratch',
      'COPY root /',
      'RUN --mount=type=secret,id=word read word </run/secrets/word; echo "read: $word"; [ ${#word} -eq 23 ]',
      'RUN [ ! -e /run/secrets/word ]',
      'ENTRYPOINT ["/bin/sh"]',
    ].join('\n'),
  });
  process.env.BUILD_WORD = secret;
  const cache = `${work.registry.host}/acme/cache`;
  try {
    const inputs = { tool, context: 'shell', secrets: 'word=BUILD_WORD', 'cache-from': cache, 'cache-to': cache };
    const run = await work.run('build', inputs);
    succeeded(run);
    expect(run.log).toContain('read: ***');
    expect(run.log).not.toContain(secret);
    expect(JSON.stringify(await configOf(work.image, run.outputs.digest ?? ''))).not.toContain(secret);
    expect((await read(cache, 'manifests', `cache-linux-${NATIVE}`)).status).toBe(200);
  } finally {
    delete process.env.BUILD_WORD;
  }
}, 120_000);

test('a test gets its words, variables and folder, and its exit code comes back', async () => {
  const script =
    'read word </workspace/word; [ "$word" = "of the checkout" ] && [ "$GIVEN" = "a \\"b\\" \\$c" ] && [ "$1" = "<<EOF" ] && exit 7';
  const run = await work.run('test', {
    tool,
    command: JSON.stringify(['/bin/sh', '-c', script, 'sh', '<<EOF']),
    mount: 'fixtures',
    environment: JSON.stringify({ GIVEN: 'a "b" $c' }),
  });
  expect(run.code).toBe(1);
  expect(work.record(`image-test-acme-app-linux-${NATIVE}`)).toMatchObject({ exitCode: 7 });
}, 120_000);

test('a test that is not ready in time is ended with its container', async () => {
  const command = JSON.stringify(['/bin/sh', '-c', 'echo it-hangs-in-buildkit; while :; do :; done']);
  const run = await work.run('test', { tool, command, timeout: '5s' });
  expect(run.code).toBe(1);
  expect(run.log).toContain('it-hangs-in-buildkit');
  expect(work.record(`image-test-acme-app-linux-${NATIVE}`)).toMatchObject({ exitCode: 124 });
  expect(processesWith('it-hangs-in-buildkit')).toEqual([]);
}, 120_000);

test('a private base image is pulled with the login for the registry that is named', async () => {
  const target = { registry: closed.registry.host, path: 'acme/base', authorization: `Basic ${LOGIN}` };
  const { digest } = await pushTestImage(target, { platform: `linux/${NATIVE}` });
  writeFileSync(
    path.join(process.env.DOCKER_CONFIG ?? '', 'config.json'),
    JSON.stringify({ auths: { [target.registry]: { auth: LOGIN } } }),
  );
  work.write({ 'app/Containerfile.private': `FROM ${target.registry}/acme/base@${digest}\nENV A=b\n` });
  const run = await work.run('build', {
    tool,
    context: 'app',
    file: 'app/Containerfile.private',
    registries: target.registry,
  });
  succeeded(run);
  expect(run.log).not.toContain(PASSWORD);
}, 120_000);
