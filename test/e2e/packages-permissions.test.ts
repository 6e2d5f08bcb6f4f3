import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { operations } from '../../actions/operations.ts';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { expectDeclaredEqualsRecorded } from './declared-permissions.ts';
import {
  addPackages,
  buildPackages,
  makeRepositories,
  packagesOf,
  REGIONS,
  REPOSITORY,
} from './packages-application.ts';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.ts';
import { openTerminal } from './terminal-door.ts';

// What each operation on packages calls is what its published policy allows; and what the stack's role may.

let aws: LocalAws;
let repository: ScratchRepository;
let calls: ReturnType<LocalAws['calls']>;

beforeAll(async () => {
  [aws, repository] = await Promise.all([startLocalAws(), createScratchRepository()]);
  await addPackages(repository);
  await makeRepositories(aws);
  await situations();
  calls = aws.calls();
}, 300_000);

afterAll(async () => {
  await Promise.all([aws?.stop(), repository?.remove()]);
});

const POM = `<project><modelVersion>4.0.0</modelVersion><groupId>com.acme</groupId><artifactId>parent</artifactId>
<version>1.0.0</version><packaging>pom</packaging></project>`;

async function situations(): Promise<void> {
  const door = await openTerminal(repository, aws);
  const run = async (verb: string, inputs: Record<string, string> = {}) =>
    await door.run({
      operation: `packages ${verb}`,
      inputs: { ...REPOSITORY, ...inputs },
      happening: { kind: 'manual', branch: 'main' },
    });
  const good = async (...call: Parameters<typeof run>) => {
    const result = await run(...call);
    if (result.exitCode !== 0) throw new Error(`${call[0]}: ${result.log}`);
  };
  await buildPackages(repository);
  await writeFile(path.join(repository.directory, 'dist', 'parent-1.0.0.pom'), POM);
  await good('publish');
  const generic = { files: 'npm', 'generic-package': 'notes', 'generic-version': '1.0.0' };
  await good('publish', generic);

  // A replica that refuses makes the others take back what was made: unlisted by one call, deleted by another.
  const replica = packagesOf(aws, REGIONS[2]);
  aws.setFaults({
    rules: [{ fault: 'server-error', service: 'codeartifact', region: REGIONS[2], operation: 'PublishPackageVersion' }],
  });
  for (const [version, how] of [
    ['2.0.0', 'unlist'],
    ['3.0.0', 'delete'],
  ] as const) {
    const failed = await run('publish', { ...generic, 'generic-version': version, 'on-failure': how });
    expect([failed.exitCode, failed.log]).toEqual([1, expect.stringContaining('taken back')]);
  }
  aws.clearFaults();

  await good('verify', { packages: 'pkg:npm/%40octo-org/hello-headgate\npkg:pypi/hello-headgate' });
  const { domain, repository: name } = REPOSITORY;
  for (const { format, namespace, package: lost } of [
    { format: 'pypi', namespace: undefined, package: 'hello-headgate' },
    { format: 'npm', namespace: 'octo-org', package: 'hello-headgate' },
    { format: 'maven', namespace: 'com.acme', package: 'parent' },
    { format: 'generic', namespace: undefined, package: 'notes' },
  ] as const) {
    await replica.deletePackage({ domain, repository: name, format, namespace, package: lost });
  }
  replica.destroy();
  await good('reconcile');
  await good('verify');
  await good('login', { tools: 'pip\nnpm\nmaven\ncargo', directory: '.headgate/signed-in' });
}

const ofPackages = Object.keys(operations).filter((name) => name.startsWith('packages '));

test.each(ofPackages)('%s: declared permissions equal recorded calls', async (name) => {
  await expectDeclaredEqualsRecorded(name, calls);
});

test('there are operations to compare', () => {
  expect(ofPackages).toEqual(['packages login', 'packages publish', 'packages reconcile', 'packages verify']);
});

test("the stack's policy allows what publishing, verifying and healing take, but no deletion", async () => {
  const template = await readFile(path.join(repository.directory, 'template.yaml'), 'utf8');
  const { Resources } = parse(template, { logLevel: 'silent' }) as {
    Resources: { PublishPolicy: { Properties: { PolicyDocument: { Statement: { Action: string | string[] }[] } } } };
  };
  const allowed = Resources.PublishPolicy.Properties.PolicyDocument.Statement.flatMap(({ Action }) => Action);
  const wanted = new Set<string>();
  for (const name of ['packages publish', 'packages verify', 'packages reconcile']) {
    const operation = (await operations[name]?.())?.default;
    for (const { action } of operation?.permissions ?? []) wanted.add(action);
  }
  wanted.delete('codeartifact:DeletePackageVersions');
  expect(allowed.toSorted()).toEqual([...wanted].sort());
});
