import path from 'node:path';
import type { Digest } from '../../../lib/registry/digest.ts';
import { formatPlatform, type Platform } from '../../../lib/registry/platform.ts';
import { formatReference, type Repository } from '../../../lib/registry/reference.ts';
import type { StorageSettings } from '../builders/storage-settings.ts';
import { type ChosenTool, settingsOf } from '../tool-choice.ts';
import { attributes, type ToolCommand } from '../tool-command.ts';
import type { WorkPlace } from '../work-directory.ts';

/** One test, complete: nothing else decides how it is run. */
export interface TestOptions {
  readonly image: Repository;
  readonly digest: Digest;
  /** Of the image's configuration: the id of the image in a tool's storage. */
  readonly configDigest: Digest;
  readonly platform: Platform;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute path on this machine of what is to be in `/workspace`. */
  readonly mount: string | undefined;
  readonly user: string | undefined;
}

/** How a tool runs a test in a container on the image in `<directory>/layout`. Pure. */
export interface TestPlan {
  /** Files to write before, by their path in the folder. */
  readonly files: Readonly<Record<string, string>>;
  readonly prepare: readonly ToolCommand[];
  readonly run: ToolCommand;
  /** How the test ended, from how the tool ended; undefined when the tool itself failed. */
  readonly exitCode: (tool: { readonly exitCode: number; readonly lastLines: readonly string[] }) => number | undefined;
}

/** Where the test finds `mount`. */
export const MOUNT_POINT = '/workspace';

export function testPlan(tool: ChosenTool, place: WorkPlace, options: TestOptions): TestPlan {
  switch (tool.name) {
    case 'buildah':
      return buildahPlan(settingsOf(tool), place, options);
    case 'podman':
      return podmanPlan(settingsOf(tool), place, options);
    case 'docker':
      return dockerPlan(place, options);
    case 'buildkit':
      return buildkitPlan(tool.program, place, options);
  }
}

/** What removes the containers and images of a test, whatever became of it. */
export function testCleaning(tool: ChosenTool, place: WorkPlace): readonly ToolCommand[] {
  const settings = settingsOf(tool);
  switch (tool.name) {
    case 'buildah':
      return [
        own('buildah', settings, place, 'rm', '--all'),
        own('buildah', settings, place, 'rmi', '--all', '--force'),
      ];
    case 'podman':
      return [
        own('podman', settings, place, 'rm', '--all', '--force'),
        own('podman', settings, place, 'rmi', '--all', '--force'),
      ];
    case 'docker':
      return [{ program: 'docker', arguments: ['rm', '--force', place.name], environment: {} }];
    case 'buildkit':
      return [];
  }
}

/** Storage of the test's own, so that nothing that was there before is used or removed. */
function own(
  program: 'buildah' | 'podman',
  { storageDriver }: StorageSettings,
  { directory }: WorkPlace,
  ...words: readonly string[]
): ToolCommand {
  return {
    program,
    arguments: [
      ...['--root', path.join(directory, 'storage'), '--runroot', path.join(directory, 'run')],
      ...(storageDriver === undefined ? [] : ['--storage-driver', storageDriver]),
      ...words,
    ],
    environment: {},
    directory,
  };
}

const LAYOUT = 'oci:layout';

function buildahPlan(settings: StorageSettings, place: WorkPlace, options: TestOptions): TestPlan {
  const { configDigest, platform, command, environment, mount, user } = options;
  const at = ['--platform', formatPlatform(platform)];
  return {
    files: {},
    prepare: [
      own('buildah', settings, place, 'pull', '--quiet', ...at, LAYOUT),
      own('buildah', settings, place, 'from', '--pull-never', ...at, '--name', place.name, hex(configDigest)),
    ],
    run: own(
      'buildah',
      settings,
      place,
      'run',
      ...(settings.isolation === undefined ? [] : ['--isolation', settings.isolation]),
      ...variables(environment),
      ...(mount === undefined ? [] : ['--volume', `${mount}:${MOUNT_POINT}:ro`]),
      ...(user === undefined ? [] : ['--user', user]),
      place.name,
      '--',
      ...command,
    ),
    exitCode: ({ exitCode }) => exitCode,
  };
}

