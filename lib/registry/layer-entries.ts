import type { Readable } from 'node:stream';
import { type TarEntry, tarEntries } from '../archive/tar-entries.ts';

/** A layer cannot be read: a phrase that follows its name. */
export { ArchiveError as LayerError } from '../archive/archive-error.ts';

/** What a layer says about one path. Whiteouts are files here; `LayerIndex` knows what they mean. */
export type LayerEntry =
  | {
      readonly kind: 'file';
      /** As the archive has it. */
      readonly path: string;
      readonly mode: number;
      /** Bytes. */
      readonly size: number;
      /** The first bytes, at most `HEAD_BYTES`. An index leaves out what is hardly ever asked for. */
      readonly head: Buffer | undefined;
    }
  | { readonly kind: 'symlink' | 'hard-link'; readonly path: string; readonly target: string }
  | { readonly kind: 'directory' | 'other'; readonly path: string };

/** How much of a file Linux looks at to decide how to start it. Source: execve(2), "Interpreter scripts". */
export const HEAD_BYTES = 256;

/** More than any layer that runs somewhere; what claims to be larger was made to keep a reader busy. */
const MAX_UNPACKED = 64 * 1024 ** 3;

/**
 * Reads the entries of a layer in the order of its archive, as `tarEntries` does.
 *
 * @param onBytes is told of bytes as they come in, packed
 * @throws LayerError for what is no such archive or a broken one; errors of the source as they are
 */
export async function* layerEntries(
  source: Readable,
  onBytes: (count: number) => void = () => {},
  maxUnpacked: number = MAX_UNPACKED,
): AsyncGenerator<LayerEntry, void, undefined> {
  for await (const entry of tarEntries(source, maxUnpacked, (chunk) => onBytes(chunk.length))) {
    yield await describe(entry);
  }
}

async function describe(entry: TarEntry): Promise<LayerEntry> {
  const { kind, path, mode, size, target } = entry;
  switch (kind) {
    case 'file':
      return { kind, path, mode, size, head: await entry.head(HEAD_BYTES) };
    case 'symlink':
    case 'hard-link':
      return { kind, path, target };
    default:
      return { kind, path };
  }
}
