import { isAbsolute, relative } from 'node:path';
import picomatch from 'picomatch';
import { type Exception, exceptions, type Linter } from './exceptions.ts';
import { root } from './shipped.ts';

/** One complaint of a linter about one file. */
export type Finding = {
  /** From the root of the repository, where the file is in it. */
  file: string;
  /** From 1; 0 where the linter names no line. */
  line: number;
  rule: string;
  message: string;
};

/** A path from the root of the repository where it is in it, and otherwise as it is. */
export function fromRoot(path: string): string {
  if (!isAbsolute(path)) return path;
  const inside = relative(root, path);
  return inside.startsWith('..') ? path : inside;
}

/** The findings that no exception covers, and the exceptions of this linter that cover no finding. */
export function judge(
  linter: Linter,
  findings: readonly Finding[],
  allowed: readonly Exception[] = exceptions,
): { unexpected: Finding[]; unused: Exception[] } {
  const own = allowed.filter((exception) => exception.linter === linter);
  const covers = (exception: Exception, finding: Finding) =>
    picomatch.isMatch(finding.file, exception.files, { dot: true }) &&
    `${finding.rule}: ${finding.message}`.includes(exception.finding);
  return {
    unexpected: findings.filter((finding) => !own.some((exception) => covers(exception, finding))),
    unused: own.filter((exception) => !findings.some((finding) => covers(exception, finding))),
  };
}
