import { OperationFailed } from '../errors.ts';
import type { HostEvent } from './host.ts';

/** What the payload says about this run. */
export interface GithubEvent {
  readonly event: HostEvent;
  /** Head commit that the run is about; undefined for a deleted ref. */
  readonly commit: string | undefined;
  readonly defaultBranch: string | undefined;
}

/**
 * Reads the event from the runner's variables and the webhook's payload. Names come from the payload where the run itself
 * is on another ref: `delete` runs on the default branch, a pull request on a merge commit.
 * Source: GitHub Docs, "Events that trigger workflows" and "Webhook events and payloads".
 *
 * @param file where the payload was read from, for errors
 * @throws OperationFailed when the payload lacks what its event always has
 */
export function readGithubEvent(environment: NodeJS.ProcessEnv, payload: unknown, file: string): GithubEvent {
  const name = environment.GITHUB_EVENT_NAME ?? '';
  const required = (...path: string[]): string => {
    const value = at(payload, ...path);
    if (typeof value === 'string' && value !== '') return value;
    throw new OperationFailed({
      what: `The event payload '${file}' of event '${name}' has no text at '${path.join('.')}'`,
      cause: 'The file was changed, or GITHUB_EVENT_NAME names another event than the one in the file',
      next: 'Run the workflow again',
    });
  };
  const defaultBranch = at(payload, 'repository', 'default_branch');
  const known = {
    commit: textOrUndefined(environment.GITHUB_SHA),
    defaultBranch: typeof defaultBranch === 'string' ? defaultBranch : undefined,
  };

  switch (name) {
    case 'push': {
      const ref = required('ref');
      const deleted = at(payload, 'deleted') === true;
      return { ...known, ...(deleted ? { commit: undefined } : {}), event: pushEvent(ref, payload, deleted) };
    }
    case 'create':
    case 'delete': {
      // The ref is bare here: a branch may be called `refs/heads/x`.
      const deleted = name === 'delete';
      const event = refEvent(required('ref_type'), required('ref'), deleted);
      return { ...known, ...(deleted ? { commit: undefined } : {}), event };
    }
    case 'pull_request':
    case 'pull_request_target': {
      const headRepository = at(payload, 'pull_request', 'head', 'repo', 'full_name');
      return {
        ...known,
        commit: required('pull_request', 'head', 'sha'),
        event: {
          kind: 'pull-request',
          action: pullRequestAction(at(payload, 'action')),
          number: pullRequestNumber(payload, file),
          branch: required('pull_request', 'head', 'ref'),
          // The head's repository is null when the fork was deleted.
          sameRepository: headRepository === required('pull_request', 'base', 'repo', 'full_name'),
        },
      };
    }
    case 'schedule':
      return { ...known, event: { kind: 'schedule', ...runBranch(environment) } };
    case 'workflow_dispatch':
      return { ...known, event: { kind: 'manual', ...runBranch(environment) } };
    default:
      return { ...known, event: { kind: 'other', ...runBranch(environment) } };
  }
}

function pushEvent(ref: string, payload: unknown, deleted: boolean): HostEvent {
  const branch = after('refs/heads/', ref);
  if (branch !== undefined) {
    if (deleted) return { kind: 'branch-deleted', branch };
    return { kind: at(payload, 'created') === true ? 'branch-created' : 'branch-pushed', branch };
  }
  const tag = after('refs/tags/', ref);
  return tag === undefined ? { kind: 'other' } : { kind: 'tag', tag, deleted };
}

function refEvent(type: string, ref: string, deleted: boolean): HostEvent {
  if (type === 'branch') return { kind: deleted ? 'branch-deleted' : 'branch-created', branch: ref };
  return type === 'tag' ? { kind: 'tag', tag: ref, deleted } : { kind: 'other' };
}

function pullRequestAction(action: unknown): 'opened' | 'updated' | 'closed' | 'other' {
  if (action === 'opened' || action === 'reopened') return 'opened';
  if (action === 'synchronize') return 'updated';
  return action === 'closed' ? 'closed' : 'other';
}

function pullRequestNumber(payload: unknown, file: string): number {
  const number = at(payload, 'pull_request', 'number');
  if (typeof number === 'number') return number;
  throw new OperationFailed({
    what: `The event payload '${file}' has no number at 'pull_request.number'`,
    next: 'Run the workflow again',
  });
}

function runBranch(environment: NodeJS.ProcessEnv): { branch?: string } {
  const branch = after('refs/heads/', environment.GITHUB_REF ?? '');
  return branch === undefined ? {} : { branch };
}

function after(prefix: string, ref: string): string | undefined {
  return ref.startsWith(prefix) && ref.length > prefix.length ? ref.slice(prefix.length) : undefined;
}

function textOrUndefined(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}

/** The member at a path of a parsed JSON value; undefined where the path ends early. */
function at(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[key] : undefined),
    value,
  );
}
