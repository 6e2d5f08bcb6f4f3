const ZERO = 48;
const NINE = 57;
const MINUS = 45;
const PLUS = 43;
const POINT = 46;
const SMALL_E = 101;
const BIG_E = 69;

/** Beyond it the sum of squares would leave the range of a double. */
const GREATEST = 1e150;

/** Above it an integer is not exact in a double. */
const EXACT_DIGITS = 15;

/**
 * Reads numbers in plain decimal or exponent notation: `12`, `-0.50`, `.5`, `1.5E+03`. It is called for each value of a
 * result, so it makes no objects: what was read is in its fields until the next call.
 */
export class NumberReader {
  /** Never -0. */
  value = 0;
  /** Digits after the point, without the zeros at the end. */
  decimals = 0;

  /** @returns false when the text is no number, or one beyond 1e150 */
  read(text: string): boolean {
    const length = text.length;
    const isNegative = text.charCodeAt(0) === MINUS;
    let at = isNegative ? 1 : 0;
    let digits = 0;
    let whole = 0;
    let scale = 1;
    let decimals = 0;
    let pointAt = -1;
    for (; at < length; at += 1) {
      const code = text.charCodeAt(at);
      if (code >= ZERO && code <= NINE) {
        digits += 1;
        whole = whole * 10 + (code - ZERO);
        if (pointAt >= 0) {
          scale *= 10;
          if (code !== ZERO) decimals = at - pointAt;
        }
      } else if (code === POINT && pointAt < 0) pointAt = at;
      else break;
    }
    if (digits === 0) return false;
    this.decimals = decimals;
    if (at === length && digits <= EXACT_DIGITS) {
      // Two exact doubles, so that their quotient is the double nearest to the number.
      this.value = (isNegative ? -whole : whole) / scale + 0;
      return true;
    }
    const exponentAt = at;
    if (at < length && !isExponent(text, at)) return false;
    this.value = Number(text) + 0;
    if (exponentAt < length) this.decimals = Math.max(0, decimals - Number(text.slice(exponentAt + 1)));
    return Math.abs(this.value) <= GREATEST;
  }
}

/** True when the rest of the text is `e`, a sign or none, and digits. */
function isExponent(text: string, from: number): boolean {
  const first = text.charCodeAt(from);
  if (first !== SMALL_E && first !== BIG_E) return false;
  const sign = text.charCodeAt(from + 1);
  const start = sign === MINUS || sign === PLUS ? from + 2 : from + 1;
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < ZERO || code > NINE) return false;
  }
  return start < text.length;
}
