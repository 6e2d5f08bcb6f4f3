import { OperationFailed } from '../errors.ts';

/** What every host takes as the name of an output. */
const NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL ends a variable's value in the environment
const NOT_ONE_LINE = /[\r\n\x00\u2028\u2029]/;

/**
 * Checks that outputs can travel on any host, so that what works on one works on all.
 *
 * @throws OperationFailed naming the first output with a wrong name or with more than one line
 */
export function checkOutputs(outputs: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(outputs)) {
    if (!NAME.test(name)) {
      throw new OperationFailed({
        what: `${JSON.stringify(name)} is not a name for an output`,
        next: "Use letters, digits, '-' and '_', beginning with a letter or '_'",
      });
    }
    if (NOT_ONE_LINE.test(value)) {
      throw new OperationFailed({
        what: `Output '${name}' holds more than one line (or a NUL character)`,
        cause: 'Hosts pass outputs as single lines; a longer text is lost or cut on its way',
        next: 'Put the text into the result file and pass its path',
      });
    }
  }
}
