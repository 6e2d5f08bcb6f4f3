import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { actIsPresent, openAct } from '../../test/e2e/act-door.ts';
import { seenUploads, stackNames } from '../../test/e2e/application.ts';
import type { Door, Happening } from '../../test/e2e/door.ts';
import { openGithub } from '../../test/e2e/github-door.ts';
import { fromServer, openGitLab, rsyncIsPresent } from '../../test/e2e/gitlab-door.ts';
import { serveRelease } from '../../test/e2e/gitlab-release-server.ts';
import { releaseTree } from '../../test/e2e/release-tree.ts';
import { createScratchRepository, type ScratchRepository } from '../../test/e2e/scratch-repository.ts';
import { startGithubApi } from '../../test/support/github-api.ts';

const BRANCH = 'feature/login';

interface Row {
  readonly host: string;
  readonly happened: string;
  readonly result: string;
  readonly seconds: string;
}

/** A scratch repository through branch created, pushed, changed and deleted, once as GitHub and once as GitLab would. */
export async function demo(): Promise<void> {
  const rows: Row[] = [];
  const github = await startGithubApi();
  const server = await serveRelease();
  try {
    await life('GitHub, by a runner of our own', openGithub(github), rows);
    if (await actIsPresent()) await life('GitHub, by act', openAct(), rows);
    else
      skipped('GitHub, by act', 'act is not installed; scripts/tools.sh need_go_tools installs it where Go is', rows);
    const gitlab = async (repository: ScratchRepository, aws: LocalAws) =>
      openGitLab(repository, aws, server, fromServer(server), path.dirname(process.execPath));
    if (await rsyncIsPresent()) await life('GitLab, by gitlab-ci-local', gitlab, rows);
    else skipped('GitLab, by gitlab-ci-local', 'rsync is not installed', rows);
  } finally {
    await github.close();
    await server.close();
  }
  printTable(rows);
  await printUse();
}

async function life(
  host: string,
  open: (repository: ScratchRepository, aws: LocalAws) => Promise<Door>,
  rows: Row[],
): Promise<void> {
  console.log(`\n${host}`);
  const aws = await startLocalAws();
  const repository = await createScratchRepository();
  const step = async (happened: string, work: () => Promise<string>) => {
    const started = performance.now();
    const result = await work();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`  ${happened.padEnd(44)} ${result}`);
    rows.push({ host, happened, result, seconds });
  };
  try {
    const door = await open(repository, aws);
    const run = async (operation: string, happening: Happening, inputs: Record<string, string> = {}) => {
      const result = await door.run({ operation, inputs, happening });
      if (result.exitCode !== 0) throw new Error(`${operation} ended with ${result.exitCode}:\n${result.log}`);
      return result.outputs;
    };
    const deploy = (created: boolean) =>
      run('branch-stack deploy', { kind: 'push', branch: BRANCH, created }, { bootstrap: 'true', ttl: '7d' });

    await repository.startBranch(BRANCH);
    let outputs: Record<string, string> = {};
    await step(`branch ${BRANCH} is created`, async () => {
      const deployed = await deploy(true);
      outputs = JSON.parse(deployed['stack-outputs'] ?? '{}') as Record<string, string>;
      return `${deployed.status}: ${deployed['stack-name']}`;
    });
    await step('a file goes into the bucket of the stack', async () => {
      const answer = await seenUploads(aws, outputs, 'hello.txt');
      return `the function has seen ${answer.includes('hello.txt') ? 'hello.txt' : 'nothing'}`;
    });
    await step('the same commit is pushed again', async () => `${(await deploy(false)).status}`);
    await step('a commit changes the template', async () => {
      const template = await readFile(path.join(repository.directory, 'template.yaml'), 'utf8');
      await repository.commit(
        { 'template.yaml': template.replace(/^Outputs:/m, 'Outputs:\n  Note:\n    Value: changed') },
        'Change',
      );
      const deployed = await deploy(false);
      return `${deployed.status}: the stack has ${Object.keys(JSON.parse(deployed['stack-outputs'] ?? '{}')).length} outputs`;
    });
    await step('the branch is deleted', async () => {
      await repository.git('checkout', '--quiet', 'main');
      const destroyed = await run('branch-stack destroy', { kind: 'delete', branch: BRANCH });
      const left = (await stackNames(aws)).filter((name) => name === destroyed['stack-name']);
      return `${destroyed.status}: ${left.length} stacks of the branch are left`;
    });
    await step(
      'the deletion is told once more',
      async () => `${(await run('branch-stack destroy', { kind: 'delete', branch: BRANCH })).status}`,
    );
  } finally {
    await aws.stop();
    await repository.remove();
  }
}

function skipped(host: string, why: string, rows: Row[]): void {
  console.log(`\n${host}\n  left out: ${why}`);
  rows.push({ host, happened: 'left out', result: why, seconds: '' });
}

function printTable(rows: readonly Row[]): void {
  const header: Row = { host: 'host', happened: 'what happened', result: 'result', seconds: 'seconds' };
  const all = [header, ...rows];
  const width = (key: keyof Row) => Math.max(...all.map((row) => row[key].length));
  console.log('');
  for (const row of all) {
    console.log(
      `${row.host.padEnd(width('host'))}  ${row.happened.padEnd(width('happened'))}  ${row.result.padEnd(width('result'))}  ${row.seconds.padStart(7)}`,
    );
  }
}

/** The lines to use it for real, as they are shipped. */
async function printUse(): Promise<void> {
  const tree = await releaseTree();
  const workflow = await readFile(path.join(tree, 'workflows', 'branch-stack-least.yml'), 'utf8');
  const template = await readFile(path.join(tree, 'gitlab-templates', 'branch-stack.yml'), 'utf8');
  const [, include = ''] = /In your \.gitlab-ci\.yml:\n#\n((?:# {3}.*\n)+)/.exec(template) ?? [];
  console.log(`\nFor real, on GitHub (.github/workflows/branch-stack.yml):\n\n${workflow}`);
  console.log(`For real, on GitLab (.gitlab-ci.yml):\n\n${include.replace(/^# {3}/gm, '')}`);
}
