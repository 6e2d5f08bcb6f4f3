import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Codeartifact } from '@aws-sdk/client-codeartifact';
import { execa } from 'execa';
import { type LocalAws, startLocalAws } from '../../local-aws/start.ts';
import { codeArtifactOf, DOMAIN, makeRepositories } from '../../test/local-aws/codeartifact-client.ts';
import type { Command } from '../measure.ts';

/** What the benches of packages share: a local AWS with a repository in each of three Regions, and a folder to run in. */
export interface Scene {
  readonly aws: LocalAws;
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  /** The built program. */
  readonly program: string;
  /** The AWS CLI. */
  readonly cli: string;
}

/** The primary first. */
export const REGIONS = ['eu-central-1', 'eu-west-1', 'us-east-1'] as const;
export const PRIMARY = REGIONS[0];
export const REPOSITORY = 'releases';
export { DOMAIN };

const root = path.resolve(import.meta.dirname, '..', '..');

export async function openScene(program: string): Promise<Scene & { close(): Promise<void> }> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'headgate-bench-'));
  const aws = await startLocalAws();
  const home = path.join(directory, 'home');
  await mkdir(home);
  for (const region of REGIONS) await makeRepositories(clientOf(aws, region), REPOSITORY);
  return {
    aws,
    directory,
    env: { PATH: process.env.PATH ?? '', HOME: home, ...aws.environment },
    program,
    cli: path.join(root, '.cache', 'python', 'bin', 'aws'),
    close: async () => {
      await aws.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export function clientOf(aws: LocalAws, region: string): Codeartifact {
  return codeArtifactOf(aws, aws.environment.AWS_ACCESS_KEY_ID, region);
}

/** A run of what users get, on a repository in these Regions. */
export function headgate(
  { program, directory, env }: Scene,
  operation: 'publish' | 'verify' | 'reconcile',
  [primary = '', ...replicas]: readonly string[],
  ...words: readonly string[]
): Command {
  const places = [`--region=${primary}`, ...(replicas.length === 0 ? [] : [`--replicas=${replicas.join('\n')}`])];
  const argv = [process.execPath, program, 'packages', operation, `--domain=${DOMAIN}`, ...places, ...words];
  return { argv, env, cwd: directory };
}

/** Runs a command of this turn once, without measuring it. */
export async function runTurn({ argv, env, cwd = '.' }: Command, turn: number): Promise<string> {
  const words = argv.map((word) => word.replaceAll('{turn}', String(turn)));
  const { stdout } = await execa(words[0] ?? '', words.slice(1), { cwd, env, extendEnv: false });
  return stdout;
}

/** How many calls of CodeArtifact a work makes, those of package managers among them. */
export async function callsOf({ aws }: Scene, work: () => Promise<unknown>): Promise<number> {
  const before = aws.calls().at(-1)?.n ?? 0;
  await work();
  return aws.calls(before).filter(({ service }) => service === 'codeartifact').length;
}
