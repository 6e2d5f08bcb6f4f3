import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { connectAws } from '../../../lib/aws/clients.ts';
import { clockSkewSeconds, type TimedAnswer } from '../../../lib/aws/clock-skew.ts';

const at = (text: string) => new Date(`2026-11-22T${text}Z`);

test.each([
  ['the same second', '20:00:00', '20:00:00.300', '20:00:00.700', 0],
  ['a slow answer', '20:00:05', '20:00:00', '20:00:11', 0],
  ['a clock that is ahead', '20:00:00', '20:06:40', '20:06:41', 400],
  ['a clock that is behind', '20:06:40', '20:00:00', '20:00:01', -400],
])('%s', (_, server, asked, answered, expected) => {
  const serverDate = at(server).toUTCString();
  expect(clockSkewSeconds({ serverDate, asked: at(asked), answered: at(answered) })).toBe(expected);
});

test('a header that is no date tells nothing', () => {
  expect(clockSkewSeconds({ serverDate: 'soon', asked: at('20:00:00'), answered: at('20:00:01') })).toBeUndefined();
});

describe('the answers of AWS', () => {
  let server: Server;
  let status = 200;
  let body = '';
  beforeEach(async () => {
    server = createServer((request, response) => {
      const headers = { date: at('20:00:00').toUTCString(), 'content-type': 'text/xml' };
      request.resume().on('end', () => response.writeHead(status, headers).end(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_MAX_ATTEMPTS: '1' });
  });
  afterEach(() => void server.close());

  /** Asks who the credentials are, with the clock of this machine at a certain time. */
  async function ask(now: Date) {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    process.env.AWS_ENDPOINT_URL = url;
    const answers: TimedAnswer[] = [];
    const aws = connectAws({
      region: 'eu-central-1',
      roleToAssume: undefined,
      // The question is who it is, also of an account that may not be used.
      allowedAccountIds: ['999999999999'],
      identityToken: async () => undefined,
      userAgent: { version: '1.2.3', operation: 'doctor run' },
    });
    const signal = new AbortController().signal;
    const result = await aws
      .callerIdentity({ signal, now: () => now, timed: (answer) => void answers.push(answer) })
      .catch((error: unknown) => error);
    return { result, skews: answers.map(clockSkewSeconds) };
  }

  test('tell the time together with the identity', async () => {
    status = 200;
    body = `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account>
      <Arn>arn:aws:iam::111122223333:user/a</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`;
    expect(await ask(at('20:10:00'))).toEqual({
      result: { account: '111122223333', arn: 'arn:aws:iam::111122223333:user/a' },
      skews: [600],
    });
  });

  test('tell the time when they refuse, too', async () => {
    status = 403;
    body =
      '<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>It is invalid</Message></Error></ErrorResponse>';
    const { result, skews } = await ask(at('19:50:00'));
    expect(result).toMatchObject({ name: 'InvalidClientTokenId' });
    expect(new Set(skews)).toEqual(new Set([-600]));
  });
});
