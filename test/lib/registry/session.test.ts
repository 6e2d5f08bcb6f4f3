import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect } from '@jest/globals';
import { digestOf } from '../../../lib/registry/digest.ts';
import type { StoredManifest } from '../../../lib/registry/manifest.ts';
import type { Registry } from '../../../lib/registry/registry.ts';
import {
  altered,
  answer,
  cutAfter,
  type MisbehavingRegistry,
  refusal,
  reset,
  startMisbehavingRegistry,
} from '../../support/misbehaving-registry.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { requires } from '../../support/requires.ts';
import { jumpingClock } from '../../support/test-clock.ts';
import { descriptorOf, drain, listed, pushImage, tag, testClient, uploadContent } from './client-context.ts';

const { test, path } = requires('docker-registry', 'faults are put before a real registry');

const LOGIN = { username: 'robot', password: 'pass:word' };

describe('a registry that fails', () => {
  let server: TestRegistry;
  let bad: MisbehavingRegistry;
  let registry: Registry;
  let stored: StoredManifest;
  let clock: ReturnType<typeof jumpingClock>;
  const shop = () => ({ registry: bad.host, path: 'acme/shop' });

  beforeEach(async () => {
    if (path === '') return;
    server = await startRegistry();
    bad = await startMisbehavingRegistry(server.host);
    clock = jumpingClock();
    registry = testClient({ clock });
    stored = (await pushImage(registry, shop())).stored;
    await registry.putManifest(shop(), stored, tag('1.0'));
  });
  afterEach(async () => {
    registry?.close();
    await bad?.close();
    await server?.stop();
  });

  test('for a while is asked again, longer and longer apart', async () => {
    for (const status of [500, 502, 503, 504]) bad.fault('GET', answer(status));
    expect(await registry.manifest(shop(), tag('1.0'))).toEqual(stored);
    expect(clock.slept).toHaveLength(4);
    for (const [n, longest] of [500, 1000, 2000, 4000].entries()) {
      expect(clock.slept[n]).toBeGreaterThanOrEqual(longest / 2);
      expect(clock.slept[n]).toBeLessThanOrEqual(longest);
    }
  });

  test('is asked again after as many seconds as it wants', async () => {
    bad.fault('GET', answer(429, '', { 'Retry-After': '7' }));
    bad.fault('GET', answer(503, '', { 'Retry-After': 'Sun, 22 Nov 2026 19:49:17 GMT' }));
    expect(await registry.manifest(shop(), tag('1.0'))).toEqual(stored);
    expect(clock.slept).toEqual([7000, 10_000]);
  });

  test('and wants more patience than a job has, is not waited for', async () => {
    bad.fault('GET', answer(429, { errors: [{ code: 'TOOMANYREQUESTS' }] }, { 'Retry-After': '3600' }), 9);
    await expect(registry.manifest(shop(), tag('1.0'))).rejects.toMatchObject({ kind: 'busy', status: 429 });
    expect(clock.slept).toEqual([]);
  });

  test('for good is asked five times', async () => {
    bad.fault('GET', answer(503), 99);
    await expect(registry.manifest(shop(), tag('1.0'))).rejects.toMatchObject({ kind: 'unavailable', status: 503 });
    expect(clock.slept).toHaveLength(4);
  });

  test('is asked once when it says no', async () => {
    for (const status of [400, 403, 405, 409, 412, 422]) {
      bad.fault('PUT', refusal(status, 'NO'));
      await expect(registry.putManifest(shop(), stored, tag('2.0'))).rejects.toMatchObject({ status });
    }
    expect(clock.slept).toEqual([]);
  });

  test('by connections that end without an answer is asked again', async () => {
    bad.fault('GET', reset, 2);
    bad.fault('PUT', reset, 2);
    expect(await registry.manifest(shop(), tag('1.0'))).toEqual(stored);
    await registry.putManifest(shop(), stored, tag('2.0'));
    expect(await registry.resolve(shop(), tag('2.0'))).toBe(stored.digest);
  });

  test('by cutting a manifest is asked again', async () => {
    bad.fault('GET', cutAfter(100), 2);
    expect(await registry.manifest(shop(), tag('1.0'))).toEqual(stored);
    bad.fault('GET', cutAfter(100), 99);
    await expect(registry.manifest(shop(), tag('1.0'))).rejects.toMatchObject({ kind: 'unavailable' });
  });

  test('by cutting a blob goes on from where it was cut', async () => {
    const content = randomBytes(3_000_000);
    const descriptor = await uploadContent(registry, shop(), content);
    bad.fault('GET /v2/acme/shop/blobs/', cutAfter(1_000_000), 2);
    expect(await drain(await registry.openBlob(shop(), descriptor))).toEqual({
      size: content.length,
      digest: descriptor.digest,
    });
    const ranges = bad.headers.map(({ range }) => range).filter((range) => range !== undefined);
    expect(ranges).toHaveLength(2);
    expect(ranges[0]).toMatch(/^bytes=\d+-2999999$/);
  });

  test('by cutting a blob and knowing no ranges is read from the start again', async () => {
    const content = randomBytes(3_000_000);
    const descriptor = await uploadContent(registry, shop(), content);
    bad.fault('GET /v2/acme/shop/blobs/', cutAfter(1_000_000));
    bad.fault('GET /v2/acme/shop/blobs/', async (incoming, response, onward) => {
      delete incoming.headers.range;
      const real = await onward();
      response.writeHead(real.statusCode ?? 500, real.headers);
      real.pipe(response);
    });
    expect(await drain(await registry.openBlob(shop(), descriptor))).toMatchObject({ digest: descriptor.digest });
  });

  test('by cutting a blob again and again is given up', async () => {
    const descriptor = await uploadContent(registry, shop(), randomBytes(1000));
    bad.fault('GET /v2/acme/shop/blobs/', cutAfter(0), 99);
    await expect(registry.blob(shop(), descriptor)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  const swapped = (body: Buffer) =>
    Buffer.from(body.toString('latin1').replace('amd64', 'arm64').replace('"', ' '), 'latin1');

  test('by lying about a manifest is not believed', async () => {
    const lie = digestOf('lie');
    bad.fault('GET', altered({ body: (body) => Buffer.concat([body, Buffer.from('\n')]) }));
    await expect(registry.manifest(shop(), stored.digest)).rejects.toMatchObject({ kind: 'invalid' });
    bad.fault('GET', altered({ headers: { 'docker-content-digest': lie } }));
    await expect(registry.manifest(shop(), tag('1.0'))).rejects.toThrow(/it names the digest/);
    bad.fault('HEAD', altered({ headers: { 'docker-content-digest': lie } }));
    await expect(registry.resolve(shop(), stored.digest)).rejects.toMatchObject({ kind: 'invalid' });
    bad.fault('PUT', altered({ headers: { 'docker-content-digest': lie } }));
    await expect(registry.putManifest(shop(), stored, tag('2.0'))).rejects.toMatchObject({ kind: 'invalid' });
    expect(clock.slept).toEqual([]);
  });

  test('by lying about a blob is not believed', async () => {
    const content = Buffer.from('{"os":"linux","architecture":"amd64"}');
    const descriptor = await uploadContent(registry, shop(), content);
    bad.fault('GET', altered({ body: swapped }));
    await expect(registry.blob(shop(), descriptor)).rejects.toThrow(/content whose digest is/);
    bad.fault('GET', altered({ body: (body) => body.subarray(1) }));
    await expect(registry.blob(shop(), descriptor)).rejects.toThrow(/36 bytes in place of 37/);
    bad.fault(
      'GET',
      altered({ body: (body) => Buffer.concat([body, body]), headers: { 'content-length': undefined } }),
    );
    await expect(registry.blob(shop(), descriptor)).rejects.toThrow(/more than 37 bytes/);
  });

  test('by sending what is no manifest is not believed', async () => {
    const html = { 'Content-Type': 'text/html' };
    bad.fault('GET', answer(200, '<html>Welcome</html>', html));
    await expect(registry.manifest(shop(), tag('1.0'))).rejects.toThrow(/is not JSON.*not a registry/s);
    bad.fault('GET', answer(404, '<html>No such page</html>', html));
    await expect(registry.manifest(shop(), tag('1.0'))).rejects.toThrow(/a web page.*not a registry/s);
    bad.fault('GET', answer(200, { schemaVersion: 1 }));
    await expect(registry.manifest(shop(), tag('1.0'))).rejects.toThrow(/schema version 2/);
    bad.fault('GET', altered({ body: () => Buffer.alloc(4 * 1024 * 1024 + 1, ' ') }));
    await expect(registry.manifest(shop(), tag('1.0'))).rejects.toThrow(/more than 4194304 bytes/);
  });

  test('by not naming a digest is asked for the manifest', async () => {
    bad.fault('HEAD', altered({ headers: { 'docker-content-digest': undefined } }));
    expect(await registry.resolve(shop(), tag('1.0'))).toBe(stored.digest);
  });

  test('by refusing an immutable tag that is already right does not fail', async () => {
    const text =
      "The image tag '1.0' already exists in the 'shop' repository and cannot be overwritten because the tag is immutable.";
    bad.fault('PUT', refusal(400, 'TAG_INVALID', text), 2);
    await registry.putManifest(shop(), stored, tag('1.0'));
    const { stored: other } = await pushImage(testClient(), { registry: server.host, path: 'acme/shop' });
    await expect(registry.putManifest(shop(), other, tag('1.0'))).rejects.toMatchObject({
      kind: 'immutable',
      status: 400,
    });
    expect(await registry.resolve(shop(), tag('1.0'))).toBe(stored.digest);
  });

  test('by cancelling ends at once with the reason', async () => {
    const controller = new AbortController();
    const cancelled = testClient({ signal: controller.signal });
    bad.fault('GET', () => controller.abort(new Error('cancelled by the test')));
    await expect(cancelled.manifest(shop(), tag('1.0'))).rejects.toThrow('cancelled by the test');
    await expect(cancelled.manifest(shop(), tag('1.0'))).rejects.toThrow('cancelled by the test');
    cancelled.close();
  });

  test('by sending to another place is followed, and the login stays behind', async () => {
    const content = randomBytes(50_000);
    const descriptor = descriptorOf(content);
    const authorizations: (string | undefined)[] = [];
    const store = createServer((incoming, response) => {
      authorizations.push(incoming.headers.authorization);
      response.end(content);
    });
    await new Promise<void>((resolve) => store.listen(0, '127.0.0.1', resolve));
    const { port } = store.address() as AddressInfo;
    const signed = testClient({ credentials: { kind: 'basic', ...LOGIN } });
    bad.fault('GET', answer(401, '', { 'WWW-Authenticate': 'Basic realm="x"' }));
    bad.fault('GET', answer(307, '', { Location: '/v2/acme/shop/blobs/elsewhere' }));
    bad.fault('GET', answer(302, '', { Location: `http://127.0.0.1:${port}/signed?secret=1` }));
    expect(await drain(await signed.openBlob(shop(), descriptor))).toMatchObject({ digest: descriptor.digest });
    const sent = `Basic ${Buffer.from('robot:pass:word').toString('base64')}`;
    expect(bad.headers.slice(-3).map(({ authorization }) => authorization)).toEqual([undefined, sent, sent]);
    expect(authorizations).toEqual([undefined]);
    signed.close();
    store.closeAllConnections();
    store.close();
  });

  test('by sending back from another place does not get the login there', async () => {
    const signed = testClient({ credentials: { kind: 'basic', ...LOGIN } });
    const other = await startMisbehavingRegistry(server.host);
    bad.fault('GET', answer(401, '', { 'WWW-Authenticate': 'Basic realm="x"' }));
    bad.fault('GET', answer(302, '', { Location: `http://${other.host}/away` }));
    other.fault('GET', answer(302, '', { Location: `http://${bad.host}/v2/acme/shop/manifests/1.0` }));
    expect(await signed.manifest(shop(), tag('1.0'))).toEqual(stored);
    expect(other.headers.map(({ authorization }) => authorization)).toEqual([undefined]);
    expect(bad.headers.at(-1)?.authorization).toBeUndefined();
    signed.close();
    await other.close();
  });

  test('by sending in circles, nowhere, or to plain http is not followed', async () => {
    bad.fault('GET', answer(302, '', { Location: '/v2/acme/shop/manifests/1.0' }), 6);
    await expect(registry.manifest(shop(), tag('1.0'))).rejects.toThrow(/redirects without an end/);
    bad.fault('GET', answer(302));
    await expect(registry.manifest(shop(), tag('1.0'))).rejects.toThrow(/without an address/);
    bad.fault('GET', answer(302, '', { Location: 'http://registry.example.com/' }));
    await expect(registry.manifest(shop(), tag('1.0'))).rejects.toThrow(/would not be encrypted/);
    bad.fault('PUT', answer(307, '', { Location: '/v2/acme/shop/manifests/1.0' }));
    await expect(registry.putManifest(shop(), stored)).rejects.toThrow(/where something was to be written/);
  });

  test('by giving tags in pages is asked for all of them, on its own host only', async () => {
    const next = (to: string) => ({ Link: `<${to}>; rel="next"` });
    bad.fault('GET', answer(200, { tags: ['a', 'b'] }, next('/v2/acme/shop/tags/list?n=2&last=b')));
    bad.fault('GET', answer(200, { tags: ['c'] }, next(`http://${bad.host}/v2/acme/shop/tags/list?n=2&last=c`)));
    expect(await listed(registry.tags(shop()))).toEqual(['1.0', 'a', 'b', 'c']);
    expect(bad.requests.slice(-3)).toEqual([
      'GET /v2/acme/shop/tags/list?n=1000',
      'GET /v2/acme/shop/tags/list?n=2&last=b',
      'GET /v2/acme/shop/tags/list?n=2&last=c',
    ]);
    bad.fault('GET', answer(200, { tags: ['a'] }, next('http://127.0.0.1:1/v2/acme/shop/tags/list?last=a')));
    await expect(listed(registry.tags(shop()))).rejects.toThrow(/not a page of this registry/);
  });

  test('by giving a full page of tags without a link is asked for the rest once', async () => {
    const tags = Array.from({ length: 1000 }, (_, n) => `t${n}`);
    bad.fault('GET', answer(200, { tags }));
    bad.fault('GET', answer(200, { tags: ['u', 'v'] }));
    expect(await listed(registry.tags(shop()))).toHaveLength(1002);
    expect(bad.requests.at(-1)).toBe('GET /v2/acme/shop/tags/list?n=1000&last=t999');
    // One that does not know 'last' gives the same page again.
    bad.fault('GET', answer(200, { tags }), 2);
    expect(await listed(registry.tags(shop()))).toHaveLength(1000);
  });

  test('by listing what are no tags is not believed', async () => {
    bad.fault('GET', answer(200, { tags: 'latest' }));
    await expect(listed(registry.tags(shop()))).rejects.toMatchObject({ kind: 'invalid' });
    bad.fault('GET', answer(200, 'tags'));
    await expect(listed(registry.tags(shop()))).rejects.toMatchObject({ kind: 'invalid' });
    bad.fault('GET', answer(200, { name: 'acme/shop', tags: null }));
    expect(await listed(registry.tags(shop()))).toEqual([]);
  });

  test('by having switched removals off leaves every tag where it is', async () => {
    const fixed = await startRegistry({ deletes: false });
    const place = { registry: fixed.host, path: 'acme/shop' };
    const { stored: image } = await pushImage(registry, place);
    await registry.putManifest(place, image, tag('1.0'));
    const expected = { kind: 'unsupported', message: expect.stringContaining('storage.delete.enabled') };
    await expect(registry.deleteTag(place, tag('1.0'))).rejects.toMatchObject(expected);
    await expect(registry.deleteManifest(place, image.digest)).rejects.toMatchObject(expected);
    expect(await registry.resolve(place, tag('1.0'))).toBe(image.digest);
    await fixed.stop();
  });

  test('by failing in the middle of the removal of a tag gets the tag put back', async () => {
    bad.fault(/^DELETE .*sha256/, answer(202));
    bad.fault(/^DELETE .*sha256/, refusal(403, 'DENIED'));
    await expect(registry.deleteTag(shop(), tag('1.0'))).rejects.toMatchObject({ kind: 'denied' });
    expect(await registry.resolve(shop(), tag('1.0'))).toBe(stored.digest);
  });

  test('by keeping the tags of removed manifests gets the tag put back', async () => {
    bad.fault(/^DELETE .*sha256/, answer(202), 2);
    await expect(registry.deleteTag(shop(), tag('1.0'))).rejects.toMatchObject({ kind: 'unsupported' });
    expect(await registry.resolve(shop(), tag('1.0'))).toBe(stored.digest);
  });
});

describe('signing in', () => {
  let server: TestRegistry;
  let bad: MisbehavingRegistry;
  const shop = () => ({ registry: bad.host, path: 'acme/shop' });
  const scopes = () => server.tokenRequests.map(({ scopes }) => scopes.join(' '));

  beforeEach(async () => {
    if (path === '') return;
    server = await startRegistry({ auth: { ...LOGIN, scheme: 'token' } });
    bad = await startMisbehavingRegistry(server.host);
  });
  afterEach(async () => {
    await bad?.close();
    await server?.stop();
  });

  test('asks for one token a repository and access, and keeps it', async () => {
    const registry = testClient({ credentials: { kind: 'basic', ...LOGIN } });
    await registry.resolve(shop(), tag('none'));
    await registry.resolve(shop(), tag('none'));
    const { stored, layer } = await pushImage(registry, shop());
    await registry.putManifest(shop(), stored, tag('1.0'));
    await registry.manifest(shop(), tag('1.0'));
    await registry.mountBlob({ ...shop(), path: 'acme/other' }, layer.digest, shop());
    expect(scopes()).toEqual([
      'repository:acme/shop:pull',
      'repository:acme/shop:pull,push',
      'repository:acme/other:pull,push repository:acme/shop:pull',
    ]);
    registry.close();
  });

  test('of many calls at once asks for one token', async () => {
    const registry = testClient({ credentials: { kind: 'basic', ...LOGIN } });
    await registry.resolve(shop(), tag('none'));
    await Promise.all(Array.from({ length: 8 }, (_, n) => registry.resolve({ ...shop(), path: 'b/c' }, tag(`t${n}`))));
    expect(scopes()).toEqual(['repository:acme/shop:pull', 'repository:b/c:pull']);
    registry.close();
  });

  test('renews a token shortly before its end, and one of unknown life within a minute', async () => {
    const clock = jumpingClock();
    const registry = testClient({ credentials: { kind: 'basic', ...LOGIN }, clock });
    const ask = async (after: number) => {
      await clock.sleep(after * 1000);
      await registry.resolve(shop(), tag('none'));
      return server.tokenRequests.length;
    };
    const counts = [await ask(0), await ask(269), await ask(2)];
    if (server.tokens !== undefined) server.tokens.behaviour.expiresIn = undefined;
    counts.push(await ask(271), await ask(29), await ask(2));
    expect(counts).toEqual([1, 1, 2, 3, 3, 4]);
    registry.close();
  });

  test('takes a token under either name', async () => {
    if (server.tokens !== undefined) server.tokens.behaviour.member = 'access_token';
    const registry = testClient({ credentials: { kind: 'basic', ...LOGIN } });
    expect(await registry.resolve(shop(), tag('none'))).toBeUndefined();
    registry.close();
  });

  test('gets a fresh token once when one is refused, also within an upload', async () => {
    const registry = testClient({ credentials: { kind: 'basic', ...LOGIN } });
    if (server.tokens !== undefined) server.tokens.behaviour.spoilt = 1;
    expect(await registry.resolve(shop(), tag('none'))).toBeUndefined();
    bad.fault('PATCH', answer(401, '', { 'WWW-Authenticate': `Bearer realm="${server.tokens?.realm}"` }));
    const descriptor = await uploadContent(registry, shop(), randomBytes(2_000_000));
    expect(await registry.hasBlob(shop(), descriptor.digest)).toBe(true);
    if (server.tokens !== undefined) server.tokens.behaviour.spoilt = 9;
    const denied = registry.resolve({ ...shop(), path: 'another' }, tag('none'));
    await expect(denied).rejects.toMatchObject({ kind: 'denied', status: 401 });
    registry.close();
  });

  test('with a wrong password says so, and never the password', async () => {
    const registry = testClient({ credentials: { kind: 'basic', username: 'robot', password: 'wr0ng-secret' } });
    const error = await registry.manifest(shop(), tag('1.0')).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ kind: 'denied', status: 401, codes: ['UNAUTHORIZED'] });
    expect(String(error)).toMatch(/the login that was used may not do this/);
    expect(JSON.stringify(error) + String(error)).not.toMatch(/wr0ng|cm9ib3Q/);
    registry.close();
  });

  test('without a login says that there is none', async () => {
    const registry = testClient();
    await expect(registry.manifest(shop(), tag('1.0'))).rejects.toThrow(/there is no login for 127\.0\.0\.1/);
    registry.close();
  });

  test('does not repeat a secret that the registry repeats', async () => {
    const registry = testClient({ credentials: { kind: 'basic', ...LOGIN } });
    const basic = Buffer.from('robot:pass:word').toString('base64');
    bad.fault('GET', answer(401, '', { 'WWW-Authenticate': 'Basic realm="x"' }));
    bad.fault('GET', refusal(403, 'DENIED', `no access with Basic ${basic}`));
    const error = await registry.manifest(shop(), tag('1.0')).catch((thrown: Error) => thrown);
    expect(String(error)).toMatch(/no access with Basic \*\*\*/);
    registry.close();
  });

  test('sends the login nowhere but to https or this machine', async () => {
    const registry = testClient({ credentials: { kind: 'basic', ...LOGIN } });
    bad.fault('GET', answer(401, '', { 'WWW-Authenticate': 'Bearer realm="http://tokens.example.com/"' }));
    await expect(registry.manifest(shop(), tag('1.0'))).rejects.toThrow(/an address that is not https/);
    registry.close();
  });

  test('does not follow a token service to another place', async () => {
    const registry = testClient({ credentials: { kind: 'basic', ...LOGIN } });
    bad.fault('GET /v2', answer(401, '', { 'WWW-Authenticate': 'Bearer realm="/token"' }));
    bad.fault('GET /token', answer(302, '', { Location: 'http://127.0.0.1:1/' }));
    await expect(registry.manifest(shop(), tag('1.0'))).rejects.toMatchObject({ status: 302 });
    registry.close();
  });

  test('waits for a token service that is busy, and does not believe one without tokens', async () => {
    const clock = jumpingClock();
    const registry = testClient({ credentials: { kind: 'basic', ...LOGIN }, clock });
    const challenge = answer(401, '', { 'WWW-Authenticate': 'Bearer realm="/token"' });
    for (const body of ['<html>', '{"token":""}', '{"token":"a\\r\\nb"}', '{"token":7}', 'null']) {
      bad.fault('GET /v2', challenge);
      bad.fault('GET /token', answer(503));
      bad.fault('GET /token', answer(200, body));
      await expect(registry.manifest(shop(), tag('1.0'))).rejects.toThrow(/an answer without a token/);
    }
    expect(clock.slept).toHaveLength(5);
    registry.close();
  });
});
