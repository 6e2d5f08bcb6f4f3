import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ensureDirectory, readIfPresent, replaceFile } from './files.ts';

export const OUTPUTS = 'outputs.env';
export const SUMMARY = 'summary.md';
export const CODE_QUALITY = 'code-quality.json';
/** Names the job that the other files are of. */
const JOB = 'job-id';

/** File name of an operation's saved state. */
export function stateFile(operation: string): string {
  return `state-${operation.replace(/[^A-Za-z0-9._-]/g, '-')}.json`;
}

/**
 * The directory `.headgate` in the workspace, free of the files of other jobs. A shell runner's directory can outlive its
 * job where there is no checkout (a stop job), and artefacts of earlier jobs may bring such files too.
 */
export function jobDirectory(workspace: string, jobId: string): string {
  const directory = ensureDirectory(workspace);
  const owner = path.join(directory, JOB);
  if (readIfPresent(owner) === `${jobId}\n`) return directory;
  for (const name of readdirSync(directory)) {
    if ([OUTPUTS, SUMMARY, CODE_QUALITY].includes(name) || /^state-.*\.json$/.test(name)) {
      rmSync(path.join(directory, name), { force: true });
    }
  }
  replaceFile(owner, `${jobId}\n`);
  return directory;
}
