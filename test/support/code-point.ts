import fc from 'fast-check';

const SURROGATES = { first: 0xd800, count: 0x800 };

/**
 * Any one code point but a lone surrogate, for `fc.string({ unit: codePoint })`. The texts are those of fast-check's own
 * `unit: 'binary'`, which for its way back makes a map of all 1.1 million: more than a second and 130 MB in each suite.
 */
export const codePoint: fc.Arbitrary<string> = fc
  .nat({ max: 0x10ffff - SURROGATES.count })
  .map((n) => String.fromCodePoint(n < SURROGATES.first ? n : n + SURROGATES.count), placeOf);

/** The way back, by which a text that somebody else chose is taken apart too. */
function placeOf(text: unknown): number {
  const code = typeof text === 'string' ? text.codePointAt(0) : undefined;
  if (code === undefined || text !== String.fromCodePoint(code) || !text.isWellFormed())
    throw new Error('no code point');
  return code < SURROGATES.first ? code : code - SURROGATES.count;
}
