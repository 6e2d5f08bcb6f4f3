import type { Finding, HostEvent, Surroundings } from '../../lib/hosts/host.ts';
import { NamingError } from '../../lib/naming/error.ts';
import { repositoryId } from '../../lib/naming/repository.ts';
import { quote } from '../../lib/operation/inputs.ts';
import { failure, ok, skipped, warning } from './finding.ts';
import type { DoctorContext } from './run.ts';

type HostContext = Pick<DoctorContext, 'host' | 'clock' | 'inputs'>;

/** Where the run happens, as the program understands it, and what the host lets it do. */
export async function hostFindings({ host, clock, inputs }: HostContext): Promise<readonly Finding[]> {
  const [around, branches, token, own] = await Promise.all([
    aroundFindings(host),
    branchFinding(host),
    identityFinding(host, inputs['role-to-assume']),
    host.inspect(clock.now()),
  ]);
  return [ok('Host', host.name), ...around, branches, token, ...own];
}

async function aroundFindings(host: HostContext['host']): Promise<readonly Finding[]> {
  let surroundings: Surroundings;
  try {
    surroundings = await host.surroundings();
  } catch (error) {
    return [failure('Event', 'problem', error), skipped('Repository', 'the event is not known')];
  }
  return [ok('Event', describeEvent(surroundings.event)), repositoryFinding(surroundings)];
}

/** The repository as stacks are tagged with it. */
function repositoryFinding({ serverHost, repositoryPath, defaultBranch }: Surroundings): Finding {
  const check = 'Repository';
  if (serverHost === undefined || repositoryPath === undefined) {
    const next = "Run in a checkout with a remote 'origin', or give the input 'repository' to operations that take it";
    return warning(check, 'the run is in no repository that the host or git knows', next);
  }
  try {
    const id = repositoryId(serverHost, repositoryPath);
    if (defaultBranch !== undefined) return ok(check, `${id}, default branch ${quote(defaultBranch)}`);
    const next = "Give 'default-branch' to operations that delete, or run 'git remote set-head origin --auto'";
    return warning(check, `${id}; its default branch is not known`, next);
  } catch (error) {
    if (!(error instanceof NamingError)) throw error;
    return warning(check, error.message, "Give the input 'repository' to operations that take it");
  }
}

async function branchFinding(host: HostContext['host']): Promise<Finding> {
  try {
    const { size } = await host.branches();
    return ok('Branches', `${size} ${size === 1 ? 'is' : 'are'} listed`);
  } catch (error) {
    return failure('Branches', 'warning', error);
  }
}

/** The token of the host (OIDC) with which a role is assumed without stored keys. */
async function identityFinding(host: HostContext['host'], role: string | undefined): Promise<Finding> {
  const check = 'Identity token (OIDC)';
  try {
    const token = await host.identityToken('sts.amazonaws.com');
    if (token !== undefined) return ok(check, 'the host gives one for sts.amazonaws.com');
  } catch (error) {
    return failure(check, 'problem', error);
  }
  if (role === undefined || host.name === 'terminal') return ok(check, 'none; the credentials of the job are used');
  const how =
    host.name === 'github'
      ? "'permissions: id-token: write'"
      : "'id_tokens: { HEADGATE_ID_TOKEN: { aud: sts.amazonaws.com } }'";
  return warning(check, "none; 'role-to-assume' is assumed with the credentials of the job", `Give the job ${how}`);
}

/** An event in words. Names come from outside and are quoted. */
export function describeEvent(event: HostEvent): string {
  switch (event.kind) {
    case 'branch-created':
    case 'branch-pushed':
    case 'branch-deleted':
    case 'stop':
      return `${event.kind} of ${quote(event.branch)}`;
    case 'pull-request': {
      const from = event.sameRepository ? '' : ', from a fork';
      return `pull or merge request ${event.number} of ${quote(event.branch)}, ${event.action}${from}`;
    }
    case 'tag':
      return `tag ${quote(event.tag)}${event.deleted ? ', deleted' : ''}`;
    case 'schedule':
    case 'manual':
    case 'other':
      return event.branch === undefined ? event.kind : `${event.kind} on ${quote(event.branch)}`;
  }
}
