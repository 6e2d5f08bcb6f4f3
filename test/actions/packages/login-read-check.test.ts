import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { checkRead, openTransport, RegionUnusable } from '../../../actions/packages/login/read-check.ts';
import { TOOLS, type Tool } from '../../../actions/packages/login/tools.ts';
import { jumpingClock } from '../../support/test-clock.ts';

// What an answer of a repository says about a login.

let server: Server;
let status: number;
let asked: { address: string | undefined; authorization: string | undefined }[];

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push({ address: request.url, authorization: request.headers.authorization });
    response.writeHead(status).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => void server.close());

async function check(tool: Tool): Promise<void> {
  const { signal } = new AbortController();
  const endpoint = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/packages/`);
  const login = {
    region: 'eu-west-1',
    token: 'the-token',
    expiration: new Date(0),
    endpoints: new Map(TOOLS.map((each) => [each, endpoint])),
    milliseconds: 0,
  };
  const transport = openTransport('test', {}, signal);
  try {
    await checkRead(login, tool, { transport, clock: jumpingClock(), signal });
  } finally {
    transport.close();
  }
}

const basic = `Basic ${Buffer.from('aws:the-token').toString('base64')}`;

test.each([
  ['pip', '/packages/simple/headgate-login-check/', basic],
  ['npm', '/packages/-/ping', 'Bearer the-token'],
  ['maven', '/packages/headgate-login-check/headgate-login-check/maven-metadata.xml', basic],
  ['cargo', '/packages/config.json', 'Bearer the-token'],
] as const)(
  '%s reads as its protocol says; what is not there proves the login too',
  async (tool, address, authorization) => {
    for (status of [200, 404]) await check(tool);
    expect(asked).toEqual([
      { address, authorization },
      { address, authorization },
    ]);
  },
);

test.each([
  [401, 1, 'the token is not taken for npm (HTTP 401)', 'the token has ended already'],
  [403, 1, 'reading is not allowed for npm (HTTP 403)', 'does not allow codeartifact:ReadFromRepository'],
  [302, 1, 'a read for npm was answered with HTTP 302', 'the service has a fault there'],
  [503, 3, 'a read for npm was answered with HTTP 503', 'the service has a fault there'],
])('HTTP %i is asked for %i times, and is no login', async (code, times, message, likely) => {
  status = code;
  const failure = await check('npm').then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(RegionUnusable);
  expect(failure).toMatchObject({ message, likely: expect.stringContaining(likely), next: expect.any(String) });
  expect(JSON.stringify(failure)).not.toContain('the-token');
  expect(asked).toHaveLength(times);
});
