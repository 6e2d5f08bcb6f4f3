import { connectGithub, orNote } from './github-api.ts';
import type { Finding } from './host.ts';

const CHECK = 'API token';
const WRITES = "'permissions: pull-requests: write' for the comment and 'deployments: write' for the records";

/** What is known of the job's token without writing: whether it is there, and what it may read. */
export async function inspectGithub(
  environment: NodeJS.ProcessEnv,
  token: string | undefined,
): Promise<readonly Finding[]> {
  const repository = await connectGithub(environment, token);
  if ('note' in repository) {
    const next = `Without it there are no comments and no deployment records. Pass a token, and give the job ${WRITES}`;
    return [{ check: CHECK, status: 'warning', found: repository.note, next }];
  }
  const { octokit, owner, repo } = repository;
  const reads = [
    ['pull requests', 'pull-requests: write', () => octokit.rest.pulls.list({ owner, repo, per_page: 1 })],
    ['deployments', 'deployments: write', () => octokit.rest.repos.listDeployments({ owner, repo, per_page: 1 })],
  ] as const;
  return await Promise.all(
    reads.map(async ([what, permission, read]): Promise<Finding> => {
      const result = await orNote(`It cannot read the ${what}`, permission, async () => {
        await read();
        return { done: true };
      });
      const check = `${CHECK}: ${what}`;
      if (!result.done) return { check, status: 'warning', found: result.note, next: `Give the job ${WRITES}` };
      const found = `it may read the ${what}; whether it may write cannot be known without writing ('${permission}')`;
      return { check, status: 'ok', found };
    }),
  );
}
