import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestZipEntry, zipOf } from './zip.ts';

/** A wheel; everything has a default that makes a good one of `acme-shop` 1.0.0. */
export interface TestWheel {
  readonly name?: string;
  readonly version?: string;
  /** Name of the file. */
  readonly file?: string;
  /** Name of the `.dist-info` folder. */
  readonly info?: string;
  /** METADATA as it is. */
  readonly metadata?: Buffer | string;
  /** Changes the digest and nothing else. */
  readonly salt?: string;
  /** The last word on the entries. */
  readonly change?: (entries: readonly TestZipEntry[]) => readonly TestZipEntry[];
}

/** Core metadata 2.1 with these headers, and with a description. */
export function coreMetadata(name: string, version: string, more = ''): string {
  return `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\nSummary: A sample\n${more}\nA longer text.\n`;
}

export function wheelEntries(wheel: TestWheel = {}): readonly TestZipEntry[] {
  const { name = 'acme-shop', version = '1.0.0', salt = '', change = (entries) => entries } = wheel;
  const module = name.replace(/[-.]/g, '_').toLowerCase();
  const info = wheel.info ?? `${module}-${version}.dist-info`;
  const entries: TestZipEntry[] = [
    { path: `${module}.py`, content: `# ${salt}\n` },
    { path: `${info}/METADATA`, content: wheel.metadata ?? coreMetadata(name, version) },
    { path: `${info}/WHEEL`, content: 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n' },
  ];
  const rows = entries.map(({ path: file, content = '' }) => {
    const digest = createHash('sha256').update(content).digest('base64url');
    return `${file},sha256=${digest},${Buffer.byteLength(content)}\n`;
  });
  return change([...entries, { path: `${info}/RECORD`, content: `${rows.join('')}${info}/RECORD,,\n` }]);
}

/** @returns the path of the file */
export async function writeWheel(directory: string, wheel: TestWheel = {}): Promise<string> {
  const { name = 'acme-shop', version = '1.0.0' } = wheel;
  const module = name.replace(/[-.]/g, '_').toLowerCase();
  const file = path.join(directory, wheel.file ?? `${module}-${version}-py3-none-any.whl`);
  await writeFile(file, zipOf(wheelEntries(wheel)));
  return file;
}
