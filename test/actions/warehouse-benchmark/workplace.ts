import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import compare from '../../../actions/warehouse-benchmark/compare.ts';
import prepare from '../../../actions/warehouse-benchmark/prepare.ts';
import run from '../../../actions/warehouse-benchmark/run.ts';
import sweep from '../../../actions/warehouse-benchmark/sweep.ts';
import { installDuckdb } from '../../../engines/duckdb/install.ts';
import { installTpcds } from '../../../engines/duckdb/install-tpcds.ts';
import type { ExitCode } from '../../../lib/errors.ts';
import type { Log } from '../../../lib/hosts/host.ts';
import type { Clock } from '../../../lib/operation/define.ts';
import { runCleanup, runOperation } from '../../../lib/operation/run.ts';
import type { Call } from '../../../local-aws/calls.ts';
import type { GatewayOptions } from '../../../local-aws/gateway.ts';
import { type LocalAws, startLocalAws } from '../../../local-aws/start.ts';
import { ACCOUNT, type Clients, REGION, redshiftOf } from '../../local-aws/redshift-client.ts';
import { memoryHost } from '../../support/memory-host.ts';
import { quickClock } from '../../support/test-clock.ts';

export const NAMESPACE = 'bench';
export const WORKGROUP = 'bench';
/** What prepares the smallest data on a workgroup that is there. */
export const ON_REDSHIFT = { engine: 'redshift', workgroup: WORKGROUP, 'scale-factor': '0.01' } as const;

const OPERATIONS = { compare, prepare, run, sweep } as const;

/** What one run of an operation left. */
export interface Ran {
  readonly exitCode: ExitCode;
  readonly outputs: Readonly<Record<string, string>>;
  readonly message: string;
  readonly report: string;
  readonly lines: readonly string[];
}

export interface RunOptions {
  readonly clock?: Clock;
  /** Without it, a new one. */
  readonly workspace?: string;
  readonly signal?: AbortSignal;
  /** Gets each line of the log as it comes. */
  readonly onLine?: (line: string) => void;
}

/** A local AWS, the environment of this process pointing at it, and clients that look from outside. */
export interface Workplace {
  readonly aws: LocalAws;
  readonly clients: Clients;
  /** A new folder for files that one run leaves for the next. */
  workspace(): string;
  /** Runs an operation with the cleanup after its job. */
  call(
    operation: keyof typeof OPERATIONS,
    inputs: Readonly<Record<string, string>>,
    options?: RunOptions,
  ): Promise<Ran>;
  prepare(inputs: Readonly<Record<string, string>>, options?: RunOptions): Promise<Ran>;
  /** The operations that were called since, by signing name; calls of the outside clients too. */
  calls(since?: number): readonly Call[];
  lastCall(): number;
  stop(): Promise<void>;
}

export async function openWorkplace(options: GatewayOptions = {}): Promise<Workplace> {
  await installDuckdb();
  await installTpcds();
  const aws = await startLocalAws(options);
  const clients = redshiftOf(aws);
  const folders: string[] = [];
  const before = { ...process.env };
  Object.assign(process.env, aws.environment, { AWS_ACCESS_KEY_ID: ACCOUNT, AWS_REGION: REGION });
  const call: Workplace['call'] = async (
    operation,
    inputs,
    { clock = quickClock, workspace, signal = new AbortController().signal, onLine } = {},
  ) => {
    const kept = memoryHost({
      surroundings: { serverHost: 'github.com', repositoryPath: 'octo-org/shop', event: { kind: 'manual' } },
    });
    const request = {
      operation: OPERATIONS[operation],
      host: { ...kept, workspace: workspace ?? kept.workspace, log: toldTo(kept.log, onLine) },
      raw: (name: string) => inputs[name],
      version: '1.2.3',
      clock,
      randomHex: (bytes: number) => 'ab'.repeat(bytes),
      signal,
    };
    try {
      const exitCode = await runOperation(request);
      await runCleanup(request);
      return {
        exitCode,
        outputs: kept.outputs,
        message: kept.annotations.map(({ message }) => message).join('\n'),
        report: kept.summaries.join('\n'),
        lines: kept.lines,
      };
    } finally {
      kept.remove();
    }
  };
  return {
    aws,
    clients,
    workspace: () => {
      const folder = mkdtempSync(path.join(os.tmpdir(), 'headgate-benchmark-'));
      folders.push(folder);
      return folder;
    },
    call,
    prepare: (inputs, options) => call('prepare', inputs, options),
    calls: (since) => aws.calls(since),
    lastCall: () => aws.calls().at(-1)?.n ?? 0,
    stop: async () => {
      process.env = before;
      clients.data.destroy();
      clients.serverless.destroy();
      await aws.stop();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    },
  };
}

function toldTo(log: Log, onLine: (line: string) => void = () => {}): Log {
  const told = (level: 'debug' | 'info' | 'warning' | 'error') => (line: string) => {
    log[level](line);
    onLine(line);
  };
  return {
    debug: told('debug'),
    info: told('info'),
    warning: told('warning'),
    error: told('error'),
    group: (title, work) => log.group(title, work),
  };
}
