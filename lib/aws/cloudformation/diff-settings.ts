import type { StackState } from './stack.ts';
import type { Template } from './template.ts';

/** A parameter or a tag of a stack that a deployment changes. */
export interface SettingDifference {
  readonly name: string;
  /** Absent: the stack has none. */
  readonly before?: string;
  /** Absent: the stack will have none. */
  readonly after?: string;
}

/**
 * The parameters that change. What is not given takes the default of the template, on an update too. Parameters whose
 * value is hidden (NoEcho) are left out: the service does not tell the old one.
 */
export function parameterDifferences(
  existing: StackState | undefined,
  template: Pick<Template, 'parameters'>,
  given: Readonly<Record<string, string>>,
): readonly SettingDifference[] {
  const visible = [...template.parameters.values()].filter(({ noEcho }) => !noEcho);
  const hidden = new Set([...template.parameters.values()].filter(({ noEcho }) => noEcho).map(({ name }) => name));
  const after = visible.flatMap(({ name, default: fallback }) => {
    const value = Object.hasOwn(given, name) ? given[name] : fallback;
    return value === undefined ? [] : [[name, value] as const];
  });
  const before = Object.entries(existing?.parameters ?? {}).filter(([name]) => !hidden.has(name));
  return settingDifferences(Object.fromEntries(before), Object.fromEntries(after));
}

/** The entries in which two maps differ, by name. */
export function settingDifferences(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): readonly SettingDifference[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((name) => {
    const [left, right] = [entryOf(before, name), entryOf(after, name)];
    if (left === right) return [];
    return [
      { name, ...(left === undefined ? {} : { before: left }), ...(right === undefined ? {} : { after: right }) },
    ];
  });
}

function entryOf(map: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}
