import path from 'node:path';
import { formatPlatform } from '../../../lib/registry/platform.ts';
import { formatReference } from '../../../lib/registry/reference.ts';
import type { ToolCommand } from '../tool-command.ts';
import { allBuildArgs, type Builder, type BuildOptions, pairs, secretFlags } from './builder.ts';
import type { StorageSettings } from './storage-settings.ts';

/**
 * Builds with buildah, or with Podman, which is buildah in this. Neither needs a daemon.
 *
 * The image goes through the tool's local storage, under a name of this build only, so that base images and layers stay
 * for the next build.
 */
export function buildahBuilder(program: 'buildah' | 'podman', settings: StorageSettings): Builder {
  const call = (...words: readonly string[]): ToolCommand => ({
    program,
    arguments: [
      ...(settings.storageDriver === undefined ? [] : ['--storage-driver', settings.storageDriver]),
      ...words,
    ],
    environment: {},
  });
  return {
    build: (options) => [
      call(
        'build',
        ...flags(options),
        ...(settings.isolation === undefined ? [] : ['--isolation', settings.isolation]),
        options.context,
      ),
      {
        ...call('push', imageName(options.name), `oci:${path.basename(options.layout)}`),
        // The tool makes a name out of the path, and a name has neither capital letters nor colons.
        directory: path.dirname(options.layout),
      },
    ],
    clean: (name) => [call('rmi', imageName(name))],
  };
}

function flags(options: BuildOptions): string[] {
  const { platform, file, name, target, labels, annotations, epoch, pullBase } = options;
  return [
    ...['--format', 'oci', '--platform', formatPlatform(platform), '--file', file, '--tag', imageName(name)],
    ...(target === undefined ? [] : ['--target', target]),
    ...pairs('--build-arg', allBuildArgs(options)),
    ...secretFlags(options),
    ...pairs('--label', labels),
    ...pairs('--annotation', annotations),
    // Without it the storage may hold the base image of another platform under this name.
    `--pull=${pullBase ? 'always' : 'false'}`,
    // A layer a step, as with the other tools; without layers, buildah 1.28 leaves the container of a stage that is only
    // a FROM.
    '--layers',
    '--force-rm',
    ...(epoch === undefined ? cacheFlags(options) : reproducibleFlags(epoch)),
  ];
}

function cacheFlags({ cacheFrom, cacheTo }: BuildOptions): string[] {
  return [
    ...cacheFrom.flatMap((repository) => ['--cache-from', formatReference(repository)]),
    ...cacheTo.flatMap((repository) => ['--cache-to', formatReference(repository)]),
  ];
}

/** A layer that an earlier build left in the storage or in a registry has the times of that build. */
function reproducibleFlags(epoch: number): string[] {
  return ['--timestamp', String(epoch), '--no-cache'];
}

function imageName(name: string): string {
  return `localhost/${name}`;
}
