import { createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** A proxy on loopback that keeps what passed through it. Every name leads to the one server that stands for it. */
export interface ConnectProxy {
  /** `http://127.0.0.1:port`, without credentials. */
  readonly url: string;
  readonly port: number;
  /** `CONNECT host:port` for each tunnel, `METHOD http://host/path` for each plain request. */
  readonly passed: string[];
  /** When set, only this `user:password` may pass; others get 407. */
  credentials: string | undefined;
  close(): Promise<void>;
}

/** @param target the port on loopback that stands for every host */
export async function startConnectProxy(target: () => number): Promise<ConnectProxy> {
  const sockets = new Set<Socket>();
  const mayPass = ({ headers }: IncomingMessage) =>
    proxy.credentials === undefined ||
    headers['proxy-authorization'] === `Basic ${Buffer.from(proxy.credentials).toString('base64')}`;

  const server = createServer((incoming, response) => {
    if (!mayPass(incoming)) return response.writeHead(407).end();
    proxy.passed.push(`${incoming.method} ${incoming.url}`);
    const { pathname, search } = new URL(incoming.url ?? '');
    const { method = 'GET', headers } = incoming;
    const onward = request(
      { host: '127.0.0.1', port: target(), path: `${pathname}${search}`, method, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      },
    );
    return incoming.pipe(onward);
  });
  server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    if (!mayPass(incoming)) return socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    proxy.passed.push(`CONNECT ${incoming.url}`);
    const onward = connect(target(), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    sockets.add(onward);
    onward.on('error', () => socket.destroy());
    return socket.on('error', () => onward.destroy());
  });
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const proxy: ConnectProxy = {
    url: `http://127.0.0.1:${port}`,
    port,
    passed: [],
    credentials: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return proxy;
}
