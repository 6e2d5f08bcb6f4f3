/**
 * Makes a function that tells whether a name matches one of the patterns. `*` stops at a slash, `**` does not, as in
 * the branch filters of the hosts' own workflow files.
 */
export async function matcher(patterns: readonly string[]): Promise<(name: string) => boolean> {
  // An empty entry of a YAML list is no pattern for picomatch, and no branch has an empty name.
  const given = patterns.filter((pattern) => pattern !== '');
  if (given.length === 0) return () => false;
  const { default: picomatch } = await import('picomatch');
  const matches = picomatch(given, { dot: true, nonegate: true });
  return (name) => given.includes(name) || matches(name);
}

/** Whether a name matches one of the patterns. */
export async function matchesAny(name: string, patterns: readonly string[]): Promise<boolean> {
  return (await matcher(patterns))(name);
}
