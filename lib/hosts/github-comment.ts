import { commentBody, commentMarker, sameBody } from './comment-body.ts';
import type { GithubRepository } from './github-api.ts';
import type { HostEvent, HostResult } from './host.ts';

/** Who may have written a comment that we update. Anybody can comment on a public pull request and fake the marker. */
const TRUSTED = new Set(['OWNER', 'MEMBER', 'COLLABORATOR']);

/** Creates or updates the one comment with this key on the pull request of the event's branch. Errors are Octokit's. */
export async function putGithubComment(
  repository: GithubRepository,
  event: HostEvent,
  key: string,
  markdown: string,
): Promise<HostResult> {
  const { octokit, owner, repo } = repository;
  const number = await findPullRequest(repository, event);
  if (number === undefined) return { done: false, note: 'there is no open pull request for this branch' };

  const body = commentBody(key, markdown);
  const existing = await findComment(repository, number, commentMarker(key));
  if (existing === undefined) {
    const { data } = await octokit.rest.issues.createComment({ owner, repo, issue_number: number, body });
    return { done: true, url: data.html_url };
  }
  if (sameBody(existing.body ?? '', body)) return { done: true, url: existing.html_url };
  const { data } = await octokit.rest.issues.updateComment({ owner, repo, comment_id: existing.id, body });
  return { done: true, url: data.html_url };
}

async function findPullRequest(repository: GithubRepository, event: HostEvent): Promise<number | undefined> {
  if (event.kind === 'pull-request') return event.number;
  if (!('branch' in event) || event.branch === undefined || event.kind === 'branch-deleted') return undefined;
  const { octokit, owner, repo } = repository;
  const head = `${owner}:${event.branch}`;
  const { data } = await octokit.rest.pulls.list({ owner, repo, head, state: 'open', per_page: 100 });
  // The filter is compared again: where GitHub cannot read it, it answers with every open pull request.
  return data.find((pull) => pull.head.ref === event.branch && pull.head.repo?.id === pull.base.repo.id)?.number;
}

async function findComment({ octokit, owner, repo }: GithubRepository, number: number, marker: string) {
  const pages = octokit.paginate.iterator(octokit.rest.issues.listComments, {
    owner,
    repo,
    issue_number: number,
    per_page: 100,
  });
  for await (const { data } of pages) {
    const found = data.find(
      (comment) =>
        comment.body?.startsWith(marker) && (comment.user?.type === 'Bot' || TRUSTED.has(comment.author_association)),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}
