import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A loopback server that answers the part of GitLab's REST API v4 that hosts use, for one project; 501 to the rest. */
export interface GitlabApi {
  /** CI_API_V4_URL. */
  readonly url: string;
  readonly requests: string[];
  readonly mergeRequests: MergeRequest[];
  readonly notes: Note[];
  /** Set to answer everything with this status, or to send every request elsewhere. */
  refuse: { status: number; message: string; location?: string } | undefined;
  /** The token as it sees itself. */
  token: { name: string; active: boolean; scopes: string[]; expires_at: string | null };
  close(): Promise<void>;
}

export interface MergeRequest {
  iid: number;
  state: 'opened' | 'closed' | 'merged';
  source_branch: string;
  source_project_id: number;
}
export interface Note {
  id: number;
  merge_request: number;
  body: string;
  author: { id: number };
}

export const PROJECT_ID = 42;
export const TOKEN = 'glpat-fake';
/** The user that the token belongs to. */
export const SELF = 7;

export async function startGitlabApi(): Promise<GitlabApi> {
  let nextId = 5000;
  const api: Omit<GitlabApi, 'url' | 'close'> = {
    requests: [],
    mergeRequests: [],
    notes: [],
    refuse: undefined,
    token: { name: 'headgate', active: true, scopes: ['api'], expires_at: null },
  };

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const body = await readBody(request);
    api.requests.push(`${request.method} ${url.pathname}`);
    if (api.refuse !== undefined) {
      const { status, message, location } = api.refuse;
      return send(response, status, { message }, location === undefined ? {} : { location });
    }
    if (request.headers['private-token'] !== TOKEN) return send(response, 401, { message: '401 Unauthorized' });
    const wanted = `${request.method} ${url.pathname.replace('/api/v4', '')}`;

    if (wanted === 'GET /personal_access_tokens/self') return send(response, 200, api.token);
    if (wanted === 'GET /user') return send(response, 200, { id: SELF, username: 'project_42_bot' });
    if (wanted === `GET /projects/${PROJECT_ID}/merge_requests`) {
      const { source_branch, state } = Object.fromEntries(url.searchParams);
      const found = api.mergeRequests.filter((one) => one.source_branch === source_branch && one.state === state);
      return sendPage(response, url, found);
    }
    const match = new RegExp(`^(GET|POST|PUT) /projects/${PROJECT_ID}/merge_requests/(\\d+)/notes(?:/(\\d+))?$`).exec(
      wanted,
    );
    if (match === null) return send(response, 501, { message: `${wanted} is not part of this server` });
    const [, method, iid, id] = match;
    if (method === 'GET' && id === undefined) {
      return sendPage(
        response,
        url,
        api.notes.filter((note) => note.merge_request === Number(iid)),
      );
    }
    if (method === 'POST' && id === undefined) {
      const note = { id: nextId++, merge_request: Number(iid), body: String(body.body).trim(), author: { id: SELF } };
      api.notes.push(note);
      return send(response, 201, note);
    }
    const note = api.notes.find((one) => one.id === Number(id));
    if (method !== 'PUT' || note === undefined) return send(response, 404, { message: '404 Not found' });
    note.body = String(body.body).trim();
    return send(response, 200, note);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(api, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v4`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

function sendPage(response: ServerResponse, url: URL, entries: unknown[]): void {
  const size = Math.min(Number(url.searchParams.get('per_page') ?? 20), 100);
  const page = Number(url.searchParams.get('page') ?? 1);
  const next = page * size < entries.length ? String(page + 1) : '';
  send(response, 200, entries.slice((page - 1) * size, page * size), { 'x-next-page': next });
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
