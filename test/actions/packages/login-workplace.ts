import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { promisify } from 'node:util';
import type { Codeartifact } from '@aws-sdk/client-codeartifact';
import login from '../../../actions/packages/login.ts';
import { createHost } from '../../../lib/hosts/detect.ts';
import type { Clock } from '../../../lib/operation/define.ts';
import { runCleanup, runOperation } from '../../../lib/operation/run.ts';
import { type LocalAws, startLocalAws } from '../../../local-aws/start.ts';
import { ACCOUNT, codeArtifactOf, DOMAIN, makeRepositories } from '../../local-aws/codeartifact-client.ts';

export const PRIMARY = 'eu-west-1';
export const REPLICAS = ['eu-central-1', 'us-east-1'] as const;
export const REGIONS = [PRIMARY, ...REPLICAS] as const;
export const REPOSITORY = 'packages';

/** What one run came to. */
export interface Run {
  readonly code: number;
  readonly outputs: Readonly<Record<string, string>>;
  /** Everything that was printed and left in the workspace, without what only hides a token. */
  readonly everything: string;
}

export interface RunOptions {
  readonly host?: 'terminal' | 'github' | 'gitlab';
  readonly cleanup?: boolean;
  /** Id of the job on GitLab; every home has one of its own. */
  readonly job?: string;
}

export interface SpawnOptions {
  /** In this job on GitLab, in place of the terminal. */
  readonly job?: string;
  /** When it kills itself: at which file, and before or after that is in its place. */
  readonly killed?: readonly [which: number, moment: 'before' | 'after'];
}

/** Three Regions with one repository each, a home and a checkout. */
export interface LoginWorkplace {
  readonly aws: LocalAws;
  /** By Region. */
  readonly clients: ReadonlyMap<string, Codeartifact>;
  readonly root: string;
  /** A home and a checkout that nothing was written to yet. */
  fresh(): void;
  home(...parts: string[]): string;
  workspace(...parts: string[]): string;
  write(file: string, text: string, mode?: number): string;
  read(file: string): string;
  mode(file: string): string;
  run(inputs?: Readonly<Record<string, string>>, options?: RunOptions): Promise<Run>;
  /** Runs the login as a process of its own; see `login-process.ts`. */
  spawn(inputs: Readonly<Record<string, string>>, options?: SpawnOptions): ChildProcess;
  /** Runs a program with the home, and nothing else of this process's settings of tools. */
  tool(program: string, words: readonly string[], environment?: Readonly<Record<string, string>>): Promise<string>;
  /** The Regions to which package managers went since the call with this number. */
  readRegions(since: number): string[];
  lastCall(): number;
  stop(): Promise<void>;
}

