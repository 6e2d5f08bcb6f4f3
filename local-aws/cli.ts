import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { changeFaults, describeFaults } from './cli-faults.ts';
import type { GatewayStatus } from './control.ts';
import { type FaultSet, readFaults } from './fault-rules.ts';
import { Gateway } from './gateway.ts';
import { LocalAwsError } from './local-aws-error.ts';
import { localEnvironment } from './start.ts';

/** What the command line needs from the program around it. */
export interface LocalIo {
  stdout: (text: string) => void;
  stderr: (text: string) => void;
  /** Program and arguments that lead to this command, for the process in the background. */
  self?: readonly string[];
}

const HELP = `headgate local: an AWS on this machine, for trying and testing

  headgate local start [--port N] [--foreground] [--json]
  headgate local status [--json]
  headgate local faults [FILE.json | --clear] [--json]
  headgate local reset
  headgate local stop

  --port N         port on 127.0.0.1; a free one when left out
  --foreground     stay in the foreground until Ctrl-C
  --clear          take back all faults
  --state-dir DIR  where its port and log are kept (default: .local-aws)
  --json           print JSON
`;

const COMMANDS = ['start', 'stop', 'reset', 'status', 'faults'] as const;
type Command = (typeof COMMANDS)[number];

interface Settings {
  command: Command;
  port: number | undefined;
  foreground: boolean;
  json: boolean;
  /** The file of `faults`. */
  file: string | undefined;
  clear: boolean;
  directory: string;
}

/** What `start` leaves in the state directory for the other commands. */
interface State {
  endpoint: string;
  pid: number;
}

class BadUsage extends Error {}

/**
 * `headgate local …`. Gives the exit code: 0 done, 1 failed (for `status`: not running), 2 bad input.
 */
export async function local(args: readonly string[], io: LocalIo): Promise<number> {
  try {
    if (args.length === 0 || args.includes('--help') || args[0] === 'help') {
      io.stdout(HELP);
      return args.length === 0 ? 2 : 0;
    }
    const settings = readSettings(args);
    return await RUN[settings.command](settings, io);
  } catch (error) {
    if (error instanceof BadUsage) {
      io.stderr(`${error.message}\n\n${HELP}`);
      return 2;
    }
    if (!(error instanceof LocalAwsError)) throw error;
    io.stderr(`${error.message}\n`);
    return 1;
  }
}

const RUN: Record<Command, (settings: Settings, io: LocalIo) => Promise<number>> = {
  start,
  stop,
  reset,
  status,
  faults,
};

function readSettings(args: readonly string[]): Settings {
  const { values, positionals } = parse(args);
  const [word, file, ...more] = positionals;
  const command = COMMANDS.find((name) => name === word);
  if (!command || more.length > 0 || (file !== undefined && command !== 'faults')) {
    throw new BadUsage(`'local ${positionals.join(' ')}' is not a command.`);
  }
  const clear = values.clear ?? false;
  if (clear && (command !== 'faults' || file !== undefined)) {
    throw new BadUsage("--clear stands with 'local faults' alone, without a file.");
  }
  return {
    command,
    file,
    clear,
    port: readPort(values.port),
    foreground: values.foreground ?? false,
    json: values.json ?? false,
    directory: resolve(values['state-dir'] ?? '.local-aws'),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        port: { type: 'string' },
        foreground: { type: 'boolean' },
        json: { type: 'boolean' },
        clear: { type: 'boolean' },
        'state-dir': { type: 'string' },
      },
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const host = args.some((arg) => arg.startsWith('--host') || arg.startsWith('--bind'));
    throw new BadUsage(host ? 'The local AWS runs uploaded code, so it listens on 127.0.0.1 only.' : message);
  }
}

function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new BadUsage(`--port: '${text}' is not a port; write a number from 0 (a free one) to 65535.`);
}

async function start(settings: Settings, io: LocalIo): Promise<number> {
  const { directory, port } = settings;
  const running = await findRunning(directory);
  if (running) {
    if (port && running.endpoint !== `http://127.0.0.1:${port}`) {
      throw new LocalAwsError(
        `A local AWS already runs at ${running.endpoint} (process ${running.pid}). Stop it first, or use another --state-dir.`,
      );
    }
    printStarted(settings, io, running);
    return 0;
  }
  if (settings.foreground) return runInForeground(settings, io);
  const state = await startInBackground(settings, io);
  printStarted(settings, io, state);
  return 0;
}

async function runInForeground(settings: Settings, io: LocalIo): Promise<number> {
  const { directory } = settings;
  const say = (line: string) => io.stderr(`${line}\n`);
  const gateway = await Gateway.start({ say, ...(settings.port !== undefined && { port: settings.port }) });
  const end = () => void gateway.stop();
  process.once('SIGINT', end).once('SIGTERM', end);
  const state = { endpoint: gateway.endpoint, pid: process.pid };
  mkdirSync(directory, { recursive: true });
  writeFileSync(stateFile(directory), `${JSON.stringify(state)}\n`);
  if (process.send) process.send(state);
  else printStarted(settings, io, state);
  await gateway.stopped;
  process.off('SIGINT', end).off('SIGTERM', end);
  if (readState(directory)?.pid === process.pid) rmSync(stateFile(directory), { force: true });
  return 0;
}

