import { invalid } from './error.ts';

/** A stream that is read piece by piece: up to a mark, or by number of bytes. What was read and not used is kept. */
export class Window {
  readonly #chunks: AsyncIterator<Buffer>;
  #held: Buffer;

  /** @param before is read before the stream */
  constructor(source: AsyncIterable<Buffer>, before = '') {
    this.#chunks = source[Symbol.asyncIterator]();
    this.#held = Buffer.from(before);
  }

  /**
   * Gives what comes before a mark; the mark itself is left out.
   *
   * @throws CodeArtifactError ValidationException when the stream ends first, as all others do
   */
  async *until(mark: Buffer): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.#held.indexOf(mark);
      if (at >= 0) {
        const before = this.#take(at);
        this.#take(mark.length);
        if (before.length > 0) yield before;
        return;
      }
      const sure = this.#held.length - mark.length + 1;
      if (sure > 0) yield this.#take(sure);
      await this.#readOn();
    }
  }

  /** Gives the next bytes as they come. */
  async *next(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0; ) {
      if (this.#held.length === 0) await this.#readOn();
      const taken = this.#take(Math.min(left, this.#held.length));
      left -= taken.length;
      yield taken;
    }
  }

  /** Gives the next few bytes at once. */
  async takeBytes(length: number): Promise<Buffer> {
    while (this.#held.length < length) await this.#readOn();
    return this.#take(length);
  }

  #take(length: number): Buffer {
    const taken = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    return taken;
  }

  async #readOn(): Promise<void> {
    const next = await this.#chunks.next();
    if (next.done) throw invalid('The body ends too early.', 'CANNOT_PARSE');
    this.#held = this.#held.length === 0 ? next.value : Buffer.concat([this.#held, next.value]);
  }
}
