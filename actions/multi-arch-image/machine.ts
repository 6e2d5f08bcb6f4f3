import { readdir, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Platform } from '../../lib/registry/platform.ts';

/**
 * Whether a machine runs programs of a platform:
 * - `native`: by itself;
 * - `emulated`: an emulator is registered for them;
 * - `unknown`: of another architecture, and what is registered cannot be seen from here;
 * - `never`: of another architecture, and nothing is registered.
 */
export type Execution = 'native' | 'emulated' | 'unknown' | 'never';

/** Node's names of architectures, as Go spells them. Source: Node.js, `process.arch`; Go, internal/syslist. */
const GO_NAMES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le', mipsel: 'mipsle' };

/** Architectures that another one runs without an emulator. */
const ALSO_NATIVE: Readonly<Record<string, readonly string[]>> = { amd64: ['386'], arm64: ['arm'] };

/** Source: the ELF specification and elf.h, `e_machine`. The letter is the order of the bytes. */
const ELF_MACHINES: Readonly<Record<string, readonly [number, 'L' | 'B']>> = {
  '386': [3, 'L'],
  ppc64le: [21, 'L'],
  s390x: [22, 'B'],
  arm: [40, 'L'],
  amd64: [62, 'L'],
  arm64: [183, 'L'],
  riscv64: [243, 'L'],
  loong64: [258, 'L'],
};

/** The architecture of this machine, as Go spells it. */
export function machineArchitecture(): string {
  const name = os.arch();
  return GO_NAMES[name] ?? name;
}

/** Whether a machine of this architecture runs the platform by itself. */
export function isNative(machine: string, { os: system, architecture }: Platform): boolean {
  return system === 'linux' && (architecture === machine || (ALSO_NATIVE[machine]?.includes(architecture) ?? false));
}

const BINFMT = '/proc/sys/fs/binfmt_misc';

/**
 * How this machine runs programs of a platform.
 *
 * @param registrations folder with the kernel's binfmt_misc entries
 */
export async function execution(machine: string, platform: Platform, registrations = BINFMT): Promise<Execution> {
  if (isNative(machine, platform)) return 'native';
  const names = await readdir(registrations).catch((): string[] => []);
  // A container sees an empty folder where the file system is not mounted.
  if (!names.includes('status')) return 'unknown';
  for (const name of names.filter((entry) => entry !== 'status' && entry !== 'register')) {
    const text = await readFile(path.join(registrations, name), 'utf8').catch(() => '');
    if (runs(text, platform.architecture)) return 'emulated';
  }
  return 'never';
}

/**
 * Whether an entry of binfmt_misc starts programs of this architecture also inside a container: with flag F the kernel
 * holds the emulator open. Source: Linux, Documentation/admin-guide/binfmt-misc.rst.
 */
export function runs(entry: string, architecture: string): boolean {
  const wanted = ELF_MACHINES[architecture];
  const lines = entry.split('\n').map((line) => line.trim());
  const [, flags = ''] = /^flags: (\S*)$/m.exec(lines.join('\n')) ?? [];
  const [, magic = ''] = /^magic ([0-9a-f]+)$/m.exec(lines.join('\n')) ?? [];
  if (wanted === undefined || lines[0] !== 'enabled' || !flags.includes('F')) return false;
  const bytes = Buffer.from(magic, 'hex');
  if (bytes.length < 20 || bytes.readUInt32BE(0) !== 0x7f454c46) return false;
  const [machine, order] = wanted;
  return (order === 'L' ? bytes.readUInt16LE(18) : bytes.readUInt16BE(18)) === machine;
}
