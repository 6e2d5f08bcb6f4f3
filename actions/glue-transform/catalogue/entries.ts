import type { Parameter, Transform } from '../transforms/transform.ts';

/** One transform as the page shows it. */
export interface Entry {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly functionName: string;
  readonly files: readonly string[];
  readonly parameters: readonly EntryParameter[];
}

export interface EntryParameter {
  readonly displayName: string;
  readonly name: string;
  readonly type: string;
  readonly isRequired: boolean;
  readonly description: string;
  /** What is allowed, as sentences. */
  readonly allowed: readonly Allowed[];
}

/** `code` is shown as code after the words. */
export interface Allowed {
  readonly words: string;
  readonly code?: string;
}

/** More options than these make a table unreadable. */
const SHOWN_OPTIONS = 20;

/** The entries of the page, by displayed name and then by name; the same transforms give the same entries. */
export function entriesOf(transforms: readonly Transform[]): readonly Entry[] {
  return transforms
    .map(({ name, definition, definitionFile, pythonFile }) => ({
      name,
      displayName: definition.displayName,
      description: definition.description,
      functionName: definition.functionName,
      files: [definitionFile.path, pythonFile.path],
      parameters: definition.parameters.map(parameterOf),
    }))
    .sort((a, b) => compareText(a.displayName, b.displayName) || compareText(a.name, b.name));
}

/** By code unit: no language of a machine changes the order. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function parameterOf(parameter: Parameter): EntryParameter {
  const { displayName, name, type, listType, isOptional, description } = parameter;
  return {
    displayName,
    name,
    type: listType === undefined ? type : `${type} of ${listType}`,
    isRequired: !isOptional,
    description: description ?? '',
    allowed: [...optionsOf(parameter), ...ruleOf(parameter)],
  };
}

function optionsOf({ listOptions, type }: Parameter): readonly Allowed[] {
  if (listOptions === undefined) return [];
  if (listOptions === 'column')
    return [{ words: type === 'list' ? 'Columns of the input.' : 'A column of the input.' }];
  const shown = listOptions.slice(0, SHOWN_OPTIONS).map(({ label }) => label);
  const more = listOptions.length - shown.length;
  return [
    { words: `${type === 'list' ? 'Some' : 'One'} of: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}.` },
  ];
}

function ruleOf({ validation }: Parameter): readonly Allowed[] {
  return validation === undefined ? [] : [{ words: validation.message ?? 'Must match', code: validation.rule }];
}
