import { describe, expect, test } from '@jest/globals';
import { isLoopback, localEndpoint } from '../../../lib/aws/endpoint.ts';

describe('on this machine', () => {
  test.each(['localhost', 'LocalHost', 's3.localhost', '127.0.0.1', '127.255.0.9', '::1', '[::1]'])('%s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });
});

describe('elsewhere', () => {
  test.each([
    '',
    '0.0.0.0',
    '10.0.0.1',
    '128.0.0.1',
    '169.254.169.254',
    '::',
    '::2',
    'amazonaws.com',
    '127.0.0.1.example.com',
    '127.0.0.1.nip.io',
    'localhost.example.com',
    'notlocalhost',
    '1127.0.0.1',
  ])('%j', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});

test.each<[string | undefined, string | undefined]>([
  [undefined, undefined],
  ['', undefined],
  ['no address', undefined],
  ['http://127.0.0.1:4566', 'http://127.0.0.1:4566'],
  ['http://localhost:4566/', 'http://localhost:4566'],
  ['http://[::1]:4566', 'http://[::1]:4566'],
  // A URL may write an address in many ways; what is compared is what the connection goes to.
  ['http://127.1:4566', 'http://127.0.0.1:4566'],
  ['http://2130706433:4566', 'http://127.0.0.1:4566'],
  ['http://127.0.0.1@example.com', undefined],
  ['https://vpce-1.cloudformation.eu-central-1.vpce.amazonaws.com', undefined],
])('AWS_ENDPOINT_URL=%s', (text, origin) => {
  expect(localEndpoint(text === undefined ? {} : { AWS_ENDPOINT_URL: text })?.origin).toBe(origin);
});
