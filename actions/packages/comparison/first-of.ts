/** Counts what it is given, and keeps the first so many by their keys, whatever the order in which they come. */
export class FirstOf<Item> {
  readonly #bound: number;
  readonly #keyOf: (item: Item) => string;
  #kept: Item[] = [];
  #count = 0;

  constructor(bound: number, keyOf: (item: Item) => string) {
    this.#bound = bound;
    this.#keyOf = keyOf;
  }

  add(item: Item): void {
    this.#count += 1;
    this.#kept.push(item);
    if (this.#kept.length >= 2 * this.#bound) this.#cut();
  }

  /** How many there were, also those that are not kept. */
  get count(): number {
    return this.#count;
  }

  sorted(): readonly Item[] {
    this.#cut();
    return this.#kept;
  }

  #cut(): void {
    const keyed = this.#kept.map((item) => ({ item, key: this.#keyOf(item) }));
    keyed.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
    this.#kept = keyed.slice(0, this.#bound).map(({ item }) => item);
  }
}
