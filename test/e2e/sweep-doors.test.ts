import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { type GithubApi, OWNER, REPO, startGithubApi, TOKEN } from '../support/github-api.ts';
import { runJob } from '../support/github-runner.ts';
import { requires } from '../support/requires.ts';
import { stackNames } from './application.ts';
import { fromServer, imageEnvironment, runPipeline } from './gitlab-door.ts';
import { type ReleaseServer, serveRelease } from './gitlab-release-server.ts';
import { releaseTree } from './release-tree.ts';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.ts';
import { openTerminal } from './terminal-door.ts';

// The sweep of a schedule, through GitHub and GitLab: no branch is named, and the branches come from the host.

const { test: testWithRsync } = requires('rsync', 'gitlab-ci-local copies with it');
const MINUTES = 60_000;

let aws: LocalAws;
let api: GithubApi;
let server: ReleaseServer;
let repository: ScratchRepository;
let lost: string;
let kept: string;

beforeAll(async () => {
  aws = await startLocalAws();
  api = await startGithubApi();
  server = await serveRelease();
}, 3 * MINUTES);
afterAll(async () => {
  await server?.close();
  await api?.close();
  await aws?.stop();
});

beforeEach(async () => {
  await aws.reset();
  repository = await createScratchRepository();
  const terminal = await openTerminal(repository, aws);
  const deploy = async (branch: string) => {
    await repository.startBranch(branch);
    await repository.commit({ 'tiny.yaml': 'Resources:\n  Topic: { Type: AWS::SNS::Topic }\n' }, 'A tiny template');
    await repository.git('push', '--quiet', 'origin', branch);
    const inputs = { template: 'tiny.yaml' };
    const result = await terminal.run({
      operation: 'branch-stack deploy',
      inputs,
      happening: { kind: 'push', branch, created: true },
    });
    if (result.exitCode !== 0) throw new Error(result.log);
    return result.outputs['stack-name'] ?? '';
  };
  kept = await deploy('kept');
  lost = await deploy('lost');
  await repository.git('push', '--quiet', 'origin', '--delete', 'lost');
  await repository.git('checkout', '--quiet', 'main');
}, MINUTES);
afterEach(async () => {
  await repository?.remove();
});

/** git goes to the repository that stands for the host, wherever the host's address is asked. */
function hostIsHere(address: string): Record<string, string> {
  return { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: `url.${repository.bare}.insteadOf`, GIT_CONFIG_VALUE_0: address };
}

test(
  'a schedule on GitHub sweeps without a checkout',
  async () => {
    const workspace = await mkdtemp(path.join(os.tmpdir(), 'headgate-workspace-'));
    try {
      const sha = await repository.git('rev-parse', 'main');
      const payload = { schedule: '17 3 * * *', repository: { full_name: `${OWNER}/${REPO}`, default_branch: 'main' } };
      const event = { name: 'schedule' as const, payload, ref: 'refs/heads/main', sha };
      const environment = { ...aws.environment, ...hostIsHere(`https://github.com/${OWNER}/${REPO}.git`) };
      const job = {
        event,
        repository: `${OWNER}/${REPO}`,
        workspace,
        actions: await releaseTree(),
        apiUrl: api.url,
        token: TOKEN,
        environment,
      };
      const [result] = await runJob(job, [{ uses: 'actions/branch-stack/sweep', with: {} }]);
      expect(result).toMatchObject({ exitCode: 0, outputs: { destroyed: '1', kept: '1', failed: '0' } });
      expect(result?.log).not.toContain(Buffer.from(`x-access-token:${TOKEN}`).toString('base64'));
    } finally {
      await rm(workspace, { recursive: true });
    }
    const left = await stackNames(aws);
    expect(left).toContain(kept);
    expect(left).not.toContain(lost);
  },
  2 * MINUTES,
);

testWithRsync(
  'a scheduled pipeline on GitLab sweeps',
  async () => {
    const result = await runPipeline({
      repository,
      server,
      happening: { kind: 'manual', branch: 'main' },
      include: [{ template: 'branch-stack', inputs: fromServer(server) }],
      job: 'branch-stack-sweep',
      environment: { ...aws.environment, ...imageEnvironment(path.dirname(process.execPath)) },
      variables: {
        CI_PIPELINE_SOURCE: 'schedule',
        CI_SERVER_URL: 'https://github.com',
        ...hostIsHere('https://github.com/octo-org/shop.git'),
      },
    });
    expect(result).toMatchObject({ exitCode: 0, outputs: { destroyed: '1', kept: '1', failed: '0' } });
    expect(await stackNames(aws)).not.toContain(lost);
  },
  2 * MINUTES,
);
