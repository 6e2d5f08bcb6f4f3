import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RegistryError } from '../../../lib/registry/error.ts';
import { refusalError } from '../../../lib/registry/failure.ts';
import { answer, type Fault, refusal } from '../../support/misbehaving-registry.ts';
import { requires } from '../../support/requires.ts';
import { startTlsService } from '../../support/tls-service.ts';
import { tag, testClient } from './client-context.ts';

const openssl = requires('openssl', 'it makes a certificate that nobody knows');

const ECR = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';
const json = (code: string, message: string) => Buffer.from(JSON.stringify({ errors: [{ code, message }] }));

/** What registries really answer; the texts are from public issue reports. */
const ANSWERS: readonly {
  readonly what: string;
  readonly status: number;
  readonly body?: Buffer;
  readonly contentType?: string;
  readonly registry?: string;
  readonly signedIn?: boolean;
  readonly kind: RegistryError['kind'];
  readonly says: readonly string[];
}[] = [
  {
    what: 'Distribution without a login',
    status: 401,
    body: json('UNAUTHORIZED', 'authentication required'),
    kind: 'denied',
    says: ['(UNAUTHORIZED: authentication required)', 'there is no login for r.example', 'docker login'],
  },
  {
    what: 'a login that may not push',
    status: 403,
    body: json('DENIED', 'requested access to the resource is denied'),
    signedIn: true,
    kind: 'denied',
    says: ['answered 403 (DENIED: ', 'the login that was used may not do this', 'write access'],
  },
  {
    what: 'ECR with a role that may not push',
    status: 403,
    body: json('DENIED', 'User: arn:aws:sts::1:assumed-role/x is not authorized to perform: ecr:InitiateLayerUpload'),
    registry: ECR,
    signedIn: true,
    kind: 'denied',
    says: ['ecr:InitiateLayerUpload', 'minimal policy'],
  },
  {
    what: 'a repository that does not exist',
    status: 404,
    body: json('NAME_UNKNOWN', 'repository name not known to registry'),
    kind: 'missing',
    says: ['NAME_UNKNOWN', 'the repository does not exist', 'Check the name of the image'],
  },
  {
    what: 'ECR without the repository',
    status: 404,
    body: json('NAME_UNKNOWN', "The repository with name 'shop' does not exist in the registry with id '111122223333'"),
    registry: ECR,
    kind: 'missing',
    says: ['create the repository'],
  },
  { what: 'a page that is not there', status: 404, kind: 'missing', says: ['answered 404', 'Check the name'] },
  {
    what: 'an immutable tag of ECR',
    status: 400,
    body: json(
      'TAG_INVALID',
      "The image tag '1.0' already exists in the 'shop' repository and cannot be overwritten because the tag is immutable.",
    ),
    registry: ECR,
    kind: 'immutable',
    says: ['TAG_INVALID', 'Use another tag'],
  },
  {
    what: 'an immutable tag of Harbor',
    status: 412,
    body: json('PRECONDITION', "Failed to process request due to 'shop:1.0' configured as immutable."),
    kind: 'immutable',
    says: ['configured as immutable'],
  },
  {
    what: 'an immutable tag of another registry',
    status: 409,
    body: json('TAG_IMMUTABLE', 'no'),
    kind: 'immutable',
    says: ['TAG_IMMUTABLE'],
  },
  {
    what: 'a tag that is none',
    status: 400,
    body: json('TAG_INVALID', 'manifest tag did not match URI'),
    kind: 'invalid',
    says: ['TAG_INVALID'],
  },
  {
    what: 'a call that is switched off',
    status: 405,
    body: json('UNSUPPORTED', 'The operation is unsupported.'),
    kind: 'unsupported',
    says: ['storage.delete.enabled'],
  },
  {
    what: 'the limit of Docker Hub',
    status: 429,
    body: json('TOOMANYREQUESTS', 'You have reached your unauthenticated pull rate limit.'),
    kind: 'busy',
    says: ['pull rate limit', 'sign in (limits are higher then)'],
  },
  { what: 'a fault', status: 500, body: json('UNKNOWN', 'unknown error'), kind: 'unavailable', says: ['has a fault'] },
  { what: 'maintenance', status: 503, kind: 'unavailable', says: ['overloaded or under maintenance'] },
  {
    what: 'a page for people',
    status: 400,
    body: Buffer.from('<html><h1>Sign in</h1></html>'),
    contentType: 'text/html; charset=utf-8',
    kind: 'invalid',
    says: ['answered 400. Likely cause: what answers there is not a registry'],
  },
  {
    what: 'a line of text',
    status: 400,
    body: Buffer.from('client sent an HTTP request to an HTTPS server\n'),
    contentType: 'text/plain',
    kind: 'invalid',
    says: ['(client sent an HTTP request to an HTTPS server)'],
  },
  {
    what: 'control characters in its text',
    status: 400,
    body: json('MANIFEST_INVALID', 'one\u001b[31m\ntwo\u009b'),
    kind: 'invalid',
    says: ['(MANIFEST_INVALID: one [31m two)'],
  },
];

