import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readParts } from '../../local-aws/codeartifact/multipart.ts';
import { OrderedMap } from '../../local-aws/codeartifact/ordered-map.ts';
import { page, pageInOrder } from '../../local-aws/codeartifact/pages.ts';
import { Parameters } from '../../local-aws/codeartifact/parameters.ts';
import { namePackagesCall, readPackagesTarget } from '../../local-aws/codeartifact/target.ts';
import { readToken } from '../../local-aws/codeartifact/tokens.ts';
import { nameOperation } from '../../local-aws/operations.ts';

describe('a multipart form', () => {
  const boundary = 'a-Boundary';
  const type = `multipart/form-data; boundary="${boundary}"`;

  async function* inChunks(body: Buffer, size: number): AsyncGenerator<Buffer> {
    for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
  }

  function form(parts: readonly [name: string, content: Buffer][]): Buffer {
    const written = parts.flatMap(([name, content]) => [
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`),
      content,
      Buffer.from('\r\n'),
    ]);
    return Buffer.concat([...written, Buffer.from(`--${boundary}--`)]);
  }

  async function read(body: Buffer, size: number, contentType = type): Promise<[string, Buffer][]> {
    const parts: [string, Buffer][] = [];
    for await (const { name, body: content } of readParts(inChunks(body, size), contentType)) {
      parts.push([name, await buffer(content)]);
    }
    return parts;
  }

  test('gives its parts as they were, in whatever pieces it comes', async () => {
    // Contents that look like boundaries are the ones that go wrong.
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
      fc
        .constantFrom('\r\n', '\r', '--', `--${boundary.slice(0, -1)}`, '\r\n--a-Bound')
        .map((text) => Buffer.from(text)),
    );
    const content = fc.array(piece, { maxLength: 6 }).map((pieces) => Buffer.concat(pieces));
    const parts = fc.array(fc.tuple(fc.constantFrom('a', 'content', ':action'), content), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(parts, fc.integer({ min: 1, max: 50 }), async (sent, size) => {
        expect(await read(form(sent), size)).toEqual(sent);
      }),
    );
  });

  test.each([
    ['cut off', form([['a', Buffer.from('b')]]).subarray(0, -3), type],
    ['of another boundary', form([['a', Buffer.from('b')]]), 'multipart/form-data; boundary=other'],
    ['without a name', Buffer.from(`--${boundary}\r\nContent-Type: text/plain\r\n\r\nx\r\n--${boundary}--`), type],
    ['no form', Buffer.from('{}'), 'application/json'],
  ])('that is %s is refused', async (_, body, contentType) => {
    await expect(read(body, 7, contentType)).rejects.toMatchObject({ status: 400 });
  });
});

test('pages hold every entry once, in order, whatever their size', () => {
  const keys = fc.uniqueArray(fc.string(), { maxLength: 30 });
  fc.assert(
    fc.property(keys, fc.integer({ min: 1, max: 9 }), (entries, size) => {
      const seen: string[] = [];
      let token: string | undefined;
      do {
        const query = new URLSearchParams({
          'max-results': String(size),
          ...(token !== undefined && { 'next-token': token }),
        });
        const answer = page(new Parameters(query), entries, (entry) => entry);
        expect(answer.entries.length).toBeLessThanOrEqual(size);
        seen.push(...answer.entries);
        token = answer.nextToken;
      } while (token !== undefined);
      expect(seen).toEqual([...entries].sort((a, b) => (a < b ? -1 : 1)));
    }),
  );
});

describe('pages of a map that knows its order', () => {
  const ask = (token: string | undefined, size: number) =>
    new Parameters(
      new URLSearchParams({ 'max-results': String(size), ...(token !== undefined && { 'next-token': token }) }),
    );

  test('hold what is wanted, in order, also when something comes or goes in between', () => {
    const names = fc.string({ maxLength: 3 });
    const changes = fc.array(fc.tuple(names, fc.boolean()), { maxLength: 5 });
    fc.assert(
      fc.property(fc.uniqueArray(names), changes, fc.integer({ min: 1, max: 4 }), (first, between, size) => {
        const map = new OrderedMap<string>();
        const everySecond = (name: string) => name.length % 2 === 0;
        const expected: string[] = [];
        for (const name of first) map.set(name, name);
        const seen: string[] = [];
        let token: string | undefined;
        for (let i = 0; ; i += 1) {
          const whole = page(ask(token, size), [...map.values()].filter(everySecond), (name) => name);
          const found = pageInOrder(ask(token, size), map, everySecond);
          expect(found).toEqual(whole);
          seen.push(...found.entries);
          expected.push(...whole.entries);
          token = found.nextToken;
          if (token === undefined) break;
          const [name, comes] = between[i] ?? [];
          if (name !== undefined && comes) map.set(name, name);
          else if (name !== undefined) map.delete(name);
        }
        expect(seen).toEqual([...new Set(expected)].sort((a, b) => (a < b ? -1 : 1)));
      }),
    );
  });

  test('take no longer with 5,000 entries than with what is on them', () => {
    const map = new OrderedMap<number>();
    for (let i = 0; i < 5000; i += 1) map.set(String((i * 7919) % 5000).padStart(4, '0'), i);
    let asked = 0;
    const isWanted = () => {
      asked += 1;
      return true;
    };
    const { nextToken } = pageInOrder(ask(undefined, 100), map, isWanted);
    const { entries } = pageInOrder(ask(nextToken, 100), map, isWanted);
    expect([entries[0], entries.length, asked]).toEqual([map.get('0100'), 100, 202]);
    map.clear();
    expect(pageInOrder(ask(undefined, 100), map, isWanted)).toEqual({ entries: [] });
  });
});

describe('the token of a login', () => {
  test.each([
    ['Bearer abc', 'abc'],
    [`Basic ${btoa('aws:abc')}`, 'abc'],
    [`basic ${btoa(':a:b')}`, 'a:b'],
    ['Digest abc', undefined],
    ['abc', undefined],
    [undefined, undefined],
  ])('in %j is %j', (authorization, token) => {
    expect(readToken(authorization)).toBe(token);
  });
});

describe('the address of a package manager', () => {
  const prefix = '/_headgate/codeartifact/111122223333/eu-west-1/team';

  test('names account, Region, domain, format, repository and what it asks for', () => {
    expect(readPackagesTarget(`${prefix}/npm/packages/@team%2ftool/-/tool-1.0.0.tgz`)).toEqual({
      account: '111122223333',
      region: 'eu-west-1',
      domain: 'team',
      format: 'npm',
      repository: 'packages',
      segments: ['@team/tool', '-', 'tool-1.0.0.tgz'],
    });
    expect(readPackagesTarget('/bucket/key')).toBeUndefined();
  });

  test.each(['', '1/2/3', '111122223333/eu-west-1/team/npm/packages/%zz'])(
    'that is malformed names nothing: %j',
    (rest) => {
      expect(readPackagesTarget(`/_headgate/codeartifact/${rest}`)).toMatchObject({
        account: '',
        domain: '',
        segments: [],
      });
    },
  );

  test.each([
    ['GET', 'pypi/packages/simple/tool/', 'ReadFromRepository'],
    ['POST', 'pypi/packages/', 'PublishPackageVersion'],
    ['PUT', 'npm/packages/tool', 'PublishPackageVersion'],
    ['PUT', 'npm/packages/-/package/tool/dist-tags/next', 'PutPackageMetadata'],
    ['PUT', 'maven/packages/org/tool/maven-metadata.xml.sha1', 'PutPackageMetadata'],
    ['PUT', 'maven/packages/org/tool/1.0/tool-1.0.jar', 'PublishPackageVersion'],
    ['PUT', 'cargo/packages/api/v1/crates/new', 'PublishPackageVersion'],
  ])('%s %s needs %s', (method, rest, operation) => {
    const named = namePackagesCall(method, readPackagesTarget(`${prefix}/${rest}`)!);
    expect(named).toMatchObject({ operation, iamAction: `codeartifact:${operation}` });
  });
});

test.each([
  ['POST', '/v1/domain', 'CreateDomain'],
  ['GET', '/v1/package', 'DescribePackage'],
  ['POST', '/v1/package', 'PutPackageOriginConfiguration'],
  ['POST', '/v1/package/versions/update_status', 'UpdatePackageVersionsStatus'],
  ['PUT', '/v1/package-group', 'UpdatePackageGroup'],
])('%s %s is %s', (method, path, operation) => {
  const request = { method, path, query: new URLSearchParams(), headers: {}, service: 'codeartifact' };
  expect(nameOperation(request)).toMatchObject({ operation, iamAction: `codeartifact:${operation}` });
});
