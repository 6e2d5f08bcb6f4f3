/** The linters of this folder. */
export type Linter = 'actionlint' | 'cfn-lint' | 'json-schema' | 'workflow-parser' | 'zizmor';

/** A finding that we accept, with the reason. */
export type Exception = {
  linter: Linter;
  /** The files it holds for, as a glob from the root of the repository. */
  files: string;
  /** Text that the finding contains, in its rule or its message. */
  finding: string;
  reason: string;
};

/**
 * What the linters are too old to know, and what they cannot know. An exception that matches nothing fails its
 * linter's suite, so that none outlives its reason.
 */
export const exceptions: readonly Exception[] = [
  {
    linter: 'actionlint',
    files: '{.github/,}workflows/*.yml',
    finding: 'unexpected key "queue" for "concurrency" section',
    reason: 'actionlint 1.7.12, the newest, does not know queue, which GitHub has since 2026-05-07',
  },
  {
    linter: 'zizmor',
    files: '{.github/,}workflows/*.yml',
    finding: 'required by blanket policy): headgate-dev/headgate/',
    reason: 'the commit of a release is not known before the release; how to pin it is for the user to decide',
  },
];
