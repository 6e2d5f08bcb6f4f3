import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uploadPypi } from '../../../../lib/aws/codeartifact/protocols/pypi.ts';
import { readReleases } from '../../../../lib/packages/read-releases.ts';
import type { AssetDetails } from '../../../../lib/packages/release.ts';
import { sha256 } from '../../../local-aws/codeartifact-client.ts';
import { pythonWithPypiserver, pythonWithTwine } from '../../../local-aws/python-tools.ts';
import { writeSdist } from '../../../support/packages/sdist.ts';
import { writeWheel } from '../../../support/packages/wheel.ts';
import { type Captured, type CaptureServer, repositoryAt, startCaptureServer } from './capture-server.ts';

// The form that uploads a Python file, beside the one of twine, and before a server that is not ours.

const METADATA = `Metadata-Version: 2.4
Name: Acme.Shop
Version: 1.0.0
Summary: A sample – with a dash
Author-email: Ada <ada@example.com>
Maintainer: Grace
License-Expression: Apache-2.0
License-File: LICENSE
Keywords: shop,acme
Home-page: https://example.com/shop
Project-URL: Source, https://example.com/source
Project-URL: Issues, https://example.com/issues
Classifier: Programming Language :: Python :: 3
Classifier: Operating System :: OS Independent
Requires-Python: >=3.9
Requires-Dist: requests>=2
Requires-Dist: pytest; extra == "test"
Provides-Extra: test
Description-Content-Type: text/markdown

# Shop

A longer text.
`;

let server: CaptureServer;
let python: string;
let root: string;

beforeAll(async () => {
  [server, python] = await Promise.all([startCaptureServer(), pythonWithTwine()]);
  root = mkdtempSync(path.join(os.tmpdir(), 'headgate-pypi-form-'));
}, 300_000);
afterAll(async () => {
  await server?.stop();
  rmSync(root, { recursive: true, force: true });
});

const environment = () => ({ PATH: process.env.PATH, HOME: root, PIP_CONFIG_FILE: '', PIP_NO_CACHE_DIR: '1' });

async function uploadAll(folder: string, endpoint: string): Promise<void> {
  const { session, repository } = repositoryAt(endpoint);
  const signal = new AbortController().signal;
  const [release] = await readReleases([folder], { workspace: root, signal });
  for (const asset of release!.assets) {
    const details = asset.details as AssetDetails & { format: 'pypi' };
    await uploadPypi(session, repository, release!.id, { ...asset, details });
  }
  session.close();
}

/** The fields of a form, and its file, in a form that can be compared. */
async function fieldsOf({ headers, body }: Captured): Promise<Record<string, unknown>> {
  const form = await new Response(new Uint8Array(body), {
    headers: { 'content-type': headers['content-type'] ?? '' },
  }).formData();
  const fields: Record<string, unknown> = {};
  for (const name of new Set(form.keys())) {
    const values = form
      .getAll(name)
      .map(async (value) =>
        typeof value === 'string'
          ? value
          : { name: value.name, type: value.type, sha256: sha256(Buffer.from(await value.arrayBuffer())) },
      );
    fields[name] = await Promise.all(values);
  }
  return fields;
}

async function samples(name: string, metadata: string): Promise<string> {
  const folder = path.join(root, name);
  mkdirSync(folder);
  await writeWheel(folder, { name: 'Acme.Shop', metadata });
  await writeSdist(folder, { name: 'Acme.Shop', metadata });
  return folder;
}

describe('beside twine', () => {
  test.each([
    ['much metadata', METADATA],
    ['little metadata', 'Metadata-Version: 2.1\nName: Acme.Shop\nVersion: 1.0.0\n'],
    [
      'an older form',
      'Metadata-Version: 1.1\nName: Acme.Shop\nVersion: 1.0.0\nSummary: A\nLicense: MIT\nDescription: One\n',
    ],
  ])('the same fields: %s', async (name, metadata) => {
    const folder = await samples(name.replaceAll(' ', '-'), metadata);
    const files = ['acme_shop-1.0.0-py3-none-any.whl', 'acme_shop-1.0.0.tar.gz'].map((file) => path.join(folder, file));
    const words = ['upload', '--non-interactive', '--repository-url', server.endpoint, '--username', 'aws'];
    const given = ['-m', 'twine', ...words, '--password', 'secret-token', '--disable-progress-bar', ...files];
    await promisify(execFile)(python, given, { env: environment() });
    const theirs = server.taken();
    await uploadAll(folder, server.endpoint);
    const ours = server.taken();
    expect(ours).toHaveLength(2);
    const byFile = async (all: readonly Captured[]) => {
      const forms = await Promise.all(all.map(fieldsOf));
      return forms.sort((a, b) => JSON.stringify(a.filetype).localeCompare(JSON.stringify(b.filetype)));
    };
    // Older digests say nothing more, and twine's own blake2 is PyPI's.
    const { md5_digest, blake2_256_digest, ...rest } = (await byFile(theirs))[0]!;
    const [first, second] = await byFile(ours);
    expect(first).toEqual(rest);
    const { md5_digest: md5, blake2_256_digest: blake2, ...other } = (await byFile(theirs))[1]!;
    expect(second).toEqual(other);
    for (const [n, request] of ours.entries()) {
      expect(request).toMatchObject({ method: theirs[n]?.method, path: theirs[n]?.path });
      expect(request.headers.authorization).toBe(theirs[n]?.headers.authorization);
    }
  });
});

describe('before pypiserver', () => {
  let process_: ChildProcess | undefined;
  afterAll(() => void process_?.kill());

  test('what is uploaded can be installed by pip', async () => {
    const folder = await samples('pypiserver', METADATA.replace(/^Requires-Dist.*\n/gm, ''));
    const packages = path.join(root, 'packages');
    mkdirSync(packages);
    const port = await freePort();
    const server_ = await pythonWithPypiserver();
    const words = ['-m', 'pypiserver', 'run', '-i', '127.0.0.1', '-p', String(port), '-P', '.', '-a', '.', packages];
    process_ = spawn(server_, words, { env: environment(), stdio: 'ignore' });
    const endpoint = `http://127.0.0.1:${port}/`;
    await untilAnswers(endpoint);
    await uploadAll(folder, endpoint);
    for (const file of ['acme_shop-1.0.0-py3-none-any.whl', 'acme_shop-1.0.0.tar.gz']) {
      expect(readFileSync(path.join(packages, file)).equals(readFileSync(path.join(folder, file)))).toBe(true);
    }
    const target = path.join(root, 'target');
    const install = ['install', '--quiet', '--no-deps', '--target', target, '--index-url', `${endpoint}simple/`];
    await promisify(execFile)(python, ['-m', 'pip', ...install, 'acme-shop==1.0.0'], { env: environment() });
    expect(existsSync(path.join(target, 'acme_shop.py'))).toBe(true);
  }, 120_000);
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function untilAnswers(endpoint: string): Promise<void> {
  for (;;) {
    const answer = await fetch(endpoint).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
