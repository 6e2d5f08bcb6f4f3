import { readFile } from 'node:fs/promises';
import { OperationFailed } from '../errors.ts';
import { parseJsonFile } from './files.ts';
import { readGithubEvent } from './github-event.ts';
import { githubImageRepository } from './github-registry.ts';
import type { HostEvent, Surroundings } from './host.ts';

/**
 * Where a GitHub run happens.
 *
 * @throws OperationFailed naming the payload's file when it is missing, broken or not of its event
 */
export async function githubSurroundings(environment: NodeJS.ProcessEnv): Promise<Surroundings> {
  const file = environment.GITHUB_EVENT_PATH ?? '';
  const { event, commit, defaultBranch } = readGithubEvent(environment, await readPayload(file), file);
  const server = environment.GITHUB_SERVER_URL ?? '';
  const repository = environment.GITHUB_REPOSITORY ?? '';
  const run = environment.GITHUB_RUN_ID ?? '';
  const imageRepository = githubImageRepository(environment);
  return {
    ...(URL.canParse(server) ? { serverHost: new URL(server).hostname } : {}),
    ...(repository === '' ? {} : { repositoryPath: repository }),
    ...(defaultBranch === undefined ? {} : { defaultBranch }),
    ...(commit === undefined ? {} : { commit }),
    ...(runIsOnItsBranch(event, environment) ? { branchIsProtected: environment.GITHUB_REF_PROTECTED === 'true' } : {}),
    ...(server === '' || repository === '' || run === ''
      ? {}
      : { runUrl: `${server}/${repository}/actions/runs/${run}` }),
    ...(imageRepository === undefined ? {} : { imageRepository }),
    event,
  };
}

/** GITHUB_REF_PROTECTED is about GITHUB_REF, which for `delete` is the default branch and not the one that is gone. */
function runIsOnItsBranch(event: HostEvent, environment: NodeJS.ProcessEnv): boolean {
  return (
    environment.GITHUB_REF_PROTECTED !== undefined &&
    'branch' in event &&
    event.kind !== 'branch-deleted' &&
    environment.GITHUB_REF === `refs/heads/${event.branch}`
  );
}

async function readPayload(file: string): Promise<unknown> {
  if (file === '') {
    throw new OperationFailed({
      what: 'The variable GITHUB_EVENT_PATH is not set, so the event of this run is unknown',
      cause: 'The program runs outside a step of a GitHub runner',
      next: 'Run it as a step, or set HEADGATE_HOST=terminal',
    });
  }
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new OperationFailed(
      {
        what: `The event payload '${file}' cannot be read: ${error instanceof Error ? error.message : String(error)}`,
        cause: 'The step runs in a container that does not see the file that GITHUB_EVENT_PATH names',
        next: "Mount the runner's temporary directory, or run the step outside the container",
      },
      { cause: error },
    );
  }
  return parseJsonFile(text, file, 'The event payload');
}
