import { globSync } from 'node:fs';
import { join } from 'node:path';

/** The root of the repository. */
export const root = join(import.meta.dirname, '..', '..');

/** Workflows: those that users copy, and our own with the reusable ones. */
export const workflows = () => find('workflows/*.yml', '.github/workflows/*.yml');

/** The manifests of actions. */
export const actionManifests = () => find('action.yml', 'actions/**/action.yml');

export const gitlabTemplates = () => find('gitlab-templates/*.yml');

export const stackTemplates = () => find('stacks/*/template.yaml');

/** A linter that is given nothing finds nothing: a pattern without files means that they moved, and fails the suite. */
function find(...patterns: string[]): string[] {
  const found = patterns.flatMap((pattern) => {
    const files = globSync(pattern, { cwd: root });
    if (files.length === 0) throw new Error(`No file in ${root} matches ${pattern}`);
    return files;
  });
  return found.sort().map((path) => join(root, path));
}
