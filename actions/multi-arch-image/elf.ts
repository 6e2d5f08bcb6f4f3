/** What the header of an ELF file says. */
export interface ElfHeader {
  /** Architecture in Go's words, as image configurations have it; undefined for machines that no image is made for. */
  readonly architecture: string | undefined;
  /** The machine as a person can look it up: `machine 62, 64 bits, little endian`. */
  readonly machine: string;
  /** Whether it can be started: programs and position-independent programs can, object files and memory dumps cannot. */
  readonly isProgram: boolean;
}

type Bits = 32 | 64;
type Order = 'little' | 'big';

/**
 * Architectures by `e_machine`. Source: System V ABI, "ELF Header", and the list of machines that it refers to; the
 * names are Go's GOARCH. The variant of Arm is not in the header.
 */
const ARCHITECTURES: Readonly<Record<number, Readonly<Record<`${Bits} ${Order}`, string | undefined>>>> = {
  3: only('32 little', '386'),
  8: { '32 little': 'mipsle', '32 big': 'mips', '64 little': 'mips64le', '64 big': 'mips64' },
  20: only('32 big', 'ppc'),
  21: { ...only('64 little', 'ppc64le'), '64 big': 'ppc64' },
  22: { ...only('64 big', 's390x'), '32 big': 's390' },
  40: { ...only('32 little', 'arm'), '32 big': 'armbe' },
  43: only('64 big', 'sparc64'),
  62: only('64 little', 'amd64'),
  183: { ...only('64 little', 'arm64'), '64 big': 'arm64be' },
  243: { ...only('64 little', 'riscv64'), '32 little': 'riscv' },
  258: only('64 little', 'loong64'),
};

function only(key: `${Bits} ${Order}`, architecture: string): Record<`${Bits} ${Order}`, string | undefined> {
  return {
    '32 little': undefined,
    '32 big': undefined,
    '64 little': undefined,
    '64 big': undefined,
    [key]: architecture,
  };
}

/** The architectures that `elfHeader` can tell. */
export const ELF_ARCHITECTURES: ReadonlySet<string> = new Set(
  Object.values(ARCHITECTURES).flatMap((byLayout) => Object.values(byLayout).filter((name) => name !== undefined)),
);

/**
 * Reads the header of an ELF file from its first bytes.
 *
 * @returns undefined for other files, and for those that end within the header or contradict themselves
 */
export function elfHeader(head: Buffer): ElfHeader | undefined {
  if (head.length < 24 || head.readUInt32BE(0) !== 0x7f454c46) return undefined;
  const [bits, order] = [[32, 64][head.readUInt8(4) - 1], ['little', 'big'][head.readUInt8(5) - 1]] as [Bits?, Order?];
  if (bits === undefined || order === undefined || head.readUInt8(6) !== 1) return undefined;
  const half = (at: number) => (order === 'little' ? head.readUInt16LE(at) : head.readUInt16BE(at));
  const [type, machine] = [half(16), half(18)];
  return {
    architecture: ARCHITECTURES[machine]?.[`${bits} ${order}`],
    machine: `machine ${machine}, ${bits} bits, ${order} endian`,
    isProgram: type === 2 || type === 3,
  };
}
