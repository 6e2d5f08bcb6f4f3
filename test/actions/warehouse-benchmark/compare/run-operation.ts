import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ExitCode } from '../../../../lib/errors.ts';
import type { Json } from '../../../../lib/hosts/host.ts';
import type { Operation } from '../../../../lib/operation/define.ts';
import { runOperation } from '../../../../lib/operation/run.ts';
import { type MemoryHost, memoryHost } from '../../../support/memory-host.ts';
import { quickClock } from '../../../support/test-clock.ts';

/** What one run of an operation left. */
export interface Ran {
  readonly exitCode: ExitCode;
  readonly outputs: Readonly<Record<string, string>>;
  /** The messages of failures. */
  readonly message: string;
  readonly report: string;
  readonly lines: readonly string[];
  /** `result` of the result file, or `data` of a failure. */
  readonly result: { readonly [key: string]: Json };
}

/** A workspace in which operations run as a door runs them. */
export interface Workspace {
  readonly path: string;
  /** Writes a file, JSON for anything but text. */
  write(file: string, content: unknown): void;
  read(file: string): string;
  run(operation: Operation, inputs: Readonly<Record<string, string>>): Promise<Ran>;
  remove(): void;
}

export function openWorkspace(): Workspace {
  const kept = memoryHost();
  return {
    path: kept.workspace,
    write: (file, content) => {
      const target = path.join(kept.workspace, file);
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, typeof content === 'string' ? content : JSON.stringify(content));
    },
    read: (file) => readFileSync(path.join(kept.workspace, file), 'utf8'),
    run: async (operation, inputs) => await runIn(kept.workspace, operation, inputs),
    remove: () => kept.remove(),
  };
}

async function runIn(workspace: string, operation: Operation, inputs: Readonly<Record<string, string>>): Promise<Ran> {
  const fresh = memoryHost();
  const host: MemoryHost = { ...fresh, workspace };
  try {
    const exitCode = await runOperation({
      operation,
      host,
      raw: (name) => inputs[name],
      version: '1.2.3',
      clock: quickClock,
      randomHex: (bytes) => 'ab'.repeat(bytes),
      signal: new AbortController().signal,
    });
    return {
      exitCode,
      outputs: fresh.outputs,
      message: fresh.annotations.map(({ message }) => message).join('\n'),
      report: fresh.summaries.join('\n'),
      lines: fresh.lines,
      result: exitCode === 2 ? {} : readResult(workspace, operation.name),
    };
  } finally {
    fresh.remove();
  }
}

function readResult(workspace: string, operation: string): { readonly [key: string]: Json } {
  const file = path.join(workspace, '.headgate', 'results', `${operation.replaceAll(' ', '-')}.json`);
  const { result, data } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly result?: { readonly [key: string]: Json };
    readonly data?: { readonly [key: string]: Json };
  };
  return result ?? data ?? {};
}
