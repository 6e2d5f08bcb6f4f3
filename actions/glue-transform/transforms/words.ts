/** `'a'`, `'a' or 'b'`, `'a', 'b' or 'c'`. */
export function either(words: readonly string[], join = 'or'): string {
  const quoted = words.map((word) => `'${word}'`);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} ${join} ${quoted.at(-1)}`;
}
