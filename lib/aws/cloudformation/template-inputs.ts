import { BadInput, type InputProblem } from '../../errors.ts';
import type { PackagePlan } from './package.ts';
import { checkParameters } from './parameters.ts';

/** What a user gives with a template. */
export interface TemplateInputs {
  readonly parameters: Readonly<Record<string, string>>;
  readonly capabilities: readonly string[];
  /** Without those that say whose the stack is. */
  readonly tags: Readonly<Record<string, string>>;
}

const CAPABILITIES = ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND'];
/** Tags of a stack. Source: "CloudFormation quotas", AWS CloudFormation User Guide. */
const MAX_TAGS = 50;

/**
 * Checks parameters, capabilities and tags against the template together, before anything is called.
 *
 * @param ownTags how many tags the scenario adds at most
 * @returns what could not be checked before CloudFormation does
 * @throws BadInput naming every problem
 */
export function checkTemplateInputs(
  { parameters, capabilities, tags }: TemplateInputs,
  sources: PackagePlan,
  ownTags: number,
): readonly string[] {
  const checked = checkParameters(sources.template, parameters);
  const problems: InputProblem[] = [
    ...checked
      .filter(({ level }) => level === 'error')
      .map(({ message }) => ({ input: 'parameters', message: `input 'parameters': ${message}` })),
    ...capabilityProblems(capabilities, sources),
    ...tagProblems(tags, MAX_TAGS - ownTags),
  ];
  if (problems.length > 0) throw new BadInput(problems);
  return checked.filter(({ level }) => level === 'note').map(({ message }) => message);
}

function capabilityProblems(capabilities: readonly string[], sources: PackagePlan): InputProblem[] {
  const given = new Set(capabilities);
  if (given.has('CAPABILITY_NAMED_IAM')) given.add('CAPABILITY_IAM');
  const messages = [
    ...capabilities
      .filter((capability) => !CAPABILITIES.includes(capability))
      .map((capability) => `'${capability}' is not one of ${CAPABILITIES.join(', ')}`),
    ...sources.capabilities
      .filter(({ name }) => !given.has(name))
      .map(
        ({ name, because }) =>
          `the template needs ${name} because of ${because.slice(0, 3).join(', ')}; add it when that is meant`,
      ),
  ];
  return messages.map((message) => ({ input: 'capabilities', message: `input 'capabilities': ${message}` }));
}

function tagProblems(tags: Readonly<Record<string, string>>, most: number): InputProblem[] {
  const messages = Object.entries(tags).flatMap(([key, value]) => {
    const wrong = tagProblem(key, value);
    return wrong === undefined ? [] : [`'${key}' ${wrong}`];
  });
  if (Object.keys(tags).length > most) {
    messages.push(`has more than ${most} tags; AWS allows ${MAX_TAGS} with those of Headgate`);
  }
  return messages.map((message) => ({ input: 'tags', message: `input 'tags': ${message}` }));
}

/** Source: "Tag naming limits and requirements", Tagging AWS Resources user guide. */
function tagProblem(key: string, value: string): string | undefined {
  if (/^aws:/i.test(key)) return "begins with 'aws:', which AWS keeps for itself";
  if (/^headgate:/i.test(key)) return "begins with 'headgate:', which says whose a stack is; choose another name";
  if (key === '' || key.length > 128 || value.length > 256)
    return 'is empty or too long; a key has 1 to 128 characters, a value at most 256';
  if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(key + value))
    return 'has a character that AWS does not allow; allowed are letters, digits, spaces and _ . : / = + - @';
  return undefined;
}
