import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PackagesError } from '../../../../lib/aws/codeartifact/error.ts';
import { mayPass } from '../../../../lib/aws/codeartifact/protocols/session.ts';
import { repositoryAt } from './capture-server.ts';

// What answers of a package protocol come to.

let server: Server;
let endpoint: string;
let answer: RequestListener;
let requests: number;

beforeAll(async () => {
  server = createServer((request, response) => {
    requests += 1;
    request.resume();
    request.once('end', () => answer(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const asked = { format: 'pypi', doing: 'publish shop 1.0.0 to eu-west-1', method: 'POST', path: '' } as const;

async function failure(to: RequestListener, how: 'once' | 'repeated' = 'once', at = endpoint): Promise<PackagesError> {
  requests = 0;
  answer = to;
  const { session, repository } = repositoryAt(at);
  try {
    await session[how](repository, { ...asked, body: Buffer.from('content'), accept: [200] });
  } catch (error) {
    if (error instanceof PackagesError) return error;
    throw error;
  } finally {
    session.close();
  }
  throw new Error('the request succeeded');
}

const status =
  (code: number, body = ''): RequestListener =>
  (_, response) =>
    response.writeHead(code).end(body);

describe('a refusal', () => {
  test.each([
    [400, 'invalid', false],
    [401, 'denied', false],
    [403, 'denied', false],
    [404, 'missing', false],
    [409, 'exists', false],
    [429, 'unavailable', true],
    [500, 'unavailable', true],
    [501, 'invalid', false],
    [503, 'unavailable', true],
  ] as const)('%d is %s', async (code, kind, passes) => {
    const error = await failure(status(code, '{"message":"as it says"}'));
    expect(error).toMatchObject({ kind, status: code });
    expect(error.explanation.what).toBe(
      `Cannot publish shop 1.0.0 to eu-west-1: CodeArtifact answered ${code} (as it says)`,
    );
    expect(mayPass(error)).toBe(passes);
    expect(requests).toBe(code === 401 ? 2 : 1);
  });

  test.each([
    ['', ''],
    ['plain\nwords\u0007', ' (plain words)'],
    ['<html><body>Bad gateway</body></html>', ''],
    ['{"error":"npm says"}', ' (npm says)'],
    ['{"message":7}', ''],
    ['x'.repeat(5000), ` (${'x'.repeat(300)})`],
  ])('says what it was told, as one line: %j', async (body, told) => {
    const { explanation } = await failure(status(400, body));
    expect(explanation.what).toBe(`Cannot publish shop 1.0.0 to eu-west-1: CodeArtifact answered 400${told}`);
  });

  test('that says the token back does not hand it on', async () => {
    const error = await failure((request, response) => {
      const [, login = ''] = request.headers.authorization?.split(' ') ?? [];
      response.writeHead(403).end(JSON.stringify({ message: `bad login ${Buffer.from(login, 'base64')}` }));
    });
    expect(error.message).toContain('bad login aws:***');
    expect(JSON.stringify(error) + error.message).not.toContain('secret-token');
  });
});

describe('what is repeated', () => {
  test.each([429, 500, 503, 409])('%d, five times', async (code) => {
    expect(await failure(status(code), 'repeated')).toMatchObject({ status: code });
    expect(requests).toBe(5);
  });

  test('a refusal is not', async () => {
    await failure(status(403), 'repeated');
    expect(requests).toBe(1);
  });

  test('a connection that ends without an answer', async () => {
    const error = await failure((request) => request.socket.resetAndDestroy(), 'repeated');
    expect(error).toMatchObject({ kind: 'unavailable', status: undefined });
    expect(error.explanation.what).toContain('no answer from 127.0.0.1:');
    expect(mayPass(error)).toBe(true);
    expect(requests).toBe(5);
  });
});
