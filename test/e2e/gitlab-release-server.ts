import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { execa } from 'execa';
import { releaseTree } from './release-tree.ts';

/** The places where a pipeline finds a release: its archive and its templates, on a server of our own. */
export interface ReleaseServer {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  readonly archive: string;
  readonly sha256: string;
  /** The version of the release. */
  readonly version: string;
  /** Headers of the requests so far, by path. */
  readonly requests: readonly { readonly path: string; readonly jobToken: string | undefined }[];
  close(): Promise<void>;
}

/**
 * Serves a release: `/headgate.tgz`, which holds the release tree as the folder `package`, as npm packs it, and
 * `/templates/<name>.yml`, and `/npm/` as an npm registry with it. `/moved.tgz` redirects to the archive under another host name.
 */
export async function serveRelease(): Promise<ReleaseServer> {
  const tree = await releaseTree();
  const packed = ['--create', '--gzip', '--transform', 's,^\\.,package,', '--directory', tree, '.'];
  const { stdout: tgz } = await execa('tar', packed, { encoding: 'buffer' });
  const sum = (algorithm: string) => createHash(algorithm).update(tgz);
  const manifest = JSON.parse(await readFile(path.join(tree, 'package.json'), 'utf8'));
  const requests: { path: string; jobToken: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://release');
    const jobToken = request.headers['job-token'];
    requests.push({ path: pathname, jobToken: Array.isArray(jobToken) ? jobToken.join() : jobToken });
    if (pathname === '/headgate.tgz') return void response.end(tgz);
    if (pathname === '/moved.tgz') {
      const { port } = server.address() as AddressInfo;
      return void response.writeHead(302, { location: `http://localhost:${port}/headgate.tgz` }).end();
    }
    if (pathname === '/npm/headgate') {
      const dist = {
        tarball: `http://${request.headers.host}/headgate.tgz`,
        integrity: `sha512-${sum('sha512').digest('base64')}`,
      };
      const versions = { [manifest.version]: { ...manifest, dist } };
      return void response.end(
        JSON.stringify({ name: 'headgate', 'dist-tags': { latest: manifest.version }, versions }),
      );
    }
    const name = /^\/templates\/([a-z-]+\.yml)$/.exec(pathname)?.[1];
    const file =
      name === undefined ? Promise.reject(new Error(pathname)) : readFile(path.join(tree, 'templates', name));
    file.then(
      (content) => response.end(content),
      () => response.writeHead(404).end('not found'),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    archive: `${origin}/headgate.tgz`,
    sha256: sum('sha256').digest('hex'),
    version: manifest.version,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
