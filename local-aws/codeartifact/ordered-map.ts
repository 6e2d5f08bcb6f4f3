/** A map that can be read in the order of its keys. The order is made when it is asked for, and kept until a key comes or goes. */
export class OrderedMap<T> extends Map<string, T> {
  #keys: readonly string[] | undefined;

  override set(key: string, value: T): this {
    if (!this.has(key)) this.#keys = undefined;
    return super.set(key, value);
  }

  override delete(key: string): boolean {
    this.#keys = undefined;
    return super.delete(key);
  }

  override clear(): void {
    this.#keys = undefined;
    super.clear();
  }

  /** The entries whose keys come after this one, in their order; all of them without one. */
  *after(key: string | undefined): Generator<[key: string, value: T]> {
    this.#keys ??= [...this.keys()].sort(compareKeys);
    const keys = this.#keys;
    for (let i = key === undefined ? 0 : firstAfter(keys, key); i < keys.length; i += 1) {
      const found = keys[i] ?? '';
      const value = this.get(found);
      if (value !== undefined) yield [found, value];
    }
  }
}

/** By code units, as `<` does, and not by the rules of a language. */
export function compareKeys(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function firstAfter(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(keys[middle] ?? '', key) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}
