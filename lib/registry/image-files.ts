import type { Readable } from 'node:stream';
import { type LayerEntry, LayerError, layerEntries } from './layer-entries.ts';
import { LayerIndex, type Parts, partsOf, type Verdict } from './layer-index.ts';
import type { Descriptor } from './manifest.ts';

/** What is at a path of an image, after all symbolic links. */
export type FoundFile =
  | {
      readonly kind: 'file';
      /** Where it really is: `/usr/bin/dash`. */
      readonly path: string;
      /** The layer that it comes from; the lowest is 0. */
      readonly layer: number;
      readonly mode: number;
      /** Bytes. */
      readonly size: number;
      /** The first bytes, at most `HEAD_BYTES`. */
      readonly head: Buffer;
    }
  | { readonly kind: 'directory' | 'other'; readonly path: string }
  /** Nothing is there, or more than 40 symbolic links lead there. */
  | { readonly kind: 'missing'; readonly why: 'absent' | 'links' };

/** The files of an image cannot be read; the message is a sentence without a full stop that names the layer. */
export class ImageFilesError extends Error {}

/** What a search may take. */
export interface SearchLimits {
  /** Bytes that are remembered about the names in an image. */
  readonly memory: number;
  /** How often a layer is read once more because it has more names than may be remembered. */
  readonly rereads: number;
}

const LIMITS: SearchLimits = { memory: 32 * 1024 * 1024, rereads: 16 };
/** Source: path_resolution(7), "Length limit" and ELOOP: Linux follows at most 40 symbolic links. */
const MAX_LINKS = 40;

/**
 * The files of an image, looked up through its layers without unpacking it. Layers are read from the top down and only
 * as far as a question needs; what was passed by is remembered within limits, so that further questions read on instead
 * of anew. Whiteouts, symbolic links in any part of a path and hard links count as they do in a running container. The
 * digest of a layer is only checked where the layer is read to its end. `close` it in the end.
 *
 * Source: image-spec, layer.md.
 */
export class ImageFiles {
  readonly #layers: readonly LayerReader[];

  /**
   * @param layers the lowest first, as a manifest lists them
   * @param open gives the content of a layer as a registry has it
   */
  constructor(
    layers: readonly Descriptor[],
    open: (layer: Descriptor) => Promise<Readable>,
    limits: SearchLimits = LIMITS,
  ) {
    const allowance = { ...limits };
    this.#layers = layers.map((layer) => new LayerReader(layer, open, allowance));
  }

  /** Bytes of layers that were read so far, as they are stored (packed). */
  get bytesRead(): number {
    return this.#layers.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  }

  /**
   * What is at a path, which counts from the root also without a slash at its beginning.
   *
   * @throws ImageFilesError for a layer that cannot be read; errors of `open` and of its streams as they are
   */
  async find(path: string): Promise<FoundFile> {
    return await this.#follow(path.split('/'), 0, { left: MAX_LINKS });
  }

  /** Stops what is still being read. */
  async close(): Promise<void> {
    for (const layer of this.#layers) await layer.close();
  }

  /** @param real how many parts at the beginning are directories and no links, as far as is known */
  async #follow(path: Parts, real: number, links: { left: number }): Promise<FoundFile> {
    const parts = await this.#withoutParents(path, real, links);
    if (parts === undefined) return links.left < 0 ? TOO_MANY_LINKS : ABSENT;
    if (parts.length === 0) return { kind: 'directory', path: '/' };
    const place = await this.#locate(parts, this.#layers.length - 1);
    if (place === undefined) return ABSENT;
    const { entry, depth, layer } = place;
    if (entry.kind === 'symlink') {
      if (--links.left < 0) return TOO_MANY_LINKS;
      const directory = entry.target.startsWith('/') ? [] : parts.slice(0, depth - 1);
      return await this.#follow(
        [...directory, ...entry.target.split('/'), ...parts.slice(depth)],
        directory.length,
        links,
      );
    }
    if (depth < parts.length) return ABSENT;
    const where = `/${parts.join('/')}`;
    if (entry.kind !== 'file') return { kind: entry.kind === 'directory' ? 'directory' : 'other', path: where };
    return { kind: 'file', path: where, layer, mode: entry.mode, size: entry.size, head: entry.head ?? NO_BYTES };
  }

