import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { noProxyForNode, notUnderstood } from '../../../lib/net/proxy-bypass.ts';

const DIRECT = noProxyForNode([]);
const added = (...entries: string[]) => noProxyForNode(entries).slice(0, -DIRECT.length);

test.each([
  ['*', ['*']],
  ['example.com', ['example.com', '.example.com']],
  ['.example.com', ['.example.com']],
  ['*.example.com', ['*.example.com']],
  ['example.com:8080', ['example.com:8080']],
  ['192.168.1.7', ['192.168.1.7']],
  ['192.168.1.1-192.168.1.9', ['192.168.1.1-192.168.1.9', '.192.168.1.1-192.168.1.9']],
  ['fd00::1', ['fd00::1']],
  ['10.0.0.0/8', ['10.0.0.0-10.255.255.255']],
  ['10.1.2.3/8', ['10.0.0.0-10.255.255.255']],
  ['192.168.7.128/25', ['192.168.7.128-192.168.7.255']],
  ['1.2.3.4/32', ['1.2.3.4-1.2.3.4']],
  ['0.0.0.0/0', ['0.0.0.0-255.255.255.255']],
  ['fd00::/8', []],
  ['10.0.0.0/33', []],
  ['10.0.0.256/8', []],
])('%s', (entry, expected) => expect(added(entry)).toEqual(expected));

test('this machine and the addresses that give credentials never go through a proxy', () => {
  expect(DIRECT).toEqual(
    expect.arrayContaining(['localhost', '127.0.0.1', '127.0.0.0-127.255.255.255', '::1', '169.254.169.254']),
  );
  expect(DIRECT).toEqual(expect.arrayContaining(['169.254.170.2', '169.254.170.23', 'fd00:ec2::254']));
});

test('networks that mean nothing here are known', () => {
  expect(notUnderstood(['10.0.0.0/8', 'fd00::/8', 'example.com', '10.0.0.0/40'])).toEqual(['fd00::/8', '10.0.0.0/40']);
});

test('every address is in its own network, whose ends are of one size', () => {
  const octet = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(octet, octet, octet, octet, fc.integer({ min: 0, max: 32 }), (a, b, c, d, length) => {
      const [range = ''] = added(`${a}.${b}.${c}.${d}/${length}`);
      const [first = 0, last = 0] = range
        .split('-')
        .map((address) => Buffer.from(address.split('.').map(Number)).readUInt32BE());
      const own = Buffer.from([a, b, c, d]).readUInt32BE();
      expect(first <= own && own <= last).toBe(true);
      expect(last - first + 1).toBe(2 ** (32 - length));
      expect(first % (last - first + 1)).toBe(0);
    }),
  );
});
