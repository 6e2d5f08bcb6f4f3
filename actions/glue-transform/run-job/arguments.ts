import { BadInput, type InputProblem } from '../../../lib/errors.ts';
import { quote } from '../../../lib/operation/inputs.ts';

export type Arguments = Readonly<Record<string, string>>;

/** What Glue sets by itself. Source: Glue developer guide, "Using job parameters" ("Do not set"). */
const RESERVED: readonly string[] = ['--debug', '--endpoint', '--JOB_NAME', '--mode'];
const NAME = /^(--)?[A-Za-z_][A-Za-z0-9_.-]*$/;
/** Bytes. Source: Glue developer guide, "Using job parameters" (260 KB). */
const LARGEST = 260_000;

/**
 * The arguments as StartJobRun takes them: each name with two hyphens before it. Pure.
 *
 * @throws BadInput for a name that Glue keeps to itself, one that is no name, and one that is given twice
 */
export function jobArguments(given: Arguments): Arguments {
  const problems: string[] = [];
  const found = new Map<string, string>();
  for (const [written, value] of Object.entries(given)) {
    const name = written.startsWith('--') ? written : `--${written}`;
    if (!NAME.test(written)) {
      problems.push(`${quote(written)} is not the name of an argument; write for example 'day' or '--day'`);
    } else if (RESERVED.includes(name)) {
      problems.push(`${quote(written)} is set by Glue itself; leave it out`);
    } else if (found.has(name)) {
      problems.push(`${quote(name)} is given twice, with and without hyphens; write it once`);
    }
    found.set(name, value);
  }
  const size = [...found].reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);
  if (size > LARGEST) problems.push(`has ${size} bytes; Glue takes 260 KB`);
  if (problems.length > 0) {
    throw new BadInput(
      problems.map((text): InputProblem => ({ input: 'arguments', message: `input 'arguments': ${text}` })),
    );
  }
  return Object.fromEntries(found);
}