function podmanPlan(settings: StorageSettings, place: WorkPlace, options: TestOptions): TestPlan {
  const at = ['--platform', formatPlatform(options.platform)];
  return {
    files: {},
    prepare: [own('podman', settings, place, 'pull', '--quiet', ...at, LAYOUT)],
    run: own(
      'podman',
      settings,
      place,
      'run',
      ...runFlags(place, options),
      hex(options.configDigest),
      ...rest(options),
    ),
    exitCode: engineExit,
  };
}

/** Docker's engine reads no layout on all its versions, so it pulls: by digest, which it checks. */
function dockerPlan(place: WorkPlace, options: TestOptions): TestPlan {
  const image = formatReference({ ...options.image, digest: options.digest });
  const call = (...words: readonly string[]): ToolCommand => ({ program: 'docker', arguments: words, environment: {} });
  return {
    files: {},
    prepare: [call('pull', '--quiet', '--platform', formatPlatform(options.platform), image)],
    run: call('run', ...runFlags(place, options), image, ...rest(options)),
    exitCode: engineExit,
  };
}

function runFlags({ name }: WorkPlace, { platform, environment, mount, user, command }: TestOptions): string[] {
  return [
    ...['--rm', '--name', name, '--pull=never', '--platform', formatPlatform(platform)],
    ...variables(environment),
    ...(mount === undefined
      ? []
      : [
          '--mount',
          attributes([
            ['type', 'bind'],
            ['source', mount],
            ['target', MOUNT_POINT],
            ['readonly', 'true'],
          ]),
        ]),
    ...(user === undefined ? [] : ['--user', user]),
    `--entrypoint=${command[0]}`,
  ];
}

function rest({ command }: TestOptions): readonly string[] {
  return command.slice(1);
}

/** Source: Docker and Podman, "run", "Exit status": 125 is a failure of the engine itself. */
function engineExit({ exitCode }: { readonly exitCode: number }): number | undefined {
  return exitCode === 125 ? undefined : exitCode;
}

/**
 * BuildKit runs commands only in a build: one with the image as its base and the test as its only step, never cached.
 * Source: BuildKit, README, "oci-layout".
 */
function buildkitPlan(program: string, { directory }: WorkPlace, options: TestOptions): TestPlan {
  const { digest, platform, command, environment, mount, user } = options;
  const plan = path.join(directory, 'plan');
  return {
    files: {
      'plan/Containerfile': containerfile(command, environment, mount, user),
      // It counts in place of a `.dockerignore` in the folder that is mounted, which would hide files from the test.
      'plan/Containerfile.dockerignore': '# everything\n',
    },
    prepare: [],
    run: {
      program,
      arguments: [
        ...['build', '--progress=plain', '--no-cache', '--frontend', 'dockerfile.v0'],
        ...['--local', `context=${mount ?? plan}`, '--local', `dockerfile=${plan}`, '--opt', 'filename=Containerfile'],
        ...['--opt', `platform=${formatPlatform(platform)}`],
        ...['--opt', `context:tested=oci-layout://tested@${digest}`],
        ...['--oci-layout', `tested=${path.join(directory, 'layout')}`],
      ],
      environment: {},
    },
    exitCode: ({ exitCode, lastLines }) => {
      if (exitCode === 0) return 0;
      const code = /did not complete successfully: exit code: (\d+)/.exec(lastLines.join('\n'))?.[1];
      return code === undefined ? undefined : Number(code);
    },
  };
}

/** Text from outside stands in it only as JSON and as quoted values. */
export function containerfile(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  mount: string | undefined,
  user: string | undefined,
): string {
  const values = Object.entries(environment).map(
    ([name, value]) => `ENV ${name}="${value.replace(/[\\"$]/g, (character) => `\\${character}`)}"`,
  );
  // In a RUN line '<<' could begin a here-document.
  const words = JSON.stringify(command).replaceAll('<', '\\u003c');
  const bind = mount === undefined ? '' : `--mount=type=bind,target=${MOUNT_POINT},readonly `;
  return ['FROM tested', ...values, ...(user === undefined ? [] : [`USER ${user}`]), `RUN ${bind}${words}`, ''].join(
    '\n',
  );
}

function variables(environment: Readonly<Record<string, string>>): string[] {
  return Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
}

function hex(digest: Digest): string {
  return digest.slice('sha256:'.length);
}
