const BEGIN = 'Traceback (most recent call last):';

/**
 * Why a script has failed: the exception of its last traceback, without the module that its class is of.
 *
 * @param exitCode of the process; a signal counts from 128
 */
export function failureOf(errorOutput: string, exitCode: number): string {
  const begin = errorOutput.lastIndexOf(BEGIN);
  const lines = begin < 0 ? [] : errorOutput.slice(begin + BEGIN.length).split('\n');
  const exception = lines.find((line) => /^\S/.test(line))?.trimEnd();
  return exception?.replace(/^(?:\w+\.)+(?=\w)/, '') ?? `Command failed with exit code ${exitCode}`;
}
