import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { publishMaven, uploadMaven } from '../../../../lib/aws/codeartifact/protocols/maven.ts';
import { readReleases } from '../../../../lib/packages/read-releases.ts';
import { writeJar, writePom } from '../../../support/packages/maven.ts';
import { requires } from '../../../support/requires.ts';
import { type Captured, type CaptureServer, repositoryAt, startCaptureServer } from './capture-server.ts';

// The files that publish a Maven artefact, beside those of `mvn deploy`.

const mvn = requires('mvn', 'what it deploys is compared with what we upload');
const DEBIAN_REPOSITORY = '/usr/share/maven-repo';

let server: CaptureServer;
let root: string;

beforeAll(async () => {
  server = await startCaptureServer();
  root = mkdtempSync(path.join(os.tmpdir(), 'headgate-maven-uploads-'));
});
afterAll(async () => {
  await server?.stop();
  rmSync(root, { recursive: true, force: true });
});

/** By path; the time in the metadata is taken out, and its checksums with it. */
function filesOf(requests: readonly Captured[]): Record<string, string> {
  const files = requests.map(({ method, path: address, body }): [string, string] => {
    const text = body.toString('latin1').replace(/<lastUpdated>\d{14}</, '<lastUpdated>…<');
    return [`${method} ${address}`, /maven-metadata\.xml\.\w+$/.test(address) ? `${text.length} characters` : text];
  });
  return Object.fromEntries(files.sort(([a], [b]) => (a < b ? -1 : 1)));
}

mvn.test(
  'the same files, checksums and metadata, and the metadata last',
  async () => {
    const folder = path.join(root, 'dist');
    mkdirSync(folder);
    await writePom(folder);
    await writeJar(folder);
    await writeJar(folder, { file: 'shop-1.0.0-sources.jar', properties: null });
    const local = path.join(root, 'local');
    if (existsSync(DEBIAN_REPOSITORY)) await cp(DEBIAN_REPOSITORY, local, { recursive: true, dereference: true });
    writeFileSync(path.join(root, 'settings.xml'), '<settings/>');
    const words = [
      '--batch-mode',
      `--settings=${path.join(root, 'settings.xml')}`,
      `-Dmaven.repo.local=${local}`,
      'org.apache.maven.plugins:maven-deploy-plugin:3.0.0:deploy-file',
      '-Dfile=shop-1.0.0.jar',
      '-DpomFile=shop-1.0.0.pom',
      '-Dsources=shop-1.0.0-sources.jar',
      '-DrepositoryId=team',
      `-Durl=${server.endpoint}`,
    ];
    await promisify(execFile)(mvn.path, words, { cwd: folder });
    const theirs = server.taken();
    const { session, repository } = repositoryAt(server.endpoint);
    const signal = new AbortController().signal;
    const [release] = await readReleases([folder], { workspace: root, signal });
    for (const asset of release!.assets) await uploadMaven(session, repository, release!.id, asset);
    await publishMaven(session, repository, release!.id, new Date());
    session.close();
    const ours = server.taken();
    expect(filesOf(ours)).toEqual(filesOf(theirs));
    const last = (all: readonly Captured[]) => all.slice(-3).map(({ path: address }) => path.basename(address));
    expect(new Set(last(ours))).toEqual(
      new Set(['maven-metadata.xml', 'maven-metadata.xml.sha1', 'maven-metadata.xml.md5']),
    );
  },
  120_000,
);
