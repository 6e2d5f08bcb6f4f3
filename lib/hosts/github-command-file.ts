import { appendFile } from 'node:fs/promises';
import { OperationFailed } from '../errors.ts';

export type CommandFile = 'GITHUB_OUTPUT' | 'GITHUB_STATE' | 'GITHUB_ENV';

/** Variables that change how later steps run programs. Text from outside must never reach them. */
const UNSAFE_VARIABLE = /^(GITHUB_|RUNNER_|ACTIONS_|LD_|DYLD_)|^(NODE_OPTIONS|PATH|BASH_ENV|ENV|SHELLOPTS|IFS)$/i;

/**
 * Adds values to one of the runner's command files.
 *
 * @throws OperationFailed when the runner did not name the file
 */
export async function appendToCommandFile(
  environment: NodeJS.ProcessEnv,
  file: CommandFile,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const target = environment[file] ?? '';
  if (target === '') {
    throw new OperationFailed({
      what: `The variable ${file} is not set, so values cannot be passed on`,
      cause: 'The program runs outside a step of a GitHub runner, or in a container that does not get its variables',
      next: 'Run it as a step, or set HEADGATE_HOST=terminal',
    });
  }
  const text = Object.entries(values)
    .map(([name, value]) => commandFileEntry(name, value, `headgate_${crypto.randomUUID()}`))
    .join('');
  if (text !== '') await appendFile(target, text);
}

/**
 * Sets variables for the later steps of the job.
 *
 * @throws OperationFailed for a name that changes how programs run
 */
export async function exportVariables(
  environment: NodeJS.ProcessEnv,
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  const refused = Object.keys(variables).find((name) => UNSAFE_VARIABLE.test(name));
  if (refused !== undefined) {
    throw new OperationFailed({
      what: `The variable '${refused}' is not set for later steps`,
      cause: 'It changes how later steps run programs',
      next: 'Choose another name',
    });
  }
  await appendToCommandFile(environment, 'GITHUB_ENV', variables);
}

/**
 * One entry of a command file: `name<<delimiter`, the value, the delimiter. The delimiter is random, so that a value
 * cannot end its entry and begin another.
 *
 * @throws OperationFailed when name or value hold what would break the entry
 */
export function commandFileEntry(name: string, value: string, delimiter: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name)) {
    throw new OperationFailed({ what: `${JSON.stringify(name)} is not a name for a value of a later step` });
  }
  if (value.includes(delimiter)) {
    throw new OperationFailed({ what: `The value of '${name}' holds the random delimiter of its own entry` });
  }
  return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
}
