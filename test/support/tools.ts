import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

// Tools that we pin are taken from the cache only: another version on PATH would report other findings.
export const PINNED: Readonly<Record<string, { readonly directory: string; readonly install: string }>> = {
  act: { directory: '.cache/go/bin', install: 'scripts/tools.sh need_go_tools' },
  actionlint: { directory: '.cache/go/bin', install: 'scripts/tools.sh need_go_tools' },
  aws: { directory: '.cache/python/bin', install: 'scripts/tools.sh need_python_tools' },
  'buildctl-daemonless.sh': { directory: '.cache/buildkit/bin', install: 'scripts/tools.sh need_buildkit' },
  'cfn-lint': { directory: '.cache/python/bin', install: 'scripts/tools.sh need_python_tools' },
  crane: { directory: '.cache/go/bin', install: 'scripts/tools.sh need_go_tools' },
  'check-jsonschema': { directory: '.cache/python/bin', install: 'scripts/tools.sh need_python_tools' },
  'gitlab-ci-local': { directory: 'node_modules/.bin', install: 'scripts/tools.sh need_packages' },
  'go-registry': { directory: '.cache/go/bin', install: 'scripts/tools.sh need_go_tools' },
  uv: { directory: '.cache/python/bin', install: 'scripts/tools.sh need_python_tools' },
  zizmor: { directory: '.cache/python/bin', install: 'scripts/tools.sh need_python_tools' },
};

/** Debian's packages that have another name than the tool in them. */
const DEBIAN_PACKAGES: Readonly<Record<string, string>> = {
  go: 'golang-go',
  java: 'openjdk-17-jre-headless',
  mvn: 'maven',
  'qemu-aarch64-static': 'qemu-user-static',
};

/** The Debian package that has a tool. */
export function debianPackage(tool: string): string {
  return DEBIAN_PACKAGES[tool] ?? tool;
}

/** The absolute path of a tool; empty where it is absent. */
export function find(tool: string): string {
  const directory = PINNED[tool]?.directory;
  const directories = directory ? [join(root, directory)] : (process.env.PATH ?? '').split(delimiter);
  return directories.map((entry) => join(entry, tool)).find(isExecutable) ?? '';
}

function isExecutable(path: string): boolean {
  if (!existsSync(path)) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
