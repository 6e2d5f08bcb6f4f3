import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { replaceFile } from '../../../lib/hosts/files.ts';
import type { TransformFinding } from '../transforms/transform.ts';

type Fix = NonNullable<TransformFinding['fix']>;

/**
 * Carries out the fixes of findings and answers with how many. A file whose text would no longer be JSON is left as it
 * is: then it has changed since it was read.
 */
export async function writeFixes(findings: readonly TransformFinding[], workspace: string): Promise<number> {
  const byFile = Map.groupBy(
    findings.filter(({ fix }) => fix !== undefined),
    ({ file }) => file,
  );
  let written = 0;
  for (const [file, ofFile] of byFile) {
    const fixes = ofFile.flatMap(({ fix }) => (fix === undefined ? [] : [fix]));
    // Behind a link lies the file that is meant; `findFiles` has seen to it that it is one of the workspace.
    const place = await realpath(path.join(workspace, file));
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(place));
    const fixed = applyFixes(text, fixes);
    if (!isJson(fixed)) continue;
    replaceFile(place, fixed);
    written += fixes.length;
  }
  return written;
}

/** The text with its fixes. They do not overlap. */
export function applyFixes(text: string, fixes: readonly Fix[]): string {
  return [...fixes]
    .sort((a, b) => b.start - a.start)
    .reduce((fixed, { start, end, text: replacement }) => fixed.slice(0, start) + replacement + fixed.slice(end), text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
