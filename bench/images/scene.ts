import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { startRegistry, type TestRegistry } from '../../test/support/registry.ts';
import { find } from '../../test/support/tools.ts';
import type { Command } from '../measure.ts';
import { type CountingProxy, startCountingProxy } from './counting-proxy.ts';

/** What the benches of images share: two registries, proxies in front of the first one, and a checkout to run in. */
export interface Scene {
  readonly registry: TestRegistry;
  readonly other: TestRegistry;
  readonly proxy: CountingProxy;
  /** The same, with each answer held back for `FAR` milliseconds. */
  readonly far: CountingProxy;
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where a tool is. */
  readonly tool: (name: 'buildah' | 'crane' | 'skopeo') => string;
}

const root = path.resolve(import.meta.dirname, '..', '..');

/** Milliseconds, about what an answer of a registry in another network takes. */
export const FAR = 40;

export async function openScene(): Promise<Scene & { close(): Promise<void> }> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'headgate-bench-'));
  const registry = await startRegistry();
  const other = await startRegistry();
  const proxy = await startCountingProxy(registry.host);
  const far = await startCountingProxy(registry.host, FAR);
  const env = { PATH: process.env.PATH ?? '', HOME: path.join(directory, 'home') };
  await mkdir(env.HOME);
  await makeCheckout(directory, env);
  return {
    registry,
    other,
    proxy,
    far,
    directory,
    env,
    tool: (name) => {
      const found = find(name);
      if (found === '') throw new Error(`${name} is not installed; scripts/bench sees to it`);
      return found;
    },
    close: async () => {
      await proxy.close();
      await far.close();
      await registry.stop();
      await other.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Headgate asks git where it is; in no checkout that would end sooner than it usually does. */
async function makeCheckout(directory: string, env: Readonly<Record<string, string>>): Promise<void> {
  const git = (...words: string[]) => execa('git', words, { cwd: directory, env, extendEnv: false });
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'origin', 'https://github.com/octo-org/shop.git');
  await git(
    '-c',
    'user.name=bench',
    '-c',
    'user.email=bench@example.com',
    'commit',
    '--quiet',
    '--allow-empty',
    '-mbench',
  );
}

/** A run of what users get. */
export function headgate({ directory, env }: Scene, ...words: readonly string[]): Command {
  const program = path.join(root, 'release', 'tree', 'dist', 'headgate.js');
  return { argv: [process.execPath, program, 'multi-arch-image', ...words], env, cwd: directory };
}

/** A run of one of the scripts beside this file. */
export function script({ directory, env }: Scene, name: string, ...words: readonly string[]): Command {
  return { argv: scriptWords(name, ...words), env, cwd: directory };
}

export function scriptWords(name: string, ...words: readonly string[]): readonly string[] {
  return [process.execPath, path.join(import.meta.dirname, name), ...words];
}

/** Runs a command once, without measuring it. */
export async function runOnce({ argv, env, cwd = '.' }: Command): Promise<string> {
  const words = argv.map((word) => word.replaceAll('{turn}', 'once'));
  const { stdout } = await execa(words[0] ?? '', words.slice(1), { cwd, env, extendEnv: false });
  return stdout;
}
