import type { Json } from '../../../hosts/host.ts';

type Manifest = Readonly<Record<string, Json>>;

/** Hosts that `repository` may name in short. Source: npm, "package.json", repository. */
const HOSTS: Readonly<Record<string, string>> = {
  github: 'https://github.com',
  gitlab: 'https://gitlab.com',
  bitbucket: 'https://bitbucket.org',
};

/**
 * The manifest as `npm publish` sends it where the short forms of package.json would be read by others than npm: `bin`,
 * `repository` and `bundledDependencies`. The tarball keeps its own. Source: normalize-package-data.
 */
export function publishedManifest(manifest: Manifest): Manifest {
  const { bundledDependencies, ...rest } = manifest;
  return {
    ...rest,
    ...(bundledDependencies === undefined || 'bundleDependencies' in manifest
      ? {}
      : { bundleDependencies: bundledDependencies }),
    ...(manifest.bin === undefined ? {} : { bin: binOf(manifest) }),
    ...(manifest.repository === undefined ? {} : { repository: repositoryOf(manifest.repository) }),
  };
}

function binOf({ bin = null, name }: Manifest): Json {
  if (typeof bin === 'string') return { [String(name).replace(/^@[^/]*\//, '')]: withoutDot(bin) };
  if (typeof bin !== 'object' || bin === null || Array.isArray(bin)) return bin;
  const files = Object.entries(bin).map(([program, file]): [string, Json] => [
    program,
    typeof file === 'string' ? withoutDot(file) : file,
  ]);
  return Object.fromEntries(files);
}

function withoutDot(file: string): string {
  return file.replace(/^(\.\/)+/, '');
}

function repositoryOf(repository: Json): Json {
  if (typeof repository !== 'string') return repository;
  const [, host = 'github', path] = /^(?:(github|gitlab|bitbucket):)?([^/:@\s]+\/[^/:@\s]+)$/.exec(repository) ?? [];
  const url = path === undefined ? repository : `git+${HOSTS[host]}/${path.replace(/\.git$/, '')}.git`;
  return { type: 'git', url };
}
