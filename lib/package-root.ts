import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

let found: string | undefined;

/**
 * The directory that holds this package's `package.json`, `stacks/` and `local-aws/`: the checkout, the release tree or
 * the installed npm package. Bundling moves this file, so the directory is searched for and not computed.
 */
export function packageRoot(): string {
  found ??= search(path.dirname(fileURLToPath(import.meta.url)));
  return found;
}

function search(from: string): string {
  for (let directory = from; ; directory = path.dirname(directory)) {
    const manifest = path.join(directory, 'package.json');
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name === 'headgate') return directory;
    if (path.dirname(directory) === directory) throw new Error(`No package.json of headgate above ${from}`);
  }
}