/** Runs `start --foreground` as a process of its own, with its output in a log file, and waits until it is ready. */
async function startInBackground(settings: Settings, io: LocalIo): Promise<State> {
  const { directory } = settings;
  mkdirSync(directory, { recursive: true });
  const logFile = join(directory, 'gateway.log');
  const log = openSync(logFile, 'w');
  const [program = process.execPath, ...leading] = io.self ?? [process.execPath, process.argv[1] ?? '', 'local'];
  const args = [...leading, 'start', '--foreground', '--state-dir', directory];
  if (settings.port !== undefined) args.push('--port', String(settings.port));
  const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log, 'ipc'] });
  closeSync(log);
  if (!settings.json) io.stderr('Starting the local AWS (the first start installs it, which takes up to a minute).\n');
  return new Promise((ready, failed) => {
    child.once('error', (error) => failed(new LocalAwsError(`Could not start ${program}: ${error.message}`)));
    child.once('exit', () =>
      failed(new LocalAwsError(readFileSync(logFile, 'utf8').trim() || `It ended; see ${logFile}.`)),
    );
    child.once('message', (message) => {
      child.disconnect();
      child.unref();
      ready(message as State);
    });
  });
}

async function stop({ directory }: Settings, io: LocalIo): Promise<number> {
  const running = await findRunning(directory);
  if (!running) {
    rmSync(stateFile(directory), { force: true });
    io.stdout('No local AWS is running.\n');
    return 0;
  }
  await fetch(`${running.endpoint}/_headgate/stop`, { method: 'POST' });
  await gone(running.pid);
  io.stdout(`Stopped the local AWS at ${running.endpoint}.\n`);
  return 0;
}

async function gone(pid: number): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (isAlive(pid)) {
    if (Date.now() > deadline) {
      throw new LocalAwsError(
        `The local AWS (process ${pid}) did not end within ten seconds. End it with: kill -9 ${pid}`,
      );
    }
    await new Promise((wake) => setTimeout(wake, 25));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function reset({ directory }: Settings, io: LocalIo): Promise<number> {
  const running = await demandRunning(directory);
  const answer = await fetch(`${running.endpoint}/_headgate/reset`, { method: 'POST' });
  if (!answer.ok) throw new LocalAwsError(`The reset failed: ${await answer.text()}`);
  io.stdout(`The local AWS at ${running.endpoint} is empty.\n`);
  return 0;
}

async function status({ directory, json }: Settings, io: LocalIo): Promise<number> {
  const running = await findRunning(directory);
  if (json) {
    io.stdout(`${JSON.stringify(running ? { running: true, ...running } : { running: false })}\n`);
  } else if (running) {
    const emulators = running.emulators.map(({ name, version }) => `${name} ${version}`).join(', ');
    const faulty = running.faults > 0 ? `; ${running.faults} fault rule${running.faults > 1 ? 's' : ''} in force` : '';
    io.stdout(
      `Running at ${running.endpoint} since ${running.started} (${emulators}; ${running.calls} calls recorded${faulty}).\n`,
    );
  } else {
    io.stdout('Not running. Start it with: headgate local start\n');
  }
  return running ? 0 : 1;
}

async function faults({ directory, file, clear, json }: Settings, io: LocalIo): Promise<number> {
  const rules = file === undefined ? undefined : readFaultFile(file);
  const { endpoint } = await demandRunning(directory);
  const inForce = await changeFaults(endpoint, clear ? 'none' : rules);
  io.stdout(json ? `${JSON.stringify(inForce)}\n` : describeFaults(endpoint, inForce));
  return 0;
}

function readFaultFile(file: string): FaultSet {
  try {
    return readFaults(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new BadUsage(`${file}: ${(error as Error).message}`);
  }
}

async function demandRunning(directory: string): Promise<GatewayStatus> {
  const running = await findRunning(directory);
  if (running) return running;
  throw new LocalAwsError(`No local AWS is running from ${directory}. Start one with: headgate local start`);
}

/** The status of the gateway that the state directory tells of, when it is still that one that answers. */
async function findRunning(directory: string): Promise<GatewayStatus | undefined> {
  const state = readState(directory);
  if (!state) return undefined;
  try {
    const answer = await fetch(`${state.endpoint}/_headgate/status`, { signal: AbortSignal.timeout(5000) });
    const found = (await answer.json()) as GatewayStatus;
    return found.pid === state.pid ? found : undefined;
  } catch {
    return undefined;
  }
}

function stateFile(directory: string): string {
  return join(directory, 'state.json');
}

function readState(directory: string): State | undefined {
  try {
    const { endpoint, pid } = JSON.parse(readFileSync(stateFile(directory), 'utf8'));
    const isLocal = typeof endpoint === 'string' && /^http:\/\/127\.0\.0\.1:\d+$/.test(endpoint);
    return isLocal && typeof pid === 'number' ? { endpoint, pid } : undefined;
  } catch {
    return undefined;
  }
}

function printStarted({ json }: Settings, io: LocalIo, { endpoint, pid }: State): void {
  const environment = localEnvironment(endpoint);
  if (json) {
    io.stdout(`${JSON.stringify({ endpoint, pid, environment })}\n`);
    return;
  }
  const lines = Object.entries(environment).map(([name, value]) => `export ${name}=${value}`);
  io.stderr(
    `The local AWS runs at ${endpoint}. Point a shell at it with these lines, or with eval "$(headgate local start)":\n`,
  );
  io.stdout(`${[...lines, 'unset AWS_PROFILE AWS_SESSION_TOKEN'].join('\n')}\n`);
}

// Only when this file itself is run: in a bundle, `import.meta.url` is the bundle's, which has a main of its own.
const [, main = ''] = process.argv;
if (main.endsWith('cli.ts') && import.meta.url === pathToFileURL(main).href) {
  const io: LocalIo = {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    self: [process.execPath, main],
  };
  local(process.argv.slice(2), io).then((code) => {
    process.exitCode = code;
  });
}
