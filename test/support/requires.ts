import { readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { expect, test } from '@jest/globals';
import { debianPackage, find, PINNED } from './tools.ts';

/** One entry of `test/expected-skips.json`: a suite that may be skipped where a tool is absent. */
export type ExpectedSkip = {
  /** The test file under `test/`, without `.test.ts`, for example `lint/actionlint`. */
  suite: string;
  /** The tool, as given to `requires`. */
  needs: string;
  /** The machines that lack it. */
  where: string;
  why: string;
  /** True where the skip is allowed in CI too. */
  ci?: boolean;
};

export type Verdict = 'run' | 'skip' | 'fail';

/** What `requires` gives to a suite. */
export type Required = {
  /** The tool's absolute path; empty where it is absent, and then no test body runs. */
  path: string;
  /** Declares a test that needs the tool: jest's `test` where it is there. */
  test: (title: string, body: () => Promise<void> | void, timeoutMs?: number) => void;
};

const root = join(import.meta.dirname, '..', '..');

/** The suites that may be skipped, from `test/expected-skips.json`. */
export function expectedSkips(): ExpectedSkip[] {
  return JSON.parse(readFileSync(join(root, 'test', 'expected-skips.json'), 'utf8')) as ExpectedSkip[];
}

/** Whether a suite's tests run, are skipped, or fail for want of a tool. `ci` is true on a CI machine. */
export function verdict(
  need: { suite: string; tool: string; present: boolean; ci: boolean },
  skips: readonly ExpectedSkip[],
): Verdict {
  if (need.present) return 'run';
  const allowed = skips.some(
    (skip) => skip.suite === need.suite && skip.needs === need.tool && (!need.ci || skip.ci === true),
  );
  return allowed ? 'skip' : 'fail';
}

/** What a developer reads when a tool is missing: what, for what, and the line that installs it. */
export function missingMessage(tool: string, suite: string, reason: string): string {
  const install = PINNED[tool]?.install ?? `scripts/tools.sh need_debian ${debianPackage(tool)}`;
  return (
    `${tool} is missing, and ${suite} needs it: ${reason}. Install it with: ${install}. ` +
    `A suite that may be skipped is named in test/expected-skips.json (in CI with "ci": true).`
  );
}

/**
 * Declares that the calling suite needs a tool. Where the tool is absent the suite's tests are skipped with the
 * tool's name in the title if `test/expected-skips.json` allows it; otherwise one failing test says what is missing.
 */
export function requires(tool: string, reason: string): Required {
  const suite = callingSuite();
  const path = find(tool);
  const outcome = verdict({ suite, tool, present: path !== '', ci: process.env.CI === 'true' }, expectedSkips());
  if (outcome === 'run') return { path, test };
  if (outcome === 'fail') {
    test(`${tool} is installed`, () => {
      throw new Error(missingMessage(tool, suite, reason));
    });
  }
  return { path, test: (title) => test.skip(`${title} (needs ${tool})`, () => {}) };
}

function callingSuite(): string {
  const file = expect.getState().testPath;
  if (!file) throw new Error('requires() is called outside a jest test file. Call it at the top level of a suite.');
  return relative(join(root, 'test'), file)
    .split(sep)
    .join('/')
    .replace(/\.test\.ts$/, '');
}
