import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import type { AwsErrorReply } from './aws-error.ts';
import { type Child, TOKEN_HEADER } from './children.ts';
import { hangUp } from './inject.ts';

const ACCOUNT_HEADER = 'x-headgate-account';
/** Says to ministack that a request is one for the registry of ECR, and what stood before the repository in its path. */
export const REGISTRY_HEADER = 'x-headgate-registry-prefix';
/** These belong to one connection and are not passed on (RFC 9110, section 7.6.1); `expect` is answered by the gateway. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'expect',
  TOKEN_HEADER,
  ACCOUNT_HEADER,
  REGISTRY_HEADER,
]);

/** A request that is passed on to an emulator. */
export interface PassedRequest {
  request: IncomingMessage;
  /** The body, when the beginning of it has been read; else it comes from the request. */
  body?: Readable;
  /** Path and query to ask for. */
  path: string;
  /** Headers to add, or to put in the place of what came. Lower case. */
  headers?: Record<string, string>;
}

/** What an emulator said before its body. */
export interface AnswerHead {
  status: number;
  contentType: string;
  /** The account that the caller's keys belong to, where the emulator says it. */
  account: string | undefined;
}

/** The connections to the emulators. */
export class Upstream {
  readonly #agent = new Agent({ keepAlive: true, timeout: 30_000 });

  /**
   * Passes a request on and its answer back, both as streams: memory does not grow with their size.
   *
   * @param onHead is called when the answer begins, and may give another answer to send in its place, or 'hang-up' for
   *   a reset connection after the emulator has answered
   * @throws Error when the emulator cannot be reached or ends before it answers
   */
  async pass(
    child: Child,
    { request, body = request, path, headers = {} }: PassedRequest,
    response: ServerResponse,
    onHead: (head: AnswerHead) => AwsErrorReply | 'hang-up' | undefined = () => undefined,
  ): Promise<void> {
    const upstream = httpRequest({
      host: '127.0.0.1',
      port: child.port,
      agent: this.#agent,
      method: request.method ?? 'GET',
      path,
      headers: passedHeaders(request.rawHeaders, { ...headers, [TOKEN_HEADER]: child.token }),
      setHost: false,
    });
    response.once('close', () => {
      if (!response.writableFinished) upstream.destroy();
    });
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      upstream.once('response', resolve);
      upstream.once('error', reject);
    });
    // An emulator may answer before it has read everything, for example to refuse; that answer counts.
    const sent = pipeline(body, upstream).catch(() => {});
    const answer = await answered;
    const status = answer.statusCode ?? 502;
    const instead = onHead({
      status,
      contentType: answer.headers['content-type'] ?? '',
      account: answer.headers[ACCOUNT_HEADER]?.toString(),
    });
    if (instead === 'hang-up') {
      await finished(answer.resume()).catch(() => {});
      hangUp(response);
    } else if (instead) {
      answer.resume();
      response.writeHead(instead.status, instead.headers).end(instead.body);
    } else {
      response.writeHead(status, passedHeaders(answer.rawHeaders));
      await pipeline(answer, response).catch(() => response.destroy());
    }
    await sent;
  }

  /** Asks an emulator on the gateway's own behalf and gives the body of the answer. */
  ask(child: Child, method: string, path: string, form?: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers: Record<string, string> = { [TOKEN_HEADER]: child.token };
      if (form !== undefined) {
        headers['content-type'] = 'application/x-www-form-urlencoded';
        headers.authorization = 'AWS4-HMAC-SHA256 Credential=000000000000/20260101/us-east-1/sts/aws4_request';
      }
      const { port } = child;
      const asked = httpRequest({ host: '127.0.0.1', port, agent: this.#agent, method, path, headers }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        answer.once('error', reject).once('end', () => resolve(text));
      });
      asked.once('error', reject).end(form);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Headers as they came, in order and with repeats, without those that belong to one connection. */
function passedHeaders(raw: readonly string[], extra: Record<string, string> = {}): string[] {
  const passed: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? '';
    const lower = name.toLowerCase();
    if (!HOP_BY_HOP.has(lower) && extra[lower] === undefined) passed.push(name, raw[i + 1] ?? '');
  }
  for (const [name, value] of Object.entries(extra)) passed.push(name, value);
  return passed;
}
