import { mayPassError, mayPassStatus, pauseAfter } from '../net/retry.ts';
import {
  ConnectionFailed,
  discard,
  type HttpAnswer,
  type HttpRequest,
  readBody,
  type Transport,
} from '../net/transport.ts';
import type { Context } from '../operation/define.ts';
import { addressFrom, registryOrigin, sameOrigin } from './address.ts';
import { type Authorization, Authorizer } from './authorization.ts';
import type { Credentials } from './credentials/credentials.ts';
import { type Attempted, connectionError, MAX_REFUSAL_BYTES, refusalError, unusableError } from './failure.ts';
import type { Repository } from './reference.ts';
import type { Scope } from './scope.ts';

/** One call of the registry's interface. */
export interface Call {
  readonly repository: Repository;
  /** What for, as a phrase that follows "Cannot": `read ghcr.io/acme/shop:1.0`. */
  readonly doing: string;
  readonly method: HttpRequest['method'];
  /** Below `/v2/<repository>/`, or a whole address that the registry gave. */
  readonly path: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpRequest['body'];
  readonly idle?: number;
  /** What the token must allow in the repository. */
  readonly access: 'pull' | 'push' | 'delete';
  /** A repository to read from, too. */
  readonly from?: Repository;
  /** Statuses that are an answer to the question; each other one is an error. */
  readonly accept: readonly number[];
  /** False where the caller repeats it in its own way. */
  readonly repeats?: boolean;
}

export interface Session {
  /**
   * Makes a call, signs in when asked to, follows redirects and repeats what may pass. `read` belongs to it: when a body
   * breaks off, the whole is repeated. What `read` leaves of the body is thrown away, unless it keeps the body.
   *
   * @throws RegistryError, the signal's reason, and what `read` and the source of credentials throw
   */
  call<Result>(call: Call, read: (answer: HttpAnswer) => Promise<Result> | Result): Promise<Result>;
  close(): void;
}

export interface SessionParts {
  readonly transport: Transport;
  readonly credentials: (registry: string) => Promise<Credentials>;
  readonly clock: Context['clock'];
  readonly signal: AbortSignal;
  readonly log: Pick<Context['log'], 'debug'>;
}

/** Each action alone is less than what registries let one do with it: who pushes asks what is there. */
const ACTIONS = { pull: ['pull'], push: ['pull', 'push'], delete: ['pull', 'delete'] } as const;

/** Redirects that are followed in a row, as in the recommendations of older HTTP; blobs need one. */
const MAX_REDIRECTS = 5;

