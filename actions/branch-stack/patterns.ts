/**
 * Whether a branch matches one of the patterns. `*` stops at a slash, `**` does not, as in the branch filters of the
 * hosts' own workflow files.
 */
export async function matchesAny(branch: string, patterns: readonly string[]): Promise<boolean> {
  if (patterns.length === 0) return false;
  if (patterns.includes(branch)) return true;
  const { default: picomatch } = await import('picomatch');
  return picomatch.isMatch(branch, [...patterns], { dot: true, nonegate: true });
}
