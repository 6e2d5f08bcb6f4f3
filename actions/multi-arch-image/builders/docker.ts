import { formatPlatform } from '../../../lib/registry/platform.ts';
import { attributes } from '../tool-command.ts';
import { allBuildArgs, type Builder, type BuildOptions, cacheFlags, pairs, secretFlags } from './builder.ts';

/**
 * Builds with `docker buildx`. Attestations are switched off, because with them buildx makes an index of one platform.
 * The engine's own builder writes an OCI layout only with the containerd image store; any builder made by
 * `docker buildx create` does.
 */
export const dockerBuilder: Builder = {
  build: (options) => [{ program: 'docker', arguments: words(options), environment: {} }],
  clean: () => [],
};

function words(options: BuildOptions): string[] {
  const { context, file, platform, target, labels, annotations, epoch, pullBase, layout } = options;
  return [
    ...['buildx', 'build', '--progress=plain', '--provenance=false', '--sbom=false'],
    ...['--platform', formatPlatform(platform), '--file', file],
    ...(target === undefined ? [] : ['--target', target]),
    ...(pullBase ? ['--pull'] : []),
    ...pairs('--build-arg', allBuildArgs(options)),
    ...secretFlags(options),
    ...pairs('--label', labels),
    ...pairs('--annotation', annotations, 'manifest:'),
    ...cacheFlags(options, { from: '--cache-from', to: '--cache-to' }),
    '--output',
    attributes([
      ['type', 'oci'],
      ['tar', 'false'],
      ['dest', layout],
      ...(epoch === undefined ? [] : [['rewrite-timestamp', 'true'] as const]),
    ]),
    context,
  ];
}