test.each(ANSWERS)('$what: $status is $kind', ({ says, kind, status, ...more }) => {
  const error = refusalError({
    doing: 'read r.example/shop:1.0',
    registry: 'r.example',
    body: Buffer.alloc(0),
    contentType: 'application/json',
    signedIn: false,
    ...more,
    status,
  });
  expect(error).toBeInstanceOf(RegistryError);
  expect(error).toMatchObject({ kind, status, exitCode: 1 });
  expect(error.message).toMatch(/^Cannot read r\.example\/shop:1\.0: .* answered \d+.*Likely cause: .*Next: /s);
  for (const text of says) expect(error.message).toContain(text);
});

test('a very long text of a registry is cut', () => {
  const body = json('X'.repeat(1000), 'y'.repeat(5000));
  const refused = { doing: 'd', registry: 'r', status: 400, body, contentType: 'application/json', signedIn: false };
  expect(refusalError(refused).message.length).toBeLessThan(1000);
});

describe('a connection that cannot be made', () => {
  const registry = testClient();
  const read = (host: string) => registry.manifest({ registry: host, path: 'acme/shop' }, tag('1.0'));
  afterAll(() => registry.close());

  test('is refused where nothing listens', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await expect(read(`127.0.0.1:${port}`)).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(/ECONNREFUSED.*nothing listens there.*Check host and port/),
    });
  });

  test('fails for a name that does not exist', async () => {
    await expect(read('registry.invalid')).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(/registry\.invalid.*the name of the registry is not known here/),
    });
  });

  openssl.test('fails for a certificate that nobody knows, and says how to make it known', async () => {
    const service = await startTlsService(openssl.path, ['registry.test'], (_request, response) => response.end());
    // A registry on this machine is spoken to without TLS, so the name must be another: a proxy leads it here.
    const proxy = await import('../../support/connect-proxy.ts').then(({ startConnectProxy }) =>
      startConnectProxy(() => service.port),
    );
    const proxied = testClient({ environment: { HTTPS_PROXY: proxy.url } });
    const reading = proxied.manifest({ registry: 'registry.test', path: 'acme/shop' }, tag('1.0'));
    await expect(reading).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
    expect(proxy.passed).toEqual(['CONNECT registry.test:443']);
    proxied.close();
    await proxy.close();
    await service.close();
  });
});

describe('what answers', () => {
  let host = '';
  let act: Fault = answer(200);
  const server = createServer(
    (request, response) => void act(request, response, () => Promise.reject(new Error('none'))),
  );
  const registry = testClient();
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    registry.close();
    server.closeAllConnections();
    server.close();
  });

  test('is named with what was tried and with the reference', async () => {
    act = refusal(403, 'DENIED', 'no');
    const shop = { registry: host, path: 'acme/shop' };
    const name = `${host}/acme/shop`;
    await expect(registry.manifest(shop, tag('1.0'))).rejects.toThrow(`Cannot read ${name}:1.0: ${host} answered 403`);
    await expect(registry.tags(shop)[Symbol.asyncIterator]().next()).rejects.toThrow(`Cannot list the tags of ${name}`);
    await expect(registry.deleteTag(shop, tag('1.0'))).rejects.toThrow(`Cannot remove the tag ${name}:1.0`);
  });

  test('with an endless refusal is not read to its end', async () => {
    act = (_request, response) => {
      response.writeHead(403, { 'Content-Type': 'application/json' });
      const pour = (): void => {
        while (response.write('x'.repeat(100_000)));
        response.once('drain', pour);
      };
      pour();
    };
    await expect(registry.manifest({ registry: host, path: 'a' }, tag('1'))).rejects.toMatchObject({ kind: 'denied' });
  });
});