export async function openLoginWorkplace(): Promise<LoginWorkplace> {
  const aws = await startLocalAws();
  const clients = new Map(REGIONS.map((region) => [region as string, codeArtifactOf(aws, ACCOUNT, region)]));
  for (const client of clients.values()) await makeRepositories(client, REPOSITORY);
  const root = mkdtempSync(path.join(os.tmpdir(), 'headgate-login-'));
  const before = { ...process.env };
  for (const name of Object.keys(process.env)) if (isToolVariable(name)) delete process.env[name];
  Object.assign(process.env, aws.environment, { AWS_ACCESS_KEY_ID: ACCOUNT, AWS_REGION: PRIMARY });
  let home = '';
  let workspace = '';
  let job = 0;
  let githubState = '';

  const workplace: LoginWorkplace = {
    aws,
    clients,
    root,
    fresh: () => {
      home = mkdtempSync(path.join(root, 'home-'));
      workspace = mkdtempSync(path.join(root, 'checkout-'));
      process.env.HOME = home;
      job += 1;
      githubState = '';
    },
    home: (...parts) => path.join(home, ...parts),
    workspace: (...parts) => path.join(workspace, ...parts),
    write: (file, text, mode = 0o600) => {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text, { mode, encoding: 'latin1' });
      return file;
    },
    read: (file) => readFileSync(file, 'latin1'),
    mode: (file) => (statSync(file).mode & 0o777).toString(8),
    run: async (inputs = {}, { host: hostName = 'terminal', cleanup = false, job: jobId } = {}) => {
      const stdout = new Kept();
      const stderr = new Kept();
      const files = Object.fromEntries(
        ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_STEP_SUMMARY'].map((name) => {
          const file = path.join(root, `${name}-${job}`);
          writeFileSync(file, '');
          return [name, file];
        }),
      );
      const environments = {
        terminal: { HEADGATE_HOST: 'terminal' },
        github: { ...files, GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: workspace, ...stateVariables(githubState) },
        gitlab: { GITLAB_CI: 'true', CI_PROJECT_DIR: workspace, CI_JOB_ID: jobId ?? String(job) },
      };
      const host = await createHost({
        environment: environments[hostName],
        cwd: workspace,
        stdout,
        stderr,
        flags: { json: hostName === 'terminal', quiet: false },
      });
      const given: Readonly<Record<string, string>> = { domain: DOMAIN, repository: REPOSITORY, ...inputs };
      const request = {
        operation: login,
        host,
        raw: (name: string) => given[name],
        version: '0.0.0',
        clock: realClock,
        randomHex: () => '00',
        signal: new AbortController().signal,
      };
      const code = cleanup ? await runCleanup(request).then(() => 0) : await runOperation(request);
      const left = ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_STEP_SUMMARY'].map((name) =>
        readFileSync(files[name] ?? '', 'utf8'),
      );
      if (hostName === 'github' && !cleanup) githubState = left[1] ?? '';
      const line = stdout.text.split('\n').find((text) => text.startsWith('{"outputs"')) ?? '{"outputs":{}}';
      const { outputs } = JSON.parse(line) as { outputs: Record<string, string> };
      const printed = stdout.text.replace(/^::add-mask::.*$/gm, '');
      return { code, outputs, everything: [printed, stderr.text, ...left, ...filesBelow(workspace)].join('\n') };
    },
    spawn: (inputs, { job: jobId, killed = [0, 'before'] } = {}) => {
      const given = JSON.stringify({ domain: DOMAIN, repository: REPOSITORY, ...inputs });
      const on =
        jobId === undefined
          ? { HEADGATE_HOST: 'terminal' }
          : { GITLAB_CI: 'true', CI_PROJECT_DIR: workspace, CI_JOB_ID: jobId };
      return spawn(
        process.execPath,
        [path.join(import.meta.dirname, 'login-process.ts'), given, ...killed.map((word) => String(word))],
        { cwd: workspace, env: { ...process.env, ...on }, stdio: ['ignore', 'pipe', 'pipe'] },
      );
    },
    tool: async (program, words, environment = {}) => {
      const inherited = Object.entries(process.env).filter(
        ([name]) => !isToolVariable(name) && !name.startsWith('AWS_'),
      );
      const env = {
        ...Object.fromEntries(inherited),
        RUSTUP_HOME: before.RUSTUP_HOME ?? path.join(before.HOME ?? '', '.rustup'),
        HOME: home,
        ...environment,
      };
      const running = promisify(execFile)(program, words, { cwd: workspace, env });
      const { stdout, stderr } = await running.catch((error: { stdout?: string; stderr?: string }) => {
        throw new Error(`${path.basename(program)} failed:\n${error.stdout ?? ''}\n${error.stderr ?? String(error)}`);
      });
      return stdout + stderr;
    },
    readRegions: (since) => [
      ...new Set(
        aws
          .calls(since)
          .filter(({ operation, status }) => operation === 'ReadFromRepository' && status === 200)
          .map(({ region }) => region),
      ),
    ],
    lastCall: () => aws.calls().at(-1)?.n ?? 0,
    stop: async () => {
      for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
      Object.assign(process.env, before);
      for (const client of clients.values()) client.destroy();
      await aws.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
  workplace.fresh();
  return workplace;
}

/** What a process came to. */
export async function ended(child: ChildProcess) {
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  }
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal, log };
}

/** Real time: what is measured is how long Regions take. */
export const realClock: Clock = {
  now: () => new Date(),
  sleep: async (milliseconds: number, signal?: AbortSignal) => {
    const { setTimeout: pause } = await import('node:timers/promises');
    await pause(milliseconds, undefined, signal === undefined ? {} : { signal });
  },
};

/** Settings of the tools, and proxies, of whoever runs the tests. */
function isToolVariable(name: string): boolean {
  return /^(npm_|pip_|cargo_|maven_|xdg_config_home$|java_tool_options$|https?_proxy$|no_proxy$)/i.test(name);
}

/** The state of a step, as GitHub hands it to the step after the job. */
function stateVariables(text: string): Record<string, string> {
  const found = [...text.matchAll(/^([\w-]+)<<(\S+)\n([\s\S]*?)\n\2$/gm)];
  return Object.fromEntries(found.map(([, name = '', , value = '']) => [`STATE_${name}`, value]));
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.parentPath.includes('.headgate'))
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'));
}

class Kept extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
