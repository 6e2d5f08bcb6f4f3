import { appendFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { ownershipTags } from '../../lib/naming/ownership.ts';
import { checkBranchName } from '../../lib/naming/ref.ts';
import { repositoryIdOf } from '../../lib/naming/repository.ts';
import { stackName } from '../../lib/naming/stack-name.ts';
import { mapBounded } from '../../lib/parallel.ts';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { clientSettings } from './application.ts';
import type { Door } from './door.ts';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.ts';
import { openTerminal } from './terminal-door.ts';

// Many stacks and many branches: calls grow with the pages, memory does not grow with the stacks.

const STACKS = 2_000;
const BRANCHES = 3_000;
/** Stacks whose branch is not among the branches. */
const LOST = 7;
const MINUTES = 60_000;

let aws: LocalAws;
let repository: ScratchRepository;
let door: Door;

beforeAll(async () => {
  aws = await startLocalAws();
  repository = await createScratchRepository();
  door = await openTerminal(repository, aws);
  await makeBranches();
}, 3 * MINUTES);

afterAll(async () => {
  await aws?.stop();
  await repository?.remove();
});

const branchName = (n: number) => `team-${n % 10}/topic-${n}`;

/** Branches straight in the packed refs of the repository behind origin: git makes 3,000 one by one in a minute. */
async function makeBranches(): Promise<void> {
  const commit = await repository.git('rev-parse', 'HEAD');
  const names = Array.from({ length: BRANCHES }, (_, n) => branchName(n + LOST)).sort();
  const packed = path.join(repository.bare, 'packed-refs');
  await writeFile(packed, '# pack-refs with: peeled fully-peeled sorted \n');
  await appendFile(packed, names.map((name) => `${commit} refs/heads/${name}\n`).join(''));
  const { stdout } = await execa('git', [
    '-C',
    repository.bare,
    'for-each-ref',
    '--count=1',
    `refs/heads/${branchName(LOST)}`,
  ]);
  expect(stdout).toContain(commit);
}

async function makeStacks(from: number, to: number): Promise<void> {
  const cloudFormation = new CloudFormation(clientSettings(aws));
  const id = repositoryIdOf(repository.id);
  const numbers = Array.from({ length: to - from }, (_, n) => from + n);
  const failures = await mapBounded(numbers, 16, async (n) => {
    const checked = checkBranchName(branchName(n));
    if (!checked.ok) return checked.reason;
    const tags = ownershipTags({
      repository: id,
      branch: checked.branch,
      created: '2026-11-22T00:00:00Z',
      version: '0.1.0',
    });
    await cloudFormation.createStack({
      StackName: stackName({ repository: id, branch: checked.branch }),
      TemplateBody: '{"Resources":{"Wait":{"Type":"AWS::CloudFormation::WaitConditionHandle"}}}',
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    });
    return undefined;
  });
  expect(failures.filter((failure) => failure !== undefined)).toEqual([]);
}

/** Runs an operation and counts its DescribeStacks calls. */
async function count(operation: string, inputs: Record<string, string> = {}) {
  const before = aws.calls().at(-1)?.n ?? 0;
  const result = await door.run({ operation, inputs, happening: { kind: 'manual', branch: 'main' } });
  const pages = aws.calls(before).filter((call) => call.operation === 'DescribeStacks').length;
  return { ...result, pages };
}

test(
  `list and sweep over ${STACKS} stacks and ${BRANCHES} branches`,
  async () => {
    await makeStacks(0, STACKS / 10);
    const few = await count('branch-stack list');
    expect(few).toMatchObject({ exitCode: 0, outputs: { count: String(STACKS / 10), gone: String(LOST) } });

    await makeStacks(STACKS / 10, STACKS);
    const many = await count('branch-stack list');
    expect(many).toMatchObject({ exitCode: 0, outputs: { count: String(STACKS), gone: String(LOST) } });
    expect(many.pages).toBe(few.pages * 10);
    expect((many.peakKilobytes ?? 0) - (few.peakKilobytes ?? 0)).toBeLessThan(64 * 1024);

    const swept = await count('branch-stack sweep', { 'dry-run': 'offline' });
    expect(swept).toMatchObject({ exitCode: 0, outputs: { destroyed: String(LOST), kept: String(STACKS - LOST) } });
    expect(swept.pages).toBe(many.pages);
  },
  5 * MINUTES,
);
