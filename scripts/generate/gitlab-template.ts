import { stringify } from 'yaml';
import { allInputs } from '../../lib/operation/common-inputs.ts';
import type { InputSpec } from '../../lib/operation/inputs.ts';
import { replaceBetween } from './markers.ts';
import type { Found } from './scan.ts';

/**
 * Keeps the generated parts of a GitLab template in step: the inputs of its operations in `spec: inputs:`, and a hidden
 * job an operation that hands them over. Inputs reach a job only as variables that are not expanded; in a script line
 * they would be code.
 */
export function gitlabTemplate(text: string, found: readonly Found[]): string {
  const used = found.filter(
    ({ verb, scenario }) =>
      text.includes(`headgate ${scenario} ${verb}`) || text.includes(`.${scenario}-${verb}-inputs`),
  );
  const inputs = new Map<string, InputSpec>();
  for (const { operation } of used) {
    for (const [name, spec] of Object.entries(allInputs(operation))) if (!inputs.has(name)) inputs.set(name, spec);
  }
  const spec = Object.fromEntries([...inputs].map(([name, input]) => [name, gitlabInput(input)]));
  const jobs = used.map(({ operation, scenario, verb }) => [
    `.$[[ inputs.job-prefix ]]${scenario}-${verb}-inputs`,
    {
      variables: Object.fromEntries(
        Object.keys(allInputs(operation)).map((name) => [
          variableName(name),
          { value: `$[[ inputs.${name} ]]`, expand: false },
        ]),
      ),
    },
  ]);
  const withSpec = replaceBetween(text, 'inputs', indent(toYaml(spec), 4));
  return replaceBetween(withSpec, 'variables', toYaml(Object.fromEntries(jobs)));
}

/** Every input is text for GitLab, so that the one parser of the operations decides what is allowed and says why not. */
function gitlabInput(spec: InputSpec): object {
  return {
    description: spec.type === 'secret' ? `${spec.description} Give the name of a CI variable.` : spec.description,
    ...(spec.required ? {} : { default: spec.default ?? '' }),
    ...(spec.options === undefined ? {} : { options: [...spec.options] }),
  };
}

/** The variable by which an input enters a job. */
export function variableName(input: string): string {
  return `HEADGATE_INPUT_${input.toUpperCase().replaceAll('-', '_')}`;
}

function toYaml(value: object): string {
  return stringify(value, { lineWidth: 0, singleQuote: true, collectionStyle: 'any' });
}

function indent(text: string, spaces: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(spaces));
}
