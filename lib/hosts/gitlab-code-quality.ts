import { codeQualityJson } from '../report/code-quality.ts';
import type { Annotation } from './host.ts';

/** The code quality report of the annotations that name a file. */
export function codeQualityReport(annotations: readonly Annotation[]): string {
  const issues = annotations.flatMap(({ level, message, title, file, line }) =>
    file === undefined ? [] : [{ rule: title, level, message, file, line: line ?? 1 }],
  );
  return codeQualityJson(issues);
}
