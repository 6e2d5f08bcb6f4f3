import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { buildahBuilder } from '../../../actions/multi-arch-image/builders/buildah.ts';
import type { Builder, BuildOptions } from '../../../actions/multi-arch-image/builders/builder.ts';
import { buildkitBuilder } from '../../../actions/multi-arch-image/builders/buildkit.ts';
import { chooseTool, onPath, TOOL_NAMES } from '../../../actions/multi-arch-image/builders/choose-tool.ts';
import { dockerBuilder } from '../../../actions/multi-arch-image/builders/docker.ts';
import { type MachineFacts, storageSettings } from '../../../actions/multi-arch-image/builders/storage-settings.ts';
import { versionText } from '../../../actions/multi-arch-image/builders/tool-version.ts';
import { attributes } from '../../../actions/multi-arch-image/tool-command.ts';
import { parsePlatform } from '../../../lib/registry/platform.ts';
import { parseRepository } from '../../../lib/registry/reference.ts';

const directory = mkdtempSync(path.join(os.tmpdir(), 'headgate-builders-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const least: BuildOptions = {
  context: '/src',
  file: '/src/build/Containerfile',
  platform: parsePlatform('linux/arm/v7')!,
  target: undefined,
  buildArgs: {},
  secrets: [],
  labels: {},
  annotations: {},
  cacheFrom: [],
  cacheTo: [],
  epoch: undefined,
  pullBase: true,
  layout: '/tmp/Work/layout',
  name: 'headgate-image-1',
};
const full: BuildOptions = {
  ...least,
  target: 'runtime',
  buildArgs: { VERSION: '1.0 $(id); "x"' },
  secrets: [
    { id: 'npm', variable: 'NPM_TOKEN' },
    { id: 'key', file: '/run/key' },
  ],
  labels: { 'com.example.a': 'b=c' },
  annotations: { 'com.example.note': 'one, "two"' },
  cacheFrom: [parseRepository('ghcr.io/acme/cache')],
  cacheTo: [parseRepository('ghcr.io/acme/cache')],
  epoch: 1_700_000_000,
  pullBase: false,
};

const BUILDERS: readonly [string, Builder][] = [
  ['buildah', buildahBuilder('buildah', { isolation: undefined, storageDriver: undefined })],
  ['podman', buildahBuilder('podman', { isolation: undefined, storageDriver: undefined })],
  ['buildctl-daemonless.sh', buildkitBuilder('buildctl-daemonless.sh')],
  ['docker', dockerBuilder],
];

describe('command lines', () => {
  test('buildah builds into its storage and pushes into the layout', () => {
    const builder = buildahBuilder('buildah', { isolation: 'chroot', storageDriver: 'vfs' });
    expect(builder.build(least)).toEqual([
      {
        program: 'buildah',
        arguments: [
          ...['--storage-driver', 'vfs', 'build', '--format', 'oci', '--platform', 'linux/arm/v7'],
          ...['--file', '/src/build/Containerfile', '--tag', 'localhost/headgate-image-1', '--pull=always'],
          ...['--layers', '--force-rm', '--isolation', 'chroot', '/src'],
        ],
        environment: {},
      },
      {
        program: 'buildah',
        arguments: ['--storage-driver', 'vfs', 'push', 'localhost/headgate-image-1', 'oci:layout'],
        environment: {},
        directory: '/tmp/Work',
      },
    ]);
    expect(builder.clean('headgate-image-1')).toEqual([
      {
        program: 'buildah',
        arguments: ['--storage-driver', 'vfs', 'rmi', 'localhost/headgate-image-1'],
        environment: {},
      },
    ]);
  });

  test('buildah with everything', () => {
    const [command] = BUILDERS[0]![1].build(full);
    expect(command?.arguments).toEqual([
      ...['build', '--format', 'oci', '--platform', 'linux/arm/v7', '--file', '/src/build/Containerfile'],
      ...['--tag', 'localhost/headgate-image-1', '--target', 'runtime'],
      ...['--build-arg', 'SOURCE_DATE_EPOCH=1700000000', '--build-arg', 'VERSION=1.0 $(id); "x"'],
      ...['--secret', 'id=npm,env=NPM_TOKEN', '--secret', 'id=key,src=/run/key'],
      ...['--label', 'com.example.a=b=c', '--annotation', 'com.example.note=one, "two"', '--pull=false'],
      ...['--layers', '--force-rm', '--timestamp', '1700000000', '--no-cache', '/src'],
    ]);
  });

  test('buildah takes layers from a registry, but not for a reproducible build', () => {
    const [command] = BUILDERS[0]![1].build({ ...full, epoch: undefined });
    expect(command?.arguments).toEqual(
      expect.arrayContaining(['--cache-from', 'ghcr.io/acme/cache', '--cache-to', 'ghcr.io/acme/cache']),
    );
    expect(command?.arguments).not.toContain('--no-cache');
  });

  test('BuildKit writes the layout itself', () => {
    const [command, ...more] = buildkitBuilder('buildctl').build(full);
    expect(more).toEqual([]);
    expect(command).toEqual({
      program: 'buildctl',
      arguments: [
        ...['build', '--progress=plain', '--frontend', 'dockerfile.v0'],
        ...['--local', 'context=/src', '--local', 'dockerfile=/src/build', '--opt', 'filename=Containerfile'],
        ...['--opt', 'platform=linux/arm/v7', '--opt', 'target=runtime'],
        ...['--opt', 'build-arg:SOURCE_DATE_EPOCH=1700000000', '--opt', 'build-arg:VERSION=1.0 $(id); "x"'],
        ...['--opt', 'label:com.example.a=b=c'],
        ...['--secret', 'id=npm,env=NPM_TOKEN', '--secret', 'id=key,src=/run/key'],
        ...['--import-cache', 'type=registry,ref=ghcr.io/acme/cache:cache-linux-arm-v7'],
        ...['--export-cache', 'type=registry,ref=ghcr.io/acme/cache:cache-linux-arm-v7,mode=max'],
        '--output',
        'type=oci,tar=false,dest=/tmp/Work/layout,oci-mediatypes=true,rewrite-timestamp=true,"annotation.com.example.note=one, ""two"""',
      ],
      environment: {},
    });
    expect(buildkitBuilder('buildctl').build(least)[0]?.arguments).toEqual(
      expect.arrayContaining(['image-resolve-mode=pull']),
    );
  });

  test('docker makes no attestations, which would make an index', () => {
    expect(dockerBuilder.build(full)).toEqual([
      {
        program: 'docker',
        arguments: [
          ...['buildx', 'build', '--progress=plain', '--provenance=false', '--sbom=false'],
          ...['--platform', 'linux/arm/v7', '--file', '/src/build/Containerfile', '--target', 'runtime'],
          ...['--build-arg', 'SOURCE_DATE_EPOCH=1700000000', '--build-arg', 'VERSION=1.0 $(id); "x"'],
          ...['--secret', 'id=npm,env=NPM_TOKEN', '--secret', 'id=key,src=/run/key'],
          ...['--label', 'com.example.a=b=c', '--annotation', 'manifest:com.example.note=one, "two"'],
          ...['--cache-from', 'type=registry,ref=ghcr.io/acme/cache:cache-linux-arm-v7'],
          ...['--cache-to', 'type=registry,ref=ghcr.io/acme/cache:cache-linux-arm-v7,mode=max'],
          ...['--output', 'type=oci,tar=false,dest=/tmp/Work/layout,rewrite-timestamp=true', '/src'],
        ],
        environment: {},
      },
    ]);
    expect(dockerBuilder.build(least)[0]?.arguments).toContain('--pull');
  });

  test.each(BUILDERS)('%s: text from outside is never an argument of its own', (program, builder) => {
    const value = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(value, value, (one, other) => {
        const commands = builder.build({ ...least, buildArgs: { ONE: one }, labels: { two: other } });
        const words = commands.flatMap((command) => command.arguments);
        expect(words.filter((word) => word.endsWith(`ONE=${one}`))).toHaveLength(1);
        expect(words.filter((word) => word.endsWith(`two=${other}`))).toHaveLength(1);
        expect(words).toHaveLength(builder.build(least).flatMap((command) => command.arguments).length + 4);
        expect(new Set(commands.map((command) => command.program))).toEqual(new Set([program]));
      }),
    );
  });
});

