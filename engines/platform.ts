/** The kind of machine that a native file is for, for example `linux-x64`, `linux-arm64-musl` (Alpine) or `darwin-arm64`. */
export function platform(): string {
  return `${process.platform}-${process.arch}${usesMusl() ? '-musl' : ''}`;
}

function usesMusl(): boolean {
  if (process.platform !== 'linux') return false;
  // Looking up the names of network interfaces can take seconds.
  Object.assign(process.report, { excludeNetwork: true });
  const report: unknown = process.report.getReport();
  const header = typeof report === 'object' && report !== null && 'header' in report ? report.header : undefined;
  return typeof header === 'object' && header !== null && !('glibcVersionRuntime' in header);
}
