import type { Readable } from 'node:stream';
import { directDialler } from '../../../net/dial.ts';
import { connectionCode, mayPassError, mayPassStatus, pauseAfter } from '../../../net/retry.ts';
import {
  ConnectionFailed,
  createTransport,
  discard,
  type HttpAnswer,
  type HttpRequest,
  readBody,
  type Transport,
} from '../../../net/transport.ts';
import type { Context } from '../../../operation/define.ts';
import type { Format } from '../../../packages/package.ts';
import { PackagesError, type PackagesErrorKind } from '../error.ts';
import type { RepositoryAccess } from '../repository.ts';

/** What is sent: bytes in memory, or a stream that can be opened anew for each try. */
export interface Content {
  /** Bytes. */
  readonly size: number;
  open(): Readable;
}

/** One request to a repository, in the protocol of a format. */
export interface ProtocolRequest {
  readonly format: Format;
  /** A phrase that follows "Cannot": `publish shop 1.0.0 to eu-central-1`. */
  readonly doing: string;
  readonly method: HttpRequest['method'];
  /** Below the endpoint of the repository, encoded, without a slash at its beginning. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | Content;
  /** Statuses that are an answer; each other one is an error. */
  readonly accept: readonly number[];
}

/** The package protocols of CodeArtifact's repositories, over one set of connections. */
export interface ProtocolSession {
  /**
   * Sends a request once, and a second time with a new token when the first was refused (the old one had ended).
   *
   * @throws PackagesError, the signal's reason, and what the source of tokens throws
   */
  once(repository: RepositoryAccess, request: ProtocolRequest): Promise<HttpAnswer>;
  /**
   * The same, repeated while it fails in a way that may pass, and while it is in the way of another one (409). Only for
   * what may be done twice.
   *
   * @throws as `once`
   */
  repeated(repository: RepositoryAccess, request: ProtocolRequest): Promise<HttpAnswer>;
  close(): void;
}

/** What the session needs from outside. */
export type ProtocolContext = Pick<Context, 'clock' | 'signal' | 'log' | 'version' | 'operation'> & {
  /** Only for tests; otherwise the environment of the process. */
  readonly environment?: NodeJS.ProcessEnv;
};

const MAX_REFUSAL_BYTES = 64 * 1024;

const dial = directDialler({
  who: 'CodeArtifact',
  strayed: {
    cause: 'GetRepositoryEndpoint answered with an address that is not on this machine',
    next: 'Unset AWS_ENDPOINT_URL to use the real AWS',
  },
});

/** Makes the session. Makes no call. */
export function openSession(context: ProtocolContext): ProtocolSession {
  const { clock, signal, log, version, operation } = context;
  const transport: Transport = createTransport({
    environment: context.environment ?? process.env,
    userAgent: `headgate/${version} ${operation.replaceAll(' ', '.')}`,
    dial,
    signal,
  });

  async function once(repository: RepositoryAccess, request: ProtocolRequest): Promise<HttpAnswer> {
    let refused: string | undefined;
    for (;;) {
      const [endpoint, token] = await Promise.all([repository.endpoint(request.format), repository.token(refused)]);
      const answer = await send(endpoint, request, token);
      if (request.accept.includes(answer.status)) return answer;
      if (answer.status === 401 && refused === undefined) {
        discard(answer);
        refused = token;
        continue;
      }
      throw await refusal(request, answer, token);
    }
  }

  async function send(endpoint: URL, request: ProtocolRequest, token: string): Promise<HttpAnswer> {
    const { body } = request;
    const size = body === undefined ? undefined : Buffer.isBuffer(body) ? body.length : body.size;
    try {
      return await transport.send({
        method: request.method,
        url: new URL(request.path, endpoint),
        headers: {
          ...request.headers,
          Authorization: `Basic ${Buffer.from(`aws:${token}`).toString('base64')}`,
          ...(size === undefined ? {} : { 'Content-Length': String(size) }),
        },
        ...(body === undefined ? {} : { body: Buffer.isBuffer(body) ? body : body.open() }),
      });
    } catch (error) {
      throw error instanceof ConnectionFailed ? connectionError(request, endpoint, error) : error;
    }
  }

  async function repeated(repository: RepositoryAccess, request: ProtocolRequest): Promise<HttpAnswer> {
    for (let failures = 1; ; failures++) {
      try {
        return await once(repository, request);
      } catch (error) {
        signal.throwIfAborted();
        const isInTheWay = error instanceof PackagesError && error.kind === 'exists';
        const pause = isInTheWay || mayPass(error) ? pauseAfter(failures, clock.now()) : undefined;
        if (pause === undefined) throw error;
        log.debug(`${repository.region}: ${(error as Error).message}; again in ${pause} ms`);
        await clock.sleep(pause, signal);
      }
    }
  }

  return { once, repeated, close: () => transport.close() };
}

