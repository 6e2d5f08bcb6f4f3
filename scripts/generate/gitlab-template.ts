import { parseAllDocuments, stringify } from 'yaml';
import { allInputs } from '../../lib/operation/common-inputs.ts';
import type { Operation } from '../../lib/operation/define.ts';
import type { InputSpec } from '../../lib/operation/inputs.ts';
import { programInputs, programJob } from './gitlab-program.ts';
import { replaceBetween } from './markers.ts';
import type { Found } from './scan.ts';

/**
 * Keeps the generated parts of a GitLab template in step: the inputs of its operations in `spec: inputs:`, a hidden job
 * an operation that hands them over, and the hidden job that gets the program. Inputs reach a job only as variables that
 * are not expanded; in a script line they would be code. Hidden jobs carry the prefix, because the hidden jobs of a
 * template that is included twice are one job, with the inputs of the last include.
 *
 * Inputs that the template names in a line `# by hand: platform, platforms` are left to it: it hands them to its jobs
 * itself, for example from a matrix.
 *
 * @throws Error when a marker is missing, two inputs have one name, or an operation's cleanup is not called
 */
export function gitlabTemplate(text: string, found: readonly Found[]): string {
  const used = found.filter(({ operation }) => new RegExp(`headgate ${operation.name}(?![\\w-])`).test(text));
  const byHand = new Set(/^ *# by hand: (.+)$/m.exec(text)?.[1]?.split(', '));
  const inputs = new Map<string, InputSpec>();
  for (const { operation } of used) {
    for (const [name, spec] of generatedInputs(operation, byHand)) if (!inputs.has(name)) inputs.set(name, spec);
    if (operation.cleanup !== undefined && !text.includes(`headgate ${operation.name} --cleanup`)) {
      throw new Error(
        `'${operation.name}' has a cleanup: call 'headgate ${operation.name} --cleanup' in 'after_script'`,
      );
    }
  }
  const spec = Object.fromEntries([...inputs].map(([name, input]) => [name, gitlabInput(input)]));
  const parts: readonly (readonly [marker: string, content: string])[] = [
    ['source inputs', indent(toYaml(programInputs()), 4)],
    ['inputs', indent(toYaml(spec), 4)],
    ['program', toYaml({ [hiddenJob(scenarioOf(found), 'program')]: programJob() })],
    ['variables', used.map((one) => variablesJob(one, byHand)).join('')],
  ];
  const result = parts.reduce((sofar, [marker, content]) => replaceBetween(sofar, marker, content), text);
  for (const error of parseAllDocuments(result).flatMap((document) => document.errors)) {
    throw new Error(
      `The template of ${scenarioOf(found)} is not YAML (an input of the template may have the name of one of an operation): ${error.message}`,
    );
  }
  return result;
}

/** The variable by which an input enters a job. */
export function variableName(input: string): string {
  return `HEADGATE_INPUT_${input.toUpperCase().replaceAll('-', '_')}`;
}

function scenarioOf(found: readonly Found[]): string {
  return found[0]?.scenario ?? '';
}

function hiddenJob(scenario: string, what: string): string {
  return `.$[[ inputs.job-prefix ]]${scenario}-${what}`;
}

function generatedInputs(operation: Operation, byHand: ReadonlySet<string>): (readonly [string, InputSpec])[] {
  return Object.entries(allInputs(operation)).filter(([name]) => !byHand.has(name));
}

function variablesJob({ operation, scenario, verb }: Found, byHand: ReadonlySet<string>): string {
  const lines = generatedInputs(operation, byHand).map(
    ([name]) => `    ${variableName(name)}: { value: '$[[ inputs.${name} ]]', expand: false }\n`,
  );
  return `"${hiddenJob(scenario, `${verb}-inputs`)}":\n  variables:\n${lines.join('')}`;
}

/**
 * Every input is text for GitLab, so that the one parser of the operations decides what is allowed and says why not. GitLab
 * refuses a default that is not among the options, so that leaving an input out is one of them.
 */
function gitlabInput(spec: InputSpec): object {
  const isLeftOut = !spec.required && spec.default === undefined;
  return {
    description: description(spec),
    ...(spec.required ? {} : { default: spec.default ?? '' }),
    ...(spec.options === undefined ? {} : { options: [...(isLeftOut ? [''] : []), ...spec.options] }),
  };
}

function description({ type, description }: InputSpec): string {
  switch (type) {
    case 'secret':
      return `${description} Give the name of a CI variable.`;
    case 'boolean':
      return `${description} Write 'true' or 'false' in quotes.`;
    case 'integer':
    case 'number':
      return `${description} Write the number in quotes.`;
    default:
      return description;
  }
}

/** GitLab reads YAML 1.1, where `no` is a boolean. */
function toYaml(value: object): string {
  return stringify(value, { lineWidth: 0, singleQuote: true, blockQuote: 'literal', version: '1.1' });
}

function indent(text: string, spaces: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(spaces));
}
