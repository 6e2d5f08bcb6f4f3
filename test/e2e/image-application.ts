import { chmod, cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { find } from '../support/tools.ts';
import { releaseTree } from './release-tree.ts';
import type { ScratchRepository } from './scratch-repository.ts';

/** The architectures of the sample application's image. */
export const ARCHITECTURES = ['amd64', 'arm64'] as const;

/** The test that runs inside each image: the server starts, is asked, and must say the architecture. */
export const CHECK = '/server\n--check';

/** Puts the sample application of `stacks/multi-arch-image` into a repository, with its programs compiled by Go. */
export async function addServer(repository: ScratchRepository): Promise<void> {
  const source = path.join(await releaseTree(), 'stacks', 'multi-arch-image', 'server');
  const to = path.join(repository.directory, 'server');
  await cp(source, to, { recursive: true });
  await rm(path.join(to, '.gitignore'), { force: true });
  await cp(path.join(source, 'Containerfile.prebuilt'), path.join(to, 'Containerfile'));
  for (const architecture of ARCHITECTURES) {
    const program = path.join(to, `server-${architecture}`);
    const environment = { CGO_ENABLED: '0', GOOS: 'linux', GOARCH: architecture, GOFLAGS: '-mod=mod' };
    await execa('go', ['build', '-trimpath', '-ldflags=-s -w', '-o', program, '.'], { cwd: source, env: environment });
    await chmod(program, 0o755);
  }
  await repository.commit({}, 'A web server');
}

/** A runner of the test's own for images: nothing of it stays on the machine. */
export interface Puller {
  /** Pulls what a client of this architecture would get of a reference, and runs the server's check in it. */
  run(reference: string, architecture: string): Promise<string>;
  remove(): Promise<void>;
}

/** Pulls with skopeo and runs with buildah: neither is the program that is tested. */
export async function openPuller(): Promise<Puller> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'headgate-puller-'));
  const storage = ['--storage-driver', 'vfs', '--root', `${directory}/root`, '--runroot', `${directory}/run`];
  const options = { cwd: directory, env: { BUILDAH_ISOLATION: 'chroot' }, all: true } as const;
  const buildah = async (...parts: readonly string[]) =>
    (await execa(find('buildah'), [...storage, ...parts], options)).all;
  return {
    run: async (reference, architecture) => {
      const layout = path.join(directory, architecture);
      await rm(layout, { recursive: true, force: true });
      await mkdir(layout);
      await execa(find('skopeo'), [
        ...['--override-arch', architecture, 'copy', '--quiet', '--src-tls-verify=false'],
        ...[`docker://${reference}`, `oci:${layout}:image`],
      ]);
      // A relative path: buildah makes a name of it, and a temporary directory may have capitals.
      const container = `puller-${architecture}`;
      await buildah('from', '--name', container, `oci:${architecture}:image`);
      try {
        return await buildah('run', container, '--', '/server', '--check', '--expect', architecture);
      } finally {
        await buildah('rm', container);
      }
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** What skopeo reads of an image, as the registry has it. */
export async function rawManifest(reference: string): Promise<{
  readonly mediaType: string;
  readonly manifests: readonly {
    readonly digest: string;
    readonly platform: { readonly os: string; readonly architecture: string };
  }[];
}> {
  const { stdout } = await execa(find('skopeo'), ['inspect', '--raw', '--tls-verify=false', `docker://${reference}`]);
  return JSON.parse(stdout);
}

/** The tags of a repository, as skopeo lists them; empty where the registry knows no such repository (any more). */
export async function tagsIn(repository: string): Promise<readonly string[]> {
  const listed = await execa(find('skopeo'), ['list-tags', '--tls-verify=false', `docker://${repository}`], {
    reject: false,
  });
  if (listed.failed && /404 \(Not Found\)|name unknown/i.test(listed.stderr)) return [];
  if (listed.failed) throw new Error(listed.stderr);
  return (JSON.parse(listed.stdout) as { Tags: string[] }).Tags ?? [];
}