  /** A `..` leads to the parent of what a link before it points at, so the part before it is followed first. */
  async #withoutParents(path: Parts, real: number, links: { left: number }): Promise<Parts | undefined> {
    let parts = path.filter((part) => part !== '' && part !== '.');
    for (let at = parts.indexOf('..'); at >= 0; at = parts.indexOf('..')) {
      let before: Parts = parts.slice(0, at);
      if (at > real) {
        const directory = await this.#follow(before, real, links);
        if (directory.kind !== 'directory') return undefined;
        before = partsOf(directory.path);
      }
      parts = [...before.slice(0, -1), ...parts.slice(at + 1)];
      real = Math.max(before.length - 1, 0);
    }
    return parts;
  }

  /** The first thing on the way along these parts that is no directory, or what is at their end. */
  async #locate(parts: Parts, top: number): Promise<Place | undefined> {
    let directories = 0;
    for (let layer = top; layer >= 0; layer--) {
      const verdict = await (this.#layers[layer] as LayerReader).look(parts);
      if (verdict.kind === 'found') {
        // A directory in a layer above has taken the place of whatever is here.
        if (verdict.depth <= directories) return undefined;
        return await this.#throughHardLink({ ...verdict, layer });
      }
      if (verdict.hides) return undefined;
      directories = Math.max(directories, verdict.directories);
    }
    return undefined;
  }

  async #throughHardLink(place: Place): Promise<Place | undefined> {
    if (place.entry.kind !== 'hard-link') return place;
    const parts = partsOf(place.entry.target);
    const target = await this.#locateTarget(parts, place.layer);
    return target === undefined ? undefined : { ...place, entry: target.entry, layer: target.layer };
  }

  /** A link to a link is one more name for the same file. */
  async #locateTarget(parts: Parts, top: number): Promise<Place | undefined> {
    const seen = new Set<string>();
    let wanted = parts;
    for (let layer = top; layer >= 0; ) {
      const verdict = await (this.#layers[layer] as LayerReader).look(wanted);
      if (verdict.kind === 'silent') {
        if (verdict.hides) return undefined;
        layer--;
        continue;
      }
      if (verdict.depth < wanted.length) return undefined;
      if (verdict.entry.kind !== 'hard-link') return { ...verdict, layer };
      const key = wanted.join('/');
      if (seen.has(key)) return undefined;
      seen.add(key);
      wanted = partsOf(verdict.entry.target);
    }
    return undefined;
  }
}

interface Place {
  readonly entry: LayerEntry;
  /** How many parts of the path lead there. */
  readonly depth: number;
  readonly layer: number;
}

const NO_BYTES = Buffer.alloc(0);
const ABSENT: FoundFile = { kind: 'missing', why: 'absent' };
const TOO_MANY_LINKS: FoundFile = { kind: 'missing', why: 'links' };

/** One layer, read as far as questions have needed it. */
class LayerReader {
  bytesRead = 0;
  readonly #index = new LayerIndex();
  readonly #layer: Descriptor;
  readonly #open: (layer: Descriptor) => Promise<Readable>;
  /** Shared by all layers of an image. */
  readonly #allowance: { memory: number; rereads: number };
  #entries: AsyncGenerator<LayerEntry, void, undefined> | undefined;
  #hasEnded = false;
  #hasForgotten = false;

  constructor(
    layer: Descriptor,
    open: (layer: Descriptor) => Promise<Readable>,
    allowance: { memory: number; rereads: number },
  ) {
    this.#layer = layer;
    this.#open = open;
    this.#allowance = allowance;
  }

  async look(wanted: Parts): Promise<Verdict> {
    try {
      return await this.#look(wanted);
    } catch (error) {
      if (!(error instanceof LayerError)) throw error;
      throw new ImageFilesError(`The layer ${this.#layer.digest} ${error.message}`, { cause: error });
    }
  }

  async #look(wanted: Parts): Promise<Verdict> {
    let verdict = this.#index.judge(wanted);
    while (verdict.kind === 'silent' && !this.#hasEnded) {
      this.#entries ??= await this.#read();
      const { value: entry, done } = await this.#entries.next();
      if (done) this.#hasEnded = true;
      else {
        this.#remember(entry, wanted);
        verdict = this.#index.judge(wanted);
      }
    }
    const isForgotten = verdict.kind === 'silent' ? this.#hasForgotten : lacksHead(verdict.entry);
    return isForgotten ? await this.#lookAgain(wanted) : verdict;
  }

  async close(): Promise<void> {
    await this.#entries?.return();
  }

  #remember(read: LayerEntry, wanted: Parts): void {
    const entry =
      isNoProgram(read) && partsOf(read.path).join('/') !== wanted.join('/') ? { ...read, head: undefined } : read;
    const cost = costOf(entry);
    if (this.#allowance.memory >= cost) {
      this.#allowance.memory -= cost;
      this.#index.add(entry);
    } else {
      this.#hasForgotten = true;
      this.#index.addAbout(wanted, entry);
    }
  }

  async #lookAgain(wanted: Parts): Promise<Verdict> {
    if (--this.#allowance.rereads < 0) throw new LayerError('has too many files and links to be looked through');
    const index = new LayerIndex();
    for await (const entry of await this.#read()) {
      index.addAbout(wanted, entry);
      const verdict = index.judge(wanted);
      if (verdict.kind === 'found') return verdict;
    }
    return index.judge(wanted);
  }

  async #read(): Promise<AsyncGenerator<LayerEntry, void, undefined>> {
    const source = await this.#open(this.#layer);
    return layerEntries(source, (count) => {
      this.bytesRead += count;
    });
  }
}

/** Most files are no programs; their first bytes are read again in the rare case that somebody asks for them. */
function isNoProgram(entry: LayerEntry): boolean {
  return entry.kind === 'file' && (entry.mode & 0o111) === 0;
}

function lacksHead(entry: LayerEntry): boolean {
  return entry.kind === 'file' && entry.head === undefined;
}

/** About what an entry takes in memory: its texts, twice for the key, and the objects around them. */
function costOf(entry: LayerEntry): number {
  const more = entry.kind === 'file' ? (entry.head?.length ?? 0) : 'target' in entry ? entry.target.length : 0;
  return 200 + 2 * entry.path.length + more;
}
