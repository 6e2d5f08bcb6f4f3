import { commentBody, commentMarker, sameBody } from './comment-body.ts';
import { GitlabApi, GitlabApiError } from './gitlab-api.ts';
import type { HostEvent, HostResult } from './host.ts';

/**
 * Creates or updates the one note with this key on the merge request of the event's branch. It needs an access token in
 * HEADGATE_GITLAB_TOKEN, because the job's own token may not write notes. What cannot be done becomes a note in the result.
 */
export async function putGitlabComment(
  environment: NodeJS.ProcessEnv,
  event: HostEvent,
  key: string,
  markdown: string,
): Promise<HostResult> {
  const left = (why: string): HostResult => ({ done: false, note: `No comment was written: ${why}` });
  const token = environment.HEADGATE_GITLAB_TOKEN?.trim();
  const base = environment.CI_API_V4_URL;
  const project = environment.CI_PROJECT_ID;
  if (!token) {
    return left(
      "there is no access token; store one with scope 'api' as the masked CI variable HEADGATE_GITLAB_TOKEN (the job's own token may not comment)",
    );
  }
  if (!base || !project) return left('CI_API_V4_URL or CI_PROJECT_ID is not set, so the API is unknown');

  const api = new GitlabApi(base, token);
  const projectPath = `/projects/${encodeURIComponent(project)}`;
  try {
    const iid = await findMergeRequest(api, projectPath, project, event);
    if (iid === undefined) return left('there is no open merge request for this branch');
    await putNote(api, `${projectPath}/merge_requests/${iid}/notes`, key, markdown);
    const webUrl = environment.CI_PROJECT_URL;
    return webUrl ? { done: true, url: `${webUrl}/-/merge_requests/${iid}` } : { done: true };
  } catch (error) {
    if (!(error instanceof GitlabApiError)) throw error;
    return left(explain(error));
  }
}

async function findMergeRequest(
  api: GitlabApi,
  projectPath: string,
  project: string,
  event: HostEvent,
): Promise<number | undefined> {
  if (event.kind === 'pull-request') return event.number;
  if (!('branch' in event) || event.branch === undefined) return undefined;
  const query = { source_branch: event.branch, state: 'opened' };
  for await (const found of api.list({ path: `${projectPath}/merge_requests`, query })) {
    const request = found as { iid: number; source_branch: string; source_project_id: number };
    // A fork may have a branch of the same name.
    if (request.source_branch === event.branch && String(request.source_project_id) === project) return request.iid;
  }
  return undefined;
}

async function putNote(api: GitlabApi, path: string, key: string, markdown: string): Promise<void> {
  const body = withoutQuickActions(commentBody(key, markdown));
  const existing = await findNote(api, path, commentMarker(key));
  if (existing === undefined) await api.request({ method: 'POST', path, body: { body } });
  else if (!sameBody(existing.body, body)) {
    await api.request({ method: 'PUT', path: `${path}/${existing.id}`, body: { body } });
  }
}

interface Note {
  readonly id: number;
  readonly body: string;
  readonly author?: { readonly id: number };
}

async function findNote(api: GitlabApi, path: string, marker: string): Promise<Note | undefined> {
  let self: number | undefined;
  for await (const found of api.list({ path, query: { sort: 'asc', order_by: 'created_at' } })) {
    const note = found as Note;
    if (!note.body.startsWith(marker)) continue;
    // Anybody who may comment can fake the marker, and would go on to be able to edit the note: only our own counts.
    self ??= ((await api.request({ path: '/user' })) as { id: number }).id;
    if (note.author?.id === self) return note;
  }
  return undefined;
}

/** GitLab carries out lines such as `/merge` in a note, with the token's rights; a zero-width space makes them text. */
function withoutQuickActions(body: string): string {
  return body.replace(/^([^\S\n]*)\/(?=[a-z])/gim, '$1\u200b/');
}

function explain({ status, message }: GitlabApiError): string {
  if (status === 0) return `GitLab could not be reached (${message})`;
  const answer = `GitLab answered ${status} (${message})`;
  if (status !== 401 && status !== 403 && status !== 404) return answer;
  return `${answer}; HEADGATE_GITLAB_TOKEN needs the scope 'api' and at least the role Reporter in this project`;
}
