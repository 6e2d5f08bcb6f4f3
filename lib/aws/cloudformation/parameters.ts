import { quote } from '../../operation/inputs.ts';
import { nearest } from '../../operation/nearest.ts';
import { checkValue } from './parameters-constraints.ts';
import type { Template, TemplateParameter } from './template.ts';

/** Something about a parameter: an `error` stops a deployment, a `note` says what could not be checked. */
export interface ParameterProblem {
  readonly level: 'error' | 'note';
  readonly parameter: string;
  /** Whole sentence without a final full stop, beginning with the parameter. Never holds the value of a NoEcho one. */
  readonly message: string;
}

/**
 * Checks parameter values against what the template declares, before anything is created.
 *
 * @param previous names that the stack has already; on an update their values stay when none is given
 * @see "Parameters section structure", CloudFormation User Guide
 */
export function checkParameters(
  template: Pick<Template, 'parameters'>,
  given: Readonly<Record<string, string>>,
  previous: Iterable<string> = [],
): readonly ParameterProblem[] {
  const kept = new Set(previous);
  const declared = template.parameters;
  const unknown = Object.keys(given)
    .filter((name) => !declared.has(name))
    .map((name): ParameterProblem => ({ level: 'error', parameter: name, message: unknownMessage(name, declared) }));
  return [...unknown, ...[...declared.values()].flatMap((parameter) => checkParameter(parameter, given, kept))];
}

function checkParameter(
  parameter: TemplateParameter,
  given: Readonly<Record<string, string>>,
  kept: ReadonlySet<string>,
): readonly ParameterProblem[] {
  const { name, type } = parameter;
  const value = Object.hasOwn(given, name) ? given[name] : undefined;
  // What the stack has passed the checks of its day; CloudFormation checks it again against the new template.
  if (value === undefined && kept.has(name)) return [];
  const text = value ?? parameter.default;
  if (text === undefined) {
    const message = `parameter '${name}' (${type}) has no default and was not given; give it a value`;
    return [{ level: 'error', parameter: name, message }];
  }
  const subject = `parameter '${name}'${value === undefined ? ' (its default)' : ''}`;
  return checkValue(parameter, text).map(
    ({ level, what }): ParameterProblem => ({ level, parameter: name, message: `${subject}: ${what}` }),
  );
}

function unknownMessage(name: string, declared: ReadonlyMap<string, unknown>): string {
  const near = nearest(name, [...declared.keys()]);
  if (near !== undefined) return `parameter ${quote(name)} is not in the template; did you mean '${near}'?`;
  const names = [...declared.keys()].map((known) => `'${known}'`).join(', ');
  return `parameter ${quote(name)} is not in the template; ${names === '' ? 'it has no parameters' : `it has ${names}`}`;
}
