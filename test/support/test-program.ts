/** Architectures that a program can be made for. */
export type TestArchitecture = keyof typeof MACHINES;

// Source: System V ABI, "ELF Header", and the processor supplements.
const MACHINES = {
  '386': { machine: 3, bits: 32, flags: 0, order: 'little' },
  amd64: { machine: 62, bits: 64, flags: 0, order: 'little' },
  arm: { machine: 40, bits: 32, flags: 0x0500_0400, order: 'little' },
  arm64: { machine: 183, bits: 64, flags: 0, order: 'little' },
  loong64: { machine: 258, bits: 64, flags: 0x43, order: 'little' },
  ppc64le: { machine: 21, bits: 64, flags: 2, order: 'little' },
  riscv64: { machine: 243, bits: 64, flags: 5, order: 'little' },
  s390x: { machine: 22, bits: 64, flags: 0, order: 'big' },
} as const;

const LOAD_ADDRESS = 0x40_0000;

/**
 * A static Linux program of a few hundred bytes that prints a text and ends with a code. For amd64 and arm64 it really
 * runs; for the others it has a true ELF header and no code.
 */
export function testProgram(
  architecture: TestArchitecture,
  { output = `${architecture}\n`, exitCode = 0 }: { readonly output?: string; readonly exitCode?: number } = {},
): Buffer {
  const text = Buffer.from(output);
  const code =
    architecture === 'amd64'
      ? amd64Code(text.length, exitCode)
      : architecture === 'arm64'
        ? arm64Code(text.length, exitCode)
        : Buffer.alloc(0);
  const { bits } = MACHINES[architecture];
  return Buffer.concat([bits === 64 ? header64(architecture, code, text) : header32(architecture), code, text]);
}

/** `write(1, text, length)` and `exit(code)`; the text follows the code. Source: syscalls(2), Linux. */
function amd64Code(length: number, exitCode: number): Buffer {
  const code = Buffer.from([
    ...[0xb8, 1, 0, 0, 0], // mov eax, 1 (write)
    ...[0xbf, 1, 0, 0, 0], // mov edi, 1
    ...[0x48, 0x8d, 0x35, 19, 0, 0, 0], // lea rsi, [rip + 19]
    ...[0xba, 0, 0, 0, 0], // mov edx, length
    ...[0x0f, 0x05], // syscall
    ...[0xb8, 60, 0, 0, 0], // mov eax, 60 (exit)
    ...[0xbf, 0, 0, 0, 0], // mov edi, code
    ...[0x0f, 0x05], // syscall
  ]);
  code.writeUInt32LE(length, 18);
  code.writeUInt32LE(exitCode, 30);
  return code;
}

function arm64Code(length: number, exitCode: number): Buffer {
  const movz = (register: number, value: number) => 0xd280_0000 + value * 32 + register;
  const svc = 0xd400_0001;
  const instructions = [
    movz(8, 64), // write
    movz(0, 1),
    0x1000_0000 + (24 / 4) * 32 + 1, // adr x1, . + 24
    movz(2, length),
    svc,
    movz(8, 93), // exit
    movz(0, exitCode),
    svc,
  ];
  const code = Buffer.alloc(instructions.length * 4);
  instructions.forEach((instruction, n) => void code.writeUInt32LE(instruction, n * 4));
  return code;
}

function identity(architecture: TestArchitecture, size: number) {
  const { bits, order } = MACHINES[architecture];
  const header = Buffer.alloc(size);
  header.set([0x7f, 0x45, 0x4c, 0x46, bits === 64 ? 2 : 1, order === 'little' ? 1 : 2, 1]);
  const writer = (width: 2 | 4 | 8) => (value: number, at: number) => {
    const little = order === 'little';
    if (width === 8)
      return little ? header.writeBigUInt64LE(BigInt(value), at) : header.writeBigUInt64BE(BigInt(value), at);
    if (width === 4) return little ? header.writeUInt32LE(value, at) : header.writeUInt32BE(value, at);
    return little ? header.writeUInt16LE(value, at) : header.writeUInt16BE(value, at);
  };
  return { header, half: writer(2), word: writer(4), double: writer(8) };
}

function header64(architecture: TestArchitecture, code: Buffer, text: Buffer): Buffer {
  const headers = 64 + 56;
  const { header, half, word, double } = identity(architecture, headers);
  half(2, 16); // executable
  half(MACHINES[architecture].machine, 18);
  word(1, 20);
  double(LOAD_ADDRESS + headers, 24);
  double(64, 32);
  word(MACHINES[architecture].flags, 48);
  half(64, 52);
  half(56, 54);
  half(1, 56);
  half(64, 58);
  // One segment: the whole file, to read and to execute.
  word(1, 64);
  word(5, 68);
  double(LOAD_ADDRESS, 80);
  double(LOAD_ADDRESS, 88);
  const size = headers + code.length + text.length;
  double(size, 96);
  double(size, 104);
  double(0x1_0000, 112);
  return header;
}

function header32(architecture: TestArchitecture): Buffer {
  const { header, half, word } = identity(architecture, 52);
  half(2, 16);
  half(MACHINES[architecture].machine, 18);
  word(1, 20);
  word(MACHINES[architecture].flags, 36);
  half(52, 40);
  half(32, 42);
  half(40, 46);
  return header;
}
