import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BY_THE_TOOL } from '../../actions/multi-arch-image/permissions.ts';
import { operations } from '../../actions/operations.ts';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { ACCOUNT, ecrOf, registryName } from '../local-aws/registry-client.ts';
import { type MisbehavingRegistry, refusal, startMisbehavingRegistry } from '../support/misbehaving-registry.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { requires } from '../support/requires.ts';
import { expectDeclaredEqualsRecorded } from './declared-permissions.ts';
import { addServer, CHECK } from './image-application.ts';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.ts';
import { openTerminal } from './terminal-door.ts';

// Images in two Regions of the local Amazon ECR: what each operation calls is what its published policy allows.

const go = requires('go', 'it compiles the sample application');
for (const tool of ['docker-registry', 'buildah']) requires(tool, 'images are built and kept with it');
const REGIONS = ['eu-central-1', 'us-west-2'] as const;
const IMAGE = `${registryName(ACCOUNT, REGIONS[0])}/shop`;
const COPY = `${registryName(ACCOUNT, REGIONS[1])}/shop`;

let aws: LocalAws;
let registry: TestRegistry;
let server: MisbehavingRegistry;
let repository: ScratchRepository;
let calls: ReturnType<LocalAws['calls']>;

beforeAll(async () => {
  if (go.path === '') return;
  [aws, registry, repository] = await Promise.all([startLocalAws(), startRegistry(), createScratchRepository()]);
  server = await startMisbehavingRegistry(registry.host);
  await addServer(repository);
  await repository.startBranch('feature');
  await repository.git('push', '--quiet', 'origin', 'feature');
  for (const region of REGIONS) {
    const ecr = ecrOf(aws, ACCOUNT, region);
    await ecr.createRepository({ repositoryName: 'shop' });
    ecr.destroy();
  }
  await situations();
  calls = aws.calls();
}, 300_000);

afterAll(async () => {
  await Promise.all([aws?.stop(), server?.close(), registry?.stop(), repository?.remove()]);
});

async function situations(): Promise<void> {
  const door = await openTerminal(repository, aws);
  const run = async (verb: string, inputs: Record<string, string>) =>
    await door.run({
      operation: `multi-arch-image ${verb}`,
      inputs: { image: IMAGE, ...inputs },
      happening: { kind: 'manual', branch: 'feature' },
    });
  const good = async (verb: string, inputs: Record<string, string>) => {
    const result = await run(verb, inputs);
    if (result.exitCode !== 0) throw new Error(`${verb}: ${result.log}`);
  };
  const platforms = 'amd64';
  await good('build', { platform: platforms, context: 'server' });
  await good('test', { platform: platforms, command: CHECK });
  await good('assemble', { platforms, 'copy-to': COPY });
  await good('assemble', { platforms, 'copy-to': COPY });
  // A new tag in Amazon ECR that is taken back, because another registry refuses it.
  server.fault(/^PUT .*\/manifests\/new$/, refusal(403, 'DENIED'), 100);
  const failed = await run('assemble', { platforms, tags: 'new', 'copy-to': `${server.host}/octo-org/shop` });
  expect([failed.exitCode, failed.log]).toEqual([1, expect.stringContaining('put back')]);
  await good('verify', { platforms, 'copy-to': COPY });
  await repository.git('checkout', '--quiet', 'main');
  await repository.git('push', '--quiet', 'origin', '--delete', 'feature');
  await rm(path.join(repository.directory, '.headgate'), { recursive: true, force: true });
  await good('clean', { 'copy-to': COPY });
}

const ofImages = Object.keys(operations).filter((name) => name.startsWith('multi-arch-image '));

for (const name of ofImages) {
  go.test(`${name}: declared permissions equal recorded calls`, async () => {
    const operation = (await operations[name]?.())?.default;
    if (operation?.usesAws === false) expect(operation.permissions).toEqual([]);
    else await expectDeclaredEqualsRecorded(name, calls, BY_THE_TOOL);
  });
}

test('there are operations to compare', () => {
  expect(ofImages).toContain('multi-arch-image assemble');
});