/** Makes the session that all calls of a client share: one sign-in for each registry. */
export function openSession({ transport, credentials, clock, signal, log }: SessionParts): Session {
  const authorizers = new Map<string, Authorizer>();

  function authorizerOf(registry: string): Authorizer {
    const known = authorizers.get(registry);
    if (known !== undefined) return known;
    const send = (request: HttpRequest, attempted: Attempted) => repeated(attempted, () => transport.send(request));
    const made = new Authorizer(registry, { credentials, now: () => clock.now(), send });
    authorizers.set(registry, made);
    return made;
  }

  /** Repeats what may pass; the last failure is thrown, the last answer given back. */
  async function repeated(attempted: Attempted, once: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
    for (let failures = 1; ; failures++) {
      let pause: number | undefined;
      let why: string;
      try {
        const answer = await once();
        if (!mayPassStatus(answer.status)) return answer;
        pause = pauseAfter(failures, clock.now(), answer);
        if (pause === undefined) return answer;
        discard(answer);
        why = `${answer.status}`;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof ConnectionFailed)) throw error;
        pause = mayPassError(error) ? pauseAfter(failures, clock.now()) : undefined;
        if (pause === undefined) throw connectionError(attempted, error);
        why = error.message;
      }
      log.debug(`${attempted.registry}: ${why}; trying to ${attempted.doing} again in ${pause} ms`);
      await clock.sleep(pause, signal);
    }
  }

  /** One round: the request with its redirects. The login stays with the registry's own origin. */
  async function round(
    call: Call,
    start: URL,
    home: URL,
    authorization: Authorization | undefined,
    attempted: Attempted,
  ): Promise<HttpAnswer> {
    let url = start;
    let isHome = true;
    for (let redirects = 0; ; redirects++) {
      // Once a redirect has left the registry, none leads the login back: the address would be of another's choice.
      isHome &&= sameOrigin(url, home);
      const answer = await transport.send({
        method: call.method,
        url,
        headers: {
          ...call.headers,
          ...(authorization !== undefined && isHome ? { Authorization: authorization.header } : {}),
        },
        ...(call.body === undefined ? {} : { body: call.body }),
        ...(call.idle === undefined ? {} : { idle: call.idle }),
      });
      const { status, headers } = answer;
      if (![301, 302, 303, 307, 308].includes(status)) return answer;
      discard(answer);
      const next = addressFrom(headers.location ?? '', url);
      if (call.method !== 'GET' && call.method !== 'HEAD') {
        throw unusableError(attempted, `a redirect (${status}) where something was to be written`, { status });
      }
      if (headers.location === undefined || next === undefined) {
        throw unusableError(attempted, `a redirect (${status}) without an address`, { status });
      }
      if (redirects === MAX_REDIRECTS) throw unusableError(attempted, 'redirects without an end', { status });
      url = next;
    }
  }

  async function signedRound(call: Call, attempted: Attempted, used: (with_: Authorization | undefined) => void) {
    const home = registryOrigin(call.repository.registry);
    const start = call.path instanceof URL ? call.path : new URL(`/v2/${call.repository.path}/${call.path}`, home);
    const scopes = scopesOf(call);
    const authorizer = authorizerOf(call.repository.registry);
    for (let fresh = 0; ; ) {
      const authorization = await authorizer.authorization(scopes, attempted);
      used(authorization);
      const answer = await round(call, start, home, authorization, attempted);
      // Only the registry's own challenge counts; that of another host is not about our login.
      if (answer.status !== 401 || !sameOrigin(answer.url, home) || fresh > 1) return answer;
      const challenge = answer.headers['www-authenticate'];
      const mayHelp = await authorizer.challenged(challenge, home, authorization, attempted);
      // A stream was read already; its caller sends it again.
      if (!mayHelp || (call.body !== undefined && !Buffer.isBuffer(call.body))) return answer;
      discard(answer);
      // The first login is free; after it, one more with a fresh token.
      fresh += authorization === undefined ? 1 : 2;
    }
  }

  async function call<Result>(asked: Call, read: (answer: HttpAnswer) => Promise<Result> | Result): Promise<Result> {
    const attempted: Attempted = { doing: asked.doing, registry: asked.repository.registry };
    for (let cuts = 1; ; cuts++) {
      let authorization: Authorization | undefined;
      const once = () => signedRound(asked, attempted, (used) => (authorization = used));
      const answer =
        asked.repeats === false
          ? await once().catch((error) => rethrow(error, attempted))
          : await repeated(attempted, once);
      try {
        if (asked.accept.includes(answer.status)) return await read(answer);
        throw await refused(answer, attempted, authorization);
      } catch (error) {
        answer.body.destroy();
        signal.throwIfAborted();
        if (!(error instanceof ConnectionFailed)) throw error;
        const pause = asked.repeats === false || !mayPassError(error) ? undefined : pauseAfter(cuts, clock.now());
        if (pause === undefined) throw connectionError(attempted, error);
        log.debug(`${attempted.registry}: the answer was cut; trying to ${attempted.doing} again in ${pause} ms`);
        await clock.sleep(pause, signal);
      }
    }
  }

  function rethrow(error: unknown, attempted: Attempted): never {
    signal.throwIfAborted();
    throw error instanceof ConnectionFailed ? connectionError(attempted, error) : error;
  }

  return { call, close: () => transport.close() };
}

function scopesOf({ repository, access, from }: Call): readonly Scope[] {
  const own = { path: repository.path, actions: ACTIONS[access] };
  return from === undefined || from.path === repository.path ? [own] : [own, { path: from.path, actions: ['pull'] }];
}

async function refused(answer: HttpAnswer, attempted: Attempted, authorization: Authorization | undefined) {
  const body = (await readBody(answer, MAX_REFUSAL_BYTES)) ?? Buffer.alloc(0);
  return refusalError({
    ...attempted,
    status: answer.status,
    body,
    contentType: answer.headers['content-type'],
    signedIn: authorization?.signedIn ?? false,
    secret: authorization?.header.split(' ')[1],
  });
}