test('attributes are one line of CSV: every field comes back', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('dest', 'ref', 'annotation.a'), fc.string())), (entries) => {
      expect(csvFields(attributes(entries))).toEqual(entries.map(([name, value]) => `${name}=${value}`));
    }),
  );
});

/** Reads one record as RFC 4180 has it. */
function csvFields(text: string): string[] {
  const fields = text.match(/("([^"]|"")*"|[^,])+(?=,|$)/g) ?? [];
  return fields.map((field) => (field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field));
}

describe('the choice of the tool', () => {
  const present =
    (...programs: readonly string[]) =>
    (program: string) =>
      programs.includes(program);

  test.each([
    [['docker', 'buildah', 'podman'], {}, 'buildah'],
    [['docker', 'podman'], {}, 'podman'],
    [['docker', 'buildctl-daemonless.sh'], {}, 'buildctl-daemonless.sh'],
    [['docker', 'buildctl'], {}, 'docker'],
    [['docker', 'buildctl', 'buildctl-daemonless.sh'], { BUILDKIT_HOST: 'tcp://127.0.0.1:1' }, 'buildctl'],
    [['buildctl-daemonless.sh'], { BUILDKIT_HOST: 'tcp://127.0.0.1:1' }, 'buildctl-daemonless.sh'],
  ])('auto with %j and %j is %s', (programs, environment, program) => {
    expect(chooseTool('auto', environment, present(...programs))).toMatchObject({ program });
  });

  test.each(TOOL_NAMES)('%s is taken when it is named, whatever else is there', (name) => {
    expect(chooseTool(name, {}, () => true)).toMatchObject({ name });
  });

  test('a machine without tools is told what to install', () => {
    expect(() => chooseTool('auto', {}, () => false)).toThrow(/none of buildah, .*apt-get install buildah/);
    expect(() => chooseTool('buildkit', {}, present('docker', 'buildctl'))).toThrow(/BUILDKIT_HOST names no daemon/);
    expect(() => chooseTool('docker', {}, present('buildah'))).toThrow(/docker is not on PATH.*Install docker/);
  });

  test('only a file that may be executed is on PATH', () => {
    writeFileSync(path.join(directory, 'plain'), '');
    writeFileSync(path.join(directory, 'program'), '');
    chmodSync(path.join(directory, 'plain'), 0o644);
    chmodSync(path.join(directory, 'program'), 0o755);
    mkdirSync(path.join(directory, 'folder'));
    const environment = { PATH: `${path.delimiter}${directory}` };
    expect(['plain', 'program', 'folder', 'none'].filter((name) => onPath(name, environment))).toEqual(['program']);
  });

  test.each([
    ['buildah', 'buildah version 1.28.2 (image-spec 1.1.0-rc2, runtime-spec 1.0.2-dev)', 'buildah 1.28.2'],
    ['podman', 'podman version 5.4.0-dev', 'podman 5.4.0-dev'],
    ['buildkit', 'buildctl github.com/moby/buildkit v0.30.1 3637d1b', 'buildkit 0.30.1'],
    ['docker', 'github.com/docker/buildx v0.29.1-desktop.1 a2857f6', 'docker 0.29.1-desktop.1'],
    ['docker', 'unknown', 'docker'],
  ])('%s says %j: %s', (name, line, expected) => {
    expect(versionText(name, [line])).toBe(expected);
  });
});

