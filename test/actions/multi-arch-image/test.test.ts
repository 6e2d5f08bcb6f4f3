import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect } from '@jest/globals';
import { execution } from '../../../actions/multi-arch-image/machine.ts';
import { requires } from '../../support/requires.ts';
import { pushTestImage, pushTestIndex, type TestImage } from '../../support/test-image.ts';
import {
  FOREIGN,
  NATIVE,
  openWorkplace,
  processesWith,
  shellFiles,
  succeeded,
  type Workplace,
} from './build-workplace.ts';

const { test } = requires('buildah', 'tests are really run in containers');

let work: Workplace;
let passes: TestImage;
let fails: TestImage;
let foreign: TestImage;
let shell: TestImage;

beforeAll(async () => {
  work = await openWorkplace();
  passes = await push({});
  fails = await push({ exitCode: 7, output: 'it does not work\n' });
  foreign = await push({ platform: `linux/${FOREIGN}` });
  shell = await push({
    layers: [{ files: Object.entries(shellFiles()).map(([file, content]) => ({ path: file, content })) }],
  });
});
afterAll(async () => {
  await work.stop();
});
beforeEach(() => {
  mkdirSync(path.join(work.directory, '.headgate', 'records'), { recursive: true });
});

const target = () => ({ registry: work.registry.host, path: 'acme/app' });

async function push(options: Parameters<typeof pushTestImage>[1]): Promise<TestImage> {
  return await pushTestImage(target(), { platform: `linux/${NATIVE}`, ...options });
}

const RECORD = `image-test-acme-app-linux-${NATIVE}`;

/** Runs words in the image that has a shell. */
async function inShell(script: string, inputs: Readonly<Record<string, string>> = {}) {
  const command = JSON.stringify(['/bin/sh', '-c', script, 'sh', 'one $two', '--three', '$(four); "five"']);
  return await work.run('test', { digest: shell.digest, command, ...inputs });
}

function writeBuildRecord(name: string, digest: string, platform = `linux/${NATIVE}`): void {
  const record = {
    format: 'headgate-image-1',
    kind: 'build',
    image: work.image,
    platform,
    digest,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    size: 1,
    tool: 'buildah 1.0',
  };
  const folder = path.join(work.directory, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `image-build-${platform.replaceAll('/', '-')}.json`), JSON.stringify(record));
}

describe('a test', () => {
  test('runs in the image that the record names, and leaves its own record', async () => {
    writeBuildRecord('records-one', passes.digest);
    writeBuildRecord('records-one', foreign.digest, `linux/${FOREIGN}`);
    const run = await work.run('test', { records: 'records-one', command: '/app' });
    succeeded(run);
    expect(run.log).toContain(`linux/${NATIVE}`);
    expect(run.outputs).toMatchObject({
      digest: passes.digest,
      'exit-code': '0',
      emulated: 'false',
      record: `.headgate/records/${RECORD}.json`,
    });
    expect(work.record(RECORD)).toEqual({
      format: 'headgate-image-1',
      kind: 'test',
      image: work.image,
      platform: `linux/${NATIVE}`,
      digest: passes.digest,
      command: ['/app'],
      exitCode: 0,
      duration: expect.any(Number),
      emulated: false,
      tool: expect.stringMatching(/^buildah \d/),
    });
    expect(work.leftovers()).toEqual([]);
  });

  test('that fails leaves its record and fails the job', async () => {
    const { code, log } = await work.run('test', { digest: fails.digest, command: '/app' });
    expect(code).toBe(1);
    expect(log).toMatch(/ended with 7. Its last lines:\n(.*\n)*it does not work\n/);
    expect(work.record(RECORD)).toMatchObject({ digest: fails.digest, exitCode: 7 });
    expect(work.leftovers()).toEqual([]);
  });

  test('gets each word, each variable and the folder as they are given', async () => {
    work.write({ 'fixtures/word': 'of the checkout\n' });
    const script = [
      '[ "$#" -eq 3 ] && [ "$1" = "one \\$two" ] && [ "$2" = --three ] && [ "$3" = "\\$(four); \\"five\\"" ]',
      '[ "$GIVEN" = "a b, \\"c\\" \\$d" ]',
      'read word </workspace/word; [ "$word" = "of the checkout" ]',
      'if (echo >/workspace/new) 2>/dev/null; then exit 9; fi',
      'echo all is there',
    ].join(' && ');
    const inputs = { mount: 'fixtures', environment: JSON.stringify({ GIVEN: 'a b, "c" $d' }) };
    const run = await inShell(script, inputs);
    succeeded(run);
    expect(run.log).toContain('all is there');
    expect(readdirSync(path.join(work.directory, 'fixtures'))).toEqual(['word']);
  });

  test('runs as the user that is named', async () => {
    const script = 'while read name id rest; do [ "$name" = Uid: ] && echo "user $id"; done </proc/self/status; true';
    expect((await inShell(script, { user: '65532:65532' })).log).toContain('user 65532');
  });

  test('that is not ready in time is ended; its record says 124', async () => {
    const { code, log } = await inShell('echo it-hangs-now; while :; do :; done', { timeout: '1s' });
    expect(code).toBe(1);
    expect(log).toContain('did not end in 1 seconds');
    expect(work.record(RECORD)).toMatchObject({ exitCode: 124 });
    expect(processesWith('it-hangs-now')).toEqual([]);
    expect(work.leftovers()).toEqual([]);
  });

  test('that is cancelled leaves no process and no container', async () => {
    const command = JSON.stringify(['/bin/sh', '-c', 'echo cancel-me-now; while :; do :; done']);
    const running = work.spawn('test', { digest: shell.digest, command });
    await running.saw('cancel-me-now\n');
    running.process.kill('SIGTERM');
    expect(await running.ended()).toMatchObject({ code: 130 });
    expect(processesWith('cancel-me-now')).toEqual([]);
    expect(work.leftovers()).toEqual([]);
  });
});

