import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { localEndpoint } from '../aws/endpoint.ts';
import type { Dial, Dialler } from './dial.ts';
import { proxyAgents } from './proxy.ts';
import { connectionCode } from './retry.ts';

/** One request, sent once. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream needs a Content-Length among the headers. It is destroyed when it is not read to its end. */
  readonly body?: Buffer | Readable;
  /** Milliseconds without a byte after which the other side counts as gone, when not the usual ones. */
  readonly idle?: number;
}

/** An answer whose body has not been read. Node itself ends a body with an error when it is shorter than Content-Length. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: IncomingMessage;
  /** Where it came from. */
  readonly url: URL;
}

/** A connection was not made, or ended too early; the cause is the error of the socket, of TLS or of the proxy. */
export class ConnectionFailed extends Error {
  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
  }
}

export interface Transport {
  /** @throws ConnectionFailed, the signal's reason, what `dial` throws, and BadInput for a proxy that is none */
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** Closes idle connections. */
  close(): void;
}

export interface TransportOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly userAgent: string;
  readonly dial: Dialler;
  readonly signal: AbortSignal;
  /** Milliseconds; only for tests. */
  readonly timeouts?: Partial<Timeouts>;
}

interface Timeouts {
  /** For a connection with its TLS. */
  readonly connect: number;
  /** Without a byte in either direction. There is no limit for the whole: layers are large. */
  readonly idle: number;
}

const TIMEOUTS: Timeouts = { connect: 30_000, idle: 120_000 };

/** Sends requests over kept connections, through the proxies of the environment. Never `fetch`: it copies bodies. */
export function createTransport({ environment, userAgent, dial, signal, timeouts }: TransportOptions): Transport {
  const limits = { ...TIMEOUTS, ...timeouts };
  const endpoint = localEndpoint(environment);
  // No limit of connections: callers bound what they do at once, and a copy within one registry reads and writes at the
  // same time. With a limit, writers could hold all connections while their readers wait for one.
  const direct = { httpAgent: new http.Agent({ keepAlive: true }), httpsAgent: new https.Agent({ keepAlive: true }) };
  let proxied: ReturnType<typeof proxyAgents>;

  function agentFor({ isSecure, isLocal }: Dial): http.Agent {
    if (!isLocal) proxied ??= proxyAgents(environment);
    const agents = (isLocal ? undefined : proxied) ?? direct;
    return isSecure ? agents.httpsAgent : agents.httpAgent;
  }

  async function send(wanted: HttpRequest): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const { method, url, headers, idle = limits.idle } = wanted;
    const to = dial(url, endpoint);
    const agent = agentFor(to);
    const request = (to.isSecure ? https : http).request({
      method,
      hostname: to.hostname,
      ...(to.port === '' ? {} : { port: to.port }),
      path: `${url.pathname}${url.search}`,
      headers: { 'User-Agent': userAgent, ...headers, Host: to.host },
      agent,
      timeout: idle,
      signal,
    });
    watchConnecting(request, limits.connect);
    try {
      return await answerTo(request, wanted, idle);
    } catch (error) {
      signal.throwIfAborted();
      // The server closed a kept connection in the moment in which it was used again. What writes may have been done.
      const reads = method === 'GET' || method === 'HEAD';
      if (reads && request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(connectionCode(error))) {
        return await send(wanted);
      }
      throw new ConnectionFailed(error);
    }
  }

  return {
    send,
    close: () => {
      for (const agent of [direct.httpAgent, direct.httpsAgent, proxied?.httpAgent, proxied?.httpsAgent]) {
        agent?.destroy();
      }
    },
  };
}

function answerTo(request: http.ClientRequest, { url, body }: HttpRequest, idle: number): Promise<HttpAnswer> {
  const stream = body === undefined || Buffer.isBuffer(body) ? undefined : body;
  return new Promise((resolve, reject) => {
    let answer: IncomingMessage | undefined;
    request.on('error', reject);
    request.on('response', (incoming) => {
      answer = incoming;
      // What comes before all was sent is a refusal: the rest need not be sent, and the connection cannot be kept.
      if (stream !== undefined && !request.writableEnded) {
        incoming.once('close', () => request.destroy());
        stream.destroy();
      }
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: incoming, url });
    });
    request.on('timeout', () => {
      if (isOurTurn(request, answer, stream)) request.setTimeout(idle);
      else request.destroy(timedOut(`nothing came for ${idle / 1000} s`));
    });
    if (stream === undefined) request.end(body);
    // The error of the request says what happened; the one of the pipeline only follows from it.
    else pipeline(stream, request, (error) => error && answer === undefined && reject(error));
  });
}

/** Whether silence is not the other side's: the reader of the answer, or the source of the body, takes its time. */
function isOurTurn(request: http.ClientRequest, answer: IncomingMessage | undefined, body: Readable | undefined) {
  if (answer !== undefined) return answer.readableLength > 0;
  return body !== undefined && !request.writableEnded && request.writableLength === 0;
}

function watchConnecting(request: http.ClientRequest, limit: number): void {
  request.once('socket', (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => request.destroy(timedOut(`no connection within ${limit / 1000} s`)), limit);
    const stop = () => clearTimeout(timer);
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', stop).once('close', stop);
  });
}

function timedOut(message: string): Error {
  return Object.assign(new Error(message), { code: 'ETIMEDOUT' });
}

/** An error may come from another realm, where `instanceof` does not know it. */
function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}

/** More than this is not read only to use a connection again. */
const MAX_DISCARDED_BYTES = 1024 * 1024;

/** Reads a body to its end and forgets it, so that its connection can be used again. */
export function discard({ body }: HttpAnswer): void {
  let size = 0;
  body.on('error', () => {});
  body.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_DISCARDED_BYTES) body.destroy();
  });
}

/**
 * Reads a body into memory.
 *
 * @returns undefined when it is larger than `limit` bytes; the rest is not read
 * @throws ConnectionFailed when it breaks off
 */
export async function readBody({ body }: HttpAnswer, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) return undefined;
      chunks.push(chunk);
    }
  } catch (error) {
    throw new ConnectionFailed(error);
  }
  return Buffer.concat(chunks, size);
}
