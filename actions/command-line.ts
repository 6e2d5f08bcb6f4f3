import { BadInput, type InputProblem } from '../lib/errors.ts';

/** A command line, taken apart. Inputs are flags: `--name value`, `--name=value`, or `--name` for `true`. */
export interface CommandLine {
  /** `branch-stack deploy` as two words. */
  readonly words: readonly string[];
  readonly inputs: ReadonlyMap<string, string>;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly help: boolean;
  readonly version: boolean;
  /** Run what must end with the job, after the job (GitLab's `after_script`). */
  readonly cleanup: boolean;
}

const SWITCHES = ['json', 'quiet', 'help', 'version', 'cleanup'] as const;

/**
 * Parses the arguments of a process.
 *
 * @throws BadInput for a third word, for an input that is given twice, and for a switch with a value
 */
export function parseCommandLine(parts: readonly string[]): CommandLine {
  const words: string[] = [];
  const inputs = new Map<string, string>();
  const switches = new Set<string>();
  const problems: InputProblem[] = [];
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] ?? '';
    const flag = part === '-h' ? ['help'] : /^--([a-z][a-z0-9-]*)(?:=([\s\S]*))?$/.exec(part)?.slice(1);
    if (flag === undefined) {
      words.push(part);
      continue;
    }
    const [name = '', inline] = flag;
    if ((SWITCHES as readonly string[]).includes(name)) {
      if (inline !== undefined) problems.push({ input: name, message: `'--${name}' takes no value` });
      switches.add(name);
      continue;
    }
    const following = parts[index + 1];
    const takesNext = inline === undefined && following !== undefined && !following.startsWith('--');
    if (takesNext) index++;
    if (inputs.has(name)) problems.push({ input: name, message: `input '${name}': was given twice` });
    inputs.set(name, inline ?? (takesNext ? following : 'true'));
  }
  // `local` has words of its own and reads its arguments itself.
  const surplus = words[0] === 'local' ? [] : words.slice(2);
  for (const word of surplus)
    problems.push({
      input: word,
      message: `'${word}' is one word too many; inputs are flags, for example '--branch main'`,
    });
  if (problems.length > 0) throw new BadInput(problems);
  const has = (name: (typeof SWITCHES)[number]) => switches.has(name);
  return {
    words,
    inputs,
    json: has('json'),
    quiet: has('quiet'),
    help: has('help'),
    version: has('version'),
    cleanup: has('cleanup'),
  };
}
