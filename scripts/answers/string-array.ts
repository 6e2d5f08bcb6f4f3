const POINTER = 8;
const SYMBOL_BYTES = 24;
const RELOCATION_BYTES = 24;
/** R_X86_64_RELATIVE and R_AARCH64_RELATIVE: the word at the offset is the addend plus the base address. */
const RELATIVE = [8, 1027];

interface Section {
  readonly name: string;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
}

/**
 * The texts of an array of C strings in a shared object for Linux (ELF, 64 bits, little-endian).
 *
 * @param file the whole shared object, with its symbol table
 * @param symbol name of the array, which holds one pointer a text
 * @throws Error when the file is another one or has no such symbol
 */
export function stringArray(file: Buffer, symbol: string): string[] {
  const sections = readSections(file);
  const { address, size } = findSymbol(file, sections, symbol);
  const targets = relocations(file, sections);
  return Array.from({ length: size / POINTER }, (_, index) => {
    const target = targets.get(address + index * POINTER);
    if (target === undefined) throw new Error(`Entry ${index} of ${symbol} points nowhere.`);
    return textAt(file, fileOffset(sections, target));
  });
}

function readSections(file: Buffer): Section[] {
  if (file.readUInt32BE(0) !== 0x7f454c46 || file[4] !== 2 || file[5] !== 1) {
    throw new Error("The extension is no ELF file of 64 bits: run this on Linux, where DuckDB's extension is one.");
  }
  const [start, bytes, count, namesIndex] = [
    word(file, 0x28),
    ...[0x3a, 0x3c, 0x3e].map((at) => file.readUInt16LE(at)),
  ];
  const headers = Array.from({ length: count ?? 0 }, (_, index) => start + index * (bytes ?? 0));
  const names = word(file, (headers[namesIndex ?? 0] ?? 0) + 0x18);
  return headers.map((at) => ({
    name: textAt(file, names + file.readUInt32LE(at)),
    address: word(file, at + 0x10),
    offset: word(file, at + 0x18),
    size: word(file, at + 0x20),
  }));
}

function findSymbol(file: Buffer, sections: readonly Section[], symbol: string): { address: number; size: number } {
  const [symbols, names] = [section(sections, '.symtab'), section(sections, '.strtab')];
  for (let at = symbols.offset; at < symbols.offset + symbols.size; at += SYMBOL_BYTES) {
    if (textAt(file, names.offset + file.readUInt32LE(at)) === symbol) {
      return { address: word(file, at + 8), size: word(file, at + 16) };
    }
  }
  throw new Error(`The extension has no ${symbol}: it is of another release, or its symbols were stripped.`);
}

/** Where the pointers of the file point, by their own address. */
function relocations(file: Buffer, sections: readonly Section[]): ReadonlyMap<number, number> {
  const { offset, size } = section(sections, '.rela.dyn');
  const targets = new Map<number, number>();
  for (let at = offset; at < offset + size; at += RELOCATION_BYTES) {
    if (RELATIVE.includes(file.readUInt32LE(at + 8))) targets.set(word(file, at), word(file, at + 16));
  }
  return targets;
}

function section(sections: readonly Section[], name: string): Section {
  const found = sections.find((each) => each.name === name);
  if (found === undefined) throw new Error(`The extension has no section ${name}.`);
  return found;
}

function fileOffset(sections: readonly Section[], address: number): number {
  const found = sections.find((each) => each.address <= address && address < each.address + each.size);
  if (found === undefined) throw new Error(`Address ${address} is in no section.`);
  return found.offset + address - found.address;
}

function textAt(file: Buffer, offset: number): string {
  return file.toString('utf8', offset, file.indexOf(0, offset));
}

function word(file: Buffer, offset: number): number {
  return Number(file.readBigUInt64LE(offset));
}
