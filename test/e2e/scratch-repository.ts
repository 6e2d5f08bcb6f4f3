import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { releaseTree } from './release-tree.ts';

/** A repository of a user, with a bare one behind it that stands for the host. */
export interface ScratchRepository {
  /** The working copy. */
  readonly directory: string;
  /** The repository behind `origin`, as the host has it. */
  readonly bare: string;
  /** `github.com/octo-org/shop` */
  readonly id: string;
  git(...parts: readonly string[]): Promise<string>;
  /** Makes a branch from the default branch with one commit of its own, and checks it out. */
  startBranch(branch: string): Promise<void>;
  commit(files: Readonly<Record<string, string>>, message: string): Promise<void>;
  remove(): Promise<void>;
}

/** Makes a repository with the application of `stacks/branch-stack` in it, on branch `main`, pushed. */
export async function createScratchRepository(): Promise<ScratchRepository> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'headgate-e2e-'));
  const directory = path.join(root, 'shop');
  const bare = path.join(root, 'shop.git');
  await mkdir(directory);
  const git = async (...parts: readonly string[]) => {
    const environment = { GIT_CONFIG_GLOBAL: os.devNull, GIT_CONFIG_SYSTEM: os.devNull };
    return (await execa('git', [...parts], { cwd: directory, env: environment })).stdout;
  };
  const commit = async (files: Readonly<Record<string, string>>, message: string) => {
    for (const [file, content] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(directory, file)), { recursive: true });
      await writeFile(path.join(directory, file), content);
    }
    await git('add', '--all');
    await git(
      '-c',
      'user.name=Octo',
      '-c',
      'user.email=octo@example.com',
      'commit',
      '--quiet',
      '--allow-empty',
      '--message',
      message,
    );
  };

  await execa('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare]);
  await git('init', '--quiet', '--initial-branch=main');
  const application = path.join(await releaseTree(), 'stacks', 'branch-stack');
  await cp(path.join(application, 'template.yaml'), path.join(directory, 'template.yaml'));
  for (const name of ['on-upload.zip', 'web.zip']) {
    await cp(path.join(application, 'functions', name), path.join(directory, 'functions', name));
  }
  await commit({ '.gitignore': '.headgate/\n.gitlab-ci-local/\n' }, 'The application');
  await git('remote', 'add', 'origin', 'https://github.com/octo-org/shop.git');
  await git('remote', 'set-url', '--push', 'origin', bare);
  await git('push', '--quiet', 'origin', 'main');
  await git('remote', 'set-head', 'origin', 'main');

  return {
    directory,
    bare,
    id: 'github.com/octo-org/shop',
    git,
    commit,
    startBranch: async (branch) => {
      await git('checkout', '--quiet', '-b', branch, 'main');
      await commit({}, `Begin ${branch}`);
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
