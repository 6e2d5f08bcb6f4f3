/**
 * A hash of 64 bits for texts, in two lanes of 32 bits: quick, and made for telling answers apart, not against an attacker.
 * Its values are in committed facts, so it never changes. The lanes are mixed as in MurmurHash3's finaliser (Austin Appleby,
 * public domain) and hold the UTF-16 code units of the text.
 */
export class TextHash {
  high = 0;
  low = 0;

  of(text: string): void {
    let high = 0x9e3779b1;
    let low = 0x85ebca77;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      high = Math.imul(high ^ code, 0x01000193);
      low = Math.imul(low ^ code, 0x5bd1e995);
      low ^= low >>> 15;
    }
    this.#finish(high, low ^ text.length);
  }

  /**
   * Takes another hash into this one; the order of such calls counts.
   *
   * @param seed tells apart the same text in two places
   */
  take(other: TextHash, seed: number): void {
    this.#finish(Math.imul(this.high, 31) + (other.high ^ seed), Math.imul(this.low, 17) + (other.low ^ seed));
  }

  /** A number from 0 to 1 (below it) that follows from the hash. */
  get weight(): number {
    return (this.high >>> 0) / 0x1_0000_0000;
  }

  reset(): void {
    this.high = 0;
    this.low = 0;
  }

  #finish(high: number, low: number): void {
    const mixed = mix(high + Math.imul(low, 0x85ebca6b));
    this.high = mixed;
    this.low = mix(low + Math.imul(mixed, 0xc2b2ae35));
  }
}

function mix(lane: number): number {
  let mixed = Math.imul(lane ^ (lane >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** Sum of hashes modulo 2^64: the same in every order, and other than with `xor` two equal ones do not cancel out. */
export class HashSum {
  #high = 0;
  #low = 0;

  add(hash: TextHash): void {
    const low = this.#low + (hash.low >>> 0);
    this.#low = low >>> 0;
    this.#high = (this.#high + (hash.high >>> 0) + (low > 0xffff_ffff ? 1 : 0)) >>> 0;
  }

  /** 16 hexadecimal digits. */
  toString(): string {
    return hexadecimal(this.#high) + hexadecimal(this.#low);
  }
}

function hexadecimal(lane: number): string {
  return lane.toString(16).padStart(8, '0');
}
