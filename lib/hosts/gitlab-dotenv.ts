import { OperationFailed } from '../errors.ts';

/** GitLab Docs, "artifacts:reports:dotenv": the largest file, in bytes. */
export const MAX_BYTES = 5 * 1024;

/**
 * The text of a dotenv report: `HEADGATE_<NAME>=value`, one a line, no empty lines.
 *
 * @param outputs checked by `checkOutputs`
 * @throws OperationFailed when two names become one, when GitLab would trim a value, and when the file is too large
 */
export function dotenvText(outputs: Readonly<Record<string, string>>): string {
  const names = new Map<string, string>();
  const lines = Object.entries(outputs).map(([name, value]) => {
    const variable = outputVariable(name);
    const other = names.get(variable);
    if (other !== undefined) {
      throw new OperationFailed({ what: `The outputs '${other}' and '${name}' are both ${variable} on GitLab` });
    }
    names.set(variable, name);
    if (value !== value.trim()) {
      throw new OperationFailed({
        what: `Output '${name}' begins or ends with white space, which GitLab's dotenv report does not keep`,
        next: 'Put the text into the result file and pass its path',
      });
    }
    return `${variable}=${value}\n`;
  });
  const text = lines.join('');
  if (Buffer.byteLength(text) > MAX_BYTES) {
    throw new OperationFailed({
      what: `The outputs take ${Buffer.byteLength(text)} bytes; GitLab's dotenv report holds ${MAX_BYTES}`,
      cause: 'A list or a document was set as an output',
      next: 'Put it into the result file and pass its path',
    });
  }
  return text;
}

/** The CI variable that carries an output to later jobs. */
export function outputVariable(name: string): string {
  return `HEADGATE_${name.toUpperCase().replaceAll('-', '_')}`;
}
