/**
 * Letters whose decomposition can never change: blocks that Unicode filled long ago (Latin to U+024F, combining marks,
 * Latin Extended Additional, full-width ASCII). The rest is not decomposed, because a character that Unicode assigns
 * one day would give another slug, and an upgrade of Node would lose the stacks that an older one made.
 */
const UNSTABLE = /(?![\p{ASCII}\u0080-\u024F]|[\u0300-\u036F]|[\u1E00-\u1EFF\uFF01-\uFF5E])./gsu;
const COMBINING_MARKS = /[\u0300-\u036F]/g;

/**
 * The readable part of a name: `a-z`, `0-9` and single hyphens between them, at most `limit` characters.
 * Lossy: identity is in the hash. A text that leaves nothing (ideographs alone) becomes `fallback`.
 */
export function slug(text: string, limit: number, fallback: string): string {
  const letters = text
    .replace(UNSTABLE, '-')
    .normalize('NFKD')
    .replace(COMBINING_MARKS, '')
    .replace(/[A-Z]+/g, (upper) => upper.toLowerCase())
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '');
  return letters.slice(0, limit).replace(/-$/, '') || fallback.slice(0, limit);
}
