import path from 'node:path';
import { formatPlatform } from '../../../lib/registry/platform.ts';
import { attributes } from '../tool-command.ts';
import { allBuildArgs, type Builder, type BuildOptions, cacheFlags, pairs, secretFlags } from './builder.ts';

/**
 * Builds with BuildKit: `buildctl` with the daemon that BUILDKIT_HOST names, or `buildctl-daemonless.sh`, which starts
 * one for the build. BuildKit alone makes no attestations unless it is asked to, so the result is one manifest.
 *
 * Source: BuildKit, README ("OCI/Docker outputs", "Export cache") and docs/build-repro.md.
 */
export function buildkitBuilder(program: 'buildctl' | 'buildctl-daemonless.sh'): Builder {
  return {
    build: (options) => [{ program, arguments: words(options), environment: {} }],
    clean: () => [],
  };
}

function words(options: BuildOptions): string[] {
  const { context, file, platform, target, labels, annotations, epoch, pullBase, layout } = options;
  const opt = (name: string, value: string | undefined) => (value === undefined ? [] : ['--opt', `${name}=${value}`]);
  return [
    ...['build', '--progress=plain', '--frontend', 'dockerfile.v0'],
    ...['--local', `context=${context}`, '--local', `dockerfile=${path.dirname(file)}`],
    ...opt('filename', path.basename(file)),
    ...opt('platform', formatPlatform(platform)),
    ...opt('target', target),
    ...opt('image-resolve-mode', pullBase ? 'pull' : undefined),
    ...pairs('--opt', allBuildArgs(options), 'build-arg:'),
    ...pairs('--opt', labels, 'label:'),
    ...secretFlags(options),
    ...cacheFlags(options, { from: '--import-cache', to: '--export-cache' }),
    '--output',
    attributes([
      ['type', 'oci'],
      ['tar', 'false'],
      ['dest', layout],
      ['oci-mediatypes', 'true'],
      ...(epoch === undefined ? [] : [['rewrite-timestamp', 'true'] as const]),
      ...Object.entries(annotations).map(([key, value]) => [`annotation.${key}`, value] as const),
    ]),
  ];
}
