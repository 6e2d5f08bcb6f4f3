import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A proxy in front of one registry; clients take it for the registry. */
export interface CountingProxy {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  /** `GET manifests/…`, without the repository, in order. */
  readonly requests: readonly string[];
  /**
   * Bytes of blobs that were sent to clients, by digest. Of a client that hangs up, these are also the ones that were
   * still on their way.
   */
  readonly blobBytes: ReadonlyMap<string, number>;
  reset(): void;
  close(): Promise<void>;
}

/**
 * @param host the registry, `127.0.0.1:<port>`
 * @param delay milliseconds that each answer is held back, as if the registry were far away
 */
export async function startCountingProxy(host: string, delay = 0): Promise<CountingProxy> {
  const requests: string[] = [];
  const blobBytes = new Map<string, number>();
  const agent = new http.Agent({ keepAlive: true });
  const [hostname = '', port = ''] = host.split(':');

  const server = http.createServer((incoming, response) => {
    const { method = '', url = '', headers } = incoming;
    requests.push(`${method} ${url.replace(/^.*\/(?=(manifests|blobs|tags|referrers)\/)/, '')}`);
    const onward = http.request({ method, hostname, port, path: url, headers, agent }, async (answer) => {
      if (delay > 0) await sleep(delay);
      const [, digest] = /\/blobs\/(sha256:[0-9a-f]{64})$/.exec(url) ?? [];
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      if (method === 'GET' && digest !== undefined) {
        answer.on('data', ({ length }: Buffer) => blobBytes.set(digest, (blobBytes.get(digest) ?? 0) + length));
      }
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    blobBytes,
    reset: () => {
      requests.length = 0;
      blobBytes.clear();
    },
    close: async () => {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
