import type { Definition, Parameter, ParameterType } from './transforms/transform.ts';

/**
 * What a kept definition says about its function and parameters. It was checked when it was published; what a member of
 * another form would be is left out.
 */
export function definitionOf(
  content: Buffer,
): Pick<Definition, 'displayName' | 'functionName' | 'parameters'> | undefined {
  try {
    const value = JSON.parse(content.toString('utf8'));
    if (typeof value !== 'object' || value === null) return undefined;
    const name = String(value.name ?? '');
    const parameters = Array.isArray(value.parameters) ? value.parameters : [];
    return {
      displayName: String(value.displayName ?? name),
      functionName: String(value.functionName ?? name),
      parameters: parameters.map(parameterOf),
    };
  } catch {
    return undefined;
  }
}

function parameterOf(value: Record<string, unknown>): Parameter {
  const text = (key: string) => (typeof value[key] === 'string' ? value[key] : undefined);
  const name = text('name') ?? '';
  const rule = text('validationRule');
  return {
    name,
    displayName: text('displayName') ?? name,
    type: (text('type') ?? 'str') as ParameterType,
    isOptional: value.isOptional === true,
    description: text('description'),
    validation: rule === undefined ? undefined : { rule, message: text('validationMessage') },
    listOptions: undefined,
    listType: text('listType') as Parameter['listType'],
  };
}
