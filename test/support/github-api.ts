import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerPackages, type FakePackage } from './github-packages-api.ts';

/**
 * A loopback server that answers the part of GitHub's REST API that hosts use, for one repository and for packages; 501 to
 * the rest.
 */
export interface GithubApi {
  readonly url: string;
  /** `METHOD /path` of each request, without the query. */
  readonly requests: string[];
  readonly pulls: Pull[];
  readonly comments: Comment[];
  readonly deployments: Deployment[];
  /** Heads of the repository's branches; a deployment's ref must be one of them or a commit. */
  readonly branches: Map<string, string>;
  readonly packages: FakePackage[];
  /** Set to answer everything with this status, as GitHub does for missing permission. */
  refuse: { status: number; message: string; headers?: Readonly<Record<string, string>> } | undefined;
  close(): Promise<void>;
}

export interface Pull {
  number: number;
  state: 'open' | 'closed';
  head: { ref: string; repo: { id: number; owner: string } | null };
}
export interface Comment {
  id: number;
  issue: number;
  body: string;
  user: { login: string; type: 'Bot' | 'User' };
  author_association: string;
}
export interface Deployment {
  id: number;
  ref: string;
  sha: string;
  environment: string;
  request: Record<string, unknown>;
  statuses: Record<string, unknown>[];
}

export const OWNER = 'octo-org';
export const REPO = 'shop';
export const REPO_ID = 1;
export const TOKEN = 'ghs_fake';

type Answer = { status: number; body: unknown; total?: number };
interface Call {
  readonly query: URLSearchParams;
  readonly body: Record<string, unknown>;
  readonly ids: number[];
}

