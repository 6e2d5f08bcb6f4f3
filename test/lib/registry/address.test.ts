import { describe, expect, test } from '@jest/globals';
import { Refused } from '../../../lib/errors.ts';
import { addressFrom, dial, registryOrigin } from '../../../lib/registry/address.ts';

describe('a registry', () => {
  test.each([
    ['ghcr.io', 'https://ghcr.io/'],
    ['registry.example.com:5000', 'https://registry.example.com:5000/'],
    ['docker.io', 'https://registry-1.docker.io/'],
    ['127.0.0.1:5000', 'http://127.0.0.1:5000/'],
    ['localhost:5000', 'http://localhost:5000/'],
    ['[::1]:5000', 'http://[::1]:5000/'],
    ['localhost.example.com', 'https://localhost.example.com/'],
    ['127.0.0.1.example.com', 'https://127.0.0.1.example.com/'],
  ])('%s is at %s', (registry, origin) => expect(registryOrigin(registry).href).toBe(origin));
});

describe('an address that a registry gives', () => {
  const base = new URL('https://r.example/v2/a/blobs/uploads/');
  test.each([
    ['/v2/a/x?state=1', 'https://r.example/v2/a/x?state=1'],
    ['?y=2', 'https://r.example/v2/a/blobs/uploads/?y=2'],
    ['https://s3.example/x', 'https://s3.example/x'],
    ['http://r.example/v2/a/x', 'https://r.example/v2/a/x'],
    ['http://r.example:80/v2/a/x', 'https://r.example/v2/a/x'],
    ['http://s3.example/x', 'http://s3.example/x'],
    ['https://user:pass@r.example/x', 'https://r.example/x'],
    ['http://[', undefined],
  ])('%s means %s', (text, expected) => expect(addressFrom(text, base)?.href).toBe(expected));
});

describe('the way to an address', () => {
  const ecr = new URL('https://111122223333.dkr.ecr.eu-west-1.amazonaws.com/v2/');
  const endpoint = new URL('http://127.0.0.1:4566');

  test('leads to the host itself', () => {
    expect(dial(ecr, undefined)).toEqual({
      isSecure: true,
      hostname: ecr.hostname,
      port: '',
      host: ecr.host,
      isLocal: false,
    });
    expect(dial(new URL('http://[::1]:5000/'), undefined)).toMatchObject({
      hostname: '::1',
      port: '5000',
      isLocal: true,
    });
  });

  test('leads ECR to the local AWS, under its own name', () => {
    expect(dial(ecr, endpoint)).toEqual({
      isSecure: false,
      hostname: '127.0.0.1',
      port: '4566',
      host: ecr.host,
      isLocal: true,
    });
  });

  test('leads no other registry away from this machine while the local AWS is used', () => {
    for (const text of ['https://ghcr.io/', 'https://public.ecr.aws/', 'https://auth.docker.io/token']) {
      expect(() => dial(new URL(text), endpoint)).toThrow(Refused);
    }
    expect(dial(new URL('http://127.0.0.1:5000/'), endpoint)).toMatchObject({ port: '5000' });
  });

  test('is refused without encryption, except on this machine', () => {
    for (const text of ['http://r.example/', 'ftp://r.example/', 'file:///etc/passwd', 'file://localhost/etc/passwd']) {
      expect(() => dial(new URL(text), undefined)).toThrow(/would not be encrypted/);
    }
  });
});
