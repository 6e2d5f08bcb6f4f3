import { stat } from 'node:fs/promises';
import path from 'node:path';
import { BadInput, type InputProblem } from '../../../lib/errors.ts';
import { quote } from '../../../lib/operation/inputs.ts';
import { realInside } from '../inside-workspace.ts';
import type { TestContext } from '../test.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const CONTROL = /[\x00-\x1f\x7f]/;

/**
 * Checks what the parser of inputs cannot see.
 *
 * @returns the real place of `mount`
 * @throws BadInput with all problems
 */
export async function checkTest(
  { command, environment, mount }: Pick<TestContext['inputs'], 'command' | 'environment' | 'mount'>,
  workspace: string,
): Promise<string | undefined> {
  const problems: InputProblem[] = [];
  const problem = (input: string, message: string) =>
    void problems.push({ input, message: `input '${input}': ${message}` });
  if (command.length === 0) {
    problem('command', 'is required and was not given; write the program and each argument on a line of its own');
  }
  if (command[0] === '' || command.some((word) => word.includes('\0'))) {
    problem('command', 'has an empty program, or a NUL in an argument');
  }
  for (const [name, value] of Object.entries(environment)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      problem('environment', `${quote(name)} is not a name; write letters, digits and '_'`);
    } else if (CONTROL.test(value)) problem('environment', `the value of ${name} must be one line of text`);
  }
  const real = mount === undefined ? undefined : await checkMount(mount, workspace, problem);
  if (problems.length > 0) throw new BadInput(problems);
  return real;
}

async function checkMount(
  mount: string,
  workspace: string,
  problem: (input: string, message: string) => void,
): Promise<string | undefined> {
  const shown = quote(path.relative(workspace, mount) || '.');
  const found = await realInside(mount, workspace);
  if (found === undefined) problem('mount', `${shown} does not exist; write a folder of the checkout`);
  else if (found === 'outside') problem('mount', `${shown} is a symbolic link that leads out of the workspace`);
  else if (!(await stat(found.real)).isDirectory()) problem('mount', `${shown} is not a folder`);
  // The tools take a mount as one word that they split at these.
  else if (/[,:"]/.test(found.real)) problem('mount', `${shown} has ',', ':' or '"' in its path; move it`);
  else return found.real;
  return undefined;
}
