import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { packageRoot } from '../engines/package-root.ts';
import { installEmulator } from './install.ts';
import { BadRequest, LocalAwsError } from './local-aws-error.ts';
import type { Backend } from './routes.ts';

/** The header that tells a child that the gateway is asking. */
export const TOKEN_HEADER = 'x-headgate-token';

/** A running emulator. It listens on 127.0.0.1 and answers only requests with its token. */
export interface Child {
  backend: Backend;
  version: string;
  pid: number;
  port: number;
  token: string;
  /** False once the process has ended. */
  running(): boolean;
  /**
   * Sends one setting, for example `{ resourceSeconds: 1 }`; resolves when it holds, or the child has ended.
   *
   * @throws BadRequest with the child's words when it refuses
   */
  tell(setting: Record<string, unknown>): Promise<void>;
  /** Ends the process and all that it started: SIGTERM, after three seconds SIGKILL. */
  stop(): Promise<void>;
}

/** Variables of the surrounding environment that a child gets. Credentials and tokens are not among them. */
const PASSED_ON = ['HOME', 'LANG', 'LC_ALL', 'TZ', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS'];

const SETTINGS: Record<Backend, Record<string, string>> = {
  // Listeners of their own that nobody asked for are off. Functions run as processes, without Docker.
  ministack: { IOT_MTLS_ENABLED: '0', SFTP_ENABLED: '0', LAMBDA_EXECUTOR: 'local', LOG_LEVEL: 'WARNING' },
  moto: { MOTO_ENABLE_ISO_REGIONS: 'false' },
};

/**
 * Starts an emulator and waits until it listens.
 *
 * @param gatewayPort the port that belongs in the emulator's answers (queue URLs and the like)
 * @throws LocalAwsError with the last lines of the program when it ends instead
 */
export async function startChild(backend: Backend, gatewayPort: number, say?: (line: string) => void): Promise<Child> {
  const python = await installEmulator(backend, say);
  const directory = await mkdtemp(join(tmpdir(), `headgate-${backend}-`));
  const token = randomBytes(16).toString('hex');
  const program = join(packageRoot(), 'local-aws', 'child.py');
  const process_ = spawn(python, ['-B', program, backend], {
    // A process group of its own: what the emulator starts ends together with it.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...passedOn(),
      ...SETTINGS[backend],
      // Functions run on the Node that runs the gateway.
      PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
      TMPDIR: directory,
      HEADGATE_CHILD_DIRECTORY: directory,
      HEADGATE_CHILD_TOKEN: token,
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      GATEWAY_PORT: String(gatewayPort),
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
  const ended = new Promise<void>((resolve) => process_.once('close', () => resolve()));
  process_.stdin.on('error', () => {}); // The child may be gone; `running` says so.
  const lastLines = keepLastLines(process_);
  const lines = createInterface({ input: process_.stdout }).setMaxListeners(0);
  let told = 0;
  try {
    const { port, version } = await announcement(process_, lines, backend, lastLines);
    return {
      backend,
      version,
      port,
      token,
      pid: process_.pid ?? 0,
      running: () => process_.exitCode === null && process_.signalCode === null,
      tell: async (setting) => {
        told += 1;
        const id = told;
        const answered = Promise.race([lineThat(lines, (said) => said.answers === id), ended.then(() => undefined)]);
        process_.stdin.write(`${JSON.stringify({ id, setting })}\n`);
        const answer = await answered;
        if (typeof answer?.refused === 'string') throw new BadRequest(answer.refused);
      },
      stop: () => stop(process_, ended, directory),
    };
  } catch (error) {
    await stop(process_, ended, directory);
    throw error;
  }
}

function passedOn(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of PASSED_ON) {
    const value = process.env[name];
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** Waits for the line in which a child says where it listens. */
function announcement(
  child: ChildProcess,
  lines: Interface,
  backend: Backend,
  lastLines: () => string,
): Promise<{ port: number; version: string }> {
  return new Promise((resolve, reject) => {
    const fail = (what: string) =>
      reject(new LocalAwsError(`${backend} ${what} before it was ready. Its last lines:\n${lastLines() || '(none)'}`));
    child.once('error', (error) => fail(`could not be started (${error.message})`));
    child.once('close', (code, signal) => fail(`ended (${signal ?? `exit code ${code}`})`));
    void lineThat(lines, ({ port, version }) => typeof port === 'number' && typeof version === 'string').then((said) =>
      resolve(said as { port: number; version: string }),
    );
  });
}

/** The next JSON line that is the one waited for. Emulators may print other lines. */
function lineThat(
  lines: Interface,
  isIt: (said: Record<string, unknown>) => boolean,
): Promise<Record<string, unknown>> {
  return new Promise((resolve) => {
    const read = (line: string) => {
      const said = readObject(line);
      if (!said || !isIt(said)) return;
      lines.off('line', read);
      resolve(said);
    };
    lines.on('line', read);
  });
}

function readObject(line: string): Record<string, unknown> | undefined {
  try {
    const said: unknown = JSON.parse(line);
    return typeof said === 'object' && said !== null ? (said as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Reads standard error for ever, so that the child never blocks on it, and keeps the end of it. */
function keepLastLines(child: ChildProcess): () => string {
  let kept = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    kept = (kept + text).slice(-4000);
  });
  return () => kept.trim();
}

async function stop(child: ChildProcess, ended: Promise<void>, directory: string): Promise<void> {
  signalGroup(child, 'SIGTERM');
  const force = setTimeout(() => signalGroup(child, 'SIGKILL'), 3000);
  if (child.pid !== undefined) await ended;
  clearTimeout(force);
  await rm(directory, { recursive: true, force: true });
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // The group is gone.
  }
}
