import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ConnectionFailed, createTransport, discard, readBody, type Transport } from '../../../lib/net/transport.ts';
import { dial } from '../../../lib/registry/address.ts';
import { startConnectProxy } from '../../support/connect-proxy.ts';

describe('the transport', () => {
  let server: Server;
  let act: RequestListener;
  let connections = 0;
  let transport: Transport;
  const controller = () => new AbortController().signal;
  const make = (more: Partial<Parameters<typeof createTransport>[0]> = {}) =>
    createTransport({
      environment: {},
      userAgent: 'headgate/1.2.3 images.verify',
      dial,
      signal: controller(),
      ...more,
    });
  const url = (path = '/') => new URL(path, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const sockets = new Set<Socket>();

  beforeEach(async () => {
    connections = 0;
    act = (_request, response) => response.end('done');
    server = createServer((request, response) => act(request, response));
    server.on('connection', (socket) => {
      connections += 1;
      sockets.add(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    transport = make();
  });
  afterEach(async () => {
    transport.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  test('says who it is, and keeps its connection', async () => {
    const agents: (string | undefined)[] = [];
    act = (request, response) => {
      agents.push(request.headers['user-agent']);
      response.end('done');
    };
    for (let n = 0; n < 3; n++) {
      const answer = await transport.send({ method: 'GET', url: url(), headers: {} });
      expect((await readBody(answer, 100))?.toString()).toBe('done');
    }
    expect(agents).toEqual(Array(3).fill('headgate/1.2.3 images.verify'));
    expect(connections).toBe(1);
  });

  test('keeps its connection when an answer is not wanted', async () => {
    act = (_request, response) => response.writeHead(404).end('x'.repeat(10_000));
    for (let n = 0; n < 3; n++) {
      const answer = await transport.send({ method: 'GET', url: url(), headers: {} });
      discard(answer);
      await new Promise((resolve) => answer.body.once('close', resolve));
    }
    expect(connections).toBe(1);
  });

  test('reads no more of a body than it may', async () => {
    act = (_request, response) => response.end('x'.repeat(101));
    const answer = await transport.send({ method: 'GET', url: url(), headers: {} });
    expect(await readBody(answer, 100)).toBeUndefined();
  });

  test('sends a read again on a connection that the server had given up', async () => {
    let asked = 0;
    act = (request, response) => {
      asked += 1;
      if (asked === 2) request.socket.destroy();
      else response.end('done');
    };
    for (let n = 0; n < 2; n++) {
      const answer = await transport.send({ method: 'GET', url: url(), headers: {} });
      await readBody(answer, 100);
    }
    expect(asked).toBe(3);
  });

  test('sends a write only once', async () => {
    let asked = 0;
    act = (request, response) => {
      asked += 1;
      if (asked === 2) request.socket.destroy();
      else response.end('done');
    };
    const put = () =>
      transport.send({ method: 'PUT', url: url(), headers: { 'Content-Length': '1' }, body: Buffer.from('x') });
    await readBody(await put(), 100);
    await expect(put()).rejects.toBeInstanceOf(ConnectionFailed);
    expect(asked).toBe(2);
  });

  test('gives up on a server that says nothing', async () => {
    act = () => {};
    const hasty = make({ timeouts: { idle: 50 } });
    await expect(hasty.send({ method: 'GET', url: url(), headers: {} })).rejects.toMatchObject({
      cause: { code: 'ETIMEDOUT' },
    });
    hasty.close();
  });

  test('gives up on a server that stops in the middle of a body', async () => {
    act = (_request, response) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('half');
    };
    const hasty = make({ timeouts: { idle: 500 } });
    const answer = await hasty.send({ method: 'GET', url: url(), headers: {} });
    await expect(readBody(answer, 1000)).rejects.toBeInstanceOf(ConnectionFailed);
    hasty.close();
  });

  test('has patience with a source and with a reader that are slow themselves', async () => {
    // Only time shows that silence is borne; half a second is more than a busy machine stands still.
    const IDLE = 500;
    act = (request, response) => {
      request.resume();
      request.on('end', () => response.end(Buffer.alloc(1_000_000)));
    };
    const hasty = make({ timeouts: { idle: IDLE } });
    const { promise: later, resolve: goOn } = Promise.withResolvers<void>();
    const source = Readable.from(
      (async function* () {
        yield Buffer.from('a');
        await later;
        yield Buffer.from('b');
      })(),
      { objectMode: false },
    );
    const sending = hasty.send({ method: 'PUT', url: url(), headers: { 'Content-Length': '2' }, body: source });
    setTimeout(goOn, 2 * IDLE);
    const answer = await sending;
    await new Promise((resolve) => setTimeout(resolve, 2 * IDLE));
    expect((await readBody(answer, 2_000_000))?.length).toBe(1_000_000);
    hasty.close();
  });

  test('stops sending when the server has already refused', async () => {
    act = (_request, response) => response.writeHead(413).end('no');
    let sent = 0;
    const source = Readable.from(
      (async function* () {
        for (; sent < 10_000; sent++) yield Buffer.alloc(100_000);
      })(),
      { objectMode: false },
    );
    const headers = { 'Content-Length': '1000000000' };
    const answer = await transport.send({ method: 'PATCH', url: url(), headers, body: source });
    expect(answer.status).toBe(413);
    expect((await readBody(answer, 100))?.toString()).toBe('no');
    expect(source.destroyed).toBe(true);
    expect(sent).toBeLessThan(10_000);
  });

  test('ends with the reason of the signal', async () => {
    const cancel = new AbortController();
    const cancelled = make({ signal: cancel.signal });
    act = () => cancel.abort(new Error('cancelled by the test'));
    await expect(cancelled.send({ method: 'GET', url: url(), headers: {} })).rejects.toThrow('cancelled by the test');
    cancelled.close();
  });

  test('goes through the proxy of the environment, but not to this machine', async () => {
    const proxy = await startConnectProxy(() => (server.address() as AddressInfo).port);
    const proxied = make({ environment: { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url } });
    await readBody(await proxied.send({ method: 'GET', url: url(), headers: {} }), 100);
    expect(proxy.passed).toEqual([]);
    const away = proxied.send({ method: 'GET', url: new URL('https://registry.test/v2/'), headers: {} });
    // What stands for every host here speaks no TLS.
    await expect(away).rejects.toBeInstanceOf(ConnectionFailed);
    expect(proxy.passed).toEqual(['CONNECT registry.test:443']);
    proxied.close();
    await proxy.close();
  });

  test('leads ECR to the local AWS under its own name', async () => {
    const hosts: (string | undefined)[] = [];
    act = (request, response) => {
      hosts.push(request.headers.host);
      response.end('done');
    };
    const local = make({ environment: { AWS_ENDPOINT_URL: url().origin } });
    const ecr = new URL('https://111122223333.dkr.ecr.eu-west-1.amazonaws.com/v2/');
    await readBody(await local.send({ method: 'GET', url: ecr, headers: {} }), 100);
    expect(hosts).toEqual([ecr.host]);
    const away = local.send({ method: 'GET', url: new URL('https://ghcr.io/v2/'), headers: {} });
    await expect(away).rejects.toThrow(/the local AWS .* is in use/);
    local.close();
  });
});
