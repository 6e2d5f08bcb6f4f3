import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';

/** What users run, read or copy. Sources, tests, benches and the tools that build are not among it. */
const PATTERNS = [
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'NOTICE',
  'SECURITY.md',
  'action.yml',
  'actions/**/*.{yml,md,js}',
  'dist/**',
  'docs/**',
  'engines/**',
  'gitlab-templates/**',
  'local-aws/**',
  'stacks/**',
  'workflows/**',
];

/** TypeScript is in dist/ as a bundle, and in the zips of the stacks' functions. */
const LEFT_OUT = ['**/*.ts', '**/__pycache__', '**/.*'];

/** Without these there is no release; a trial tree may lack them while the project is young. */
const REQUIRED = ['README.md', 'CHANGELOG.md', 'LICENSE'];

/** A file of the release: where it goes, and where it is in the checkout. Both are relative, with forward slashes. */
export interface ReleasedFile {
  readonly to: string;
  readonly from: string;
}

/** The files of a release tree, sorted by where they go. */
export async function releasedFiles(root: string): Promise<readonly ReleasedFile[]> {
  const found = filesOf(root, PATTERNS);
  const templates = found
    .filter((file) => file.startsWith('gitlab-templates/'))
    // GitLab's catalog takes components from `templates/` alone; includes by path keep the other place.
    .map((from) => ({ to: from.replace(/^gitlab-templates\//, 'templates/'), from }));
  const files = [...found, ...(await reusableWorkflows(root))].map((from) => ({ to: from, from }));
  return [...files, ...templates].sort((a, b) => (a.to < b.to ? -1 : 1));
}

/** What a release must have and this checkout has not. */
export function missingFiles(files: readonly ReleasedFile[]): readonly string[] {
  return REQUIRED.filter((name) => !files.some(({ to }) => to === name));
}

/** Workflows that users call. The others are this project's own CI. */
async function reusableWorkflows(root: string): Promise<string[]> {
  const reusable: string[] = [];
  for (const file of filesOf(root, ['.github/workflows/*.yml'], [])) {
    const workflow = parse(await readFile(path.join(root, file), 'utf8')) as { on?: unknown };
    if (hasTrigger(workflow.on, 'workflow_call')) reusable.push(file);
  }
  return reusable;
}

function hasTrigger(on: unknown, trigger: string): boolean {
  if (on === trigger) return true;
  if (Array.isArray(on)) return on.includes(trigger);
  return typeof on === 'object' && on !== null && trigger in on;
}

function filesOf(root: string, patterns: readonly string[], leftOut: readonly string[] = LEFT_OUT): string[] {
  return globSync([...patterns], { cwd: root, exclude: [...leftOut], withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'));
}
