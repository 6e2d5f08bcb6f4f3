import { matchesAny } from '../../lib/branches/patterns.ts';
import { sourceRepository } from '../../lib/branches/source-repository.ts';
import { badInput } from '../../lib/errors.ts';
import type { HostEvent, Surroundings } from '../../lib/hosts/host.ts';
import { type Branch, checkBranchName } from '../../lib/naming/ref.ts';
import type { RepositoryId } from '../../lib/naming/repository.ts';
import { type StackName, stackName } from '../../lib/naming/stack-name.ts';
import { quote } from '../../lib/operation/inputs.ts';

/** The branch that an operation is about, and the stack that belongs to it. */
export interface Subject {
  readonly repository: RepositoryId;
  readonly branch: Branch;
  readonly component?: string;
  readonly stackName: StackName;
}

/** Why a run has nothing to do here: the event is not about a branch of this repository that has a stack. */
export interface Skip {
  readonly skip: string;
}

export interface IdentityGiven {
  readonly branch: string | undefined;
  readonly component: string | undefined;
  readonly prefix: string | undefined;
  readonly repository: string | undefined;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

/**
 * Finds the branch and its stack's name from the inputs and the event.
 *
 * @param purpose a deletion event is skipped by `deploy`; everything but an ending is skipped by `destroy`
 * @throws BadInput when no branch is meant, or an input is not of its form
 */
export async function findSubject(
  given: IdentityGiven,
  surroundings: Surroundings,
  purpose: 'deploy' | 'destroy' | 'name',
): Promise<Subject | Skip> {
  const fork = forkOf(surroundings.event);
  if (fork !== undefined && purpose !== 'name') return { skip: fork };
  const meant = given.branch ?? branchOfEvent(surroundings.event, purpose);
  if (meant === undefined) {
    throw badInput(
      'branch',
      `is required: a run by ${describeEvent(surroundings.event)} does not say which branch to ${purpose}`,
    );
  }
  if (typeof meant !== 'string') return meant;

  const branch = parseBranch(meant);
  if (given.include !== undefined && given.include.length > 0 && !(await matchesAny(branch, given.include))) {
    return { skip: `Branch ${quote(branch)} matches no pattern of 'include'` };
  }
  if (given.exclude !== undefined && (await matchesAny(branch, given.exclude))) {
    return { skip: `Branch ${quote(branch)} matches a pattern of 'exclude'` };
  }
  return nameSubject(given, sourceRepository(given.repository, surroundings), branch);
}

function nameSubject({ component, prefix }: IdentityGiven, repository: RepositoryId, branch: Branch): Subject {
  return {
    repository,
    branch,
    ...(component === undefined ? {} : { component }),
    stackName: stackName({ repository, branch, component, prefix }),
  };
}

function parseBranch(text: string): Branch {
  const checked = checkBranchName(text);
  if (checked.ok) return checked.branch;
  throw badInput('branch', `${quote(text)} is not a branch name: ${checked.reason}`);
}

/** Anybody can call a branch of a fork like a branch of ours, so a fork's event touches nothing, whatever the inputs say. */
function forkOf(event: HostEvent): string | undefined {
  if (event.kind !== 'pull-request' || event.sameRepository) return undefined;
  return `Pull request ${event.number} comes from a fork; its branch ${quote(event.branch)} is not one of this repository`;
}

function branchOfEvent(event: HostEvent, purpose: 'deploy' | 'destroy' | 'name'): string | Skip | undefined {
  switch (event.kind) {
    case 'branch-created':
    case 'branch-pushed':
      return purpose === 'destroy' ? undefined : event.branch;
    case 'branch-deleted':
    case 'stop':
      return purpose === 'deploy'
        ? { skip: `Branch ${quote(event.branch)} is gone; there is nothing to deploy` }
        : event.branch;
    case 'pull-request':
      if (purpose === 'name' || (event.action === 'closed') === (purpose === 'destroy')) return event.branch;
      return { skip: `Pull request ${event.number} was ${event.action}; that is nothing to ${purpose} for` };
    case 'tag':
      return { skip: `Tag ${quote(event.tag)} is not a branch` };
    case 'schedule':
    case 'manual':
    case 'other':
      return purpose === 'destroy' ? undefined : event.branch;
  }
}

function describeEvent(event: HostEvent): string {
  return event.kind === 'manual' ? 'hand' : `the event '${event.kind}'`;
}
