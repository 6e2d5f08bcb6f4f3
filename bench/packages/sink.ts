import { createWriteStream } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

/** The asset that the clients of a sink publish. */
export interface ExpectedAsset {
  readonly name: string;
  readonly size: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/**
 * A server that writes each body to a file and does no more, so that the client is what is measured. It answers as
 * CodeArtifact does, so far as publishing one asset needs it.
 */
export interface Sink {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  /** Where a body is written without any protocol. */
  readonly plain: string;
  /** Where the packages of Python are published. */
  readonly pypi: string;
  /** DELETE makes it forget the asset. */
  readonly forget: string;
  /** Bytes of the last body that was written. */
  readonly written: number;
  expect(asset: ExpectedAsset): void;
  close(): Promise<void>;
}

export async function startSink(directory: string): Promise<Sink> {
  const file = path.join(directory, 'sink');
  let asset: ExpectedAsset = { name: '', size: 0, sha256: '' };
  let isThere = false;
  let written = 0;
  let endpoint = '';

  async function take(request: IncomingMessage): Promise<void> {
    const target = createWriteStream(file);
    await pipeline(request, target);
    written = target.bytesWritten;
    isThere = true;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const about = `${request.method} ${request.url?.replace(/\?.*/, '')}`;
    switch (about) {
      case 'DELETE /asset':
        isThere = false;
        return reply(response, {});
      case 'POST /plain':
      case 'POST /pypi/':
        await take(request);
        return reply(response, {});
      case 'POST /v1/package/version/publish':
        await take(request);
        return reply(response, { status: 'Published', versionRevision: '1', asset: described(asset) });
      case 'POST /v1/authorization-token':
        return reply(response, { authorizationToken: 'token', expiration: Math.floor(Date.now() / 1000) + 43_200 });
      case 'GET /v1/repository/endpoint':
        return reply(response, { repositoryEndpoint: `${endpoint}/pypi/` });
      case 'GET /v1/package':
        return missing(response, 'package');
      case 'GET /v1/package/version':
        if (!isThere) return missing(response, 'package-version');
        return reply(response, { packageVersion: { status: 'Published', revision: '1' } });
      case 'POST /v1/package/version/assets':
        if (!isThere) return missing(response, 'package-version');
        return reply(response, { versionRevision: '1', assets: [described(asset)] });
      default:
        throw new Error(`the sink has no answer to ${about}`);
    }
  }

  const server = http.createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      console.error(error);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    endpoint,
    plain: `${endpoint}/plain`,
    pypi: `${endpoint}/pypi/`,
    forget: `${endpoint}/asset`,
    get written() {
      return written;
    },
    expect: (next) => {
      asset = next;
      isThere = false;
      written = 0;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function described({ name, size, sha256 }: ExpectedAsset) {
  return { name, size, hashes: { 'SHA-256': sha256 } };
}

function reply(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

function missing(response: ServerResponse, resourceType: string): void {
  const headers = { 'Content-Type': 'application/json', 'x-amzn-ErrorType': 'ResourceNotFoundException' };
  response.writeHead(404, headers).end(JSON.stringify({ message: 'It is not there.', resourceType }));
}
