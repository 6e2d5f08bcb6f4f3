import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { pythonWithBuild } from '../local-aws/python-tools.ts';
import type { Door, Happening, OpenDoor, Result } from './door.ts';
import {
  addPackages,
  buildPackages,
  contentOf,
  greetings,
  greetingsOf,
  packagesOf,
  REGIONS,
  REPOSITORY,
  setVersion,
} from './packages-application.ts';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.ts';

const MINUTES = 60_000;
const PUSH: Happening = { kind: 'push', branch: 'main', created: false };

/** The article's path, told to one door operation by operation: the same assertions hold for GitHub and the terminal. */
export function describePackagesLife(doorName: string, open: OpenDoor): void {
  describe(`packages through ${doorName}`, () => {
    let aws: LocalAws;
    let repository: ScratchRepository;
    let door: Door;

    beforeAll(async () => {
      [aws, repository] = await Promise.all([startLocalAws(), createScratchRepository()]);
      await addPackages(repository);
      door = await open(repository, aws);
    }, 3 * MINUTES);

    afterAll(async () => {
      await Promise.all([aws?.stop(), repository?.remove()]);
    });

    const run = async (operation: string, inputs: Record<string, string> = {}): Promise<Result> => {
      const subject = operation.startsWith('packages ') ? REPOSITORY : {};
      return await door.run({ operation, inputs: { ...subject, ...inputs }, happening: PUSH });
    };
    const done = async (...call: Parameters<typeof run>): Promise<Result['outputs']> => {
      const result = await run(...call);
      expect(result.exitCode === 0 ? '' : result.log).toBe('');
      return result.outputs;
    };

    test(
      'a stack in three Regions, two packages, the next version, and a Region that is healed',
      async () => {
        await done('stack deploy', {
          'stack-name': 'packages',
          template: 'template.yaml',
          capabilities: 'CAPABILITY_IAM',
          regions: REGIONS.join('\n'),
          parameters: `PrimaryRegion: ${REGIONS[0]}\nOwnPackages: /npm/octo-org/*`,
        });

        await buildPackages(repository);
        expect(await done('packages publish')).toMatchObject({
          status: 'published',
          versions: '2',
          published: '9',
          'complete-regions': REGIONS.join(','),
          'incomplete-regions': '',
        });
        for (const region of REGIONS) expect(await greetings(aws, region)).toEqual(greetingsOf('1.0.0'));
        expect(await done('packages publish')).toMatchObject({ status: 'nothing', published: '0' });

        await setVersion(repository, '1.1.0');
        await buildPackages(repository);
        expect(await done('packages publish')).toMatchObject({ status: 'published', published: '9' });
        for (const region of REGIONS) {
          expect(await greetings(aws, region)).toEqual(greetingsOf('1.1.0'));
          expect(await greetings(aws, region, '1.0.0')).toEqual(greetingsOf('1.0.0'));
        }
        expect(await done('packages verify')).toMatchObject({ status: 'equal', versions: '4' });

        const [primary, replica] = REGIONS;
        const client = packagesOf(aws, replica);
        const { domain, repository: name } = REPOSITORY;
        const lost = {
          domain,
          repository: name,
          format: 'pypi',
          package: 'hello-headgate',
          versions: ['1.1.0'],
        } as const;
        await client.deletePackageVersions({ ...lost, versions: [...lost.versions] });
        client.destroy();
        const differs = await run('packages verify');
        expect([differs.exitCode, differs.log]).toEqual([1, expect.stringContaining(replica)]);
        expect(await done('packages reconcile')).toMatchObject({ status: 'healed' });
        expect(await done('packages verify')).toMatchObject({ status: 'equal' });
        expect(await contentOf(aws, replica)).toEqual(await contentOf(aws, primary));
        expect(await done('packages reconcile')).toMatchObject({ status: 'nothing' });
      },
      5 * MINUTES,
    );

    test(
      'other bytes under a published version are refused, and nothing changes anywhere',
      async () => {
        const before = await Promise.all(REGIONS.map((region) => contentOf(aws, region)));
        await repository.commit({ 'npm/index.js': 'export const greeting = () => "something else";\n' }, 'Change');
        await buildPackages(repository);
        const refused = await run('packages publish');
        expect(refused.exitCode).toBe(1);
        expect(refused.log).toContain('has other content');
        for (const region of REGIONS)
          expect(refused.log).toContain(`${region}: package.tgz of @octo-org/hello-headgate`);
        expect(await Promise.all(REGIONS.map((region) => contentOf(aws, region)))).toEqual(before);
      },
      3 * MINUTES,
    );

    test(
      doorName === 'the terminal'
        ? 'who signs in installs with pip as it is, and the login stays'
        : 'a login goes with its job',
      async () => {
        const directory = path.join(repository.directory, '.headgate', 'signed-in');
        const { files = '' } = await done('packages login', { tools: 'pip', directory });
        expect(files).toContain('pip.conf');
        expect(existsSync(files)).toBe(doorName === 'the terminal');
        if (doorName !== 'the terminal') return;
        const target = path.join(directory, 'site');
        const install = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--no-cache-dir', '--target', target];
        await execa(await pythonWithBuild(), [...install, 'hello-headgate==1.0.0'], {
          env: { PIP_CONFIG_FILE: files },
        });
      },
      3 * MINUTES,
    );
  });
}
