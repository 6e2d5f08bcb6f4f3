import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { repositoryIdFromRemote } from '../naming/repository.ts';
import type { Surroundings } from './host.ts';

const run = promisify(execFile);

/** What the checkout around `cwd` says. Outside a repository, and without git, all of it is undefined. */
export async function gitSurroundings(cwd: string, environment: NodeJS.ProcessEnv): Promise<Surroundings> {
  const git = async (...args: string[]): Promise<string | undefined> => {
    try {
      const { stdout } = await run('git', args, { cwd, env: environment, timeout: 10_000 });
      return stdout.replace(/\n$/, '') || undefined;
    } catch {
      // Not a repository, no such remote or ref, no git: each means that nothing is known.
      return undefined;
    }
  };
  const [remote, head, commit, remoteHead] = await Promise.all([
    git('remote', 'get-url', 'origin'),
    git('symbolic-ref', '--quiet', 'HEAD'),
    git('rev-parse', '--verify', '--quiet', 'HEAD^{commit}'),
    git('symbolic-ref', '--quiet', 'refs/remotes/origin/HEAD'),
  ]);
  const branch = after('refs/heads/', head);
  const defaultBranch = after('refs/remotes/origin/', remoteHead);
  return {
    ...repositoryOf(remote),
    ...(defaultBranch === undefined ? {} : { defaultBranch }),
    ...(commit === undefined ? {} : { commit }),
    event: { kind: 'manual', ...(branch === undefined ? {} : { branch }) },
  };
}

/** Host and path of a remote's URL, without the credentials that it may hold. A local path has neither. */
export function repositoryOf(
  remote: string | undefined,
): { serverHost: string; repositoryPath: string } | Record<string, never> {
  if (remote === undefined) return {};
  try {
    const [serverHost = '', ...path] = repositoryIdFromRemote(remote).split('/');
    return { serverHost, repositoryPath: path.join('/') };
  } catch {
    return {};
  }
}

function after(prefix: string, ref: string | undefined): string | undefined {
  return ref?.startsWith(prefix) ? ref.slice(prefix.length) : undefined;
}
