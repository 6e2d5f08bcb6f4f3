import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import type { Codeartifact } from '@aws-sdk/client-codeartifact';
import { pack } from 'tar-stream';
import { loginTo } from '../../local-aws/codeartifact-client.ts';
import { writeWheel } from '../../local-aws/sample-packages.ts';
import { REPOSITORY } from './login-workplace.ts';

/** Puts one small package of each format into a repository, as the clients would: `sample-tool` 1.0.0. */
export async function publishSamples(client: Codeartifact, directory: string): Promise<void> {
  await publishWheel(client, await writeWheel(directory, { name: 'sample-tool', version: '1.0.0' }));
  await publishNpm(client);
  await publishPom(client);
  await publishCrate(client);
}

/** The parent of a Maven project that uses the sample. */
export const PARENT = '<groupId>org.example.team</groupId><artifactId>sample-tool</artifactId><version>1.0.0</version>';

async function publishWheel(client: Codeartifact, file: string): Promise<void> {
  const { endpoint, token } = await loginTo(client, REPOSITORY, 'pypi');
  const form = new FormData();
  const fields = { ':action': 'file_upload', name: 'sample-tool', version: '1.0.0', filetype: 'bdist_wheel' };
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('content', new Blob([readFileSync(file)]), path.basename(file));
  await sent(fetch(endpoint, { method: 'POST', headers: { authorization: basic(token) }, body: form }));
}

async function publishNpm(client: Codeartifact): Promise<void> {
  const { endpoint, token } = await loginTo(client, REPOSITORY, 'npm');
  const about = { name: 'sample-tool', version: '1.0.0', main: 'index.js' };
  const tarball = await packed({ 'package/package.json': JSON.stringify(about), 'package/index.js': '' });
  const dist = {
    integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
    shasum: createHash('sha1').update(tarball).digest('hex'),
    tarball: `${endpoint}sample-tool/-/sample-tool-1.0.0.tgz`,
  };
  const document = {
    name: 'sample-tool',
    'dist-tags': { latest: '1.0.0' },
    versions: { '1.0.0': { ...about, dist } },
    _attachments: {
      'sample-tool-1.0.0.tgz': {
        content_type: 'application/octet-stream',
        data: tarball.toString('base64'),
        length: tarball.length,
      },
    },
  };
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  await sent(fetch(`${endpoint}sample-tool`, { method: 'PUT', headers, body: JSON.stringify(document) }));
}

async function publishPom(client: Codeartifact): Promise<void> {
  const { endpoint, token } = await loginTo(client, REPOSITORY, 'maven');
  const pom = `<project><modelVersion>4.0.0</modelVersion>${PARENT}<packaging>pom</packaging></project>`;
  const metadata =
    '<metadata><groupId>org.example.team</groupId><artifactId>sample-tool</artifactId><versioning><release>1.0.0</release><versions><version>1.0.0</version></versions></versioning></metadata>';
  const put = (file: string, body: string) =>
    sent(
      fetch(`${endpoint}org/example/team/sample-tool/${file}`, {
        method: 'PUT',
        headers: { authorization: basic(token) },
        body,
      }),
    );
  await put('1.0.0/sample-tool-1.0.0.pom', pom);
  await put('maven-metadata.xml', metadata);
}

async function publishCrate(client: Codeartifact): Promise<void> {
  const { endpoint, token } = await loginTo(client, REPOSITORY, 'cargo');
  const crate = await packed({
    'sample-tool-1.0.0/Cargo.toml': '[package]\nname = "sample-tool"\nversion = "1.0.0"\nedition = "2021"\n',
    'sample-tool-1.0.0/src/lib.rs': '',
  });
  const described = Buffer.from(JSON.stringify({ name: 'sample-tool', vers: '1.0.0', deps: [], features: {} }));
  const body = Buffer.concat([length(described), described, length(crate), crate]);
  const headers = { authorization: `Bearer ${token}` };
  await sent(fetch(`${endpoint}api/v1/crates/new`, { method: 'PUT', headers, body: new Uint8Array(body) }));
}

function length(content: Buffer): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(content.length);
  return bytes;
}

async function packed(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of Object.entries(files)) {
    tar.entry({ name, mtime: new Date('2020-01-01T00:00:00Z') }, content);
  }
  tar.finalize();
  return await buffer(tar.pipe(createGzip()));
}

function basic(token: string): string {
  return `Basic ${Buffer.from(`aws:${token}`).toString('base64')}`;
}

async function sent(answering: Promise<Response>): Promise<void> {
  const answer = await answering;
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status} ${await answer.text()}`);
}
