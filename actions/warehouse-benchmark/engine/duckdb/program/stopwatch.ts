/** Milliseconds in DuckDB, without those in which it waits for us. */
export class Stopwatch {
  #total = 0;
  #since: number | undefined;

  start(): void {
    this.#since = performance.now();
  }

  stop(): void {
    if (this.#since !== undefined) this.#total += performance.now() - this.#since;
    this.#since = undefined;
  }

  get ms(): number {
    return this.#total;
  }
}
