import { cpSync, existsSync, rmSync } from 'node:fs';
import path from 'node:path';

const { ARTIFACTS, GITHUB_WORKSPACE, INPUT_NAME, INPUT_PATH, INPUT_OVERWRITE } = process.env;
if (/["/\\:<>|*?]/.test(INPUT_NAME)) throw new Error(`'${INPUT_NAME}' is not a name of an artefact`);
if (process.env['INPUT_INCLUDE-HIDDEN-FILES'] !== 'true' && /(^|\/)\./.test(INPUT_PATH)) throw new Error('hidden files');
const to = path.join(ARTIFACTS, INPUT_NAME);
if (existsSync(to) && INPUT_OVERWRITE !== 'true') throw new Error(`the artefact '${INPUT_NAME}' exists already`);
rmSync(to, { recursive: true, force: true });
cpSync(path.join(GITHUB_WORKSPACE, INPUT_PATH), to, { recursive: true });