describe('a test is refused', () => {
  test('when no record names the image', async () => {
    mkdirSync(path.join(work.directory, 'records-none'), { recursive: true });
    const { code, log } = await work.run('test', { records: 'records-none', command: '/app' });
    expect(code).toBe(1);
    expect(log).toContain(`No record says what was built for linux/${NATIVE} of ${work.image}`);
  });

  test('when two records name two images', async () => {
    writeBuildRecord('records-two/a', passes.digest);
    writeBuildRecord('records-two/b', fails.digest);
    const { code, log } = await work.run('test', { records: 'records-two', command: '/app' });
    expect(code).toBe(1);
    expect(log).toContain('The records name 2 images');
  });

  test('when the digest is of another platform, of an index, or of nothing', async () => {
    const index = await pushTestIndex(target(), [passes, foreign]);
    const missing = `sha256:${'0'.repeat(64)}`;
    const said = [];
    for (const digest of [foreign.digest, index.digest, missing]) {
      said.push(await work.run('test', { digest, command: '/app' }));
    }
    expect(said.map(({ code }) => code)).toEqual([1, 1, 1]);
    expect(said[0]?.log).toContain(`is an image for linux/${FOREIGN}, not for linux/${NATIVE}`);
    expect(said[1]?.log).toContain('it is an index and not one image');
    expect(said[2]?.log).toContain('it is not there');
    expect(work.leftovers()).toEqual([]);
  });

  test('with all wrong inputs at once', async () => {
    symlinkSync('/', path.join(work.directory, 'way-out'));
    const { code, log } = await work.run('test', { mount: 'way-out', environment: '"a-b": c' });
    expect(code).toBe(2);
    for (const name of ['command', 'mount', 'environment']) expect(log).toContain(`input '${name}'`);
  });
});

describe('an image of another architecture', () => {
  test('is not tested by an emulator unless that is accepted', async () => {
    const inputs = { platform: FOREIGN, digest: foreign.digest, command: '/app' };
    const { code, log } = await work.run('test', inputs);
    expect(code).toBe(1);
    expect(log).toContain(`This machine is ${NATIVE} and does not run linux/${FOREIGN} by itself`);
    expect(log).toContain("'allow-emulation: true'");
  });

  test('is really run where an emulator is registered, and its record says so', async () => {
    if ((await execution(NATIVE, { os: 'linux', architecture: FOREIGN })) !== 'emulated') {
      throw new Error(`No emulator for ${FOREIGN} is registered on this machine. Run: scripts/tools.sh need_arm64`);
    }
    const run = await work.run('test', {
      platform: FOREIGN,
      digest: foreign.digest,
      command: '/app',
      'allow-emulation': 'true',
    });
    succeeded(run);
    expect(run.log).toContain(`linux/${FOREIGN}\n`);
    expect(run.outputs).toMatchObject({ emulated: 'true' });
    expect(work.record(`image-test-acme-app-linux-${FOREIGN}`)).toMatchObject({ emulated: true, exitCode: 0 });
  });

  test('that no emulator is registered for is not begun', async () => {
    const inputs = { platform: 'linux/no-such-machine', digest: foreign.digest, command: '/app' };
    const { code, log } = await work.run('test', { ...inputs, 'allow-emulation': 'true' });
    expect(code).toBe(1);
    expect(log).toContain('no emulator for linux/no-such-machine is registered');
  });
});
