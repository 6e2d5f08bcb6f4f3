import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { tagsOf } from './references.ts';

/**
 * Makes the release commit and its tags in a repository, without touching its working copy, index or branches. The
 * commit stands on no branch: its parent is HEAD, its content the release tree, its time that of HEAD, so that the same
 * sources give the same commit.
 *
 * @returns the commit, and the lines that publish it; nothing is pushed here
 * @throws Error when this version was released before
 */
export async function tagRelease(
  repository: string,
  tree: string,
  version: string,
): Promise<{ commit: string; push: readonly string[] }> {
  const [exact, ...moving] = tagsOf(version);
  if ((await git(repository, ['tag', '--list', exact])) !== '') {
    throw new Error(`The tag ${exact} is there already. A released version never changes; choose the next version.`);
  }
  const commit = await commitTree(repository, tree, `Release ${exact}`);
  await git(repository, ['tag', exact, commit]);
  for (const tag of moving) await git(repository, ['tag', '--force', tag, commit]);
  return {
    commit,
    push: [
      `git push origin refs/tags/${exact}`,
      ...(moving.length === 0 ? [] : [`git push --force origin ${moving.map((tag) => `refs/tags/${tag}`).join(' ')}`]),
    ],
  };
}

/** @throws Error that names the first changed files of the working copy */
export async function refuseDirty(repository: string): Promise<void> {
  const changed = (await git(repository, ['status', '--porcelain'])).split('\n').filter((line) => line !== '');
  if (changed.length === 0) return;
  const some = changed.slice(0, 5).join('\n  ');
  throw new Error(
    `A release is made from what is committed, and ${changed.length} files are not:\n  ${some}\nCommit or remove them.`,
  );
}

async function commitTree(repository: string, tree: string, message: string): Promise<string> {
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'headgate-release-'));
  try {
    const index = { GIT_INDEX_FILE: path.join(scratch, 'index') };
    // --force: what the checkout ignores, dist/ for one, is what a release is about.
    await git(repository, ['--work-tree', tree, 'add', '--all', '--force', '.'], index, tree);
    const content = await git(repository, ['write-tree'], index);
    const time = await git(repository, ['show', '--no-patch', '--format=%cI', 'HEAD']);
    const dates = { GIT_AUTHOR_DATE: time, GIT_COMMITTER_DATE: time };
    return await git(repository, ['commit-tree', content, '-p', 'HEAD', '-m', message], dates);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function git(
  repository: string,
  parts: readonly string[],
  environment: Record<string, string> = {},
  cwd = repository,
): Promise<string> {
  const directory = await gitDirectory(repository);
  return (await execa('git', [...parts], { cwd, env: { GIT_DIR: directory, ...environment } })).stdout;
}

async function gitDirectory(repository: string): Promise<string> {
  return (await execa('git', ['rev-parse', '--absolute-git-dir'], { cwd: repository })).stdout;
}
