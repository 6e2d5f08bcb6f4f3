import { badInput } from '../errors.ts';

/**
 * The text of an input that a GitLab template passed as `HEADGATE_INPUT_<NAME>`; undefined when it is empty.
 * A secret input holds the name of a CI variable, so that the secret itself stands in no pipeline file: its value is read
 * from that variable.
 *
 * @throws BadInput for a secret input whose text names no variable that is set. The text is not repeated: a user may have
 *   written the secret itself.
 */
export function gitlabInput(
  environment: NodeJS.ProcessEnv,
  name: string,
  secretInputs: ReadonlySet<string>,
): string | undefined {
  const text = (environment[`HEADGATE_INPUT_${name.toUpperCase().replace(/[- ]/g, '_')}`] ?? '').trim();
  if (text === '') return undefined;
  return secretInputs.has(name) ? secretValue(environment, name, text) : text;
}

function secretValue(environment: NodeJS.ProcessEnv, name: string, variable: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)) {
    throw badInput(
      name,
      "its text is not the name of a CI variable; store the secret as a masked CI variable and write the variable's name",
    );
  }
  const value = environment[variable] ?? '';
  if (value.trim() === '') {
    throw badInput(
      name,
      'the CI variable that it names is not set or empty; check its spelling, and that a protected variable is used on protected branches only',
    );
  }
  return value;
}
