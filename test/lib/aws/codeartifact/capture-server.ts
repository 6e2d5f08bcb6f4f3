import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { openSession, type ProtocolSession } from '../../../../lib/aws/codeartifact/protocols/session.ts';
import type { RepositoryAccess } from '../../../../lib/aws/codeartifact/repository.ts';
import { memoryHost } from '../../../support/memory-host.ts';
import { quickClock } from '../../../support/test-clock.ts';

/** One request as it was sent. */
export interface Captured {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A server that keeps what it is sent, for comparing what two clients send. */
export interface CaptureServer {
  /** Ends with `/`. */
  readonly endpoint: string;
  /** What was sent since the last look; reads are left out. */
  taken(): readonly Captured[];
  stop(): Promise<void>;
}

/** @param read the body of the answer to a read; undefined for 404 */
export async function startCaptureServer(
  read: (path: string, endpoint: string, captured: readonly Captured[]) => string | undefined = () => undefined,
): Promise<CaptureServer> {
  const captured: Captured[] = [];
  let endpoint = '';
  const server = createServer(async (request, response) => {
    const { method = '', url: path = '', headers } = request;
    const body = await buffer(request);
    if (method === 'GET' || method === 'HEAD') {
      const answer = read(path, endpoint, captured);
      response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(answer ?? '');
      return;
    }
    captured.push({ method, path, headers, body });
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    endpoint,
    taken: () => captured.splice(0),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A repository at an address, and a session that publishes there. */
export function repositoryAt(endpoint: string): {
  readonly session: ProtocolSession;
  readonly repository: RepositoryAccess;
} {
  const host = memoryHost();
  host.remove();
  const session = openSession({
    clock: quickClock,
    signal: new AbortController().signal,
    log: host.log,
    version: '1.2.3',
    operation: 'packages publish',
    environment: { AWS_ENDPOINT_URL: endpoint },
  });
  const repository: RepositoryAccess = {
    region: 'eu-west-1',
    name: { domain: 'team', domainOwner: undefined, repository: 'packages' },
    parameters: { domain: 'team', repository: 'packages' },
    client: async () => {
      throw new Error('a protocol calls no API');
    },
    signIn: async () => {},
    endpoint: async () => new URL(endpoint),
    token: async () => 'secret-token',
  };
  return { session, repository };
}
