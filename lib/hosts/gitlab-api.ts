import { deepestCause } from './deepest-cause.ts';

/** Longest time for one request, in milliseconds. */
const REQUEST_TIMEOUT = 30_000;

/** GitLab refused a request, or could not be reached (status 0). */
export class GitlabApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'GitlabApiError';
    this.status = status;
  }
}

export interface GitlabRequest {
  readonly method?: 'GET' | 'POST' | 'PUT';
  /** Path after `/api/v4`, with its parts percent-encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, string>>;
}

/** The REST API, version 4, with an access token. */
export class GitlabApi {
  readonly #base: string;
  readonly #token: string;

  /** @param base CI_API_V4_URL, for example `https://gitlab.com/api/v4` */
  constructor(base: string, token: string) {
    this.#base = base;
    this.#token = token;
  }

  /** The JSON answer to one request. @throws GitlabApiError */
  async request(request: GitlabRequest): Promise<unknown> {
    return (await this.#send(request)).data;
  }

  /** The entries of a list, page after page. @throws GitlabApiError */
  async *list(request: GitlabRequest): AsyncGenerator<unknown> {
    let page = '1';
    while (page !== '') {
      const { data, nextPage } = await this.#send({ ...request, query: { ...request.query, per_page: '100', page } });
      if (!Array.isArray(data)) throw new GitlabApiError(200, `the answer to ${request.path} is not a list`);
      yield* data;
      page = nextPage;
    }
  }

  async #send({ method = 'GET', path, query, body }: GitlabRequest): Promise<{ data: unknown; nextPage: string }> {
    const url = `${this.#base}${path}${query === undefined ? '' : `?${new URLSearchParams(query)}`}`;
    try {
      const response = await fetch(url, {
        method,
        headers: { 'private-token': this.#token, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
        // fetch would carry the token's header to whatever host a redirect names.
        redirect: 'error',
        signal: AbortSignal.timeout(REQUEST_TIMEOUT),
      });
      const text = await response.text();
      if (!response.ok) throw new GitlabApiError(response.status, text.slice(0, 200));
      return { data: parse(text, path), nextPage: response.headers.get('x-next-page') ?? '' };
    } catch (error) {
      if (error instanceof GitlabApiError) throw error;
      throw new GitlabApiError(0, deepestCause(error), { cause: error });
    }
  }
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new GitlabApiError(200, `the answer to ${path} is not JSON; CI_API_V4_URL may lead to a sign-in page`, {
      cause: error,
    });
  }
}
