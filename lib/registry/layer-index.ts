import type { LayerEntry } from './layer-entries.ts';

/** A path in an image as its parts, from the root: `['usr', 'bin', 'env']`. */
export type Parts = readonly string[];

/** What one layer says about a path. */
export type Verdict =
  /** There is something at the first `depth` parts of the path: at all of them, or where a directory would have to be. */
  | { readonly kind: 'found'; readonly depth: number; readonly entry: LayerEntry }
  | {
      readonly kind: 'silent';
      /** How many parts of the path are directories in this layer. */
      readonly directories: number;
      /** Whether the layer removes what lower layers have at the path. */
      readonly hides: boolean;
    };

// Source: image-spec, layer.md, "Whiteouts".
const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

/**
 * What is known of a layer: what is in it, and what it removes from the layers below. What lies in a directory makes the
 * directory, which takes the place of a link below, as on an overlay file system. A name that is there twice counts as it
 * is first, so that a search can end as soon as it has found something.
 */
export class LayerIndex {
  readonly #entries = new Map<string, LayerEntry>();
  readonly #whiteouts = new Set<string>();
  readonly #opaque = new Set<string>();

  /** Remembers an entry, with the directories that it is in. */
  add(entry: LayerEntry): void {
    const parts = partsOf(entry.path);
    const name = parts.at(-1) ?? '';
    const directory = parts.slice(0, -1);
    if (name === OPAQUE) this.#opaque.add(keyOf(directory));
    else if (name.startsWith(`${WHITEOUT}${WHITEOUT}`))
      return; // what AUFS kept for itself
    else if (name.startsWith(WHITEOUT)) this.#whiteouts.add(keyOf([...directory, name.slice(WHITEOUT.length)]));
    else if (parts.length > 0) this.#put(parts, entry);
    this.#addDirectories(directory);
  }

  /** Remembers only what an entry says about one path. */
  addAbout(wanted: Parts, entry: LayerEntry): void {
    const parts = partsOf(entry.path);
    const shared = parts.findIndex((part, n) => part !== wanted[n]);
    const isOnTheWay = shared < 0;
    const isAlmost = shared === parts.length - 1 && parts[shared]?.startsWith(WHITEOUT) === true;
    if (isOnTheWay || isAlmost) this.add(entry);
    else this.#addDirectories(parts.slice(0, shared));
  }

  /** What the entries so far say about a path. `silent` is only certain when the whole layer was read. */
  judge(wanted: Parts): Verdict {
    let directories = 0;
    let hides = this.#opaque.has('');
    for (let depth = 1; depth <= wanted.length; depth++) {
      const key = keyOf(wanted.slice(0, depth));
      const entry = this.#entries.get(key);
      if (entry !== undefined && (entry.kind !== 'directory' || depth === wanted.length)) {
        return { kind: 'found', depth, entry };
      }
      if (entry !== undefined) directories = depth;
      hides ||= this.#whiteouts.has(key) || (depth < wanted.length && this.#opaque.has(key));
    }
    return { kind: 'silent', directories, hides };
  }

  #addDirectories(parts: Parts): void {
    for (let depth = parts.length; depth > 0; depth--) {
      if (!this.#put(parts.slice(0, depth), { kind: 'directory', path: keyOf(parts.slice(0, depth)) })) return;
    }
  }

  #put(parts: Parts, entry: LayerEntry): boolean {
    const key = keyOf(parts);
    if (this.#entries.has(key)) return false;
    this.#entries.set(key, entry);
    return true;
  }
}

/** The parts of a path from the root. Nothing leads out of the root. */
export function partsOf(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts;
}

function keyOf(parts: Parts): string {
  return parts.join('/');
}
