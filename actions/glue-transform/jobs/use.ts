import type { DynamicTransform, Job, TransformConfigParameter } from '@aws-sdk/client-glue';
import { pythonKey } from '../assets/keys.ts';
import type { Definition } from '../transforms/transform.ts';

/** What is looked for: a transform by its name, and its definition where one is to be compared. */
export interface Sought {
  readonly name: string;
  readonly definition: Pick<Definition, 'displayName' | 'functionName' | 'parameters'> | undefined;
}

/** How one job uses one transform. */
export interface Use {
  readonly job: string;
  readonly transform: string;
  /**
   * `older`: the job was saved with another definition and must be saved again. `current`: with this one. `library`: a
   * script that only has the Python file in its path; it gets the new one with its next run.
   */
  readonly state: 'older' | 'current' | 'library';
  /** In what it is older. */
  readonly reasons: readonly string[];
}

/** The argument in which a job has its Python files. Source: Glue user guide, "Job parameters". */
export const LIBRARIES = '--extra-py-files';

/**
 * The uses of transforms in one job. A node is compared with the definition itself: its `Version` is, as the API
 * reference of DynamicTransform says, not used. Pure.
 *
 * @param bucket where the transforms are
 */
export function usesIn(job: Job, sought: readonly Sought[], bucket: string): readonly Use[] {
  const name = job.Name ?? '';
  const libraries = librariesOf(job);
  return sought.flatMap((transform): Use[] => {
    const path = pythonPath(bucket, transform.name);
    const nodes = nodesOf(job).filter((node) => isOf(node, transform, path));
    if (nodes.length === 0) {
      return libraries.includes(path) ? [{ job: name, transform: transform.name, state: 'library', reasons: [] }] : [];
    }
    const { definition } = transform;
    const reasons = definition === undefined ? [] : nodes.flatMap((node) => differences(node, definition));
    if (!libraries.includes(path)) reasons.push(`${LIBRARIES} does not have ${path}`);
    const state = reasons.length === 0 ? 'current' : 'older';
    return [{ job: name, transform: transform.name, state, reasons: [...new Set(reasons)] }];
  });
}

export function pythonPath(bucket: string, name: string): string {
  return `s3://${bucket}/${pythonKey(name)}`;
}

export function librariesOf({ DefaultArguments: given = {} }: Pick<Job, 'DefaultArguments'>): readonly string[] {
  return (given[LIBRARIES] ?? '')
    .split(',')
    .map((path) => path.trim())
    .filter((path) => path !== '');
}

/** The nodes of a visual job that are custom transforms. */
function nodesOf(job: Job): readonly DynamicTransform[] {
  return Object.values(job.CodeGenConfigurationNodes ?? {}).flatMap(({ DynamicTransform: node }) =>
    node === undefined ? [] : [node],
  );
}

/** By its path, which is unique; by the name that the editor shows only where it has none that tells. */
export function isOf(node: DynamicTransform, { name, definition }: Sought, path: string): boolean {
  const own = node.Path ?? '';
  if (/\.(py|json)$/.test(own)) return own.replace(/\.json$/, '.py') === path;
  return node.TransformName === name || (definition !== undefined && node.TransformName === definition.displayName);
}

/** In what a node differs from a definition; empty when it is saved with it. */
export function differences(
  node: DynamicTransform,
  { functionName, parameters }: NonNullable<Sought['definition']>,
): string[] {
  const found: string[] = [];
  if (node.FunctionName !== functionName) found.push(`calls ${node.FunctionName ?? ''}, not ${functionName}`);
  const saved = new Map((node.Parameters ?? []).map((parameter) => [parameter.Name ?? '', parameter]));
  for (const parameter of parameters) {
    const own = saved.get(parameter.name);
    saved.delete(parameter.name);
    if (own === undefined) found.push(`lacks the parameter ${parameter.name}`);
    else if (!isSame(own, parameterOf(parameter))) found.push(`has the parameter ${parameter.name} as it was before`);
  }
  for (const name of saved.keys()) found.push(`has the parameter ${name}, which is gone`);
  return found;
}

/** A parameter as a saved job has it, without its value. */
export function parameterOf({
  name,
  type,
  isOptional,
  validation,
  listType,
}: Definition['parameters'][number]): TransformConfigParameter {
  return {
    Name: name,
    Type: type,
    ...(isOptional ? { IsOptional: true } : {}),
    ...(validation === undefined ? {} : { ValidationRule: validation.rule }),
    ...(validation?.message === undefined ? {} : { ValidationMessage: validation.message }),
    ...(listType === undefined ? {} : { ListType: listType }),
  };
}

function isSame(saved: TransformConfigParameter, wanted: TransformConfigParameter): boolean {
  return (
    saved.Type === wanted.Type &&
    (saved.IsOptional ?? false) === (wanted.IsOptional ?? false) &&
    saved.ValidationRule === wanted.ValidationRule &&
    saved.ValidationMessage === wanted.ValidationMessage &&
    saved.ListType === wanted.ListType
  );
}
