declare const branchBrand: unique symbol;

/** A branch name that `checkBranchName` accepted, without `refs/heads/`. It is data: it may hold `;`, `$` and quotes. */
export type Branch = string & { readonly [branchBrand]: true };

/** Longest branch name accepted, in bytes of UTF-8. Git has no limit; the hosts have lower ones. */
export const MAX_BRANCH_BYTES = 1000;

interface Rule {
  readonly broken: (name: string) => boolean;
  readonly reason: string;
}

/** Source: git-check-ref-format(1), rules 1 to 10, and what its `--branch` refuses in addition. */
const RULES: readonly Rule[] = [
  { broken: (name) => name === '', reason: 'is empty' },
  {
    // A branch whose bytes are not UTF-8 reaches us as replacement characters: two branches could look the same.
    broken: (name) => !name.isWellFormed() || name.includes('\uFFFD'),
    reason: 'holds bytes that are not UTF-8 (or the replacement character U+FFFD, which stands for them)',
  },
  {
    broken: (name) => Buffer.byteLength(name) > MAX_BRANCH_BYTES,
    reason: `is longer than ${MAX_BRANCH_BYTES} bytes of UTF-8`,
  },
  { broken: (name) => name === 'HEAD', reason: "is 'HEAD', which git keeps for itself" },
  { broken: (name) => name.startsWith('-'), reason: "begins with '-'" },
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this rule is about
  { broken: (name) => /[\x00-\x1f\x7f]/.test(name), reason: 'holds a control character' },
  { broken: (name) => /[ ~^:?*[\\]/.test(name), reason: 'holds a space or one of ~ ^ : ? * [ \\' },
  {
    broken: (name) => name.startsWith('/') || name.endsWith('/') || name.includes('//'),
    reason: "begins or ends with '/', or holds '//'",
  },
  { broken: (name) => name.includes('..'), reason: "holds '..'" },
  { broken: (name) => name.includes('@{'), reason: "holds '@{'" },
  { broken: (name) => name.endsWith('.'), reason: "ends with '.'" },
  {
    broken: (name) => name.split('/').some((part) => part.startsWith('.') || part.endsWith('.lock')),
    reason: "has a part between slashes that begins with '.' or ends with '.lock'",
  },
];

/**
 * Tells whether git accepts `text` as the name of a branch, as `git check-ref-format --branch` does.
 * Pass the short name (`feature/login`), not the ref (`refs/heads/feature/login`, itself a legal branch name).
 *
 * @returns the branch, or why not, to go after "is not a branch name: "
 */
export function checkBranchName(text: string): { ok: true; branch: Branch } | { ok: false; reason: string } {
  const rule = RULES.find(({ broken }) => broken(text));
  return rule === undefined ? { ok: true, branch: text as Branch } : { ok: false, reason: `it ${rule.reason}` };
}
