import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { execa } from 'execa';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import type { Required } from '../support/requires.ts';
import { find } from '../support/tools.ts';
import type { Door, Happening, OpenDoor, Result } from './door.ts';
import { ARCHITECTURES, addServer, CHECK, openPuller, type Puller, rawManifest, tagsIn } from './image-application.ts';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.ts';

const MINUTES = 60_000;
const BRANCH = 'feature/Login_42';

/** The life of an image, told to one door operation by operation. The same assertions hold for GitHub and the terminal. */
export function describeImageLife(doorName: string, open: OpenDoor, go: Required): void {
  describe(`multi-arch-image through ${doorName}`, () => {
    let aws: LocalAws;
    let registry: TestRegistry;
    let repository: ScratchRepository;
    let puller: Puller;
    let door: Door;
    let image: string;

    beforeAll(async () => {
      if (go.path === '') return;
      [aws, registry, repository, puller] = await Promise.all([
        startLocalAws(),
        startRegistry(),
        createScratchRepository(),
        openPuller(),
      ]);
      await addServer(repository);
      image = `${registry.host}/octo-org/shop`;
      door = await open(repository, aws);
    }, 3 * MINUTES);

    afterAll(async () => {
      await Promise.all([aws?.stop(), registry?.stop(), repository?.remove(), puller?.remove()]);
    });

    const run = async (verb: string, inputs: Record<string, string>, happening: Happening): Promise<Result> =>
      await door.run({ operation: `multi-arch-image ${verb}`, inputs: { image, ...inputs }, happening });

    const done = async (...call: Parameters<typeof run>): Promise<Result['outputs']> => {
      const result = await run(...call);
      expect(result.exitCode === 0 ? '' : result.log).toBe('');
      return result.outputs;
    };

    const deliver = async (push: Happening): Promise<{ outputs: Result['outputs']; digests: string[] }> => {
      await rm(path.join(repository.directory, '.headgate'), { recursive: true, force: true });
      const digests: string[] = [];
      for (const platform of ARCHITECTURES) {
        const built = await done('build', { platform, context: 'server', reproducible: 'true' }, push);
        digests.push(built.digest ?? '');
        await done('test', { platform, command: CHECK, 'allow-emulation': 'true' }, push);
      }
      return { outputs: await done('assemble', {}, push), digests };
    };

    go.test(
      'an image of two architectures is built, tested, assembled, verified, replaced and cleaned',
      async () => {
        await repository.startBranch(BRANCH);
        const push: Happening = { kind: 'push', branch: BRANCH, created: true };

        const first = await deliver(push);
        expect(first.outputs).toMatchObject({ status: 'moved', platforms: 'linux/amd64 linux/arm64' });
        expect(first.outputs.tags).toMatch(/^feature-login-42-[a-z2-7]{10}$/);
        expect(await tagsIn(image)).toEqual([first.outputs.tags]);
        const reference = `${image}:${first.outputs.tags}`;
        const { manifests } = await rawManifest(reference);
        expect(manifests.map(({ digest }) => digest)).toEqual(first.digests);
        expect(manifests.map(({ platform }) => platform.architecture)).toEqual([...ARCHITECTURES]);
        await execa(find('crane'), ['validate', '--insecure', '--remote', reference]);
        for (const architecture of ARCHITECTURES) {
          expect(await puller.run(reference, architecture)).toContain(architecture);
        }
        expect(await done('verify', {}, push)).toMatchObject({ digest: first.outputs.digest });

        const again = await deliver(push);
        expect(again.outputs).toMatchObject({ status: 'unchanged', digest: first.outputs.digest });
        expect(again.digests).toEqual(first.digests);

        await repository.commit({ 'server/note.txt': 'another commit' }, 'Another commit');
        const next = await deliver({ ...push, created: false });
        expect(next.outputs).toMatchObject({ status: 'moved', tags: first.outputs.tags });
        expect(next.outputs.digest).not.toBe(first.outputs.digest);

        // While the branch is there its tag is kept; when it is gone the tag goes, and what only it needed.
        await repository.git('push', '--quiet', 'origin', BRANCH);
        await repository.git('checkout', '--quiet', 'main');
        await rm(path.join(repository.directory, '.headgate'), { recursive: true, force: true });
        const kept = await done('clean', {}, { kind: 'manual', branch: 'main' });
        expect(kept).toMatchObject({ status: 'nothing', 'deleted-tags': '0', kept: '1' });
        await repository.git('push', '--quiet', 'origin', '--delete', BRANCH);
        const cleaned = await done('clean', {}, { kind: 'delete', branch: BRANCH });
        expect(cleaned).toMatchObject({ status: 'cleaned', 'deleted-tags': '1', 'deleted-manifests': '3' });
        expect(await tagsIn(image)).toEqual([]);
        await expect(rawManifest(`${image}@${next.outputs.digest}`)).rejects.toThrow();
      },
      10 * MINUTES,
    );

    go.test(
      'an image whose test fails gets no tag, and the report says which',
      async () => {
        const branch = 'broken';
        const push: Happening = { kind: 'push', branch, created: true };
        await repository.git('checkout', '--quiet', 'main');
        await repository.startBranch(branch);
        await rm(path.join(repository.directory, '.headgate'), { recursive: true, force: true });
        for (const platform of ARCHITECTURES) {
          await done('build', { platform, context: 'server' }, push);
          const expected = platform === 'arm64' ? 'amd64' : platform;
          const command = `${CHECK}\n--expect\n${expected}`;
          const tested = await run('test', { platform, command, 'allow-emulation': 'true' }, push);
          expect(tested.exitCode).toBe(platform === 'arm64' ? 1 : 0);
        }
        const assembled = await run('assemble', {}, push);
        expect(assembled.exitCode).toBe(1);
        expect(assembled.log).toContain('linux/arm64');
        expect((await tagsIn(image)).filter((tag) => tag.startsWith(branch))).toEqual([]);
      },
      5 * MINUTES,
    );
  });
}