describe('isolation and storage of buildah', () => {
  const machine: MachineFacts = {
    environment: {},
    isRoot: false,
    isContainer: false,
    hasFuse: true,
    hasRuntime: true,
  };
  const auto = { isolation: 'auto', storageDriver: 'auto' };
  const root: MachineFacts = { ...machine, isRoot: true };
  const container: MachineFacts = { ...root, isContainer: true, hasFuse: false };

  test.each<[string, MachineFacts, string | undefined, string | undefined]>([
    ['a machine with all is left to buildah', machine, undefined, undefined],
    ['a machine without an OCI runtime', { ...root, hasRuntime: false }, 'chroot', undefined],
    ['root in a container without fuse', container, 'chroot', 'vfs'],
    ['root in a container with fuse', { ...container, hasFuse: true }, 'chroot', undefined],
    ['a user in a container', { ...container, isRoot: false }, undefined, 'vfs'],
    [
      'a container that says it',
      { ...container, environment: { BUILDAH_ISOLATION: 'oci', STORAGE_DRIVER: 'overlay' } },
      undefined,
      undefined,
    ],
  ])('%s', (_, facts, isolation, storageDriver) => {
    expect(storageSettings(auto, facts)).toEqual({ isolation, storageDriver });
  });

  test('what is named counts everywhere', () => {
    const asked = { isolation: 'oci', storageDriver: 'overlay' };
    expect(storageSettings(asked, container)).toEqual(asked);
  });
});
