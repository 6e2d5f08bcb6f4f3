import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { LocalAws } from '../../local-aws/start.ts';
import { type GithubApi, OWNER, REPO, TOKEN } from '../support/github-api.ts';
import { type RunnerEvent, runJob, type StepResult } from '../support/github-runner.ts';
import type { Call, Door, Happening, OpenDoor } from './door.ts';
import { deleteEvent, dispatchEvent, pushEvent } from './github-events.ts';
import { releaseTree } from './release-tree.ts';
import type { ScratchRepository } from './scratch-repository.ts';
import { reachable } from './terminal-door.ts';

/** GitHub, by our own runner: each call is a job with one step, the operation's action in the release tree. */
export function openGithub(api: GithubApi): OpenDoor {
  return async (repository, aws): Promise<Door> => ({
    name: 'github',
    run: async (call) => await runOnGithub(api, repository, aws, await eventOf(repository, call.happening, api), call),
  });
}

/**
 * Runs one action as a job on an event. A job about something that is gone has no checkout.
 *
 * @param call the operation with its inputs; what happened is the event's
 */
export async function runOnGithub(
  api: GithubApi,
  repository: ScratchRepository,
  aws: LocalAws,
  event: RunnerEvent,
  { operation, inputs }: Pick<Call, 'operation' | 'inputs'>,
): Promise<StepResult> {
  const checkout = event.name === 'push' || event.name === 'create' || event.name === 'workflow_dispatch';
  const workspace = checkout ? repository.directory : await mkdtemp(path.join(os.tmpdir(), 'headgate-workspace-'));
  try {
    const job = {
      event,
      repository: `${OWNER}/${REPO}`,
      workspace,
      actions: await releaseTree(),
      apiUrl: api.url,
      token: TOKEN,
      environment: { ...aws.environment, ...reachable(operation, repository) },
    };
    const [result] = await runJob(job, [{ uses: `actions/${operation.replace(' ', '/')}`, with: inputs }]);
    if (result === undefined) throw new Error('The job had no step');
    return result;
  } finally {
    if (!checkout) await rm(workspace, { recursive: true });
  }
}

/** What happened, as GitHub tells it; its API then knows the branch or no longer does. */
export async function eventOf(
  repository: ScratchRepository,
  happening: Happening,
  api?: GithubApi,
): Promise<RunnerEvent> {
  const { branch } = happening;
  const sha = await repository.git('rev-parse', 'HEAD');
  if (happening.kind === 'delete') {
    api?.branches.delete(branch);
    return deleteEvent('branch', branch, sha);
  }
  api?.branches.set(branch, sha);
  return happening.kind === 'push' ? pushEvent(branch, sha, happening.created) : dispatchEvent(branch, sha);
}