/** Whether the same request may succeed a little later. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof PackagesError)) return false;
  if (error.status !== undefined) return mayPassStatus(error.status);
  return error.cause instanceof ConnectionFailed && mayPassError(error.cause);
}

async function refusal({ doing }: ProtocolRequest, answer: HttpAnswer, token: string): Promise<PackagesError> {
  const body = (await readBody(answer, MAX_REFUSAL_BYTES)) ?? Buffer.alloc(0);
  const said = messageIn(body.toString('utf8')).replaceAll(token, '***');
  const kind = kindOf(answer.status);
  return new PackagesError(
    kind,
    {
      what: `Cannot ${doing}: CodeArtifact answered ${answer.status}${said === '' ? '' : ` (${said})`}`,
      ...HINTS[kind],
    },
    { status: answer.status },
  );
}

function kindOf(status: number): PackagesErrorKind {
  if (status === 401 || status === 403) return 'denied';
  if (status === 404) return 'missing';
  if (status === 409) return 'exists';
  return mayPassStatus(status) ? 'unavailable' : 'invalid';
}

const HINTS: Readonly<Record<PackagesErrorKind, { readonly cause: string; readonly next: string }>> = {
  exists: {
    cause: 'the version has this file with other content, or takes no more files',
    next: 'Give the package a new version: what is published is never changed',
  },
  denied: {
    cause: "the role may not do this, or the package's origin controls block publishing",
    next: "Compare the role with the minimal policy in the README, and look at the package's origin controls and its package group",
  },
  missing: {
    cause: 'the domain or repository is not in this Region, or the package is not there',
    next: "Deploy the stack 'packages' to this Region, or correct 'domain', 'repository' and 'replicas'",
  },
  unavailable: {
    cause: 'CodeArtifact has a fault in this Region, or asks for fewer requests',
    next: "Run again: what is there already is not sent again. 'packages reconcile' heals a Region that was down",
  },
  invalid: {
    cause: 'CodeArtifact does not take what was sent',
    next: 'See its own words; if they do not help, report this with the debug log',
  },
};

/** The message of a refusal: JSON of CodeArtifact, or a line of text. As one line that is short enough for a message. */
function messageIn(body: string): string {
  let text = body.trimStart().startsWith('<') ? '' : body;
  try {
    const { message, error } = JSON.parse(body) as Record<string, unknown>;
    text = typeof message === 'string' ? message : typeof error === 'string' ? error : '';
  } catch {
    // A line of text, or nothing that helps.
  }
  return text
    .replace(/\p{C}+/gu, ' ')
    .trim()
    .slice(0, 300);
}

function connectionError({ doing }: ProtocolRequest, endpoint: URL, failed: ConnectionFailed): PackagesError {
  const code = connectionCode(failed.cause);
  return new PackagesError(
    'unavailable',
    {
      what: `Cannot ${doing}: no answer from ${endpoint.host} (${failed.message || code})`,
      cause: /^(ENOTFOUND|EAI_AGAIN)$/.test(code)
        ? 'the name of the endpoint is not known here'
        : 'CodeArtifact or the network on the way to this Region is down',
      next: HINTS.unavailable.next,
    },
    { cause: failed },
  );
}
