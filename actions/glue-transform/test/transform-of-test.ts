import path from 'node:path';

/**
 * The transform that a file with tests is named after: `test_<name>.py`, `test_<name>_<more>.py` or `<name>_test.py`. Of
 * several the longest name counts, so that `test_add_column.py` is of `add_column` also where there is a transform `add`.
 *
 * @returns undefined for a file that is named after none
 */
export function transformOfTest(file: string, names: Iterable<string>): string | undefined {
  const stem = path.posix.basename(file).replace(/\.py$/, '');
  let longest: string | undefined;
  for (const name of names) {
    const isOfName = stem === `test_${name}` || stem.startsWith(`test_${name}_`) || stem === `${name}_test`;
    if (isOfName && name.length > (longest?.length ?? -1)) longest = name;
  }
  return longest;
}
