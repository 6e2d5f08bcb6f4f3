import { allInputs } from '../../lib/operation/common-inputs.ts';
import type { Operation } from '../../lib/operation/define.ts';
import { codeBlocks, codeSpans } from './markdown.ts';

const SWITCHES = new Set(['json', 'quiet', 'help', 'version', 'cleanup']);
/** Short for an operation: `headgate doctor` is `headgate doctor run`. */
const ALIASES = new Set(['doctor']);
const LOCAL = new Set(['start', 'stop', 'reset', 'status', 'faults']);
/** A command of ours on a line: two words, and its flags up to a comment, a pipe or the end of a substitution. */
const COMMAND = /(?<![\w./@-])headgate (?!<)([a-z][\w-]*)(?: ([a-z][\w-]*))?([^\n#|;)]*)/g;

/** What is wrong with the commands `headgate …` in code of a page. */
export function commandProblems(markdown: string, operations: ReadonlyMap<string, Operation>): string[] {
  const code = [...codeBlocks(markdown, 'sh', 'bash', 'console'), ...codeSpans(markdown)]
    .join('\n')
    .replace(/\\\n/g, ' ');
  return [...code.matchAll(COMMAND)].flatMap(([command, scenario = '', verb = '', rest = '']) => {
    if (ALIASES.has(scenario) && verb === '') return [];
    if (scenario === 'local') return LOCAL.has(verb) ? [] : [`${command}: there is no such command`];
    const operation = operations.get(`${scenario} ${verb}`);
    if (operation === undefined) return [`${command}: there is no operation '${scenario} ${verb}'`];
    const inputs = allInputs(operation);
    return [...rest.matchAll(/(?<!\S)--([a-z][a-z0-9-]*)/g)]
      .map(([, flag = '']) => flag)
      .filter((flag) => !SWITCHES.has(flag) && !Object.hasOwn(inputs, flag))
      .map((flag) => `${command}: '${operation.name}' has no input '${flag}'`);
  });
}
