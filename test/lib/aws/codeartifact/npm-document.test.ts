import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { uploadNpm } from '../../../../lib/aws/codeartifact/protocols/npm.ts';
import { readReleases } from '../../../../lib/packages/read-releases.ts';
import type { AssetDetails } from '../../../../lib/packages/release.ts';
import { requires } from '../../../support/requires.ts';
import { type Captured, type CaptureServer, repositoryAt, startCaptureServer } from './capture-server.ts';

// The document that publishes an npm tarball, beside the one of `npm publish` for the same tarball.

const npm = requires('npm', 'its documents are compared with ours');

let server: CaptureServer;
let root: string;

beforeAll(async () => {
  server = await startCaptureServer();
  root = mkdtempSync(path.join(os.tmpdir(), 'headgate-npm-document-'));
});
afterAll(async () => {
  await server?.stop();
  rmSync(root, { recursive: true, force: true });
});

async function run(folder: string, ...words: string[]): Promise<string> {
  const host = server.endpoint.replace('http:', '');
  writeFileSync(path.join(root, '.npmrc'), `registry=${server.endpoint}\n${host}:_authToken=secret-token\n`);
  const env = { PATH: process.env.PATH, HOME: root, npm_config_cache: path.join(root, 'cache') };
  const { stdout } = await promisify(execFile)(npm.path, words, { cwd: folder, env });
  return stdout.trim();
}

async function upload(folder: string, tags: readonly string[]): Promise<void> {
  const { session, repository } = repositoryAt(server.endpoint);
  const [release] = await readReleases([folder], { workspace: root, signal: new AbortController().signal });
  const { id, assets } = release!;
  const details = assets[0]!.details as AssetDetails & { format: 'npm' };
  await uploadNpm(session, repository, id, { ...assets[0]!, details }, tags);
  session.close();
}

/** What tells of the machine that packed, and what npm draws from other members without being told. */
const LEFT_OUT = ['_nodeVersion', '_npmVersion', '_from', '_integrity', '_resolved', 'gitHead', 'readmeFilename'];

function documentOf({ body }: Captured, leftOut: readonly string[]) {
  const document = JSON.parse(body.toString('utf8'));
  for (const manifest of Object.values<Record<string, unknown>>(document.versions)) {
    for (const name of [...LEFT_OUT, ...leftOut]) delete manifest[name];
    const dist = manifest.dist as { tarball: string };
    dist.tarball = decodeURIComponent(dist.tarball);
  }
  if (leftOut.includes('description')) delete document.description;
  return document;
}

/** From the README, from the repository, and in another form. */
const DRAWN = ['description', 'homepage', 'bugs', 'author', 'man'];

const plain = { name: 'acme-shop', version: '1.0.0' };
const scoped = {
  name: '@acme/shop',
  version: '1.2.3',
  description: 'A sample',
  license: 'Apache-2.0',
  main: 'index.js',
  keywords: ['shop'],
  author: { name: 'Ada', email: 'ada@example.com' },
  homepage: 'https://example.com/shop',
  repository: { type: 'git', url: 'git+https://example.com/acme/shop.git' },
  bugs: { url: 'https://example.com/issues' },
  bin: { shop: 'index.js' },
  dependencies: { semver: '^7.0.0' },
  peerDependencies: { react: '>=18' },
  optionalDependencies: { fsevents: '2' },
  engines: { node: '>=20' },
  files: ['index.js'],
};
/** What npm writes in another way before it publishes. */
const loose = {
  name: 'acme-loose',
  version: '1.0.0',
  bin: './index.js',
  repository: 'github:acme/loose',
  author: 'Ada <ada@example.com>',
  bundledDependencies: [],
  man: './man/loose.1',
};

for (const [name, manifest] of Object.entries({ plain, scoped, loose })) {
  npm.test(
    `the same document: ${name}`,
    async () => {
      const folder = path.join(root, name);
      mkdirSync(folder);
      writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
      writeFileSync(path.join(folder, 'index.js'), '#!/usr/bin/env node\n');
      writeFileSync(path.join(folder, 'README.md'), '# Shop\n\nA – longer – text.\n');
      const tarball = await run(folder, 'pack', '--silent');
      const packed = path.join(root, `${name}-packed`);
      mkdirSync(packed);
      await promisify(execFile)('mv', [path.join(folder, tarball), packed]);
      await run(packed, 'publish', `./${tarball}`, '--tag', 'next');
      const theirs = server.taken();
      await upload(packed, ['next']);
      const ours = server.taken();
      expect([theirs.length, ours.length]).toEqual([1, 1]);
      const drawn = Object.hasOwn(manifest, 'description') ? [] : DRAWN;
      expect(documentOf(ours[0]!, drawn)).toEqual(documentOf(theirs[0]!, drawn));
      expect(ours[0]).toMatchObject({ method: theirs[0]?.method, path: theirs[0]?.path.replace('%2f', '%2F') });
      expect(ours[0]?.headers['content-type']).toBe(theirs[0]?.headers['content-type']);
    },
    60_000,
  );
}
