/**
 * Whether a branch matches one of the patterns. `*` stops at a slash, `**` does not, as in the branch filters of the
 * hosts' own workflow files.
 */
export async function matchesAny(branch: string, patterns: readonly string[]): Promise<boolean> {
  // An empty entry of a YAML list is no pattern for picomatch, and no branch has an empty name.
  const given = patterns.filter((pattern) => pattern !== '');
  if (given.length === 0) return false;
  if (given.includes(branch)) return true;
  const { default: picomatch } = await import('picomatch');
  return picomatch.isMatch(branch, given, { dot: true, nonegate: true });
}
