import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { installDuckdb } from '../../../../engines/duckdb/install.ts';
import type { Log } from '../../../../lib/hosts/host.ts';

/** The driver, as somebody uses it without us. */
export interface Driver {
  runAndReadAll(sql: string): Promise<{ getRows(): unknown[][] }>;
  closeSync(): void;
}

/** Opens a database with the driver alone. */
export async function openDriver(file: string, settings: Readonly<Record<string, string>> = {}): Promise<Driver> {
  const { DuckDBInstance } = createRequire(join(await installDuckdb(), 'index.js'))('@duckdb/node-api');
  return await (await DuckDBInstance.create(file, settings)).connect();
}

/** A log that keeps its lines. */
export function keptLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (line: string) => void lines.push(line);
  return { lines, debug: keep, info: keep, warning: keep, error: keep, group: (_title, work) => work() };
}

/** A statement that runs for hours, and needs next to no memory. */
export const ENDLESS = 'select count(*) from range(1000000) a, range(1000000) b where a.range * b.range % 7 = 3';

/** Most memory that a process has had so far, in megabytes. */
export function peakMemory(pid: number | undefined): number {
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

/** True until the process has ended; one that nobody has waited for yet has ended, too. */
export function runs(pid: number | undefined): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
