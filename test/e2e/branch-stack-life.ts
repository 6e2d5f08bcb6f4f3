import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { bucketNames, seenUploads, stackNames, tagsOf } from './application.ts';
import type { Door, OpenDoor } from './door.ts';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.ts';

/** A legal ref name that would run a command wherever it is pasted into a shell line. */
export const HOSTILE_BRANCH = '$(touch>pwned);"x"&`touch>pwned2`';

const MINUTES = 60_000;

/**
 * The life of a branch's stack, told to one door. The same assertions hold for GitHub, GitLab and the terminal.
 *
 * @param options.branch the ordinary branch name
 */
export function describeLife(doorName: string, open: OpenDoor): void {
  describe(`branch-stack through ${doorName}`, () => {
    let aws: LocalAws;
    let repository: ScratchRepository;
    let door: Door;

    beforeAll(async () => {
      aws = await startLocalAws();
      repository = await createScratchRepository();
      door = await open(repository, aws);
    }, 3 * MINUTES);

    afterAll(async () => {
      await aws?.stop();
      await repository?.remove();
    });

    test(
      'a pushed branch gets a stack that works, a second push updates it, its end removes everything',
      async () => {
        const branch = 'feature/Login_42';
        await repository.startBranch(branch);
        const deploy = (created: boolean) =>
          door.run({
            operation: 'branch-stack deploy',
            inputs: { bootstrap: 'true', ttl: '7d' },
            happening: { kind: 'push', branch, created },
          });

        const first = await deploy(true);
        expect(first).toMatchObject({ exitCode: 0, outputs: { status: 'created' } });
        expect(first.outputs['stack-name']).toMatch(/^shop-feature-login-42-[a-z2-7]{10}$/);
        const stack = first.outputs['stack-name'] ?? '';
        const outputs = JSON.parse(first.outputs['stack-outputs'] ?? '{}') as Record<string, string>;
        expect(first.outputs.url).toBe(outputs.Url);
        expect(await seenUploads(aws, outputs, 'über uns+1.txt')).toContain('über uns+1.txt');

        const second = await deploy(false);
        expect(second).toMatchObject({ exitCode: 0, outputs: { status: 'unchanged', 'stack-name': stack } });

        const template = await repository.git('show', 'HEAD:template.yaml');
        await repository.commit(
          { 'template.yaml': template.replace(/^Outputs:/m, 'Outputs:\n  Added:\n    Value: later') },
          'An output more',
        );
        const third = await deploy(false);
        expect(third).toMatchObject({ exitCode: 0, outputs: { status: 'updated', 'stack-name': stack } });
        expect(JSON.parse(third.outputs['stack-outputs'] ?? '{}')).toMatchObject({ Added: 'later' });
        expect(await tagsOf(aws, stack)).toMatchObject({
          'headgate:repository': repository.id,
          'headgate:ref': `refs/heads/${branch}`,
          'headgate:commit': await repository.git('rev-parse', 'HEAD'),
        });

        await repository.git('checkout', '--quiet', 'main');
        const destroy = () =>
          door.run({ operation: 'branch-stack destroy', inputs: {}, happening: { kind: 'delete', branch } });
        expect(await destroy()).toMatchObject({ exitCode: 0, outputs: { status: 'destroyed', 'stack-name': stack } });
        expect(await stackNames(aws)).not.toContain(stack);
        expect(await bucketNames(aws)).not.toContain(outputs.BucketName);

        expect(await destroy()).toMatchObject({ exitCode: 0, outputs: { status: 'missing', 'stack-name': stack } });
      },
      3 * MINUTES,
    );

    test(
      'a branch name that looks like a command leaves nothing behind but its stack',
      async () => {
        await repository.startBranch(HOSTILE_BRANCH);
        const inputs = {
          bootstrap: 'true',
          component: 'api',
          tags: 'note: "a=b"\nteam: $(touch>pwned)',
          include: '**',
        };
        const refused = await door.run({
          operation: 'branch-stack deploy',
          inputs,
          happening: { kind: 'push', branch: HOSTILE_BRANCH, created: true },
        });
        expect(refused.exitCode).toBe(2);
        expect(refused.log).toContain("input 'tags'");

        const { tags: _, ...good } = inputs;
        const deployed = await door.run({
          operation: 'branch-stack deploy',
          inputs: good,
          happening: { kind: 'push', branch: HOSTILE_BRANCH, created: true },
        });
        expect(deployed).toMatchObject({ exitCode: 0, outputs: { status: 'created' } });
        const stack = deployed.outputs['stack-name'] ?? '';
        expect(await readdir(repository.directory)).not.toEqual(
          expect.arrayContaining([expect.stringContaining('pwned')]),
        );
        expect(await repository.git('status', '--porcelain')).toBe('');

        await repository.git('checkout', '--quiet', 'main');
        const destroyed = await door.run({
          operation: 'branch-stack destroy',
          inputs: { component: 'api' },
          happening: { kind: 'delete', branch: HOSTILE_BRANCH },
        });
        expect(destroyed).toMatchObject({ exitCode: 0, outputs: { status: 'destroyed', 'stack-name': stack } });
        expect(await readdir(repository.directory)).not.toEqual(
          expect.arrayContaining([expect.stringContaining('pwned')]),
        );
      },
      3 * MINUTES,
    );

    test(
      'bad inputs are reported together, nothing is called and the exit code is 2',
      async () => {
        await repository.startBranch('bad-inputs');
        const before = aws.calls().length;
        const result = await door.run({
          operation: 'branch-stack deploy',
          inputs: {
            ttl: '7x',
            component: 'Not Allowed',
            template: '../../etc/passwd',
            parameters: '- a list',
            'dry-run': 'no',
            timeout: '-1',
          },
          happening: { kind: 'push', branch: 'bad-inputs', created: true },
        });
        expect(result.exitCode).toBe(2);
        for (const input of ['ttl', 'component', 'template', 'parameters', 'timeout'])
          expect(result.log).toContain(`input '${input}'`);
        expect(aws.calls().length).toBe(before);
        await repository.git('checkout', '--quiet', 'main');
      },
      MINUTES,
    );

    test(
      'the default branch is never destroyed',
      async () => {
        const result = await door.run({
          operation: 'branch-stack destroy',
          inputs: {},
          happening: { kind: 'delete', branch: 'main' },
        });
        expect(result.exitCode).toBe(1);
        expect(result.log).toContain('is the default branch');
      },
      MINUTES,
    );
  });
}
