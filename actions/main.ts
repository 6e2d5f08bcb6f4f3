import { readFileSync } from 'node:fs';
import path from 'node:path';
import { BadInput, badInput, type ExitCode } from '../lib/errors.ts';
import { createHost } from '../lib/hosts/detect.ts';
import { useProxies } from '../lib/net/proxy.ts';
import { allInputs } from '../lib/operation/common-inputs.ts';
import type { Clock, Operation } from '../lib/operation/define.ts';
import type { RawInputs } from '../lib/operation/inputs.ts';
import { nearest } from '../lib/operation/nearest.ts';
import { runCleanup, runOperation } from '../lib/operation/run.ts';
import { packageRoot } from '../lib/package-root.ts';
import { type CommandLine, parseCommandLine } from './command-line.ts';
import { operations } from './operations.ts';

/** How the process was started: by a door that fixes the operation, or from a command line. */
export interface Start {
  /** Set by the launcher of a GitHub action; `*` takes it from the input `operation`. */
  readonly door?: string;
  /** True for the step that GitHub runs after the job, for what must end with it. */
  readonly post?: boolean;
  readonly arguments: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/**
 * The only process entry: host -> operation -> exit code.
 *
 * @returns 0 done, 1 failed, 2 bad input, 130 cancelled
 */
export async function main(start: Start): Promise<ExitCode> {
  try {
    const given = parseCommandLine(start.arguments);
    const command = given.words.join(' ') === 'doctor' ? { ...given, words: ['doctor', 'run'] } : given;
    if (start.door === undefined) {
      if (command.words[0] === 'local') return await local(start);
      const answer = await informational(command);
      if (answer !== undefined) {
        start.stdout.write(`${answer}\n`);
        return 0;
      }
    }
    return await runFrom(start, command);
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    for (const { message } of error.problems) start.stderr.write(`headgate: ${message}\n`);
    return error.exitCode;
  }
}

/** Starts this process's operation and sets its exit code. Called by the launchers that `scripts/build` writes. */
export async function start(door?: string, post = false): Promise<void> {
  try {
    useProxies(process.env);
    process.exitCode = await main({
      ...(door === undefined ? {} : { door }),
      post,
      arguments: process.argv.slice(2),
      environment: process.env,
      cwd: process.cwd(),
      stdout: process.stdout,
      stderr: process.stderr,
    });
  } catch (error) {
    process.stderr.write(`headgate: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  }
}

async function runFrom(start: Start, command: CommandLine): Promise<ExitCode> {
  const doorInputs = start.door === '*' ? await rootDoorInputs(start.environment) : undefined;
  const name = doorInputs?.operation ?? start.door ?? command.words.join(' ');
  const operation = await loadOperation(name);
  const host = await createHost({
    environment: start.environment,
    cwd: start.cwd,
    stdout: start.stdout,
    stderr: start.stderr,
    flags: { json: command.json, quiet: command.quiet },
    secretInputs: new Set(
      Object.entries(allInputs(operation)).flatMap(([input, { type }]) => (type === 'secret' ? [input] : [])),
    ),
  });
  refuseUnknownInputs(operation, [...command.inputs.keys(), ...(doorInputs?.inputs.keys() ?? [])]);
  const raw: RawInputs = (input) => command.inputs.get(input) ?? doorInputs?.inputs.get(input) ?? host.rawInput(input);

  const controller = new AbortController();
  const cancel = () => controller.abort();
  process.once('SIGINT', cancel);
  process.once('SIGTERM', cancel);
  try {
    const request = {
      operation,
      host,
      raw,
      version: version(),
      clock: systemClock,
      randomHex,
      signal: controller.signal,
    };
    if (command.cleanup || start.post === true) {
      await runCleanup(request);
      return 0;
    }
    const code = await runOperation(request);
    if (host.name === 'terminal') await runCleanup(request);
    return code;
  } finally {
    process.off('SIGINT', cancel);
    process.off('SIGTERM', cancel);
  }
}

/** A name comes from outside, and every object has a `constructor`. */
function isOperation(name: string): boolean {
  return Object.hasOwn(operations, name);
}

async function loadOperation(name: string): Promise<Operation> {
  const load = isOperation(name) ? operations[name] : undefined;
  if (load !== undefined) return (await load()).default;
  const suggestion = nearest(name, Object.keys(operations));
  throw badInput(
    'operation',
    `there is no operation '${name}'${suggestion === undefined ? '' : `; did you mean '${suggestion}'`}? 'headgate --help' lists all`,
  );
}

function refuseUnknownInputs(operation: Operation, given: readonly string[]): void {
  const specs = allInputs(operation);
  const known = new Set(Object.entries(specs).flatMap(([input, { renamedFrom }]) => [input, ...(renamedFrom ?? [])]));
  const problems = given
    .filter((input) => !known.has(input))
    .map((input) => {
      const suggestion = nearest(input, [...known]);
      return {
        input,
        message: `input '${input}': '${operation.name}' has no such input${suggestion === undefined ? '' : `; did you mean '${suggestion}'?`}`,
      };
    });
  if (problems.length > 0) throw new BadInput(problems);
}

/** The root action takes any operation by name: `with: { operation:, inputs: }`, where `inputs` is a YAML map. */
async function rootDoorInputs(
  environment: NodeJS.ProcessEnv,
): Promise<{ operation: string; inputs: Map<string, string> }> {
  const operation = environment.INPUT_OPERATION ?? '';
  if (operation === '') throw badInput('operation', "is required; write for example 'branch-stack deploy'");
  const { parse } = await import('yaml');
  const text = environment.INPUT_INPUTS ?? '';
  try {
    const map: unknown = parse(text, { schema: 'failsafe' }) ?? {};
    if (typeof map !== 'object' || map === null || Array.isArray(map)) throw new Error('it is not a map');
    const inputs = Object.entries(map).map(([key, value]): [string, string] => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]);
    return { operation, inputs: new Map(inputs) };
  } catch (error) {
    throw badInput('inputs', `is not a YAML map of inputs: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function informational(command: CommandLine): Promise<string | undefined> {
  if (command.version) return version();
  const name = command.words.join(' ');
  if (isOperation(name) && !command.help) return undefined;
  const help = await import('./help.ts');
  if (isOperation(name)) return help.operationHelp(await loadOperation(name));
  const inScenario = Object.keys(operations).filter((operation) => operation.startsWith(`${name} `));
  if (inScenario.length > 0) return await help.list(inScenario);
  return name === '' ? await help.list(Object.keys(operations)) : undefined;
}

async function local(start: Start): Promise<ExitCode> {
  const { local: run } = await import('../local-aws/cli.ts');
  const write = (stream: NodeJS.WritableStream) => (text: string) => void stream.write(text);
  return (await run(start.arguments.slice(1), {
    stdout: write(start.stdout),
    stderr: write(start.stderr),
  })) as ExitCode;
}

function version(): string {
  return JSON.parse(readFileSync(path.join(packageRoot(), 'package.json'), 'utf8')).version;
}

const systemClock: Clock = {
  now: () => new Date(),
  sleep: async (milliseconds, signal) => {
    const { setTimeout: sleep } = await import('node:timers/promises');
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
  },
};

function randomHex(bytes: number): string {
  // The global is there from the start; the module behind node:crypto takes a fifth of a bare start to load.
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex');
}

if (import.meta.main) await start();
