import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ELF_ARCHITECTURES, elfHeader } from '../../../actions/multi-arch-image/elf.ts';
import { type TestArchitecture, testProgram } from '../../support/test-program.ts';

/** The first bytes of programs, written out from the ABI of each processor. */
const HEADERS: readonly [architecture: string, head: string][] = [
  ['amd64', '7f454c4602010100000000000000000003003e0001000000'],
  ['386', '7f454c4601010100000000000000000003000300010000001c'],
  ['arm', '7f454c4601010100000000000000000003002800010000001c'],
  ['arm64', '7f454c460201010000000000000000000300b70001000000'],
  ['ppc64le', '7f454c4602010100000000000000000003001500010000001c'],
  ['ppc64', '7f454c4602020100000000000000000000020015000000011c'],
  ['s390x', '7f454c4602020100000000000000000000030016000000011c'],
  ['riscv64', '7f454c460201010000000000000000000200f300010000001c'],
  ['mips64le', '7f454c4602010100000000000000000003000800010000001c'],
  ['mips', '7f454c4601020100000000000000000000020008000000011c'],
  ['loong64', '7f454c4602010100000000000000000003000201010000001c'],
];

describe('the header of an ELF file', () => {
  test.each(HEADERS)('%s', (architecture, head) => {
    expect(elfHeader(Buffer.from(head, 'hex'))).toMatchObject({ architecture, isProgram: true });
  });

  test('the Node.js that runs this test', () => {
    const names: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
    const head = readFileSync(process.execPath).subarray(0, 256);
    expect(elfHeader(head)).toMatchObject({ architecture: names[process.arch], isProgram: true });
  });

  test('the same machine number with another width or order is another architecture, or none', () => {
    const head = Buffer.from(testProgram('amd64'));
    head[4] = 1;
    expect(elfHeader(head)).toMatchObject({ architecture: undefined, machine: 'machine 62, 32 bits, little endian' });
  });

  test('object files and memory dumps are no programs', () => {
    for (const type of [0, 1, 4, 0xfe00]) {
      const head = Buffer.from(testProgram('arm64'));
      head.writeUInt16LE(type, 16);
      expect(elfHeader(head)?.isProgram).toBe(false);
    }
  });

  test('every program that tests make is known for what it is', () => {
    const names: TestArchitecture[] = ['386', 'amd64', 'arm', 'arm64', 'loong64', 'ppc64le', 'riscv64', 's390x'];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.nat(400), (name, length) => {
        const head = testProgram(name).subarray(0, length);
        expect(elfHeader(head)?.architecture).toBe(head.length < 24 ? undefined : name);
      }),
    );
  });

  test('whatever the bytes are, the answer is an architecture that images have, or none', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc
        .tuple(
          fc.constantFrom(0, 1, 2, 3),
          fc.constantFrom(0, 1, 2, 3),
          fc.uint8Array({ minLength: 20, maxLength: 60 }),
        )
        .map(([bits, order, rest]) => [0x7f, 0x45, 0x4c, 0x46, bits, order, 1, 0, ...rest]),
    );
    fc.assert(
      fc.property(bytes, (given) => {
        const header = elfHeader(Buffer.from(given));
        const isElf = given.length >= 24 && [1, 2].includes(given[4] ?? 0) && [1, 2].includes(given[5] ?? 0);
        const hasMagic = Buffer.from(given.slice(0, 4)).toString('latin1') === '\x7fELF' && given[6] === 1;
        expect(header !== undefined).toBe(isElf && hasMagic);
        if (header?.architecture !== undefined) expect(ELF_ARCHITECTURES).toContain(header.architecture);
      }),
    );
  });
});
