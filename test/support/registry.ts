import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { stringify } from 'yaml';
import { startTokenService, type TokenRequest, type TokenService } from './token-service.ts';
import { find } from './tools.ts';

/**
 * `distribution`: Debian's docker-registry 2.8, which has no referrers API and removes no tags.
 * `go`: the registry of go-containerregistry, which has the referrers API and removes tags; it keeps all in memory.
 */
export type RegistryKind = 'distribution' | 'go';

export interface RegistryOptions {
  /** `distribution` when not given. */
  readonly kind?: RegistryKind;
  /** Who may come in. With `scheme: 'token'` (only `distribution`) a token service of the test gives tokens. */
  readonly auth?: { readonly username: string; readonly password: string; readonly scheme?: 'basic' | 'token' };
  /** Whether manifests may be removed; true when not given (only `distribution`). */
  readonly deletes?: boolean;
}

/** A real registry on this machine. */
export interface TestRegistry {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  /** What was asked of the token service, in order; empty without one. */
  readonly tokenRequests: readonly TokenRequest[];
  /** The token service, where there is one. */
  readonly tokens: TokenService | undefined;
  stop(): Promise<void>;
}

/** Name of each kind's program, as `requires` takes it. */
export const REGISTRY_PROGRAMS: Readonly<Record<RegistryKind, string>> = {
  distribution: 'docker-registry',
  go: 'go-registry',
};

export function registryIsPresent(kind: RegistryKind): boolean {
  return find(REGISTRY_PROGRAMS[kind]) !== '';
}

/** Starts a registry on a free port; it is empty. */
export async function startRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  const { kind = 'distribution', auth } = options;
  const directory = mkdtempSync(path.join(os.tmpdir(), 'headgate-registry-'));
  let tokens: TokenService | undefined;
  try {
    tokens = auth?.scheme === 'token' ? await startTokenService(find('openssl'), directory, auth) : undefined;
    const server = kind === 'go' ? startGo(auth) : startDistribution(directory, options, tokens);
    const host = await addressOf(server);
    return {
      host,
      tokens,
      tokenRequests: tokens?.requests ?? [],
      stop: async () => {
        await end(server);
        await tokens?.close();
        rmSync(directory, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await tokens?.close();
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

function startGo(auth: RegistryOptions['auth']): ChildProcess {
  const login = auth === undefined ? {} : { REGISTRY_USERNAME: auth.username, REGISTRY_PASSWORD: auth.password };
  return start(find('go-registry'), [], { ...process.env, ...login });
}

function startDistribution(
  directory: string,
  { auth, deletes = true }: RegistryOptions,
  tokens: TokenService | undefined,
): ChildProcess {
  const configuration = path.join(directory, 'config.yml');
  writeFileSync(
    configuration,
    stringify({
      version: 0.1,
      log: { accesslog: { disabled: true }, level: 'info', formatter: 'json' },
      storage: {
        filesystem: { rootdirectory: path.join(directory, 'storage') },
        delete: { enabled: deletes },
        maintenance: { uploadpurging: { enabled: false } },
      },
      http: { addr: '127.0.0.1:0', secret: 'of-a-test' },
      ...(tokens === undefined ? {} : { auth: { token: tokens.configuration } }),
      ...(auth === undefined || tokens !== undefined
        ? {}
        : { auth: { htpasswd: { realm: 'registry', path: passwordFile(directory, auth) } } }),
    }),
  );
  return start(find('docker-registry'), ['serve', configuration], process.env);
}

/** Distribution takes bcrypt only; Debian's libcrypt has it, and perl, which every Debian has, asks libcrypt. */
function passwordFile(directory: string, { username, password }: { username: string; password: string }): string {
  const hash = execFileSync('perl', ['-e', 'print crypt($ENV{WORD}, q($2y$05$abcdefghijklmnopqrstuu))'], {
    env: { ...process.env, WORD: password },
    encoding: 'utf8',
  });
  const file = path.join(directory, 'htpasswd');
  writeFileSync(file, `${username}:${hash}\n`);
  return file;
}

function start(program: string, words: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  if (program === '') throw new Error('the registry is not installed; ask registryIsPresent() first');
  const server = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const endWithUs = () => server.kill('SIGKILL');
  process.once('exit', endWithUs);
  server.once('exit', () => process.removeListener('exit', endWithUs));
  return server;
}

/** Both programs say on which address they listen; both are read to the end so that they never wait for a reader. */
async function addressOf(server: ChildProcess): Promise<string> {
  let said = '';
  return await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`the registry ended with ${code}: ${said}`)));
    for (const stream of [server.stdout, server.stderr] as Readable[]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said = `${said}${text}`.slice(-10_000);
        const [, host] = /listening on (127\.0\.0\.1:\d+)/.exec(said) ?? [];
        if (host !== undefined) resolve(host);
      });
    }
  });
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGKILL');
  await ended;
}
