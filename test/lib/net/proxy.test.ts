import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { connectAws } from '../../../lib/aws/clients.ts';
import { BadInput } from '../../../lib/errors.ts';
import { proxyAgents, proxySettings, proxySupport, useProxies } from '../../../lib/net/proxy.ts';
import { type ConnectProxy, startConnectProxy } from '../../support/connect-proxy.ts';
import { requires } from '../../support/requires.ts';
import { startTestAws } from '../../support/stack-context.ts';
import { startTlsService, type TlsService } from '../../support/tls-service.ts';

const PASSWORD = 'pa:ss word';
const ENCODED = 'pa%3Ass%20word';

describe('the settings', () => {
  const shown = (environment: NodeJS.ProcessEnv) => {
    const settings = proxySettings(environment);
    return settings && [settings.http?.shown, settings.https?.shown, ...settings.noProxy];
  };

  test.each<[string, NodeJS.ProcessEnv, unknown]>([
    ['no variable', {}, undefined],
    ['empty variables', { HTTPS_PROXY: '', http_proxy: ' ' }, undefined],
    ['NO_PROXY alone', { NO_PROXY: 'example.com' }, undefined],
    ['one for https', { HTTPS_PROXY: 'http://proxy:3128' }, [undefined, 'http://proxy:3128']],
    ['one for http', { HTTP_PROXY: 'https://proxy' }, ['https://proxy', undefined]],
    [
      'lower case first',
      { https_proxy: 'http://lower:1', HTTPS_PROXY: 'http://upper:2' },
      [undefined, 'http://lower:1'],
    ],
    [
      'upper case where the lower is empty',
      { https_proxy: '', HTTPS_PROXY: 'http://upper:2' },
      [undefined, 'http://upper:2'],
    ],
    ['no scheme', { HTTPS_PROXY: 'proxy.example.com:3128' }, [undefined, 'http://proxy.example.com:3128']],
    [
      'a list to bypass',
      { HTTPS_PROXY: 'proxy:1', no_proxy: 'a.b, .c  10.0.0.0/8' },
      [undefined, 'http://proxy:1', 'a.b', '.c', '10.0.0.0/8'],
    ],
  ])('%s', (_, environment, expected) => expect(shown(environment)).toEqual(expected));

  test('user and password are known to be there, and are in nothing that may be printed', () => {
    const { https } = proxySettings({ HTTPS_PROXY: `http://user:${ENCODED}@proxy:3128` })!;
    expect(https).toMatchObject({ variable: 'HTTPS_PROXY', shown: 'http://proxy:3128', hasCredentials: true });
  });

  test.each([
    ['socks5://user:secret@proxy:1080', "'socks5://' is not a kind of proxy that Node can use"],
    ['http://user:secret@proxy:port', 'is not an address'],
    ['http://user:secret%zz@proxy', 'is not an address'],
    ['http://', 'is not an address'],
  ])('%s is refused by the name of its variable, and its value is not shown', (value, reason) => {
    const error = (() => {
      try {
        return proxySettings({ https_proxy: value });
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(BadInput);
    expect((error as BadInput).message).toContain(`input 'https_proxy': ${reason}`);
    expect((error as BadInput).message).not.toContain('secret');
    expect(useProxies({ https_proxy: value })).toBeUndefined();
  });

  test.each([
    ['22.18.0', 'none'],
    ['22.21.0', 'clients'],
    ['23.11.0', 'none'],
    ['24.4.1', 'none'],
    ['v24.5.0', 'clients'],
    ['24.13.9', 'clients'],
    ['24.14.0', 'all'],
    ['25.3.0', 'clients'],
    ['25.4.0', 'all'],
    ['26.0.0', 'all'],
  ])('Node %s: %s', (version, support) => expect(proxySupport(version)).toBe(support));
});

test('without a proxy the agents are the SDK’s', () => {
  expect(proxyAgents({ NO_PROXY: '*' })).toBeUndefined();
});

const openssl = requires('openssl', 'makes the certificate of the server that stands for AWS');

describe('through the proxy', () => {
  let proxy: ConnectProxy;
  let service: TlsService;
  let seen: string[] = [];
  beforeAll(async () => {
    proxy = await startConnectProxy(() => service.port);
    if (openssl.path === '') return;
    const names = ['*.eu-central-1.amazonaws.com', '*.s3.eu-central-1.amazonaws.com'];
    service = await startTlsService(openssl.path, [...names, 'code.gitlab.invalid', 'api.github.invalid'], answer);
  });
  afterEach(() => {
    seen = [];
    proxy.passed.length = 0;
    proxy.credentials = undefined;
  });
  afterAll(async () => {
    await proxy?.close();
    await service?.close();
  });

  const answer: RequestListener = (request, response) => {
    request.resume().on('end', () => {
      seen.push(`${request.method} ${request.headers.host}`);
      response.setHeader('content-type', 'application/json');
      if (request.headers.host?.endsWith('b.invalid')) {
        return response.end('{"from":"the service"}');
      }
      response.setHeader('content-type', 'text/xml');
      response.setHeader('etag', '"stored"');
      if (request.method === 'PUT') return response.end();
      const identity = '<GetCallerIdentityResult><Account>111122223333</Account></GetCallerIdentityResult>';
      return request.headers.host?.startsWith('sts.')
        ? response.end(`<GetCallerIdentityResponse>${identity}</GetCallerIdentityResponse>`)
        : response.end('<ListStacksResponse><ListStacksResult/></ListStacksResponse>');
    });
  };

  /** Makes calls in a process of its own. */
  async function calls(names: readonly string[], environment: NodeJS.ProcessEnv) {
    const { stdout, stderr } = await execa(
      process.execPath,
      [path.join(import.meta.dirname, '..', '..', 'support', 'proxied-calls.ts'), ...names],
      {
        env: {
          AWS_ACCESS_KEY_ID: 'AKIA',
          AWS_SECRET_ACCESS_KEY: 'x',
          AWS_MAX_ATTEMPTS: '1',
          GITHUB_API_URL: 'https://api.github.invalid',
          GITHUB_REPOSITORY: 'octo-org/shop',
          NODE_EXTRA_CA_CERTS: service?.certificate,
          ...environment,
        },
        extendEnv: false,
      },
    );
    return { results: JSON.parse(stdout) as Record<string, unknown>, printed: `${stdout}${stderr}` };
  }

  openssl.test('go AWS, GitLab and GitHub, each in a tunnel that is kept', async () => {
    const { results } = await calls(['identity', 'stacks', 'upload', 'gitlab', 'github'], { HTTPS_PROXY: proxy.url });
    expect(results).toEqual({
      identity: '111122223333',
      stacks: 2,
      upload: '"stored"',
      gitlab: { from: 'the service' },
      github: { from: 'the service' },
    });
    expect(proxy.passed).toEqual([
      'CONNECT sts.eu-central-1.amazonaws.com:443',
      'CONNECT cloudformation.eu-central-1.amazonaws.com:443',
      'CONNECT assets.s3.eu-central-1.amazonaws.com:443',
      'CONNECT code.gitlab.invalid:443',
      'CONNECT api.github.invalid:443',
    ]);
    expect(seen).toHaveLength(6);
  });

  openssl.test('go user and password, which are printed nowhere', async () => {
    proxy.credentials = `user:${PASSWORD}`;
    const address = proxy.url.replace('//', `//user:${ENCODED}@`);
    const allowed = await calls(['identity', 'gitlab', 'github'], { https_proxy: address });
    expect(Object.values(allowed.results)).toEqual(['111122223333', { from: 'the service' }, { from: 'the service' }]);
    proxy.credentials = 'user:another';
    const refused = await calls(['identity', 'gitlab', 'github'], { https_proxy: address });
    for (const result of Object.values(refused.results)) expect(result).toEqual({ error: expect.stringMatching(/./) });
    expect(JSON.stringify(refused.results.identity)).toContain('407');
    expect(refused.printed).not.toContain(PASSWORD);
    expect(refused.printed).not.toContain(ENCODED);
    expect(refused.printed).not.toContain(Buffer.from(`user:${PASSWORD}`).toString('base64'));
  });

  test('go addresses without TLS, as plain requests', async () => {
    const plain = createServer(answer);
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const { port } = plain.address() as AddressInfo;
    const forward = await startConnectProxy(() => port);
    try {
      const { results } = await calls(['identity'], {
        HTTP_PROXY: forward.url,
        AWS_ENDPOINT_URL_STS: 'http://sts.aws.invalid',
      });
      expect(results).toEqual({ identity: '111122223333' });
      expect(forward.passed).toEqual(['POST http://sts.aws.invalid/']);
    } finally {
      await forward.close();
      plain.close();
    }
  });

  test('goes nothing that NO_PROXY names, and a name stands for its subdomains', async () => {
    const direct = await startConnectProxy(() => 9);
    try {
      const { results } = await calls(['identity', 'gitlab', 'github'], {
        HTTPS_PROXY: direct.url,
        NO_PROXY: 'aws.invalid,.gitlab.invalid,github.invalid',
        AWS_ENDPOINT_URL_STS: 'https://sts.aws.invalid',
      });
      // Nobody has these names (RFC 6761, section 6.4): what does not go through the proxy does not arrive.
      for (const result of Object.values(results)) expect(result).toEqual({ error: expect.stringMatching(/./) });
      expect(direct.passed).toEqual([]);
    } finally {
      await direct.close();
    }
  });
});

test('with the local AWS nothing goes through a proxy', async () => {
  const aws = await startTestAws();
  const proxy = await startConnectProxy(() => Number(new URL(aws.local.endpoint).port));
  try {
    const environment = { ...process.env, HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url };
    const connected = connectAws({
      region: 'eu-central-1',
      roleToAssume: undefined,
      allowedAccountIds: [],
      identityToken: async () => undefined,
      userAgent: { version: '1.2.3', operation: 'sample deploy' },
      environment,
    });
    expect(await connected.accountId()).toBe('000000000000');
    expect(proxy.passed).toEqual([]);
  } finally {
    await proxy.close();
    await aws.stop();
  }
}, 120_000);
