import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, jest, test } from '@jest/globals';
import type { Aws } from '../../../../lib/aws/clients.ts';
import { mayPass } from '../../../../lib/aws/passing-failure.ts';
import { uploadAsset } from '../../../../lib/aws/s3/asset-store.ts';
import { stackContext } from '../../../support/stack-context.ts';
import { jumpingClock } from '../../../support/test-clock.ts';

const answered = (name: string, status: number) =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode: status } });
const broken = (code: string) => Object.assign(new Error(code), { code, $metadata: { attempts: 1 } });

test.each([
  ['SlowDown of S3', answered('SlowDown', 503)],
  ['RequestTimeout, which S3 gives with 400', answered('RequestTimeout', 400)],
  ['InternalError', answered('InternalError', 500)],
  ['a gateway without words', answered('Unknown', 502)],
  ['504', answered('Unknown', 504)],
  ['429', answered('Unknown', 429)],
  ['ThrottlingException', answered('ThrottlingException', 400)],
  ['TooManyRequestsException', answered('TooManyRequestsException', 400)],
  ['RequestLimitExceeded', answered('RequestLimitExceeded', 400)],
  ['a reset', broken('ECONNRESET')],
  ['a closed connection', broken('EPIPE')],
  ['a connection timeout', broken('ETIMEDOUT')],
  ['a busy resolver', broken('EAI_AGAIN')],
  ['a reset, wrapped', new Error('AWS SDK error wrapper for TimeoutError: read ECONNRESET')],
  ['the SDK’s own timeout', Object.assign(new Error('late'), { name: 'TimeoutError' })],
])('%s may pass', (_, error) => expect(mayPass(error)).toBe(true));

test.each([
  ['AccessDenied', answered('AccessDenied', 403)],
  ['NoSuchBucket', answered('NoSuchBucket', 404)],
  ['BadDigest', answered('BadDigest', 400)],
  ['EntityTooLarge', answered('EntityTooLarge', 400)],
  ['ExpiredToken', answered('ExpiredToken', 400)],
  ['NotImplemented', answered('NotImplemented', 501)],
  ['OperationAborted', answered('OperationAborted', 409)],
  ['a file that is gone', broken('ENOENT')],
  ['a broken disk', broken('EIO')],
  ['an abortion', Object.assign(new Error('aborted'), { name: 'AbortError' })],
  ['a defect', new TypeError('x is undefined')],
  ['a file that is gone, wrapped', new Error("AWS SDK error wrapper for Error: ENOENT: open 'ECONNRESETS'")],
  ['a message that names a code', new Error('the asset ECONNRESET is not known')],
  ['a text', 'ECONNRESET'],
  ['nothing', undefined],
])('%s does not pass', (_, error) => expect(mayPass(error)).toBe(false));

describe('an upload', () => {
  type Answer = (request: IncomingMessage, response: ServerResponse) => void;
  const status =
    (code: number, body = ''): Answer =>
    (request, response) =>
      request.resume().on('end', () => response.writeHead(code, { 'content-type': 'application/xml' }).end(body));
  const reset: Answer = (request) => request.once('data', () => request.socket.resetAndDestroy());
  const stored = status(200);

  /** Uploads to a server that answers as it is told, and says what happened. */
  async function upload(answers: readonly Answer[], signal = new AbortController().signal) {
    const received: string[] = [];
    const counts = { opened: 0, closed: 0 };
    const server = createServer((request, response) => {
      if (request.method === 'HEAD') return response.writeHead(404).end();
      const answer = answers[received.length] ?? stored;
      received.push('');
      const at = received.length - 1;
      request.on('data', (chunk: Buffer) => {
        received[at] += chunk.toString();
      });
      return answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    process.env.AWS_ENDPOINT_URL_S3 = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_MAX_ATTEMPTS: '1' });
    const clock = jumpingClock();
    const connected = stackContext({}, { region: 'eu-central-1', environment: {} }).aws;
    const s3 = await connected.s3();
    s3.config.forcePathStyle = true;
    const aws: Aws = { ...connected, s3: async () => s3, accountId: async () => '111122223333' };
    const open = async () => {
      counts.opened += 1;
      const stream = Readable.from([Buffer.from('the '), Buffer.from('asset')]);
      stream.once('close', () => {
        counts.closed += 1;
      });
      return { stream, length: 9 };
    };
    try {
      const result = await uploadAsset(aws, 'assets', 'key', open, { clock, signal }).catch((error: unknown) => error);
      return { result, received, counts, slept: clock.slept };
    } finally {
      s3.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  test('that succeeds is done once', async () => {
    const { result, counts, slept } = await upload([]);
    expect([result, counts, slept]).toEqual([true, { opened: 1, closed: 1 }, []]);
  });

  test('is done again with the whole asset, after growing pauses, and leaves nothing open', async () => {
    const warn = jest.spyOn(console, 'warn');
    const { result, received, counts, slept } = await upload([status(503), reset, status(429), status(500), stored]);
    expect(result).toBe(true);
    expect(received).toHaveLength(5);
    expect(received.at(-1)).toMatch(/^4\r\nthe \r\n5\r\nasset\r\n/);
    expect(counts).toEqual({ opened: 5, closed: 5 });
    expect(slept).toEqual([1000, 2000, 4000, 8000]);
    // The SDK by itself says that it does not do it again.
    expect(warn).not.toHaveBeenCalled();
  });

  test('is given up after the fifth try, with the last error', async () => {
    const body = '<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>';
    const { result, received } = await upload(Array(9).fill(status(503, body)));
    expect(result).toMatchObject({ name: 'SlowDown', message: 'Please reduce your request rate.' });
    expect(received).toHaveLength(5);
  });

  test('that is refused is not done again', async () => {
    const body = '<Error><Code>BadDigest</Code><Message>The digest differs.</Message></Error>';
    const { result, received, slept } = await upload([status(400, body)]);
    expect(result).toMatchObject({ name: 'BadDigest' });
    expect([received.length, slept]).toEqual([1, []]);
  });

  test('that was cancelled is not done again', async () => {
    const { received } = await upload([status(503)], AbortSignal.abort());
    expect(received).toHaveLength(1);
  });
});
