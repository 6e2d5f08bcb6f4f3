import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { actionFile, rootActionFile } from './action-file.ts';
import { gitlabTemplate } from './gitlab-template.ts';
import { operationIndex } from './operation-index.ts';
import { projectReadme, scenarioReadme } from './readme.ts';
import { type Found, scanOperations } from './scan.ts';

/** Every generated file, relative to the root, with the content that it must have. */
export async function generateAll(root: string): Promise<ReadonlyMap<string, string>> {
  const found = await scanOperations(root);
  const files = new Map<string, string>();
  files.set('actions/operations.ts', operationIndex(found));
  files.set('action.yml', rootActionFile(found));
  for (const { operation, scenario, verb } of found)
    files.set(`actions/${scenario}/${verb}/action.yml`, actionFile(operation));
  for (const scenario of new Set(found.map(({ scenario }) => scenario))) {
    const ofScenario = found.filter((one) => one.scenario === scenario);
    await rewrite(`gitlab-templates/${scenario}.yml`, (text) => gitlabTemplate(text, ofScenario));
    await rewrite(`actions/${scenario}/README.md`, (text) => scenarioReadme(text, ofScenario));
  }
  await rewrite('README.md', (text) => projectReadme(text, found));
  return files;

  /** Files that people write, with generated parts in them. */
  async function rewrite(file: string, change: (text: string) => string): Promise<void> {
    const text = await readFile(path.join(root, file), 'utf8').catch(() => undefined);
    if (text !== undefined) files.set(file, change(text));
  }
}

export type { Found };
