import fc from 'fast-check';
import { type Branch, checkBranchName } from '../../../lib/naming/ref.ts';
import { codePoint } from '../../support/code-point.ts';

/** Characters that mean something to git, to a shell, to AWS tags or to Unicode, beside ordinary ones. */
const character = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...'abcXYZ019') },
  { weight: 3, arbitrary: fc.constantFrom(...'/-._@{}=+:~^?*[]\\ $`;"\'()&|<>,#%!\t\x7f') },
  { weight: 1, arbitrary: fc.constantFrom('é', 'e\u0301', 'ß', '日', '🚀', 'Ａ', '.lock', 'HEAD', '..', '@{', '//') },
  { weight: 1, arbitrary: fc.string({ unit: codePoint, minLength: 1, maxLength: 1 }) },
);

/** Any text, much of it illegal as a branch name. */
export const anyText = fc.array(character, { maxLength: 12 }).map((characters) => characters.join(''));

/** Any legal branch name, from one character to hundreds. */
export const anyBranch: fc.Arbitrary<Branch> = fc
  .array(character, { minLength: 1, maxLength: 12, size: 'max' })
  .chain((part) => fc.integer({ min: 1, max: 30 }).map((times) => part.join('').repeat(times)))
  .filter((text) => checkBranchName(text).ok) as fc.Arbitrary<Branch>;

/** The name as a branch, or a failed test. */
export function branch(text: string): Branch {
  const checked = checkBranchName(text);
  if (!checked.ok) throw new Error(checked.reason);
  return checked.branch;
}
