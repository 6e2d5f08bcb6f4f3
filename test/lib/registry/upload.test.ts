import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect } from '@jest/globals';
import type { Registry } from '../../../lib/registry/registry.ts';
import type { MisbehavingRegistry } from '../../support/misbehaving-registry.ts';
import {
  answer,
  breakUploadAfter,
  refusal,
  reset,
  startMisbehavingRegistry,
} from '../../support/misbehaving-registry.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { requires } from '../../support/requires.ts';
import { jumpingClock } from '../../support/test-clock.ts';
import { descriptorOf, drain, testClient, uploadContent } from './client-context.ts';

const { test, path } = requires('docker-registry', 'uploads are broken on their way to a real registry');

const CONTENT = randomBytes(4_000_000);
const DESCRIPTOR = descriptorOf(CONTENT);

describe('an upload', () => {
  let server: TestRegistry;
  let bad: MisbehavingRegistry;
  let registry: Registry;
  const clock = jumpingClock();
  const shop = () => ({ registry: bad.host, path: 'acme/shop' });
  /** First bytes of each time that the content was opened. */
  let opened: number[];
  const open = (from: number) => {
    opened.push(from);
    return Readable.from([CONTENT.subarray(from)]);
  };
  const asked = (method: string) => bad.requests.filter((line) => line.startsWith(`${method} `)).length;
  const isWhole = async () =>
    expect(await drain(await registry.openBlob(shop(), DESCRIPTOR))).toEqual({
      size: CONTENT.length,
      digest: DESCRIPTOR.digest,
    });

  beforeEach(async () => {
    if (path === '') return;
    server = await startRegistry();
    bad = await startMisbehavingRegistry(server.host);
    registry = testClient({ clock });
    opened = [];
  });
  afterEach(async () => {
    registry?.close();
    await bad?.close();
    await server?.stop();
  });

  test('asks, begins, sends once and ends', async () => {
    expect(await registry.uploadBlob(shop(), DESCRIPTOR, open)).toBe('uploaded');
    expect(bad.requests.map((line) => line.split(' ')[0])).toEqual(['HEAD', 'POST', 'PATCH', 'PUT']);
    expect(opened).toEqual([0]);
    await isWhole();
  });

  test('of a small blob needs one request less', async () => {
    await uploadContent(registry, shop(), Buffer.from('small'));
    expect(bad.requests.map((line) => line.split(' ')[0])).toEqual(['HEAD', 'POST', 'PUT']);
  });

  test('goes on from where the registry stands when the connection breaks', async () => {
    bad.fault('PATCH', breakUploadAfter(2_500_000, bad));
    expect(await registry.uploadBlob(shop(), DESCRIPTOR, open)).toBe('uploaded');
    expect(opened).toEqual([0, 2_500_000]);
    expect(asked('POST')).toBe(1);
    await isWhole();
  });

  test('goes on as often as it comes forward', async () => {
    for (let n = 1; n <= 7; n++) bad.fault('PATCH', breakUploadAfter(500_000, bad));
    expect(await registry.uploadBlob(shop(), DESCRIPTOR, open)).toBe('uploaded');
    expect(opened).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((n) => n * 500_000));
    await isWhole();
  });

  test('ends well when the registry itself sees the connection break', async () => {
    bad.fault('PATCH', async (incoming, _response, onward) => {
      incoming.once('readable', () => setImmediate(() => incoming.socket.destroy()));
      await onward();
    });
    expect(await registry.uploadBlob(shop(), DESCRIPTOR, open)).toBe('uploaded');
    expect(opened[0]).toBe(0);
    expect(opened.length).toBeGreaterThan(1);
    await isWhole();
  });

  test('begins anew when the registry does not tell where it stands', async () => {
    bad.fault('PATCH', reset);
    bad.fault('GET /v2/acme/shop/blobs/uploads/', refusal(404, 'BLOB_UPLOAD_UNKNOWN'));
    expect(await registry.uploadBlob(shop(), DESCRIPTOR, open)).toBe('uploaded');
    expect(opened).toEqual([0, 0]);
    expect(asked('POST')).toBe(2);
    await isWhole();
  });

  test('begins anew when the registry has lost it', async () => {
    bad.fault('PATCH', refusal(404, 'BLOB_UPLOAD_UNKNOWN'));
    bad.fault('GET /v2/acme/shop/blobs/uploads/', refusal(404, 'BLOB_UPLOAD_UNKNOWN'));
    expect(await registry.uploadBlob(shop(), DESCRIPTOR, open)).toBe('uploaded');
    await isWhole();
  });

  test('goes on after 416 from where the registry says', async () => {
    bad.fault('PATCH', breakUploadAfter(1_000_000, bad));
    bad.fault('PATCH', answer(416));
    expect(await registry.uploadBlob(shop(), DESCRIPTOR, open)).toBe('uploaded');
    await isWhole();
  });

  test('is done when only the answer to its end was lost', async () => {
    bad.fault('PUT', async (incoming, _response, onward) => {
      (await onward()).resume();
      incoming.socket.destroy();
    });
    expect(await registry.uploadBlob(shop(), DESCRIPTOR, open)).toBe('uploaded');
    expect(asked('PUT')).toBe(1);
    await isWhole();
  });

  test('is sent in parts to a registry that takes no large requests', async () => {
    bad.fault('PATCH', answer(413));
    expect(await registry.uploadBlob(shop(), DESCRIPTOR, open)).toBe('uploaded');
    expect(asked('POST')).toBe(2);
    await isWhole();
  });

  test('sends parts that are as large as the registry wants them', async () => {
    registry = testClient({ clock, partBytes: 1000 });
    bad.fault('POST', async (_incoming, response, onward) => {
      const real = await onward();
      response.writeHead(202, { ...real.headers, 'OCI-Chunk-Min-Length': '1500000' });
      real.pipe(response);
    });
    expect(await registry.uploadBlob(shop(), DESCRIPTOR, open)).toBe('uploaded');
    expect(opened).toEqual([0, 1_500_000, 3_000_000]);
    await isWhole();
  });

  test('is given up when nothing helps, with the last reason', async () => {
    bad.fault('PATCH', reset, 100);
    bad.fault('GET /v2/acme/shop/blobs/uploads/', refusal(404, 'BLOB_UPLOAD_UNKNOWN'), 100);
    await expect(registry.uploadBlob(shop(), DESCRIPTOR, open)).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(/^Cannot upload 127\.0\.0\.1:\d+\/acme\/shop@sha256:.*no answer from/),
    });
    expect(opened).toHaveLength(5);
  });

  test('ends without a repetition when the registry refuses it', async () => {
    bad.fault('POST', refusal(403, 'DENIED', 'push access to the requested resource is denied'));
    await expect(registry.uploadBlob(shop(), DESCRIPTOR, open)).rejects.toMatchObject({ kind: 'denied', status: 403 });
    expect(asked('POST')).toBe(1);
    expect(opened).toEqual([]);
  });

  test('of content that does not fit its digest is refused before its end, and forgotten', async () => {
    for (const size of [1000, CONTENT.length]) {
      const content = randomBytes(size);
      const wrong = { ...descriptorOf(content), digest: DESCRIPTOR.digest };
      const uploading = registry.uploadBlob(shop(), wrong, () => Readable.from([content]));
      await expect(uploading).rejects.toThrow(/the content has the digest sha256:/);
    }
    expect(asked('PUT')).toBe(0);
    expect(asked('DELETE')).toBe(2);
    expect(await registry.hasBlob(shop(), DESCRIPTOR.digest)).toBe(false);
  });

  test('of content that is too long or too short is refused before its end', async () => {
    for (const size of [1000, CONTENT.length]) {
      const content = randomBytes(size);
      const descriptor = descriptorOf(content);
      const longer = () => Readable.from([content, Buffer.from('more')]);
      const shorter = () => Readable.from([content.subarray(1)]);
      await expect(registry.uploadBlob(shop(), descriptor, longer)).rejects.toThrow(/has more than/);
      await expect(registry.uploadBlob(shop(), descriptor, shorter)).rejects.toThrow(/in place of/);
    }
    expect(asked('PUT')).toBe(0);
  });

  test('ends with the error of its source, and is not sent again', async () => {
    const fails = () =>
      Readable.from(
        (async function* () {
          yield CONTENT.subarray(0, 2_000_000);
          throw new Error('the disk is gone');
        })(),
      );
    await expect(registry.uploadBlob(shop(), DESCRIPTOR, fails)).rejects.toThrow('the disk is gone');
    const missing = () => Promise.reject(new Error('no such file'));
    await expect(registry.uploadBlob(shop(), DESCRIPTOR, missing)).rejects.toThrow('no such file');
    const throws = () => {
      throw new Error('no such place');
    };
    await expect(registry.uploadBlob(shop(), DESCRIPTOR, throws)).rejects.toThrow('no such place');
    expect(asked('POST')).toBe(3);
    expect(asked('PUT')).toBe(0);
  });

  test('stops when it is cancelled', async () => {
    const controller = new AbortController();
    const cancelled = testClient({ clock, signal: controller.signal });
    const stops = () =>
      Readable.from(
        (async function* () {
          yield CONTENT.subarray(0, 2_000_000);
          controller.abort(new Error('cancelled by the test'));
          yield CONTENT.subarray(2_000_000);
        })(),
      );
    await expect(cancelled.uploadBlob(shop(), DESCRIPTOR, stops)).rejects.toThrow('cancelled by the test');
    cancelled.close();
  });

  test('falls back from a mount that the registry turns into an upload, and forgets that one', async () => {
    const from = { registry: bad.host, path: 'acme/other' };
    await registry.uploadBlob(from, DESCRIPTOR, open);
    bad.fault('POST', async (incoming, response, onward) => {
      // A registry that knows no mounts passes the parameters over.
      incoming.url = incoming.url?.split('?')[0] ?? '';
      const real = await onward();
      response.writeHead(real.statusCode ?? 500, real.headers);
      real.pipe(response);
    });
    expect(await registry.mountBlob(shop(), DESCRIPTOR.digest, from)).toBe(false);
    expect(asked('DELETE')).toBe(1);
    expect(await registry.mountBlob(shop(), DESCRIPTOR.digest, from)).toBe(true);
  });
});