export async function startGithubApi(): Promise<GithubApi> {
  let nextId = 1000;
  const api: Omit<GithubApi, 'url' | 'close'> = {
    requests: [],
    pulls: [],
    comments: [],
    deployments: [],
    branches: new Map(),
    packages: [],
    refuse: undefined,
  };

  const routes: [RegExp, (call: Call) => Answer][] = [
    [/^GET \/pulls$/, (call) => page(api.pulls.filter(pullFilter(call.query)).map(pullBody), call)],
    [
      /^GET \/issues\/(\d+)\/comments$/,
      (call) => page(api.comments.filter((comment) => comment.issue === call.ids[0]).map(commentBody), call),
    ],
    [
      /^POST \/issues\/(\d+)\/comments$/,
      ({ ids, body }) => {
        if (String(body.body).length > 65_536) return invalid('body is too long (maximum is 65536 characters)');
        const comment: Comment = {
          id: nextId++,
          issue: ids[0]!,
          body: String(body.body),
          user: { login: 'github-actions[bot]', type: 'Bot' },
          author_association: 'NONE',
        };
        api.comments.push(comment);
        return { status: 201, body: commentBody(comment) };
      },
    ],
    [
      /^PATCH \/issues\/comments\/(\d+)$/,
      ({ ids, body }) => {
        const comment = api.comments.find(({ id }) => id === ids[0]);
        if (comment === undefined) return missing();
        comment.body = String(body.body);
        return { status: 200, body: commentBody(comment) };
      },
    ],
    [
      /^GET \/deployments$/,
      (call) => {
        const matches = api.deployments.filter((deployment) =>
          (['environment', 'sha', 'ref'] as const).every(
            (key) => (call.query.get(key) ?? deployment[key]) === deployment[key],
          ),
        );
        return page(matches.toReversed(), call);
      },
    ],
    [
      /^POST \/deployments$/,
      ({ body }) => {
        const ref = String(body.ref);
        const sha = api.branches.get(ref) ?? (/^[0-9a-f]{40}$/.test(ref) ? ref : undefined);
        if (sha === undefined) return invalid(`No ref found for: ${ref}`);
        const deployment = {
          id: nextId++,
          ref,
          sha,
          environment: String(body.environment),
          request: body,
          statuses: [],
        };
        api.deployments.push(deployment);
        return { status: 201, body: deployment };
      },
    ],
    [
      /^GET \/deployments\/(\d+)\/statuses$/,
      (call) => {
        const deployment = api.deployments.find(({ id }) => id === call.ids[0]);
        return deployment === undefined ? missing() : page(deployment.statuses.toReversed(), call);
      },
    ],
    [
      /^POST \/deployments\/(\d+)\/statuses$/,
      ({ ids, body }) => {
        const deployment = api.deployments.find(({ id }) => id === ids[0]);
        if (deployment === undefined) return missing();
        if (!['in_progress', 'success', 'failure', 'inactive'].includes(String(body.state))) return invalid('state');
        if (String(body.description ?? '').length > 140) return invalid('description is too long');
        deployment.statuses.push(body);
        return { status: 201, body };
      },
    ],
  ];

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    api.requests.push(`${request.method} ${url.pathname}`);
    const body = await readBody(request);
    const prefix = `/repos/${OWNER}/${REPO}`;
    if (request.headers.authorization !== `token ${TOKEN}`) return send(response, 401, { message: 'Bad credentials' });
    if (api.refuse !== undefined) {
      const { status, message, headers } = api.refuse;
      return send(response, status, { message }, headers);
    }
    const ofPackage = await answerPackages(api.packages, request.method ?? '', url.pathname);
    if (ofPackage !== undefined) {
      const { status, body: answered, isList = false } = ofPackage;
      if (!isList) return send(response, status, answered);
      const paged = page(answered as unknown[], { query: url.searchParams, body, ids: [] });
      const link = nextLink(request, url, paged.total ?? 1);
      return send(response, status, paged.body, link === undefined ? {} : { link });
    }
    if (!url.pathname.startsWith(prefix)) return send(response, 404, { message: 'Not Found' });
    const wanted = `${request.method} ${url.pathname.slice(prefix.length)}`;
    for (const [pattern, answer] of routes) {
      const match = pattern.exec(wanted);
      if (match === null) continue;
      const {
        status,
        body: answered,
        total,
      } = answer({ query: url.searchParams, body, ids: match.slice(1).map(Number) });
      const link = total === undefined ? undefined : nextLink(request, url, total);
      return send(response, status, answered, link === undefined ? {} : { link });
    }
    return send(response, 501, { message: `${wanted} is not part of this server` });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(api, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

/** As GitHub does, ignores a `head` that is not `owner:branch`. */
function pullFilter(query: URLSearchParams): (pull: Pull) => boolean {
  const [owner, branch] = /^([^:]+):(.+)$/.exec(query.get('head') ?? '')?.slice(1) ?? [];
  return ({ state, head }) =>
    state === (query.get('state') ?? 'open') &&
    (branch === undefined || (head.ref === branch && head.repo?.owner === owner));
}

function pullBody({ number, state, head }: Pull): unknown {
  return { number, state, head: { ref: head.ref, repo: head.repo }, base: { ref: 'main', repo: { id: REPO_ID } } };
}

function commentBody(comment: Comment): unknown {
  const { issue, ...body } = comment;
  return { ...body, html_url: `https://github.com/${OWNER}/${REPO}/pull/${issue}#issuecomment-${comment.id}` };
}

function page(entries: unknown[], { query }: Call): Answer {
  const size = Math.min(Number(query.get('per_page') ?? 30), 100);
  const number = Number(query.get('page') ?? 1);
  return {
    status: 200,
    body: entries.slice((number - 1) * size, number * size),
    total: Math.ceil(entries.length / size),
  };
}

function nextLink(request: IncomingMessage, url: URL, total: number): string | undefined {
  const number = Number(url.searchParams.get('page') ?? 1);
  if (number >= total) return undefined;
  const next = new URL(`http://${request.headers.host}${url.pathname}${url.search}`);
  next.searchParams.set('page', String(number + 1));
  return `<${next}>; rel="next"`;
}

function missing(): Answer {
  return { status: 404, body: { message: 'Not Found' } };
}

function invalid(message: string): Answer {
  return { status: 422, body: { message } };
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
