import { cpSync, readdirSync } from 'node:fs';
import path from 'node:path';

const { ARTIFACTS, GITHUB_WORKSPACE, INPUT_NAME, INPUT_PATH, INPUT_PATTERN } = process.env;
const isAsked = (name) => (INPUT_NAME ? name === INPUT_NAME : path.matchesGlob(name, INPUT_PATTERN));
const names = readdirSync(ARTIFACTS).filter(isAsked);
if (INPUT_NAME && names.length === 0) throw new Error(`there is no artefact '${INPUT_NAME}'`);
for (const name of names) {
  cpSync(path.join(ARTIFACTS, name), path.join(GITHUB_WORKSPACE, INPUT_PATH), { recursive: true });
}
