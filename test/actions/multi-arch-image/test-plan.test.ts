import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  containerfile,
  type TestOptions,
  testCleaning,
  testPlan,
} from '../../../actions/multi-arch-image/test/plan.ts';
import type { ChosenTool } from '../../../actions/multi-arch-image/tool-choice.ts';
import { digestOf } from '../../../lib/registry/digest.ts';
import { parsePlatform } from '../../../lib/registry/platform.ts';
import { parseRepository } from '../../../lib/registry/reference.ts';

const place = { directory: '/tmp/headgate-image-1', name: 'headgate-image-1' };
const digest = digestOf('manifest');
const configDigest = digestOf('config');
const id = configDigest.slice('sha256:'.length);
const least: TestOptions = {
  image: parseRepository('ghcr.io/acme/app'),
  digest,
  configDigest,
  platform: parsePlatform('linux/arm64')!,
  command: ['/app', '--check'],
  environment: {},
  mount: undefined,
  user: undefined,
};
const full: TestOptions = {
  ...least,
  environment: { A: 'b c' },
  mount: '/src/test',
  user: '65532:65532',
};
const unset = { isolation: null, storageDriver: null };
const BUILDAH: ChosenTool = { name: 'buildah', program: 'buildah', isolation: 'chroot', storageDriver: 'vfs' };
const PODMAN: ChosenTool = { name: 'podman', program: 'podman', ...unset };
const DOCKER: ChosenTool = { name: 'docker', program: 'docker', ...unset };
const BUILDKIT: ChosenTool = { name: 'buildkit', program: 'buildctl-daemonless.sh', ...unset };

const OWN = ['--root', '/tmp/headgate-image-1/storage', '--runroot', '/tmp/headgate-image-1/run'];
const VFS = [...OWN, '--storage-driver', 'vfs'];

describe('how a test is run', () => {
  test('buildah: in a container of its own storage, which is removed', () => {
    const plan = testPlan(BUILDAH, place, full);
    expect(plan.prepare.map(({ arguments: words }) => words)).toEqual([
      [...VFS, 'pull', '--quiet', '--platform', 'linux/arm64', 'oci:layout'],
      [...VFS, 'from', '--pull-never', '--platform', 'linux/arm64', '--name', 'headgate-image-1', id],
    ]);
    expect(plan.run).toEqual({
      program: 'buildah',
      arguments: [
        ...[...VFS, 'run', '--isolation', 'chroot', '--env', 'A=b c', '--volume', '/src/test:/workspace:ro'],
        ...['--user', '65532:65532', 'headgate-image-1', '--', '/app', '--check'],
      ],
      environment: {},
      directory: place.directory,
    });
    expect(testCleaning(BUILDAH, place).map(({ arguments: words }) => words)).toEqual([
      [...VFS, 'rm', '--all'],
      [...VFS, 'rmi', '--all', '--force'],
    ]);
  });

  test('Podman: the same image, and the program in place of the entrypoint', () => {
    const plan = testPlan(PODMAN, place, full);
    expect(plan.prepare.map(({ arguments: words }) => words)).toEqual([
      [...OWN, 'pull', '--quiet', '--platform', 'linux/arm64', 'oci:layout'],
    ]);
    expect(plan.run.arguments).toEqual([
      ...[...OWN, 'run', '--rm', '--name', 'headgate-image-1', '--pull=never', '--platform', 'linux/arm64'],
      ...['--env', 'A=b c', '--mount', 'type=bind,source=/src/test,target=/workspace,readonly=true'],
      ...['--user', '65532:65532', '--entrypoint=/app', id, '--check'],
    ]);
  });

  test('Docker: pulled and run by the digest; a container that is left is removed by its name', () => {
    const plan = testPlan(DOCKER, place, least);
    const image = `ghcr.io/acme/app@${digest}`;
    expect(plan.prepare.map(({ arguments: words }) => words)).toEqual([
      ['pull', '--quiet', '--platform', 'linux/arm64', image],
    ]);
    expect(plan.run.arguments).toEqual([
      ...['run', '--rm', '--name', 'headgate-image-1', '--pull=never', '--platform', 'linux/arm64'],
      ...['--entrypoint=/app', image, '--check'],
    ]);
    expect(testCleaning(DOCKER, place).map(({ arguments: words }) => words)).toEqual([
      ['rm', '--force', 'headgate-image-1'],
    ]);
  });

  test('BuildKit: as the only step of a build on the image, never from a cache', () => {
    const plan = testPlan(BUILDKIT, place, full);
    expect(plan.files).toEqual({
      'plan/Containerfile':
        'FROM tested\nENV A="b c"\nUSER 65532:65532\nRUN --mount=type=bind,target=/workspace,readonly ["/app","--check"]\n',
      'plan/Containerfile.dockerignore': '# everything\n',
    });
    expect(plan.run).toEqual({
      program: 'buildctl-daemonless.sh',
      arguments: [
        ...['build', '--progress=plain', '--no-cache', '--frontend', 'dockerfile.v0'],
        ...['--local', 'context=/src/test', '--local', 'dockerfile=/tmp/headgate-image-1/plan'],
        ...['--opt', 'filename=Containerfile', '--opt', 'platform=linux/arm64'],
        ...['--opt', `context:tested=oci-layout://tested@${digest}`],
        ...['--oci-layout', 'tested=/tmp/headgate-image-1/layout'],
      ],
      environment: {},
    });
  });
});

describe('how a test ended', () => {
  test.each<[string, ChosenTool, number, readonly string[], number | undefined]>([
    ['buildah passes the code on', BUILDAH, 7, [], 7],
    ['Podman passes the code on', PODMAN, 7, [], 7],
    ['Docker could not run it', DOCKER, 125, ['docker: Error response from daemon'], undefined],
    ['BuildKit: passed', BUILDKIT, 0, [], 0],
    [
      'BuildKit tells the code in its message',
      BUILDKIT,
      1,
      ['error: failed to solve: process "/app --check" did not complete successfully: exit code: 7'],
      7,
    ],
    ['BuildKit itself failed', BUILDKIT, 1, ['error: failed to solve: no such file'], undefined],
  ])('%s', (_, tool, exitCode, lastLines, expected) => {
    expect(testPlan(tool, place, least).exitCode({ exitCode, lastLines })).toBe(expected);
  });
});

test('the words of a test come back from the Containerfile of BuildKit, and nothing else becomes an instruction', () => {
  const word = fc.string({ unit: 'grapheme' });
  fc.assert(
    fc.property(fc.array(word, { minLength: 1 }), (command) => {
      const lines = containerfile(command, {}, undefined, undefined).trimEnd().split('\n');
      expect(lines).toHaveLength(2);
      const [, json = ''] = /^RUN (.*)$/s.exec(lines[1] ?? '') ?? [];
      expect(json).not.toContain('<<');
      expect(JSON.parse(json)).toEqual(command);
    }),
  );
});

test('a value of a variable is quoted for the Containerfile', () => {
  const text = containerfile(['/app'], { A: 'a "b" $C \\d' }, undefined, undefined);
  expect(text).toContain('ENV A="a \\"b\\" \\$C \\\\d"\n');
});
