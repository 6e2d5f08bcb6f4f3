import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Codeartifact } from '@aws-sdk/client-codeartifact';
import { execa } from 'execa';
import type { LocalAws } from '../../local-aws/start.ts';
import { pythonWithBuild } from '../local-aws/python-tools.ts';
import { clientSettings } from './application.ts';
import { releaseTree } from './release-tree.ts';
import type { ScratchRepository } from './scratch-repository.ts';

/** The Regions of the sample, the primary first. */
export const REGIONS = ['eu-central-1', 'eu-west-1', 'us-east-1'] as const;
/** The inputs that name them and the repository, as the stack makes it. */
export const REPOSITORY = {
  domain: 'packages',
  repository: 'releases',
  region: REGIONS[0],
  replicas: REGIONS.slice(1).join('\n'),
} as const;
const PYTHON = 'hello-headgate';
const NPM = '@octo-org/hello-headgate';

/** Puts the sample packages of `stacks/packages`, and its template, into a repository. */
export async function addPackages(repository: ScratchRepository): Promise<void> {
  const source = path.join(await releaseTree(), 'stacks', 'packages');
  for (const name of ['python', 'npm', 'template.yaml']) {
    await cp(path.join(source, name), path.join(repository.directory, name), { recursive: true });
  }
  const ignored = '.headgate/\n.gitlab-ci-local/\ndist/\n';
  await repository.commit({ '.gitignore': ignored }, 'Two packages');
}

/** Gives both packages a version. */
export async function setVersion(repository: ScratchRepository, version: string): Promise<void> {
  const changed: Record<string, string> = {};
  for (const [file, pattern] of [
    ['python/pyproject.toml', /^version = ".*"$/m],
    ['npm/package.json', /^ {2}"version": ".*",$/m],
  ] as const) {
    const text = await readFile(path.join(repository.directory, file), 'utf8');
    const line = file.endsWith('.toml') ? `version = "${version}"` : `  "version": "${version}",`;
    changed[file] = text.replace(pattern, line);
  }
  await repository.commit(changed, `Version ${version}`);
}

/** Builds both packages into `dist`: a wheel, a source distribution and an npm tarball. */
export async function buildPackages(repository: ScratchRepository): Promise<void> {
  const { directory } = repository;
  await rm(path.join(directory, 'dist'), { recursive: true, force: true });
  await mkdir(path.join(directory, 'dist'));
  const environment = { SOURCE_DATE_EPOCH: '1700000000' };
  const build = ['-m', 'build', '--no-isolation', '--outdir', 'dist', 'python'];
  await execa(await pythonWithBuild(), build, { cwd: directory, env: environment });
  await execa('npm', ['pack', '--silent', '--pack-destination', 'dist', './npm'], { cwd: directory });
}

/** Makes domain and repository in each Region without a stack. */
export async function makeRepositories(aws: LocalAws): Promise<void> {
  const { domain, repository } = REPOSITORY;
  for (const region of REGIONS) {
    const client = packagesOf(aws, region);
    await client.createDomain({ domain });
    await client.createRepository({ domain, repository });
    client.destroy();
  }
}

/** The SDK's own client for a Region. */
export function packagesOf(aws: LocalAws, region: string): Codeartifact {
  return new Codeartifact({ ...clientSettings(aws), region });
}

/** Installs both packages from one Region with pip and npm, and says what they say. */
export async function greetings(
  aws: LocalAws,
  region: string,
  version?: string,
): Promise<{ readonly python: string; readonly npm: string }> {
  const { domain, repository } = REPOSITORY;
  const client = packagesOf(aws, region);
  const directory = await mkdtemp(path.join(os.tmpdir(), 'headgate-install-'));
  try {
    const { authorizationToken: token = '' } = await client.getAuthorizationToken({ domain });
    const endpoint = async (format: 'pypi' | 'npm') =>
      (await client.getRepositoryEndpoint({ domain, repository, format })).repositoryEndpoint ?? '';
    const index = new URL('simple/', await endpoint('pypi'));
    index.username = 'aws';
    index.password = token;
    const wanted = version === undefined ? PYTHON : `${PYTHON}==${version}`;
    const python = await pythonWithBuild();
    const pip = ['-m', 'pip', 'install', '--isolated', '--quiet', '--no-deps', '--no-cache-dir', '--target', 'site'];
    await execa(python, [...pip, '--index-url', index.href, wanted], { cwd: directory });
    const said = await execa(python, ['-m', 'hello_headgate'], { cwd: directory, env: { PYTHONPATH: 'site' } });

    const registry = await endpoint('npm');
    await writeFile(
      path.join(directory, '.npmrc'),
      `registry=${registry}\n${registry.replace(/^https?:/, '')}:_authToken=${token}\n`,
    );
    await writeFile(path.join(directory, 'package.json'), '{"type":"module"}');
    const install = ['install', '--silent', '--no-audit', '--no-fund', '--cache', path.join(directory, 'cache')];
    await execa('npm', [...install, version === undefined ? NPM : `${NPM}@${version}`], { cwd: directory });
    const script = `import { greeting } from '${NPM}'; console.log(greeting());`;
    const printed = await execa(process.execPath, ['--input-type=module', '--eval', script], { cwd: directory });
    const manifest = path.join(directory, 'node_modules', NPM, 'package.json');
    const { version: installed } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
    return { python: said.stdout.trim(), npm: `${printed.stdout.trim()} ${installed}` };
  } finally {
    client.destroy();
    await rm(directory, { recursive: true, force: true });
  }
}

/** What `greetings` gives of a version. */
export function greetingsOf(version: string): { readonly python: string; readonly npm: string } {
  return { python: `Hello, world, from ${version}`, npm: `Hello, world ${version}` };
}

/** The SHA-256 of every asset in a Region, by format, package and version. */
export async function contentOf(aws: LocalAws, region: string): Promise<Readonly<Record<string, string>>> {
  const { domain, repository } = REPOSITORY;
  const client = packagesOf(aws, region);
  const content: Record<string, string> = {};
  try {
    const { packages = [] } = await client.listPackages({ domain, repository });
    for (const { format, namespace, package: name = '' } of packages) {
      if (format === undefined) continue;
      const asked = { domain, repository, format, package: name, ...(namespace === undefined ? {} : { namespace }) };
      const { versions = [] } = await client.listPackageVersions(asked);
      for (const { version = '', status } of versions) {
        const { assets = [] } = await client.listPackageVersionAssets({ ...asked, packageVersion: version });
        for (const asset of assets) {
          content[`${format} ${name} ${version} ${status} ${asset.name}`] = asset.hashes?.['SHA-256'] ?? '';
        }
      }
    }
    return content;
  } finally {
    client.destroy();
  }
}

/** What pip of this machine needs to reach where it gets packages from. */
export function pipEnvironment(): Record<string, string> {
  const wanted = /^(PIP_\w+|(https?|no)_proxy|SSL_CERT_FILE|REQUESTS_CA_BUNDLE)$/i;
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      wanted.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  );
}
