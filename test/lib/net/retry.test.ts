import { describe, expect, test } from '@jest/globals';
import { ATTEMPTS, mayPassError, mayPassStatus, pauseAfter, retryAfter } from '../../../lib/net/retry.ts';
import { ConnectionFailed } from '../../../lib/net/transport.ts';

const NOW = new Date('2026-11-22T19:49:00Z');

describe('Retry-After', () => {
  test.each([
    ['0', 0],
    [' 7 ', 7000],
    ['Sun, 22 Nov 2026 19:49:30 GMT', 30_000],
    ['Sunday, 22-Nov-26 19:49:30 GMT', 30_000],
    ['Sun, 22 Nov 2026 19:40:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['2026', 2_026_000],
    [undefined, undefined],
  ])('%s', (header, expected) => expect(retryAfter(header, NOW)).toBe(expected));
});

describe('the pause', () => {
  test('doubles up to ten seconds, at least half of it certain', () => {
    expect([1, 2, 3, 4].map((failures) => pauseAfter(failures, NOW, undefined, () => 1))).toEqual([
      500, 1000, 2000, 4000,
    ]);
    expect([1, 2, 3, 4].map((failures) => pauseAfter(failures, NOW, undefined, () => 0))).toEqual([
      250, 500, 1000, 2000,
    ]);
  });

  test('is what the server asks for, up to two minutes', () => {
    const asking = (seconds: number) => ({ headers: { 'retry-after': `${seconds}` } });
    expect(pauseAfter(1, NOW, asking(120))).toBe(120_000);
    expect(pauseAfter(1, NOW, asking(121))).toBeUndefined();
  });

  test('has an end', () => expect(pauseAfter(ATTEMPTS, NOW)).toBeUndefined());
});

test('what may pass is repeated, and nothing else', () => {
  expect([408, 429, 500, 502, 503, 504].every(mayPassStatus)).toBe(true);
  expect([200, 301, 400, 401, 403, 404, 405, 409, 412, 416, 501, 505].some(mayPassStatus)).toBe(false);
  const failed = (code: string) => new ConnectionFailed(Object.assign(new Error(code), { code }));
  expect(['ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT', 'EAI_AGAIN'].every((code) => mayPassError(failed(code)))).toBe(
    true,
  );
  expect(['ENOTFOUND', 'CERT_HAS_EXPIRED', 'EPROTO', ''].some((code) => mayPassError(failed(code)))).toBe(false);
  const several = Object.assign(new Error(''), { errors: [Object.assign(new Error(), { code: 'ECONNREFUSED' })] });
  expect(mayPassError(new ConnectionFailed(several))).toBe(true);
  expect(mayPassError(new ConnectionFailed('text'))).toBe(false);
});
