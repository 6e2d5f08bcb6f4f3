import { cpSync, readdirSync } from 'node:fs';
import path from 'node:path';

const { ARTIFACTS, GITHUB_WORKSPACE, INPUT_PATH, INPUT_PATTERN } = process.env;
for (const name of readdirSync(ARTIFACTS).filter((found) => path.matchesGlob(found, INPUT_PATTERN))) {
  cpSync(path.join(ARTIFACTS, name), path.join(GITHUB_WORKSPACE, INPUT_PATH), { recursive: true });
}
