import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The directory of the headgate package, found by walking up to the `package.json` with that name.
 * Files that are not code are located from here, because a bundle moves the code and not the files.
 *
 * @throws Error when no directory above this file belongs to the package
 */
export function packageRoot(start: string = fileURLToPath(import.meta.url)): string {
  for (let directory = dirname(start); ; directory = dirname(directory)) {
    if (nameOfPackage(directory) === 'headgate') return directory;
    if (directory === dirname(directory)) {
      throw new Error(`${start} is not inside the headgate package: no package.json with that name above it.`);
    }
  }
}

function nameOfPackage(directory: string): unknown {
  try {
    const content: unknown = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    return typeof content === 'object' && content !== null && 'name' in content ? content.name : undefined;
  } catch {
    return undefined;
  }
}
